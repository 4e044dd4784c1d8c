# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No other program uses the RDP port.

If another program holds the port when ``TermService`` starts, there is no listener. The owner of the
port is compared with the process of ``TermService`` by its number: the service lives inside
``svchost.exe``, so a name would prove nothing.

Which program should move is for people to decide: it is named, never stopped.
"""

from __future__ import annotations

from ..model import Check, Expectation, Verdict, ok, problem, skipped
from ..probes import PROCESSES, SOCKETS, TERM_SERVICE_STATE, WINSTATIONS, listener_key
from ..tools import netstat, reg, sc, tasklist
from .port import configured_port

_KERNEL = 4


def judge(
    wanted: Expectation,
    winstations: reg.Query,
    sockets: tuple[netstat.Socket, ...],
    term: sc.ServiceState | None,
    processes: tuple[tasklist.Process, ...],
) -> Verdict:
    """Judge who listens on the TCP port that the listener's key names."""
    key = listener_key(winstations, wanted.listener)
    port = configured_port(key)
    if port is None:
        return skipped("not judged, because the listener has no valid PortNumber.")
    strangers = foreign_owners(port, sockets, term)
    if not strangers:
        return ok(f"No other program uses TCP port {port}.")
    images = {process.pid: process for process in processes}
    return problem(
        f"Another program listens on TCP port {port}.",
        expected="nobody but TermService" + (f" (process {term.pid})" if term and term.pid else ""),
        found="; ".join(_owner(pid, addresses, images.get(pid)) for pid, addresses in strangers.items()),
        fix="Move that program to another port (recommended) or remove it, then restart TermService.",
    )


def foreign_owners(
    port: int, sockets: tuple[netstat.Socket, ...], term: sc.ServiceState | None
) -> dict[int, list[str]]:
    """Return the processes other than TermService that listen on a TCP port, with the addresses."""
    owners: dict[int, list[str]] = {}
    for socket in sockets:
        if socket.protocol != "TCP" or not socket.is_listening or socket.local_port != port or socket.pid is None:
            continue
        if not (term and socket.pid == term.pid):
            owners.setdefault(socket.pid, []).append(socket.local_address)
    return owners


def _owner(pid: int, addresses: list[str], process: tasklist.Process | None) -> str:
    if pid == _KERNEL:
        name = "the Windows kernel, for HTTP.sys or another driver: netsh http show servicestate"
    elif process is None:
        name = "a program that has ended meanwhile"
    else:
        name = process.image + (f" with the services {', '.join(process.services)}" if process.services else "")
    return f"{name} (process {pid}) on {', '.join(addresses)}"


PORT_CONFLICT = Check(
    judge,
    section="check-that-another-application-isnt-trying-to-use-the-same-port",
    needs=(WINSTATIONS, SOCKETS, TERM_SERVICE_STATE, PROCESSES),
)
