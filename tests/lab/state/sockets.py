# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table behind netstat: TCP and UDP end points with the process that owns them."""

from __future__ import annotations

import dataclasses
import ipaddress

from .editions import Edition

LISTENING = "LISTENING"
ESTABLISHED = "ESTABLISHED"
TIME_WAIT = "TIME_WAIT"


@dataclasses.dataclass(frozen=True)
class Socket:
    """One row. UDP rows have no state, and a remote end only when the socket is connected."""

    protocol: str
    local: str
    local_port: int
    pid: int
    remote: str = ""
    remote_port: int = 0
    state: str = ""

    @property
    def v6(self) -> bool:
        """Whether it is an IPv6 end point."""
        return ":" in self.local

    def order(self) -> tuple[object, ...]:
        """Where netstat shows the row: TCP before UDP, IPv4 before IPv6, then by address and port."""
        address = ipaddress.ip_address(self.local.partition("%")[0])
        return (self.protocol != "TCP", self.v6, int(address), self.local_port)


@dataclasses.dataclass(frozen=True)
class Exclusion:
    """A range of ports that Windows keeps; ``administered`` ones were set by hand and a program may still ask for them
    (https://learn.microsoft.com/windows-server/administration/windows-commands/netsh-interface).
    """

    start: int
    end: int
    administered: bool = False


class Sockets:
    """All end points of the host."""

    def __init__(self, edition: Edition) -> None:
        self.rows: list[Socket] = []
        # by protocol, for both families; Windows 10 1809 and later administer 50000-50059
        administered = [Exclusion(50000, 50059, administered=True)] if edition.build >= 17763 else []
        self.excluded: dict[str, list[Exclusion]] = {"tcp": administered, "udp": []}

    def may_bind(self, port: int) -> bool:
        """Whether a program gets a TCP port: it is neither in use nor reserved (WSAEACCES)."""
        kept = any(one.start <= port <= one.end and not one.administered for one in self.excluded["tcp"])
        return not kept and self.listener(port) is None

    def clear(self) -> None:
        """Forget everything (the host boots)."""
        self.rows = []

    def add(self, *rows: Socket) -> None:
        """Add rows."""
        self.rows.extend(rows)

    def listen(self, port: int, pid: int, *, udp: bool = False, v6: bool = True, address: str = "0.0.0.0") -> None:
        """The rows of a program that listens on a port of all addresses."""
        self.add(Socket("TCP", address, port, pid, "0.0.0.0", 0, LISTENING))
        if v6:
            self.add(Socket("TCP", "::", port, pid, "::", 0, LISTENING))
        if udp:
            self.add(Socket("UDP", address, port, pid))
            if v6:
                self.add(Socket("UDP", "::", port, pid))

    def listener(self, port: int) -> Socket | None:
        """The TCP row that listens on a port, or None."""
        return next((row for row in self.rows if row.state == LISTENING and row.local_port == port), None)

    def close(self, *, pid: int | None = None, port: int | None = None) -> None:
        """Remove the rows of a process, of a local port, or of a process on a port."""
        self.rows = [
            row
            for row in self.rows
            if (pid is not None and row.pid != pid) or (port is not None and row.local_port != port)
        ]

    def sorted(self) -> list[Socket]:
        """The rows in netstat's order."""
        return sorted(self.rows, key=Socket.order)

    def plain(self) -> list[list[object]]:
        """As plain JSON types."""
        return [[r.protocol, r.local, r.local_port, r.remote, r.remote_port, r.state, r.pid] for r in self.sorted()]
