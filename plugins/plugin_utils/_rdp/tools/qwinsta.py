# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""``qwinsta``: the sessions and the listeners of Remote Desktop.

https://learn.microsoft.com/windows-server/administration/windows-commands/query-session. Microsoft runs it in a remote
session of an administrator to see the listener (model.ARTICLE).

    >>> table = (
    ...     " SESSIONNAME       USERNAME                 ID  STATE   TYPE        DEVICE",
    ...     ">rdp-tcp#40        CONTOSO\\maria            7  Active  rdpwd",
    ...     " rdp-tcp                                 65536  Listen",
    ... )
    >>> [(session.name, session.user, session.id) for session in parse(table).sessions]
    [('rdp-tcp#40', 'CONTOSO\\maria', 7), ('rdp-tcp', '', 65536)]

The header and the states are translated. What isn't: the names of the sessions, the ids, and the order of the columns.
Two layouts are known, with 17 and with 25 columns for the session's name. In both the user's name begins 27 columns
before the place where the right-aligned ids end.
"""

from __future__ import annotations

import collections
import dataclasses
import re
import typing as t
import unicodedata

from ..errors import UnreadableError
from ..model import Command, CommandResult, Probe
from ..text import lines

# https://learn.microsoft.com/troubleshoot/windows-server/remote/remote-desktop-cannot-connect-remote-computer
# shows rdp-tcp as 65536; listeners are numbered from there, sessions from 0.
_FIRST_LISTENER_ID = 65536

# The two sessions that no listener made: that of the services, which is always number 0, and that of the screen and
# keyboard. Neither name is translated.
# https://learn.microsoft.com/windows-server/administration/windows-commands/query-session
_SERVICES_ID = 0
# Unseen: whoever works at the console goes on working while TermService restarts.
_CONSOLE = "console"

_USER_BEFORE_ID_END = 27  # 46 - 19 in the narrow layout, 54 - 27 in the wide one
_TYPE_AFTER_ID_END = 10
_NAMELESS_INDENT = 10  # a row without a session name begins at the user's column, 18 or 26 to the right
_NARROW_ID_END = 45  # without the blank or mark in front, which pasted text may have lost
_LEAST_ID_END = 30  # far left of both layouts: names of double width may pull a row to the left

_LONGEST_ROW = 1000  # several times what the columns and the longest names take together

_ID = re.compile(r"(?<=\s)\d{1,10}(?=\s{2}|\s*$)")
# Published as "                                            23  Disc": an id and a state, and nothing in front of them.
_BROKEN = re.compile(r"^\s+(?P<id>\d{1,10})(?=\s{2,}\S|\s*$)")
_WIDE_GAP = re.compile(r"\s{2,}")
# https://learn.microsoft.com/previous-versions/windows/it-pro/windows-2000-server/bb726984(v=ws.11): not in a name.
_NO_NAME = re.compile(r'[:;|=,*?"/\[\]]')
# Dates and times ("16:38", "2022/7/13", "13.07.2022"): a row of "query user", which shares the other columns.
_DATE = re.compile(r"\d\s*[:./,-]\s*\d")
_STACK = re.compile(r"^(?:wd[a-z]+|[a-z]+wd)$")  # rdpwd, wdcon, wdica: names of drivers, not translated


@dataclasses.dataclass(frozen=True)
class Session:
    """One row: a session or a listener.

    Attributes:
        name: ``console``, ``services``, ``rdp-tcp#4``, ``rdp-tcp`` …, empty for a disconnected user. A long one
            is cut by qwinsta and then ends in ``...``.
        user: With its domain if qwinsta printed it.
        id: Small for a session, from 65536 for a listener.
        state: Translated, for people only.
        type: ``rdpwd``, ``wdcon`` …, empty on newer Windows.
        device: Empty in practice.
        is_current: The session that ran qwinsta; over WinRM that is ``services``.

    A session that is broken has neither name nor user. It belongs to nobody, and can't be told from one that is just
    beginning.
    """

    name: str
    user: str
    id: int
    state: str
    type: str
    device: str
    is_current: bool

    @property
    def is_listener(self) -> bool:
        """Whether the row waits for connections instead of being one."""
        return self.id >= _FIRST_LISTENER_ID


@dataclasses.dataclass(frozen=True)
class Sessions:
    """What one qwinsta printed, with the lines that are neither rows nor a header."""

    sessions: tuple[Session, ...] = ()
    not_understood: tuple[str, ...] = ()
    has_header: bool = False


def read(output: CommandResult) -> tuple[Session, ...]:
    """Return the rows of a whole table. Its exit codes are not documented and don't count.

    Raises:
        UnreadableError: qwinsta didn't run, printed no row, a line that isn't understood, or a table without its
            header.
    """
    if output.exit_code is None:
        raise UnreadableError("qwinsta didn't run.")
    reading = parse(lines(output.data, output.code_page))
    if reading.not_understood:
        raise UnreadableError("qwinsta printed a line that isn't part of its table.", reading.not_understood[0])
    if not reading.sessions:
        raise UnreadableError("qwinsta printed no session, not even its own.")
    if not reading.has_header:
        raise UnreadableError("The beginning of qwinsta's table is missing.")
    return reading.sessions


QWINSTA = Probe(Command("qwinsta"), read)


def connected(sessions: t.Iterable[Session]) -> tuple[Session, ...]:
    """Return the sessions of people who are connected over the network.

    A listener names its sessions after itself with a number, such as ``rdp-tcp#3``, but qwinsta cuts a long name before
    that number. So whatever has a name counts, unless it is a listener, the services or the console; a disconnected
    session has no name. Somebody at the console is not connected through TermService: the Local Session Manager keeps
    the sessions, TermService only the listeners and what comes in by them.
    https://learn.microsoft.com/openspecs/windows_protocols/ms-tsts/0fb8dffb-3d82-43ca-8c09-6f62e36cfc9a

    Args:
        sessions: What qwinsta lists.
    """
    return tuple(
        session
        for session in sessions
        if session.name
        and not session.is_listener
        and session.id != _SERVICES_ID
        and session.name.casefold() != _CONSOLE
    )


def parse(text: t.Iterable[str]) -> Sessions:
    """Read every table in the lines. A header is the line right above a table's first row."""
    block = [line.expandtabs() for line in text]
    ids = [_ids(line) for line in block]
    usual_end = _usual_end(ids)
    rows = [_choose(found, usual_end) or _broken(line, usual_end) for line, found in zip(block, ids, strict=True)]
    headers = {index - 1 for index in range(1, len(block)) if rows[index] and not rows[index - 1]}
    headers = {index for index in headers if _is_header(block[index])}
    left_edge = min((_start(block[index]) for index in range(len(block)) if rows[index] or index in headers), default=0)

    sessions: list[Session] = []
    not_understood: list[str] = []
    for index, (line, place) in enumerate(zip(block, rows, strict=True)):
        if place:
            sessions.append(_session(line, place, left_edge, usual_end or place.end))
        elif line.strip() and index not in headers:
            not_understood.append(line)
    return Sessions(tuple(sessions), tuple(not_understood), bool(headers))


