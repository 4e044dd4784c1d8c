# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables of qwinsta and netstat without names, in the same columns: their parsers go by them."""

from __future__ import annotations

import re
import unicodedata

from ...tools import netstat, qwinsta
from .names import Names
from .sentences import masked

_ENDPOINT = re.compile(r"(?P<address>\[[^\s\[\]]*\]|(?<=\s)[^\s\[\]:*]+)(?P<port>:[\w.+-]+)(?P<gap> +)")
_SOCKET = re.compile(r"\s*(?:TCP|UDP)\s.*\d")
_LEAST_GAP = 2


def sessions(text: str, exit_code: int | None, names: Names) -> str:
    """Replace who is logged on. Sessions' own names are Windows', or those of a listener."""
    lines = text.split("\n")
    parsed = qwinsta.parse(line.rstrip("\r") for line in lines)
    left = list(parsed.sessions)
    for index, line in enumerate(lines):
        place = _id_behind_user(line, left[0]) if left else None
        if place is None:
            lines[index] = masked(line, names)
            continue
        user = left.pop(0).user
        lines[index] = _in_column(line, line.rindex(user, 0, place), user, names.account(user)) if user else line
    return "\n".join(lines)


def _id_behind_user(line: str, session: qwinsta.Session) -> int | None:
    """Return where the id of a session is in its row, None if this is another line."""
    ids = [found.start() + 1 for found in re.finditer(rf"\s{session.id}(?=\s|$)", line)]
    return next((place for place in reversed(ids) if session.user in line[:place] and session.name in line), None)


def sockets(text: str, exit_code: int | None, names: Names) -> str:
    """Replace the addresses of netstat's table."""
    lines = text.split("\n")
    strange = set(netstat.parse(line.rstrip("\r") for line in lines).not_understood)

    def is_row(line: str) -> bool:
        bare = line.rstrip("\r")
        return bool(netstat.parse([bare]).sockets or (_SOCKET.match(bare) and bare.expandtabs() not in strange))

    return "\n".join(
        _ENDPOINT.sub(lambda found: _endpoint(found, names), line) if is_row(line) else masked(line, names)
        for line in lines
    )


def _endpoint(found: re.Match[str], names: Names) -> str:
    address = found["address"]
    bare = address.strip("[]")
    new = names.address(bare)
    new = (f"[{new}]" if address.startswith("[") else new) + found["port"]
    return new + " " * max(_LEAST_GAP, len(found[0]) - len(new))


def _in_column(line: str, start: int, old: str, new: str) -> str:
    """Replace a cell with blanks behind it. What stands further to the right stays where it is on the screen."""
    behind = line[start + len(old) :]
    gap = len(behind) - len(behind.lstrip(" "))
    room = _columns(old) + gap - _LEAST_GAP
    return line[:start] + new[:room].ljust(_columns(old) + gap) + behind[gap:]


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
