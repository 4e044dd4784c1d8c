# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copies of what was saved on a host, on the controller: for the day on which the host can't be reached any more.

Private to this collection.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

from ._host import WindowsHost
from ._rdp.errors import RefusedError, UnreadableError
from ._rdp.file_transfer import Fetch, size
from ._rdp.model import Command, CommandResult
from ._rdp.recording import format
from ._saving import Saving
from ._steps import run_steps

# The base64 of one file, in the backup folder itself, which only administrators can read.
_ENCODED = "copy.b64"


def copy(host: WindowsHost, name: str, saving: Saving, directory: str) -> Path:
    """Copy what was saved to the controller.

    Args:
        host: Where it was saved.
        name: The host's name in the inventory.
        saving: What was saved, under names of our own.
        directory: The folder on the controller. One for the host is made there, and in it one for the backup.

    Returns:
        The new folder, which only its owner can read.

    Raises:
        RefusedError: A file did not come as it is on the host, or can't be written.
    """
    try:
        files = {file: _fetched(host, saving.folder, file) for file in _names(saving)}
    except UnreadableError as exc:
        raise RefusedError(
            f"Nothing was changed, because the backup could not be copied: {exc.reason} {exc.line}"
        ) from exc
    place = Path(directory).absolute() / format.folder_name(name) / saving.folder.rpartition("\\")[2]
    try:
        _write(place, files)
    except OSError as exc:
        raise RefusedError(
            f"Nothing was changed, because the copy of the backup can't be written to {place}: {exc.strerror or exc}."
        ) from exc
    return place


def _names(saving: Saving) -> tuple[str, ...]:
    """Return the names of the files in the folder, which are those that its commands write."""
    below = re.compile(re.escape(saving.folder) + r'\\([^"\\/:*?<>|]+)"')
    return tuple(dict.fromkeys(name for command in saving.commands for name in below.findall(command.line)))


def _fetched(host: WindowsHost, folder: str, name: str) -> bytes:
    file = f"{folder}\\{name}"
    probe = size(file)
    (output,) = _run(host, probe.command)
    count = probe.read(output)
    if count is None:
        raise UnreadableError(f"{file} is not there.")
    fetch = Fetch(file, count, f"{folder}\\{_ENCODED}")
    # Its SHA-256 is the one that the host told.
    return fetch.read(_run(host, *fetch.commands))


def _run(host: WindowsHost, *commands: Command) -> list[CommandResult]:
    ran = run_steps(host, commands)
    return [CommandResult(one.data, one.exit_code, command) for command, one in zip(commands, ran, strict=True)]


def _write(place: Path, files: dict[str, bytes]) -> None:
    """Write files into a new folder, all of them or none."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # mkdtemp makes a folder that only its owner can read.
    new = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
    try:
        for name, data in files.items():
            descriptor = os.open(new / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
        new.rename(place)
    finally:
        shutil.rmtree(new, ignore_errors=True)
