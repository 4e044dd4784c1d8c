# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wine: a template prefix, clones of it with a registry of their own, and command lines that run there."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import itertools
import os
import shutil
import subprocess
import typing as t
from pathlib import Path

from programs import program

# A loaded machine needs a minute for what takes five seconds else.
_PATIENCE = 180.0
# The OEM code page, in which cmd.exe reads batch files.
_CODE_PAGE = "cp437"
_REGISTRY = ("system.reg", "user.reg", "userdef.reg", ".update-timestamp")


@dataclasses.dataclass(frozen=True)
class Ended:
    """What a process in Wine left behind. The exit code is that of Unix: 8 bits."""

    stdout: bytes
    exit_code: int


class Prefix:
    """One Windows of Wine's: a drive C: and a registry."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.drive = folder / "drive_c"
        self._scripts = itertools.count()

    @classmethod
    def made(cls, folder: Path) -> Prefix:
        """Make a whole new prefix: 4 to 20 seconds, 700 MB."""
        folder.mkdir()
        prefix = cls(folder)
        prefix._call("wine", "wineboot", "-i")
        prefix._call("wineserver", "-w")
        assert (folder / "system.reg").is_file(), "wineboot made no registry"
        return prefix

    @contextlib.contextmanager
    def clone(self, folder: Path) -> t.Iterator[Prefix]:
        """Run a copy: its registry and all that is written there is its own, Windows' files are links."""
        folder.mkdir()
        # Only the drive: a link to the link `c:` would lead into the template.
        subprocess.run(["cp", "-as", str(self.drive), str(folder / "drive_c")], check=True, timeout=_PATIENCE)
        for name in _REGISTRY:
            shutil.copy(self.folder / name, folder / name)
        (folder / "dosdevices").mkdir()
        # No z:, by which everything on this machine would be in reach.
        (folder / "dosdevices" / "c:").symlink_to("../drive_c")
        copy = Prefix(folder)
        try:
            # A server that a process of Wine starts inherits its pipes, and whoever reads these never sees their end.
            # It ends by itself some minutes after its last process, should nobody be left to end it.
            copy._call("wineserver", "-p300")
            copy._call("wine", "cmd", "/c", "exit")
            yield copy
        finally:
            # This server and what it serves, no other one.
            copy._call("wineserver", "-k")
            copy._call("wineserver", "-w")
            shutil.rmtree(folder, ignore_errors=True)

    def run(self, *lines: str) -> Ended:
        """Run command lines as the lines of a batch file, without an echo of them.

        Wine's launcher on Unix writes quotes as ``\\"``, which would break a line with quotes inside quotes.
        """
        script = f"line{next(self._scripts)}.cmd"
        (self.drive / script).write_bytes("".join(f"@{line}\r\n" for line in lines).encode(_CODE_PAGE))
        return self._call("wine", "cmd", "/d", "/c", f"C:\\{script}", output=subprocess.PIPE)

    def path(self, path: str) -> Path:
        """Where a file of drive C: is on this machine; a part that isn't there yet keeps its spelling."""
        drive, *parts = path.split("\\")
        assert drive.upper() == "C:", path
        found = self.drive
        for part in parts:
            same = (
                (entry for entry in found.iterdir() if entry.name.casefold() == part.casefold())
                if found.is_dir()
                else ()
            )
            found = next(iter(same), found / part)
        return found

    def _call(self, name: str, *arguments: str, output: int = subprocess.DEVNULL) -> Ended:
        # wineserver comes with wine.
        place = program("wine").find() if name == "wine" else shutil.which(name)
        assert place, name
        environment = {
            **{variable: value for variable, value in os.environ.items() if variable != "DISPLAY"},
            "WINEPREFIX": str(self.folder),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            # Neither Mono nor Gecko is offered, and no menu of this machine's desktop gets entries.
            "WINEDLLOVERRIDES": "mscoree,mshtml=;winemenubuilder.exe=d",
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
        }
        ran = subprocess.run(
            [*_fixed_addresses(), place, *arguments],
            env=environment,
            cwd=self.drive if self.drive.is_dir() else self.folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            timeout=_PATIENCE,
            check=False,
        )
        return Ended(ran.stdout or b"", ran.returncode)


@functools.cache
def _fixed_addresses() -> tuple[str, ...]:
    """What keeps the system from laying a process out at random, where that is allowed.

    Wine needs one certain address, and one process in some thousands doesn't get it: "failed to map the shared user
    data", which the program that wanted to start it reports as exit code 9009.
    """
    setarch = shutil.which("setarch")
    if setarch is None or subprocess.run([setarch, "-R", "true"], check=False, capture_output=True).returncode != 0:
        return ()
    return (setarch, "-R")
