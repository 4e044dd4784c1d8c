# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The RDP listener is listening.

Without a listener ``TermService`` accepts nobody, whatever the port and the firewall say. It is
defined by its key below ``WinStations``, listed by ``qwinsta`` with an id of 65536 or more, and owns
the port that its key names.

To get a lost one back, import the ``RDP-Tcp`` key from a working computer with the same version of
Windows and restart ``TermService``.
"""

from __future__ import annotations

from ..model import Check, Expectation, Verdict, ok, problem
from ..probes import (
    SESSIONS,
    SETUP,
    SETUP_KEY,
    SOCKETS,
    TERM_SERVICE_STATE,
    WINSTATIONS,
    WINSTATIONS_KEY,
    listener_key,
    unfinished_setup,
)
from ..tools import netstat, qwinsta, reg, sc
from .port import configured_port
from .port_conflict import PORT_CONFLICT
from .protocol import PROTOCOL
from .service import SERVICE

_IMPORT = "Import the listener's key from a working computer with the same version of Windows, restart TermService."


def judge(
    wanted: Expectation,
    winstations: reg.Query,
    sessions: tuple[qwinsta.Session, ...],
    sockets: tuple[netstat.Socket, ...],
    term: sc.ServiceState | None,
    setup: reg.Query,
) -> Verdict:
    """Judge the listener's key, its row in qwinsta, and its socket."""
    name = wanted.listener
    where = f"{WINSTATIONS_KEY}\\{name}"
    key = listener_key(winstations, name)
    if key is None:
        return problem(f"The key of the listener {name} is missing.", expected=where, found="no such key", fix=_IMPORT)
    enabled = key.get("fEnableWinStation")
    if enabled is not None and enabled.data == 0:
        return problem(
            f"The listener {name} is disabled.",
            expected=f"fEnableWinStation = 1 in {where}",
            found="fEnableWinStation = 0",
            fix="Set fEnableWinStation to 1, then restart TermService.",
        )
    if unfinished := unfinished_setup(setup):
        return problem(
            "Windows Setup has not finished, so nobody is let in.",
            expected=f"{unfinished} = 0 in {SETUP_KEY}",
            found=f"{unfinished} = 1",
            fix="Finish the setup at the console.",
        )
    listed = [session.name for session in sessions if session.is_listener]
    if not any(_same(row, name) for row in listed):
        return problem(
            f"There is no listener {name}.",
            expected=f"a row {name} with an id of 65536 or more",
            found=f"only the listeners {', '.join(listed)}" if listed else "no listener at all",
            fix=f"Restart TermService. If that doesn't help: {_IMPORT}",
        )
    port = configured_port(key)
    if port is not None and not _listens(term, port, sockets):
        return problem(
            f"The listener {name} is there, but TermService does not listen on TCP port {port}.",
            expected=f"TermService (process {term.pid if term else 'unknown'}) on TCP port {port}",
            found="no such socket",
            fix="Restart TermService.",
        )
    return ok(f"The listener {name} is listening.", found=f"TCP port {port}")


def _same(row: str, name: str) -> bool:
    # qwinsta cuts a long name and ends it with three dots.
    if row.endswith("..."):
        return name.casefold().startswith(row[:-3].casefold())
    return row.casefold() == name.casefold()


def _listens(term: sc.ServiceState | None, port: int, sockets: tuple[netstat.Socket, ...]) -> bool:
    return any(
        socket.protocol == "TCP"
        and socket.is_listening
        and socket.local_port == port
        and term
        and socket.pid == term.pid
        for socket in sockets
    )


LISTENER = Check(
    judge,
    section="check-the-status-of-the-rdp-listener",
    needs=(WINSTATIONS, SESSIONS, SOCKETS, TERM_SERVICE_STATE, SETUP),
    requires=(PROTOCOL, SERVICE),
    explained_by=(PORT_CONFLICT,),
)
