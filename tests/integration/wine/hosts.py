# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same two hosts for every test: Wine, and one of the lab. The collection's own WindowsHost drives both of them."""

from __future__ import annotations

import abc
import re
import types
import typing as t

from ansible_collections.winops.rdp.plugins.plugin_utils._host import WindowsHost
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats import regfile
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Command, CommandResult, Probe
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings

from integration.wine.prefix import Prefix
from lab.machine import Machine

#: The OEM code page of both.
OEM = 437
#: What parses a line before our own cmd.exe does: the login shell of Windows' sshd, or PowerShell.
Shell = t.Literal["cmd", "powershell"]
SHELLS: tuple[Shell, ...] = t.get_args(Shell)

_CONNECTIONS: dict[Shell, t.Any] = {
    "cmd": types.SimpleNamespace(transport="ssh", _shell=types.SimpleNamespace(SHELL_FAMILY="cmd", _IS_WINDOWS=True)),
    "powershell": types.SimpleNamespace(transport="psrp", _shell=None),
}
# PowerShell puts the argument, which has blanks, between quotes and leaves those inside alone; /s removes them.
_FROM_POWERSHELL = re.compile(r"cmd\.exe /d /v:on /s /c '(.*)'", re.S)

# What (reg query … /s&&echo end) prints last, and the mark behind it.
_END_OF_BLOCK = re.compile(rb"(\r\nend\r\n@[0-9a-f]{8} \d+ )9009@")

# REG_SZ, REG_EXPAND_SZ and REG_MULTI_SZ in an 8-bit file.
_STRING_AS_BYTES = re.compile(rb"=hex\([127]\):")


class Host(abc.ABC):
    """A Windows that runs lines of cmd.exe and has files."""

    name: str

    def __init__(self, shell: Shell) -> None:
        self._windows = WindowsHost(_CONNECTIONS[shell], self._execute)
        self._shell = shell

    @abc.abstractmethod
    def from_cmd(self, line: str) -> tuple[bytes, int]:
        """Run a line as a login shell that is cmd.exe does; its output and its exit code."""

    @abc.abstractmethod
    def as_script(self, script: str) -> tuple[bytes, int]:
        """Run what stands between the quotes of ``cmd.exe /d /v:on /s /c "…"``."""

    @abc.abstractmethod
    def read_file(self, path: str) -> bytes | None:
        """A file's bytes, None if there is none."""

    @abc.abstractmethod
    def write_file(self, path: str, data: bytes) -> None:
        """Put a file into a folder that is there."""

    def before_import(self, path: str) -> None:
        """Do what this host needs before it can import an ASCII file that Windows can import: nothing."""
        return

    def _execute(self, cmd: str, /, *, sudoable: bool) -> dict[str, t.Any]:
        if self._shell == "cmd":
            stdout, code = self.from_cmd(cmd)
        else:
            argument = _FROM_POWERSHELL.fullmatch(cmd)
            assert argument, cmd
            stdout, code = self.as_script(argument[1].replace("''", "'"))
        return {"stdout": stdout.decode("utf-8", "surrogateescape"), "stderr": "", "rc": code}

    def run(self, *commands: Command, guards: t.Collection[int] = ()) -> list[CommandResult]:
        """Run commands of the collection the way it does, nothing behind a guard that failed."""
        return self._windows.run([command.line for command in commands], guards=guards)

    def must(self, *commands: Command) -> list[CommandResult]:
        """Run commands that have to end with 0."""
        ended = self.run(*commands)
        failed = [(command.line, ran) for command, ran in zip(commands, ended, strict=True) if ran.exit_code != 0]
        assert not failed, (self.name, failed)
        return ended

    def look(self, *probes: Probe[t.Any]) -> Readings:
        """What the collection reads here."""
        ran = self.run(*(probe.command for probe in probes))
        return Readings(
            {
                probe.command: CommandResult(one.data, one.exit_code, probe.command, OEM)
                for probe, one in zip(probes, ran, strict=True)
            }
        )


def content(data: bytes, code_page: int | None = None) -> dict[str, dict[str, regfile.RegFileValue]]:
    """The keys that a .reg file makes, and their values by name: Wine sorts values, Windows keeps them as they came."""
    keys: dict[str, dict[str, regfile.RegFileValue]] = {}
    for entry in regfile.parse(data, code_page).entries:
        values = keys.setdefault(entry.key.casefold(), {})
        if isinstance(entry, regfile.SetValue):
            values[entry.value.name.casefold()] = entry.value
        else:
            assert isinstance(entry, regfile.MakeKey), entry
    return keys


def _with_codes_of_blocks(answer: bytes) -> bytes:
    """Put the exit code right of a block that ran to its end: Wine 8.0 has 9009 behind each that is redirected."""
    return _END_OF_BLOCK.sub(rb"\g<1>0@", answer)


class WineHost(Host):
    """Wine's registry, cmd.exe, reg.exe, net.exe and sc.exe."""

    name = "Wine"

    def __init__(self, prefix: Prefix, shell: Shell = "cmd") -> None:
        super().__init__(shell)
        self.prefix = prefix

    def from_cmd(self, line: str) -> tuple[bytes, int]:
        ended = self.prefix.run(line)
        return _with_codes_of_blocks(ended.stdout), ended.exit_code

    def as_script(self, script: str) -> tuple[bytes, int]:
        # In a batch file, as Wine's launcher can't hand over a line with quotes. For our lines that is the same.
        ended = self.prefix.run("setlocal EnableDelayedExpansion", script)
        return _with_codes_of_blocks(ended.stdout), ended.exit_code

    def read_file(self, path: str) -> bytes | None:
        place = self.prefix.path(path)
        return place.read_bytes() if place.is_file() else None

    def write_file(self, path: str, data: bytes) -> None:
        self.prefix.path(path).write_bytes(data)

    def before_import(self, path: str) -> None:
        """Rewrite a file in the encoding in which Wine understands it.

        Our files are ASCII, version 5, with some strings as the bytes of UTF-16. Windows goes by the version: "an ANSI
        file that is creating UNICODE data" (https://github.com/reactos/reactos/pull/6450, and KB 310516). Wine 8.0 goes
        by the byte order mark, and takes each of these bytes for a character of its own.
        """
        data = self.read_file(path)
        if data is not None and _STRING_AS_BYTES.search(data):
            self.write_file(path, ("\ufeff" + data.decode("utf-8")).encode("utf-16-le"))


class LabHost(Host):
    """A host of the lab, without a transport."""

    name = "the lab"

    def __init__(self, machine: Machine, shell: Shell = "cmd") -> None:
        super().__init__(shell)
        self.machine = machine

    def _process(self, line: str) -> tuple[bytes, int]:
        ran = self.machine.create_process(line, code_page=OEM)
        return ran.stdout, ran.exit_code

    def from_cmd(self, line: str) -> tuple[bytes, int]:
        return self._process(f'"cmd.exe" /c "{line}"')

    def as_script(self, script: str) -> tuple[bytes, int]:
        return self._process(f'cmd.exe /d /v:on /s /c "{script}"')

    def read_file(self, path: str) -> bytes | None:
        return self.machine.files.read(path) if self.machine.files.is_file(path) else None

    def write_file(self, path: str, data: bytes) -> None:
        self.machine.files.write(path, data)
