# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables of qwinsta, netstat and sc without names, in the same columns: their parsers go by them."""

from __future__ import annotations

import re
import typing as t
import unicodedata

from ..tools import netstat, qwinsta, sc
from .names import Names

_ENDPOINT = re.compile(r"(?P<address>\[[^\s\[\]]*\]|(?<=\s)[^\s\[\]:*]+)(?P<port>:[\w.+-]+)(?P<gap> +)")
_LEAST_GAP = 2
_LIKE_A_ROW = re.compile(r"\s{2,}|\d")
_OWN_ACCOUNTS = re.compile(r"(?:|LocalSystem|NT (?:AUTHORITY|SERVICE)\\[\w ]+)", re.I)


def sessions(text: str, exit_code: int | None, names: Names) -> str:
    """Replace who is logged on. Sessions' own names are Windows', or those of a listener."""
    lines = text.split("\n")
    parsed = qwinsta.parse(line.rstrip("\r") for line in lines)
    left, strange = list(parsed.sessions), set(parsed.not_understood)
    for index, line in enumerate(lines):
        place = _id_behind_user(line, left[0]) if left else None
        if place is None:
            lines[index] = _around(line, strange, names)
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
    return "\n".join(
        _ENDPOINT.sub(lambda found: _endpoint(found, names), line)
        if netstat.parse([line.rstrip("\r")]).sockets
        else _around(line, strange, names)
        for line in lines
    )


def _around(line: str, strange: t.Container[str], names: Names) -> str:
    """Return a line that is no row. A row that the parser doesn't understand says nothing then; a sentence stays."""
    bare = line.rstrip("\r")
    if bare.expandtabs() in strange and _LIKE_A_ROW.search(bare.strip()):
        return names.text(bare) + line[len(bare) :]
    return names.in_text(line)


def _endpoint(found: re.Match[str], names: Names) -> str:
    address = found["address"]
    bare = address.strip("[]")
    new = names.address(bare)
    new = (f"[{new}]" if address.startswith("[") else new) + found["port"]
    return new + " " * max(_LEAST_GAP, len(found[0]) - len(new))


def service(text: str, exit_code: int | None, names: Names) -> str:
    """Replace the account of a service, unless it is one of Windows' own."""
    parsed = sc.parse(line.rstrip("\r") for line in text.split("\n"))
    for account in {getattr(one, "start_name", "") for one in _all(parsed)}:
        if not _OWN_ACCOUNTS.fullmatch(account):
            text = text.replace(account, names.account(account))
    return "\n".join(names.in_text(line) for line in text.split("\n"))


def _all(parsed: object) -> list[object]:
    """Return everything that a parser of sc.exe found."""
    return [one for found in vars(parsed).values() if isinstance(found, tuple) for one in found]


def plain(text: str, exit_code: int | None, names: Names) -> str:
    """Replace what is known or has the form of a name, in a text that Windows wrote."""
    return "\n".join(names.in_text(line) for line in text.split("\n"))


def _in_column(line: str, start: int, old: str, new: str) -> str:
    """Replace a cell with blanks behind it. What stands further to the right stays where it is on the screen."""
    behind = line[start + len(old) :]
    gap = len(behind) - len(behind.lstrip(" "))
    room = _columns(old) + gap - _LEAST_GAP
    return line[:start] + new[:room].ljust(_columns(old) + gap) + behind[gap:]


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def key_file(text: str, exit_code: int | None, names: Names) -> str:
    """Replace the names in what is known of a key file."""
    return plain(text, exit_code, names)
