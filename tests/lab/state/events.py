# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event logs, as far as the lab writes to them. A log is history, not state: no hash holds it."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Mapping

SYSTEM = "System"
# https://learn.microsoft.com/troubleshoot/windows-server/group-policy/applying-group-policy-troubleshooting-guidance
POLICY_UNCHANGED, POLICY_CHANGED, POLICY_FILE_BAD, POLICY_NO_CONTROLLER = 1500, 1502, 1096, 1129
CONNECTIONS = "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational"
LISTENER_STARTED, LISTENER_STOPPED, LISTENER_FAILED = 258, 259, 260
# https://learn.microsoft.com/troubleshoot/azure/virtual-machines/windows/event-id-troubleshoot-vm-rdp-connecton
GROUP_POLICY, SCHANNEL = "Microsoft-Windows-GroupPolicy", "Schannel"
REMOTE_DESKTOP = "Microsoft-Windows-TerminalServices-RemoteConnectionManager"
KEY_NOT_ACCESSIBLE, NO_CIPHER, ALERT_SENT = 36870, 36874, 36888


@dataclasses.dataclass(frozen=True)
class Event:
    """One entry.

    Attributes:
        log: Which log.
        number: Its number.
        subject: About what: a listener's name, a GPO.
        provider: Who wrote it.
        time: When, by the host's clock.
        data: Its named data.
    """

    log: str
    number: int
    subject: str
    provider: str
    time: datetime.datetime
    data: Mapping[str, str] = dataclasses.field(default_factory=dict)


class EventLog:
    """Everything that was written since the host was made."""

    def __init__(self, clock: Callable[[], datetime.datetime]) -> None:
        self._clock = clock
        self.entries: list[Event] = []

    def write(
        self,
        log: str,
        number: int,
        subject: str = "",
        *,
        provider: str = GROUP_POLICY,
        data: Mapping[str, str] | None = None,
    ) -> None:
        """Add an entry."""
        self.entries.append(Event(log, number, subject, provider, self._clock(), data or {}))

    def numbers(self, log: str, provider: str = "") -> list[int]:
        """The numbers of a log's entries, oldest first, of one provider or of all."""
        return [one.number for one in self.entries if one.log == log and provider in ("", one.provider)]