class _Place(t.NamedTuple):
    """Where an id may stand: its match, and the column on the screen where it ends."""

    match: re.Match[str]
    end: int


def _columns(text: str) -> int:
    """Return how many columns a text takes on the screen: East Asian characters take two."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def _start(line: str) -> int:
    """Return the column of the first character that is neither blank nor the mark of the current session."""
    body = line.replace(">", " ", 1) if line.lstrip().startswith(">") else line
    return len(body) - len(body.lstrip())


def _is_header(line: str) -> bool:
    return len(_WIDE_GAP.split(line.strip())) >= 2 and not re.search(r"\d", line)


def _ids(line: str) -> list[_Place]:
    """Return the numbers of a line that could be its session id, as the columns around them are a session's."""
    found: list[_Place] = []
    if len(line.rstrip()) > _LONGEST_ROW:
        return found
    for match in _ID.finditer(line.rstrip()):
        left, right = line[: match.start()], line[match.end() :]
        end = _columns(line[: match.end()])
        gap = len(left) - len(left.rstrip())
        if end < _LEAST_ID_END or (gap < 2 and end < _NARROW_ID_END):
            continue
        if not left.strip(" >") or _NO_NAME.search(left) or _DATE.search(right):
            continue
        found.append(_Place(match, end))
    return found


def _usual_end(ids: t.Iterable[list[_Place]]) -> int | None:
    """Return the column where ids end, by the rows with one candidate; those without wide characters know best."""
    certain = [found[0] for found in ids if len(found) == 1]
    narrow = [place.end for place in certain if place.end == place.match.end()]
    ends = collections.Counter(narrow or [place.end for place in certain])
    return ends.most_common(1)[0][0] if ends else None


def _choose(found: list[_Place], usual_end: int | None) -> _Place | None:
    """Return the id among the numbers of a line: a name made of digits stands left of it."""
    at_end = (place for place in found if usual_end in (place.end, place.match.end()))
    return next(at_end, found[-1] if found else None)


def _broken(line: str, usual_end: int | None) -> _Place | None:
    """Return the id of a row that has neither name nor user. Only where the other rows have theirs, it is one."""
    match = _BROKEN.match(line)
    return _Place(match, match.end("id")) if match and match.end("id") == usual_end else None


def _session(line: str, place: _Place, left_edge: int, usual_end: int) -> Session:
    if "id" in place.match.groupdict():
        state, type_, device = _state_type_device(line[place.match.end() :])
        return Session("", "", int(place.match["id"]), state, type_, device, is_current=False)
    left, right = line[: place.match.start()], line[place.match.end() :]
    start = _start(left)
    is_current = left.lstrip().startswith(">")
    body = left[start:].rstrip()
    if start - left_edge >= _NAMELESS_INDENT:
        name, user = "", body
    else:
        name, user = _name_and_user(body, usual_end - _USER_BEFORE_ID_END - start)
    state, type_, device = _state_type_device(right)
    return Session(name, user, int(place.match.group()), state, type_, device, is_current)


def _name_and_user(body: str, user_column: int) -> tuple[str, str]:
    """Split what stands before the id. A session name that fills its column is parted by a single blank."""
    parts = _WIDE_GAP.split(body, maxsplit=1)
    if len(parts) == 2:
        return parts[0], parts[1]
    if 0 < user_column < len(body) and body[user_column - 1] == " ":
        return body[:user_column].rstrip(), body[user_column:]
    return body, ""


def _state_type_device(right: str) -> tuple[str, str, str]:
    """Split what stands after the id. A state may be missing, hold blanks, or be longer than its column."""
    body = right.strip()
    if not body:
        return "", "", ""
    parts = _WIDE_GAP.split(body, maxsplit=2)
    if len(right) - len(right.lstrip()) >= _TYPE_AFTER_ID_END:
        parts.insert(0, "")
    else:
        state, _space, last = parts[0].rpartition(" ")
        if state and _STACK.match(last):
            parts[:1] = [state, last]
    state, type_, device, *_more = [*parts, "", ""]
    return state, type_, device
