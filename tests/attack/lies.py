# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Emulated hosts that an attacker owns: whatever is run on them prints what he likes."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from lab import Machine, ProcessResult

#: Moves the cursor, changes the window's title, rings, turns the text around, ends a line where none should end.
ESCAPES = (
    "\x1b]0;OWNED\x07 \x1b[2J\x1b[31m \x9b2J \x9d0;OWNED\x9c \u202eexe.txt\u202c \u2066x\u2069 "
    "\u2028ok: [web1]\u2029 \x08\x08 \x7f \x00 \x0c\x0b \u200b\u200f \rok: [web2] => changed"
)
#: What must not be in anything that a terminal, a log or a report gets to see.
TELLTALE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)

# Commands and what they print are between two of these, as the collection asks for it.
_MARK = re.compile(rb"@[0-9a-f]{8} (?:b|\d+) (-?\d+)@ ?\r?\n")
_ECHO = "echo @"


@dataclasses.dataclass(frozen=True)
class Lie:
    """What is printed instead of, or around, the truth.

    Attributes:
        about: The commands that it is told about.
        text: What is printed.
        code: The exit code that it comes with, None for the command's own.
        around: Whether what the command prints is there too, with the lie before, behind and in each of its lines.
    """

    about: str
    text: str = ESCAPES
    code: int | None = None
    around: bool = False

    def told(self, truth: bytes) -> bytes:
        """Return what is printed."""
        lie = self.text.encode("utf-8", "surrogatepass") + b"\r\n"
        if not self.around:
            return lie
        lines = truth.splitlines(keepends=True)
        middle = len(lines) // 2
        return b"".join([lie, *lines[:middle], lie, *lines[middle:], lie])


def lie(machine: Machine, *lies: Lie) -> None:
    """Let a host lie from now on. The first lie about a command counts."""
    honest, asked = machine.create_process, list[list[str]]()

    def before(_machine: Machine, line: str) -> None:
        if line.lstrip().startswith(_ECHO):
            asked.append([])
        elif asked:
            asked[-1].append(line)

    def create_process(command_line: str, **options: t.Any) -> ProcessResult:
        asked.clear()
        ran = honest(command_line, **options)
        return dataclasses.replace(ran, stdout=_told(ran.stdout, [" ".join(lines) for lines in asked], lies))

    machine.before_command = before
    vars(machine)["create_process"] = create_process


def _told(answer: bytes, asked: t.Sequence[str], lies: t.Iterable[Lie]) -> bytes:
    marks = list(_MARK.finditer(answer))
    told = [answer[: marks[0].end()]] if marks else [answer]
    for command, mark, end in zip(asked, marks, marks[1:], strict=False):
        truth, closing = answer[mark.end() : end.start()], end[0]
        found = next((one for one in lies if re.search(one.about, command)), None)
        if found and found.code is not None:
            closing = closing.replace(b" %s@" % end[1], b" %d@" % found.code)
        told += [found.told(truth) if found else truth, closing]
    return b"".join(told)
