# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Anything at all in the place of an output, and hostile recordings: each is read, or refused as what it is."""

from __future__ import annotations

import contextlib
import dataclasses
import random
import typing as t

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import facts, probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import RecordingError, UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import CommandResult
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.recording import format
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.recording.format import INDEX

from .hosts import Seen

_PIECES = (b"\x00", b"\xff\xfe", b"\r\n", b"    ", b"HKEY_LOCAL_MACHINE\\", b"REG_SZ", b"0x", b"9" * 400, b"[SC]", b":")
_PIECES += (
    b'","',
    b"end",
    b"-" * 20,
    b"\t",
    b"S-1-5-21-",
    b"(A;;FA;;;",
    b"\xe3\x82",
    b"%SystemRoot%",
    b"..\\..\\",
    b"&|<>",
)


@dataclasses.dataclass(frozen=True)
class Fuzzed:
    """An output that chance has changed, and the probe that reads it."""

    host: Seen
    probe: probes.Probe[t.Any]
    seed: int

    def __str__(self) -> str:
        return f"{self.host.name}: '{self.probe.command.line}' (seed {self.seed})"

    def wrong(self) -> str:
        """Return what the reader raised that it may not."""
        chance = random.Random(self.seed)
        data = changed(self.host.answers[self.probe.command].data, chance)
        try:
            self.probe.read(
                CommandResult(data, chance.choice((0, 0, 1, None)), self.probe.command, chance.choice((None, 850)))
            )
        except UnreadableError:
            return ""
        except Exception as exc:  # Whatever it is: it must not happen.
            return f"{type(exc).__name__}: {exc}"
        return ""


def changed(data: bytes, chance: random.Random) -> bytes:
    """Return bytes with a few changes: pieces that mean something somewhere, in, out and twice."""
    new = bytearray(data)
    for _change in range(chance.randrange(1, 6)):
        at, length = chance.randrange(len(new) + 1), chance.randrange(40)
        kind = chance.randrange(4)
        if kind == 0:
            new[at:at] = chance.choice(_PIECES) * chance.choice((1, 1, 50))
        elif kind == 1:
            del new[at : at + length]
        elif kind == 2:
            new[at:at] = new[at : at + length]
        else:
            new[at : at + 1] = bytes([chance.randrange(256)])
    return bytes(new)


def fuzzed(hosts: t.Sequence[Seen], chance: random.Random) -> t.Iterator[Fuzzed]:
    """Return changed outputs without an end."""
    pairs = [(host, probe) for host in hosts for probe in facts.SCRIPTED if probe.command in host.answers]
    while True:
        yield Fuzzed(*chance.choice(pairs), chance.randrange(1 << 32))


@dataclasses.dataclass(frozen=True)
class Recorded:
    """A recording whose index chance has changed, which names files that nobody may read."""

    host: Seen
    seed: int

    def __str__(self) -> str:
        return f"a recording of {self.host.name} (seed {self.seed})"

    def wrong(self) -> str:
        """Return what was raised that may not be, or which file was asked for outside of the recording."""
        chance = random.Random(self.seed)
        answers = tuple(
            format.RecordedCommand(one.command.line, one.data, one.exit_code) for one in self.host.answers.values()
        )
        files = format.written(format.Recording(answers, self.host.wanted.now, "host"))
        index = changed(files[INDEX], chance)
        if chance.random() < 0.5:
            name = chance.choice(
                (b"../../etc/passwd", b"/etc/passwd", b"..", b"CON", b"a:b", b"C:\\x", b"01-ver.txt/x")
            )
            index = index.replace(b"file: 01-ver.txt", b"file: " + name)
        asked: list[str] = []

        def file(name: str, _size: int) -> bytes:
            asked.append(name)
            if name not in files:
                raise RecordingError(f"{name} is missing.")
            return files[name]

        try:
            with contextlib.suppress(RecordingError):
                format.read(index, file)
        except Exception as exc:  # Whatever it is: it must not happen.
            return f"{type(exc).__name__}: {exc}"
        outside = [name for name in asked if "/" in name or "\\" in name or ":" in name or name.startswith(".")]
        return f"asked for {outside[0]!r}" if outside else ""


def recorded(hosts: t.Sequence[Seen], chance: random.Random) -> t.Iterator[Recorded]:
    """Return changed recordings without an end."""
    while True:
        yield Recorded(chance.choice(hosts), chance.randrange(1 << 32))
