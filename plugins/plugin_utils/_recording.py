# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recorded hosts on the controller's disk. Their format is in _rdp/recording/format.py.

Private to this collection.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import os
import shutil
import stat
import tempfile
import typing as t
from pathlib import Path

from ._rdp import probes
from ._rdp.errors import RecordingError, UnreadableError
from ._rdp.model import CommandResult, Probe
from ._rdp.recording import format
from ._rdp.recording.format import INDEX, RecordedCommand, Recording
from ._rdp.state.windows import oem_code_page

# A recording that was sent in may hold a link to a file of the controller, or a pipe that never ends.
_PLAIN_FILES_ONLY = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class _Host(t.Protocol):
    def query(self, commands: t.Sequence[str], seconds: float) -> t.Sequence[CommandResult | None]: ...


class Recorder:
    """Wraps a host and records commands and results.

    Args:
        host: The host, or the recording of one.
    """

    def __init__(self, host: _Host) -> None:
        self._host = host
        self._answers: dict[str, RecordedCommand] = {}

    def query(self, commands: t.Sequence[str], seconds: float) -> t.Sequence[CommandResult | None]:
        """Run commands on the host."""
        asked = _now()
        ran = self._host.query(commands, seconds)
        for command, one in zip(commands, ran, strict=True):
            self.note(command, one, asked)
        return ran

    def note(self, command: str, ran: CommandResult | None, asked: datetime.datetime) -> None:
        """Keep an answer that is there now."""
        if ran is not None:
            self._answers[command] = RecordedCommand(command, ran.data, ran.exit_code, _text(asked), _text(_now()))

    @property
    def answers(self) -> tuple[RecordedCommand, ...]:
        """All answers, in the order in which the host was asked."""
        return tuple(self._answers.values())


class RecordedHost:
    """Answers from a recording, and from nothing else."""

    def __init__(self, recording: Recording) -> None:
        self._answers = {answer.command: answer for answer in recording.commands}

    def query(self, commands: t.Sequence[str], _seconds: float = 0) -> list[CommandResult | None]:
        """Return what the host answered when it was recorded, None for what it was not asked then."""
        return [self._ran(self._answers.get(command)) for command in commands]

    @staticmethod
    def _ran(answer: RecordedCommand | None) -> CommandResult | None:
        return None if answer is None or answer.data is None else CommandResult(answer.data, answer.exit_code)


def find(folder: Path, host: str) -> Path:
    """Return where the recording of a host is: the folder itself, or the one in it that has the host's name.

    Raises:
        RecordingError: Neither is a recording.
    """
    places = (folder, folder / format.folder_name(host))
    found = next((place for place in places if (place / INDEX).is_file()), None)
    if found is None:
        raise RecordingError(f"There is no {INDEX} in {places[0]} nor in {places[1]}, so neither is a recording.")
    return found


def load(folder: Path) -> Recording:
    """Read a recording.

    Raises:
        RecordingError: It is incomplete, or not as it was recorded, or doesn't say when that was.
    """
    try:
        recording = format.read(_read(folder / INDEX, format.MAX_INDEX), lambda name, size: _read(folder / name, size))
        recording = with_code_page(recording)
        return recording if recording.time else dataclasses.replace(recording, time=_host_time(recording))
    except RecordingError as exc:
        raise RecordingError(f"The recording in {folder} can't be used: {exc}") from exc


def save(recording: Recording, folder: Path, host: str) -> Path:
    """Write a recording as a folder of its own, whole or not at all. Replaces the host's previous recording.

    Only the user may read it.

    Returns:
        The new folder.

    Raises:
        RecordingError: It can't be written, or something else is in its place.
    """
    name = format.folder_name(host)
    place = folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _refuse_other(place)
        new = Path(tempfile.mkdtemp(prefix=f".{name}.", suffix=".new", dir=folder))
        try:
            for file, data in format.written(recording).items():
                _write(new / file, data)
            _put(new, place)
        finally:
            shutil.rmtree(new, ignore_errors=True)
    except OSError as exc:
        raise RecordingError(f"The recording can't be written to {place}: {exc.strerror or exc}.") from exc
    return place


def _refuse_other(place: Path) -> None:
    """Refuse to put a recording where something else is, or another host's that differs in case only."""
    if not os.path.lexists(place):
        return
    if place not in place.parent.iterdir():
        raise RecordingError(f"{place} is there already, but with other upper and lower case, so it was not replaced.")
    if place.is_symlink() or not (place / INDEX).is_file():
        raise RecordingError(f"{place} is there already and is no recording, so it was not replaced.")


def _put(new: Path, place: Path) -> None:
    """Move a finished folder into its place. The last recording is there until the new one is."""
    if not place.exists():
        new.rename(place)
        return
    old = new.with_suffix(".old")
    place.rename(old)
    try:
        new.rename(place)
    except OSError:
        old.rename(place)
        raise
    shutil.rmtree(old)


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        path.chmod(0o600)
        file.write(data)


def _read(path: Path, limit: int) -> bytes:
    """Read a plain file of a limited size. A larger one is not: it may have gigabytes, and no place on the disk."""
    try:
        with contextlib.closing(_open(path)) as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise RecordingError(f"{path.name} is no plain file.")
            data: bytes = b"" if found.st_size > limit else file.read(limit + 1)
    except OSError as exc:
        raise RecordingError(f"{path.name} can't be read: {exc.strerror}.") from exc
    if found.st_size > limit or len(data) > limit:
        raise RecordingError(f"{path.name} is larger than {limit} bytes.")
    return data


def _open(path: Path) -> t.BinaryIO:
    return t.cast("t.BinaryIO", os.fdopen(os.open(path, _PLAIN_FILES_ONLY), "rb"))


def with_code_page(recording: Recording) -> Recording:
    """Say which OEM code page the recorded host has, as its answers do."""
    return dataclasses.replace(recording, code_page=oem_code_page(_reading(recording, probes.CODE_PAGE)))


def _host_time(recording: Recording) -> datetime.datetime:
    """Return the time by the host's own clock, which a recording made on the host holds as an output."""
    for clock in probes.CLOCKS:
        time: datetime.datetime | None = _reading(recording, clock)
        if time is not None:
            return time.astimezone(datetime.UTC)
    raise RecordingError(
        f"Nothing in it says when it was made, so its certificates can't be judged. Put a line like "
        f"'time: 2026-01-31T12:00:00Z' below 'format' in {INDEX}."
    )


def _reading(recording: Recording, probe: Probe[t.Any]) -> t.Any:
    """Return what a probe reads in a recording, None if it can't."""
    for answer in recording.commands:
        if answer.command == probe.command.line and answer.data is not None:
            with contextlib.suppress(UnreadableError):
                return probe.read(CommandResult(answer.data, answer.exit_code, probe.command, recording.code_page))
    return None


def _now() -> datetime.datetime:
    return datetime.datetime.now(tz=datetime.UTC)


def _text(time: datetime.datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"
