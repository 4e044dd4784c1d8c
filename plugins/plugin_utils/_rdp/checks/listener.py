# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The RDP listener is listening.

Without a listener ``TermService`` accepts nobody, whatever the port and the firewall say. It is
defined by its key below ``WinStations``, listed by ``qwinsta`` with an id of 65536 or more, and owns
the port that its key names.

``winops.rdp.rdp_listener`` sets the values without which no listener works and restarts ``TermService``.
A lost key it takes from a working computer with the same build of Windows.
"""

from __future__ import annotations

from ..excluded_ports import ExcludedPorts, reserving
from ..listener_key import required_differences, shown
from ..model import Check, Expectation, Verdict, ok, problem, warning
from ..port_owner import Owner, owners, strangers, term_service_listens
from ..probes import (
    EXCLUDED_IPV4,
    EXCLUDED_IPV6,
    SERVICE_DLL,
    SESSIONS,
    SETUP,
    SETUP_KEY,
    SOCKETS,
    TERM_SERVICE_STATE,
    WINSTATIONS,
    WINSTATIONS_KEY,
    listener_key,
    listener_tree,
    unfinished_setup,
)
from ..tools import netstat, qwinsta, reg, sc
from .port import configured_port
from .port_conflict import PORT_CONFLICT
from .protocol import PROTOCOL
from .service import SERVICE

_REPAIR = "winops.rdp.rdp_listener"
_OWN_DLL = "Remove the program that replaced termsrv.dll (such as RDP Wrapper), then run: sfc /scannow"
_REFERENCE = f"{_REPAIR}, with the listener's key of a working computer that has the same build of Windows"


def judge(
    wanted: Expectation,
    winstations: reg.Query,
    sessions: tuple[qwinsta.Session, ...],
    sockets: tuple[netstat.Socket, ...],
    term: sc.ServiceState | None,
    setup: reg.Query,
    service_dll: reg.Query,
    excluded_ipv4: ExcludedPorts,
    excluded_ipv6: ExcludedPorts,
) -> Verdict:
    """Judge the listener's key, its row in qwinsta, its socket, and the program behind it."""
    name = wanted.listener
    where = f"{WINSTATIONS_KEY}\\{name}"
    tree = listener_tree(winstations, name)
    if tree is None:
        return problem(
            f"The key of the listener {name} is missing.", expected=where, found="no such key", fix=_REFERENCE
        )
    if unfinished := unfinished_setup(setup):
        return problem(
            "Windows Setup has not finished, so nobody is let in.",
            expected=f"{unfinished} = 0 in {SETUP_KEY}",
            found=f"{unfinished} = 1",
            fix="Finish the setup at the console.",
        )
    if wrong := required_differences(tree):
        disabled = [difference.name for difference in wrong] == ["fEnableWinStation"]
        return problem(
            f"The listener {name} is disabled." if disabled else f"The key of the listener {name} is damaged.",
            expected=", ".join(f"{one.label} = {shown(one.there)}" for one in wrong) + f" in {where}",
            found=", ".join(f"{one.label} = {shown(one.here)}" if one.here else f"no {one.label}" for one in wrong),
            fix=_REPAIR,
        )
    foreign = foreign_service_dll(service_dll)
    listed = [session.name for session in sessions if session.is_listener]
    port = configured_port(listener_key(winstations, name))
    on_port = owners(port, sockets, term) if port is not None else ()
    listens = port is None or term_service_listens(on_port)
    if any(_same(row, name) for row in listed) and listens:
        if foreign:
            return warning(
                "TermService runs a program that is not Microsoft's.",
                expected="ServiceDll = %SystemRoot%\\System32\\termsrv.dll",
                found=f"ServiceDll = {foreign}",
                fix=_OWN_DLL,
            )
        return ok(f"The listener {name} is listening.", found=f"TCP port {port}")
    return problem(
        f"There is no listener {name}."
        if listens or not listed
        else f"The listener {name} is there, but TermService does not listen on TCP port {port}.",
        expected=f"a row {name} with an id of 65536 or more in qwinsta"
        + (f", and TermService on TCP port {port}" if port else ""),
        found=(f"the listeners {', '.join(listed)}" if listed else "no listener at all")
        + ("" if listens else f", no socket of TermService on TCP port {port}")
        + (f", and ServiceDll = {foreign}" if foreign else ""),
        fix=_before(port, on_port, excluded_ipv4, excluded_ipv6) or (_OWN_DLL if foreign else _REPAIR),
    )


def _before(port: int | None, on_port: tuple[Owner, ...], *excluded: ExcludedPorts) -> str:
    """Say what comes first when TermService has no port or can't get it, or nothing."""
    if port is None:
        return "Set its port first: winops.rdp.rdp_port."
    if term_service_listens(on_port) or not (strangers(on_port) or reserving(port, *excluded)):
        return ""
    return f"Free TCP port {port} first: see port_conflict."


def foreign_service_dll(query: reg.Query) -> str:
    """Return the program that TermService runs instead of its own, or nothing."""
    for key in query.keys:
        value = key.get("ServiceDll")
        if value and not str(value.data).casefold().endswith("\\system32\\termsrv.dll"):
            return str(value.data)
    return ""


def _same(row: str, name: str) -> bool:
    # qwinsta cuts a long name and ends it with three dots.
    if row.endswith("..."):
        return name.casefold().startswith(row[:-3].casefold())
    return row.casefold() == name.casefold()


LISTENER = Check(
    judge,
    section="check-the-status-of-the-rdp-listener",
    needs=(WINSTATIONS, SESSIONS, SOCKETS, TERM_SERVICE_STATE, SETUP, SERVICE_DLL, EXCLUDED_IPV4, EXCLUDED_IPV6),
    requires=(PROTOCOL, SERVICE),
    explained_by=(PORT_CONFLICT,),
)
