# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""qwinsta (= query session) and quser (= query user).

Column widths from published outputs: the session name is 17 wide, 25 on Windows 11 and Server 2025; a longer name is
cut to 13 characters and three dots (21 in the wide form); the id ends 27 columns after the user's first one; every
row is padded to the width of the DEVICE column.
"""

from __future__ import annotations

import unicodedata

from ..state.sessions import CONNECTED, LISTEN, Session
from .call import ToolCall


def pad(text: str, width: int) -> str:
    """Left-aligned to a width on the screen: wide characters count twice."""
    used = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
    return text + " " * (width - used)


def row(session: Session, state: str, *, wide: bool, current: bool) -> str:
    """One line of the table."""
    width = 25 if wide else 17
    name = session.name
    if len(name) >= width:
        name = name[: width - 4] + "..."
    mark = ">" if current else " "
    return f"{mark}{name:<{width}} {pad(session.user, 22)}{session.id:>5}  {pad(state, 8)}{session.type:<12}{'':<8}"


def qwinsta(call: ToolCall) -> int:
    """QWINSTA [name | id | user]."""
    return _sessions(call, call.arguments)


def query(call: ToolCall) -> int:
    """QUERY SESSION | USER."""
    verb = call.arguments[0].lower() if call.arguments else ""
    if verb == "session":
        return _sessions(call, call.arguments[1:])
    if verb == "user":
        return _users(call, call.arguments[1:])
    call.err(call.texts["qwinsta.invalid"])
    return call.not_understood(f"query {verb}")


def quser(call: ToolCall) -> int:
    """QUSER [name | id | user]."""
    return _users(call, call.arguments)


def _wanted(session: Session, filters: list[str]) -> bool:
    return not filters or filters[0].lower() in (session.name.lower(), session.user.lower(), str(session.id), "*")


def _sessions(call: ToolCall, arguments: list[str]) -> int:
    if len(arguments) > 1 or any(argument.startswith("/") for argument in arguments):
        call.err(call.texts["qwinsta.invalid"])
        return call.not_understood(f"qwinsta {arguments}")
    sessions = call.machine.sessions
    if sessions.error:
        return _failed(call, sessions.error)
    wide = call.machine.edition.wide_sessions
    # Unseen: while TermService is stopped the sessions are still listed.
    rows = [session for session in sessions.rows() if _wanted(session, arguments) and not sessions.hidden]
    if not rows:
        call.err(call.texts["qwinsta.none"].format(name=arguments[0] if arguments else "*"))
        return 1
    call.out(call.texts["qwinsta.header_wide" if wide else "qwinsta.header"])
    for session in rows:
        state = call.texts[f"qwinsta.{session.state}"]
        call.out(row(session, state, wide=wide, current=session.id == sessions.current and session.state != LISTEN))
    return 0


def _failed(call: ToolCall, code: int) -> int:
    """What was published of a qwinsta that can't ask: two lines, with the error in hexadecimal and decimal digits."""
    # Unseen: the exit code then.
    call.err(f"Error 0x{code:08X} enumerating sessionnames")
    call.err(f"Error [{code}]:{call.texts[f'win32.{code}']}")
    return 1


def _users(call: ToolCall, arguments: list[str]) -> int:
    if len(arguments) > 1 or any(argument.startswith("/") for argument in arguments):
        call.err(call.texts["qwinsta.invalid"])
        return call.not_understood(f"quser {arguments}")
    rows = [
        session
        for session in call.machine.sessions.table
        if session.user and session.state != CONNECTED and _wanted(session, arguments)
    ]
    if not rows:
        call.err(call.texts["quser.none"].format(name=arguments[0] if arguments else "*"))
        return 1
    call.out(call.texts["quser.header"])
    for session in rows:
        state = call.texts[f"qwinsta.{session.state}"]
        call.out(
            f" {session.user:<22}{session.name:<17}{session.id:>4}  {state:<8}{session.idle:>9}  {session.logon_time}"
        )
    return 0
