# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One output of a host, damaged in every way that a cut connection, a dying tool or another program does it.

Not among them is what nobody could notice: another number in the place of the right one, or a single line that is
missing in the middle of a list that nothing counts.
"""

from __future__ import annotations

import dataclasses
import random
import typing as t

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Command, CommandResult

from .hosts import Seen

# What tools print instead of, or in, a line: in several languages, as reg.exe and others do.
_ERRORS = (
    "ERROR: Access is denied.",
    "FEHLER: Zugriff verweigert",
    "エラー: アクセスが拒否されました。",
    "ERROR: The system was unable to find the specified registry key or value.",
    "Not enough memory resources are available to process this command.",
    "The RPC server is unavailable.",
    "The pipe is being closed.",
    "^C",
)
_GARBAGE = (b"\x00\xff\x80 1058 0x0 {garbage} 65536", b"????", b"\xef\xbf\xbd" * 20, b"- - -", b"x" * 300)
# Where an output is cut, in hundredths of its lines or bytes.
_PLACES = (2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98)
_WIDTHS = (78, 80)
# How many outputs are damaged on which no problem rests, for each on which one does. They can lose the whole result.
_OTHERS = 0.25


@dataclasses.dataclass(frozen=True)
class Damage:
    """A way to damage an output.

    Attributes:
        name: What is done, for people.
        do: Returns the damaged output. It gets another one of the same host, and chance.
    """

    name: str
    do: t.Callable[[CommandResult, CommandResult, random.Random], CommandResult]


def _data(
    change: t.Callable[[bytes, random.Random], bytes],
) -> t.Callable[[CommandResult, CommandResult, random.Random], CommandResult]:
    return lambda output, _other, chance: dataclasses.replace(output, data=change(output.data, chance))


def _lines(
    change: t.Callable[[list[bytes], random.Random], list[bytes]],
) -> t.Callable[[CommandResult, CommandResult, random.Random], CommandResult]:
    return _data(lambda data, chance: b"".join(change(data.splitlines(keepends=True), chance)))


def _instead(data: bytes, code: int | None) -> t.Callable[[CommandResult, CommandResult, random.Random], CommandResult]:
    return lambda output, _other, _chance: dataclasses.replace(output, data=data, exit_code=code)


def _with_code(code: int | None) -> t.Callable[[CommandResult, CommandResult, random.Random], CommandResult]:
    return lambda output, _other, _chance: dataclasses.replace(output, exit_code=code)


def _at(place: int, count: int) -> int:
    return max(0, min(count - 1, round(count * place / 100)))


def _one_line(line: t.Callable[[bytes, random.Random], bytes]) -> t.Callable[[list[bytes], random.Random], list[bytes]]:
    """Return a change of one line by chance, of those that are not blank."""

    def change(lines: list[bytes], chance: random.Random) -> list[bytes]:
        full = [number for number, one in enumerate(lines) if one.strip()]
        if not full:
            return lines
        number = chance.choice(full)
        end = b"\r\n" if lines[number].endswith(b"\r\n") else b""
        return [*lines[:number], line(lines[number].rstrip(b"\r\n"), chance) + end, *lines[number + 1 :]]

    return change


def _inserted(text: bytes) -> t.Callable[[list[bytes], random.Random], list[bytes]]:
    def change(lines: list[bytes], chance: random.Random) -> list[bytes]:
        number = chance.randrange(len(lines) + 1)
        return [*lines[:number], text + b"\r\n", *lines[number:]]

    return change


def _wrapped(width: int, indent: bytes = b"") -> t.Callable[[list[bytes], random.Random], list[bytes]]:
    def change(lines: list[bytes], _chance: random.Random) -> list[bytes]:
        return [
            (indent if start else b"") + piece + (b"" if piece.endswith(b"\n") else b"\r\n")
            for line in lines
            for start in range(0, len(line.rstrip(b"\r\n")) or 1, width)
            if (piece := line.rstrip(b"\r\n")[start : start + width]) or not start
        ]

    return change


def _swapped(lines: list[bytes], chance: random.Random) -> list[bytes]:
    """Cut the middle out, with the lines on both sides of it in one."""
    if len(lines) < 4:
        return lines[:1]
    start = chance.randrange(1, len(lines) - 2)
    end = chance.randrange(start + 1, len(lines))
    return [*lines[: start - 1], lines[start - 1][: len(lines[start - 1]) // 2], *lines[end:]]


def _errors() -> t.Iterator[Damage]:
    for error in _ERRORS:
        text = error.encode()
        yield Damage(f"'{error}' and nothing else, exit code 0", _instead(text + b"\r\n", 0))
        yield Damage(f"'{error}' in the place of a line", _lines(_one_line(lambda _line, _c, text=text: text)))
    yield Damage("an error at the end, exit code 1", _then(_ERRORS[0], 1))
    yield Damage("an error at the end, exit code 0", _then(_ERRORS[0], 0))
    yield Damage("an error between two lines", _lines(_inserted(_ERRORS[0].encode())))


def _then(error: str, code: int) -> t.Callable[[CommandResult, CommandResult, random.Random], CommandResult]:
    """Stop half-way with an error."""

    def do(output: CommandResult, _other: CommandResult, _chance: random.Random) -> CommandResult:
        lines = output.data.splitlines(keepends=True)
        data = b"".join(lines[: len(lines) // 2]) + error.encode() + b"\r\n"
        return dataclasses.replace(output, data=data, exit_code=code)

    return do


def _all() -> t.Iterator[Damage]:
    for place in _PLACES:
        yield Damage(f"cut at a line, after {place} %", _lines(lambda rows, _c, at=place: rows[: _at(at, len(rows))]))
    for place in _PLACES[1::3]:
        yield Damage(
            f"cut within a line, after {place} %", _data(lambda data, _c, at=place: data[: _at(at, len(data))])
        )
        yield Damage(f"without its first {place} %", _lines(lambda rows, _c, at=place: rows[_at(at, len(rows)) + 1 :]))
    yield Damage("without its last line", _lines(lambda rows, _c: rows[:-1]))
    yield Damage("without its first line", _lines(lambda rows, _c: rows[1:]))
    yield Damage("cut at a line by chance", _lines(lambda rows, chance: rows[: chance.randrange(len(rows) or 1)]))
    yield Damage("without a piece of its middle", _lines(_swapped))
    yield Damage("empty, exit code as it was", _data(lambda _data, _c: b""))
    yield Damage("empty, exit code 0", _instead(b"", 0))
    yield Damage("empty, exit code 1", _instead(b"", 1))
    yield Damage("nothing but an end of line", _instead(b"\r\n", 0))
    yield Damage("no end", _with_code(None))
    yield Damage("exit code 1", _with_code(1))
    yield Damage("exit code -1073741502", _with_code(-1073741502))
    yield Damage("another one's", lambda output, other, _c: dataclasses.replace(other, command=output.command))
    yield Damage(
        "another one's behind it",
        lambda output, other, _c: dataclasses.replace(output, data=output.data + other.data),
    )
    yield Damage(
        "another one's in front of it",
        lambda output, other, _c: dataclasses.replace(output, data=other.data + output.data),
    )
    yield Damage("twice", _data(lambda data, _c: data * 2))
    for width in _WIDTHS:
        yield Damage(f"wrapped at {width}", _lines(_wrapped(width)))
        yield Damage(f"wrapped at {width}, indented", _lines(_wrapped(width, b"    ")))
    for garbage in _GARBAGE:
        yield Damage(f"{garbage[:12]!r} in the place of a line", _lines(_one_line(lambda _l, _c, to=garbage: to)))
    yield Damage("one byte of a line changed", _lines(_one_line(_with_a_byte_changed)))
    yield Damage("a line cut in half", _lines(_one_line(lambda line, _c: line[: len(line) // 2])))
    yield Damage("a line twice", _lines(_one_line(lambda line, _c: line + b"\r\n" + line)))
    yield Damage("a banner in front", _data(lambda data, _c: b"Welcome to CORP. Authorized use only!\r\n" + data))
    yield Damage("a byte order mark in front", _data(lambda data, _c: b"\xef\xbb\xbf" + data))
    yield Damage("UTF-16", _data(lambda data, _c: data.decode("utf-8", "replace").encode("utf-16")))
    yield Damage("UTF-16 without a mark", _data(lambda data, _c: data.decode("utf-8", "replace").encode("utf-16-le")))
    yield Damage("CR CR LF", _data(lambda data, _c: data.replace(b"\r\n", b"\r\r\n")))
    yield Damage("LF", _data(lambda data, _c: data.replace(b"\r\n", b"\n")))
    yield Damage("upper case", _data(lambda data, _c: data.upper()))
    yield from _errors()


def _with_a_byte_changed(line: bytes, chance: random.Random) -> bytes:
    """Change a byte that is no digit or hexadecimal one: those are values, and another value is another host."""
    places = [at for at, byte in enumerate(line) if byte not in b"0123456789abcdefABCDEF"]
    if not places:
        return line
    at = chance.choice(places)
    return line[:at] + b"\x7f" + line[at + 1 :]


DAMAGES = tuple(_all())


@dataclasses.dataclass(frozen=True)
class Case:
    """A host, one of its outputs, and what is done to it."""

    host: Seen
    command: Command
    damage: Damage
    seed: int

    def __str__(self) -> str:
        return f"{self.host.name}: '{self.command.line}', {self.damage.name} (seed {self.seed})"

    def output(self) -> CommandResult:
        """Return the damaged output."""
        chance = random.Random(self.seed)
        other = self.host.answers[chance.choice([one for one in self.host.answers if one != self.command])]
        return self.damage.do(self.host.answers[self.command], other, chance)

    def wrong(self) -> str:
        """Return what is wrong with the diagnosis, nothing if it holds."""
        try:
            found = self.host.diagnose({self.command: self.output()})
        except Exception as exc:  # Whatever it is: it must not happen.
            return f"the whole result is lost: {type(exc).__name__}: {exc}"
        for check, truth in self.host.truth.items():
            # A warning that says what was not read hides nothing.
            told = found[check].status == "warning" and "could not be read" in found[check].summary
            if truth.status == "problem" and found[check].status in ("ok", "warning") and not told:
                return f"{check}: problem became {found[check].status}: {found[check].summary}"
            if "mistake in winops.rdp" in found[check].summary:
                return f"{check}: {found[check].summary} {found[check].found}"
        return ""


def cases(hosts: t.Sequence[Seen], chance: random.Random) -> t.Iterator[Case]:
    """Return cases without an end: each damage of each output on which a problem rests, and some of the others."""
    telling: dict[str, list[Seen]] = {}
    others: list[tuple[Seen, Command]] = []
    for host in hosts:
        lines = {line for finding in host.truth.values() if finding.status == "problem" for line in finding.commands}
        for command in host.answers:
            if command.line in lines:
                telling.setdefault(command.line, []).append(host)
            else:
                others.append((host, command))
    while True:
        pairs = [(line, damage) for line in telling for damage in DAMAGES]
        chance.shuffle(pairs)
        for line, damage in pairs:
            yield Case(chance.choice(telling[line]), Command(line), damage, chance.randrange(1 << 32))
            if chance.random() < _OTHERS:
                yield Case(*chance.choice(others), chance.choice(DAMAGES), chance.randrange(1 << 32))


def every_case(hosts: t.Sequence[Seen], seed: int) -> t.Iterator[Case]:
    """Return each damage of each output of each host once."""
    for host in hosts:
        for command in host.answers:
            for damage in DAMAGES:
                yield Case(
                    host, command, damage, random.Random(f"{seed} {host.name} {command.line}").randrange(1 << 32)
                )
        # What was parsed of one host takes some ten megabytes, and there are more than a hundred hosts.
        host.forget()
