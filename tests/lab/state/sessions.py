# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Terminal sessions and listener rows, as qwinsta shows them."""

from __future__ import annotations

import dataclasses

# WTS_CONNECTSTATE_CLASS (https://learn.microsoft.com/windows/win32/api/wtsapi32/ne-wtsapi32-wts_connectstate_class)
ACTIVE = "Active"
CONNECTED = "Conn"
DISCONNECTED = "Disc"
LISTEN = "Listen"

FIRST_LISTENER_ID = 65536


@dataclasses.dataclass
class Session:
    """One session: id, session name (empty when disconnected), user and state."""

    id: int
    name: str
    state: str
    user: str = ""
    idle: str = "none"
    logon_time: str = "1/15/2026 8:02 AM"
    type: str = ""


class Sessions:
    """All sessions; listeners are kept apart, because only a running TermService has them."""

    def __init__(self) -> None:
        self.table: list[Session] = []
        self.listeners: list[str] = []
        self.hidden = False  # True: a network logon without the right to query sessions
        self.error = 0  # the Win32 error with which qwinsta ends instead
        self.entrance = "rdp-tcp"  # the listener through which people come in when the host boots
        self.logons_disabled = False  # by `change logon /disable`, as far as only WMI shows it
        self.current = 0  # a command over winrm or ssh runs in session 0

    def clear(self) -> None:
        """The state after boot: services and an idle console."""
        self.table = [Session(0, "services", DISCONNECTED), Session(1, "console", CONNECTED)]
        self.listeners = []

    def log_on(self, user: str, *, number: int, listener: str = "rdp-tcp") -> Session:
        """A user connects through a listener."""
        session_id = max(session.id for session in self.table) + 1
        session = Session(session_id, f"{listener}#{number}", ACTIVE, user)
        self.table.append(session)
        return session

    def console(self, user: str) -> None:
        """A user signs in at the screen and keyboard."""
        for session in self.table:
            if session.name == "console":
                session.user, session.state = user, ACTIVE

    def leave_broken(self, number: int) -> None:
        """A session stays behind that has neither a name nor a user."""
        self.table.append(Session(number, "", DISCONNECTED))

    def connected(self) -> list[Session]:
        """Sessions of people who are connected through a network listener."""
        return [session for session in self.table if "#" in session.name]

    def disconnect(self, listener: str = "rdp-tcp") -> None:
        """The listener's connections drop; the sessions stay, disconnected and without a name."""
        for session in self.table:
            if session.name.startswith(listener + "#"):
                session.name = ""
                session.state = DISCONNECTED

    def rows(self) -> list[Session]:
        """Everything qwinsta lists: sessions by id, then listeners from id 65536 up."""
        numbered = enumerate(self.listeners, FIRST_LISTENER_ID)
        return sorted(self.table, key=lambda s: s.id) + [Session(i, name, LISTEN) for i, name in numbered]

    def plain(self) -> list[list[object]]:
        """As plain JSON types."""
        return [[row.id, row.name, row.state, row.user] for row in self.rows()]
