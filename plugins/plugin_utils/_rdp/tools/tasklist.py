# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``tasklist``: the processes and the services they host.

https://learn.microsoft.com/windows-server/administration/windows-commands/tasklist

    >>> rows = ('"System","4","N/A"', '"svchost.exe","1172","DcomLaunch,PlugPlay"')
    >>> [process.services for process in parse(rows).processes]
    [(), ('DcomLaunch', 'PlugPlay')]

The header, the messages and the word for "no services" are translated. Image names, numbers, the names of services and
the rule of ``=`` under the header are not.
"""

from __future__ import annotations

import csv
import dataclasses
import re
import typing as t

from ..errors import UnreadableError
from ..model import Command, CommandResult, Probe
from ..text import lines

_PID = re.compile(r"^\d{1,10}$")
_RULE_LINE = re.compile(r"^\s*={5,}(?: +={5,})*\s*$")
_GLUED_RULE = "=" * 10  # ends a header whose line end got lost, with the rule behind it
# Column widths of the table form: image 25, PID 8 and one blank between columns.
_ROW = re.compile(r"^(?P<image>\S.{24}) (?P<pid>[ \d]{8}) (?P<rest>.*\S)$")
_LOOSE_ROW = re.compile(r"^(?P<image>\S.{0,60}?)\s+(?P<pid>\d{1,10})\s(?P<rest>.*\S)$")
# The name of a session is empty where tasklist doesn't know it.
_SESSION_REST = re.compile(
    r"^(?P<session>\S.{0,15}?| {16})\s+(?P<number>\d{1,10})\s+(?P<memory>\d[\d.,'\u2019\s]*)\s\S{1,3}(?:\s|$)"
)
_WRAPPED = re.compile(r"^\s{20,}(?P<services>\S.*)$")
# https://learn.microsoft.com/windows/win32/api/winsvc/nf-winsvc-createservicew: "/" and "\" are not valid in the name
# of a service. Names beyond ASCII are allowed, and nobody has been seen using them.
_NO_SERVICE_NAME = re.compile(r"[/\\]|[^\x00-\x7f]")
# The System Idle Process and System, whatever they are called: they never host a service.
_KERNEL_PIDS = frozenset({0, 4})
_LONGEST_ROW = 1 << 16  # csv refuses a cell of twice that
_MOST_DIGITS = 15


@dataclasses.dataclass(frozen=True)
class Process:
    """One row.

    Attributes:
        image: Cut after 25 characters in the table form.
        pid: Its number.
        services: The names of the services it hosts; empty without ``/svc``.
        session: The name of its session, None if not printed (``/svc``). May be empty.
        session_id: The number of its session, None if not printed.
        memory_kb: None if not printed.
    """

    image: str
    pid: int
    services: tuple[str, ...] = ()
    session: str | None = None
    session_id: int | None = None
    memory_kb: int | None = None


@dataclasses.dataclass(frozen=True)
class Tasklist:
    """What one tasklist printed, with the lines that are no process."""

    processes: tuple[Process, ...] = ()
    not_understood: tuple[str, ...] = ()


def read(output: CommandResult) -> tuple[Process, ...]:
    """Return all processes.

    Raises:
        UnreadableError: tasklist didn't run, printed no process (there always are some without a filter), or printed a
            line that isn't understood.
    """
    if output.exit_code is None:
        raise UnreadableError("tasklist didn't run.")
    reading = parse(lines(output.data, output.code_page))
    if not reading.processes:
        raise UnreadableError("tasklist printed no process.", next(iter(reading.not_understood), ""))
    if reading.not_understood:
        raise UnreadableError("tasklist printed a line that is no process.", reading.not_understood[0])
    return reading.processes


TASKLIST = Probe(Command("tasklist /svc /fo csv /nh"), read)


@dataclasses.dataclass
class _Row:
    """A process whose services aren't told from the word for "none" yet."""

    process: Process
    services: str | None = None
    wrapped: list[str] = dataclasses.field(default_factory=list)

    @property
    def goes_on(self) -> bool:
        """Whether more services have to follow in the next line."""
        return (self.wrapped[-1] if self.wrapped else self.services or "").endswith(",")


