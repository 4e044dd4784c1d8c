# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event logs, as far as somebody writes to them. A log is history, not state: no hash holds it."""

from __future__ import annotations

from dataclasses import dataclass

SYSTEM = "System"
# https://learn.microsoft.com/troubleshoot/windows-server/group-policy/applying-group-policy-troubleshooting-guidance
POLICY_UNCHANGED, POLICY_CHANGED, POLICY_FILE_BAD, POLICY_NO_CONTROLLER = 1500, 1502, 1096, 1129
CONNECTIONS = "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational"
LISTENER_STARTED, LISTENER_STOPPED, LISTENER_FAILED = 258, 259, 260


@dataclass(frozen=True)
class Event:
    """One entry: which log, which number, about what (a listener's name, a GPO)."""

    log: str
    number: int
    subject: str


class EventLog:
    """Everything that was written since the host was made."""

    def __init__(self) -> None:
        self.entries: list[Event] = []

    def write(self, log: str, number: int, subject: str) -> None:
        """Add an entry."""
        self.entries.append(Event(log, number, subject))

    def numbers(self, log: str) -> list[int]:
        """The numbers of a log's entries, oldest first."""
        return [event.number for event in self.entries if event.log == log]
