# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who listens on a port: told by the number of the process, which for TermService is the service manager's.

The service lives in ``svchost.exe``, so the name of a program would say nothing. Two programs can share a port: one
on IPv4 and the other on IPv6, or one on all addresses and the other on a single one.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..tools import netstat, sc, tasklist

# HTTP.sys and other drivers listen in the name of the process System, which has this number on every Windows.
KERNEL = 4

_LOOPBACK = ("127.", "[::1]")


@dataclasses.dataclass(frozen=True)
class Owner:
    """A process that listens on a port.

    Attributes:
        pid: Its number.
        tcp: The addresses on which it listens on the TCP port, as netstat prints them.
        udp: The same of the UDP port.
        image: Its program. Empty if it has ended between the two commands.
        services: The services that it hosts.
        term_service: Whether it is TermService's.
    """

    pid: int
    tcp: tuple[str, ...]
    udp: tuple[str, ...]
    image: str = ""
    services: tuple[str, ...] = ()
    term_service: bool = False

    @property
    def reachable(self) -> bool:
        """Whether it takes TCP connections from outside."""
        return any(not address.startswith(_LOOPBACK) for address in self.tcp)

    def __str__(self) -> str:
        """Name the process as people can find it."""
        if self.pid == KERNEL:
            return "the Windows kernel (process 4), for HTTP.sys or another driver: netsh http show servicestate"
        if not self.image:
            return f"a program that has ended meanwhile (process {self.pid})"
        services = f" with the services {', '.join(self.services)}" if self.services else ""
        return f"{self.image}{services} (process {self.pid})"


def owners(
    port: int,
    sockets: t.Iterable[netstat.Socket],
    term: sc.ServiceState | None,
    processes: t.Iterable[tasklist.Process] = (),
) -> tuple[Owner, ...]:
    """Return the processes that listen on a port, in netstat's order.

    Args:
        port: The number of the TCP and of the UDP port.
        sockets: What netstat lists.
        term: The state of TermService, None if it is not installed.
        processes: What tasklist lists, for their names.
    """
    found: dict[int, list[netstat.Socket]] = {}
    for socket in sockets:
        if socket.is_listening and socket.local_port == port and socket.pid is not None:
            found.setdefault(socket.pid, []).append(socket)
    by_pid = {process.pid: process for process in processes}
    return tuple(
        Owner(
            pid,
            _addresses(rows, "TCP"),
            _addresses(rows, "UDP"),
            by_pid[pid].image if pid in by_pid else "",
            by_pid[pid].services if pid in by_pid else (),
            bool(term and term.pid and pid == term.pid),
        )
        for pid, rows in found.items()
    )


def term_service_listens(found: t.Iterable[Owner]) -> bool:
    """Whether TermService listens on the TCP port."""
    return any(owner.term_service and owner.tcp for owner in found)


def strangers(found: t.Sequence[Owner]) -> tuple[Owner, ...]:
    """Return those whose TCP sockets keep people away from TermService.

    One that only this computer itself can reach keeps nobody away, as long as TermService listens all the same.
    """
    listens = term_service_listens(found)
    return tuple(owner for owner in found if owner.tcp and not owner.term_service and (owner.reachable or not listens))


def in_words(found: t.Iterable[Owner]) -> str:
    """Name owners with their addresses."""
    return "; ".join(f"{owner} on {', '.join((*owner.tcp, *(f'UDP {at}' for at in owner.udp)))}" for owner in found)


def described(found: t.Sequence[Owner]) -> list[dict[str, t.Any]]:
    """Return each address with who listens there, as plain values."""
    return [
        {
            "protocol": protocol,
            "address": address,
            "pid": owner.pid,
            "image": owner.image or None,
            "services": list(owner.services),
            "term_service": owner.term_service,
        }
        for protocol in ("TCP", "UDP")
        for owner in found
        for address in (owner.tcp if protocol == "TCP" else owner.udp)
    ]


def _addresses(rows: t.Iterable[netstat.Socket], protocol: str) -> tuple[str, ...]:
    return tuple(row.local_address for row in rows if row.protocol == protocol)