def parse(text: t.Iterable[str]) -> Tasklist:
    """Read every table and every CSV row in the lines.

    In a filtered output, without PID 0 and 4 to learn from, a word for "no services" that consists of ASCII letters
    only ("Nicht zutreffend", "Yok") can't be told from a service of that name.
    """
    block = [line.rstrip() for line in text]
    rows: list[_Row] = []
    not_understood: list[str] = []
    headings = {index - 1 for index, line in enumerate(block) if index and _RULE_LINE.match(line)}
    in_table = False
    seen_csv = False
    for index, line in enumerate(block):
        if not line or index in headings:
            in_table = in_table and bool(line)
            continue
        if _RULE_LINE.match(line) or (line.endswith(_GLUED_RULE) and line[: -len(_GLUED_RULE)].strip()):
            in_table = True
        elif line.startswith('"') and len(line) <= _LONGEST_ROW:
            cells = next(csv.reader([line]))
            row = _csv_row(cells)
            if row:
                rows.append(row)
            elif seen_csv or len(cells) not in _CSV_WIDTHS or line.count('"') != 2 * len(cells):
                not_understood.append(line)  # only the first one can be the header
            seen_csv = True
        elif row := _table_row(line, in_table):
            rows.append(row)
        elif rows and (more := _WRAPPED.match(line)) and rows[-1].goes_on:
            rows[-1].wrapped.append(more["services"])
        else:
            not_understood.append(line)
            in_table = False
    none_words = {_services(row) for row in rows if row.services and row.process.pid in _KERNEL_PIDS}
    return Tasklist(tuple(_finish(row, none_words) for row in rows), tuple(not_understood))


_CSV_WIDTHS = frozenset({3, 5, 9})  # /svc, nothing, /v


def _csv_row(cells: list[str]) -> _Row | None:
    if len(cells) not in _CSV_WIDTHS or not _PID.match(cells[1]) or not cells[0]:
        return None
    image, pid = cells[0], int(cells[1])
    if len(cells) == 3:
        return _Row(Process(image, pid), cells[2].strip())
    number = int(cells[3]) if _PID.match(cells[3]) else None
    return _Row(Process(image, pid, (), cells[2], number, _memory(cells[4])))


def _table_row(line: str, in_table: bool) -> _Row | None:
    """Return the process of a row in columns; without a rule above it, only if the columns are exactly right."""
    match = _ROW.match(line)
    if not match or not _PID.match(match["pid"].strip()):
        match = _LOOSE_ROW.match(line) if in_table else None
    if not match:
        return None
    image, pid, rest = match["image"].strip(), int(match["pid"]), match["rest"]
    if session := _SESSION_REST.match(rest):
        memory = _memory(session["memory"])
        return _Row(Process(image, pid, (), session["session"].strip(), int(session["number"]), memory))
    return _Row(Process(image, pid), rest.strip())


def _memory(text: str) -> int | None:
    """Return the digits of "138.636 K", "147 532 Ko": the separator is the language's, the unit always KiB."""
    digits = re.sub(r"[^0-9]", "", text)
    return int(digits) if 0 < len(digits) <= _MOST_DIGITS else None


def _services(row: _Row) -> str:
    return " ".join((row.services or "", *row.wrapped))


def _finish(row: _Row, none_words: t.Container[str]) -> Process:
    """Tell services from the translated word for none."""
    text = _services(row)
    if not text or text in none_words:
        return row.process
    names = tuple(name for name in (part.strip() for part in text.split(",")) if name)
    if len(names) == 1 and _NO_SERVICE_NAME.search(names[0]):
        return row.process
    return dataclasses.replace(row.process, services=names)
