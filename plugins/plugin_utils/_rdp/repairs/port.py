# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Take the listener to a port, so that nobody is locked out: opened first, free, verified, and only then closed behind.

The order is that of https://learn.microsoft.com/windows-server/remote/remote-desktop-services/clients/change-listening-port
with a verification between each step and the next. Azure restarts TermService and no more (SetRDPPort.ps1); UDP has the
same number (MS-RDPEUDP 2.1).
"""

from __future__ import annotations

import dataclasses
import itertools
import typing as t

from ..checks.protocol import PROTOCOL
from ..checks.service import SERVICE
from ..diagnosis import diagnose
from ..errors import RefusedError, UnreadableError
from ..model import ARTICLE, Change, Command, Expectation, Plan, Probe
from ..probes import WINSTATIONS_KEY
from ..state.excluded_ports import require_readable, reserving
from ..state.host import Host, known
from ..state.listener import DEFAULT_PORT, configured_port
from ..state.listener_key import essential_differences, is_foreign, unknown_class
from ..state.port_owner import Owner, in_words, strangers, term_service_listens
from ..state.services import startable
from ..tools import net, reg
from . import firewall, restart, stoppable
from .backup import export, put_back

_PORT = "PortNumber"
_WEB_SOCKET_PORTS = ("WebSocketListenerPort", "WebSocketTlsListenerPort")
# What a complete export of a healthy Windows 10 has there.
_WEB_SOCKET_DEFAULTS = (3387, 3392)
# https://learn.microsoft.com/troubleshoot/windows-server/networking/default-dynamic-port-range-tcpip-chang
_DYNAMIC = 49152


@dataclasses.dataclass(frozen=True)
class PortRequest:
    """What somebody asks of the listener's port.

    Attributes:
        expected: The listener, its port, and the profiles of the firewall in which that may be opened.
        folder: Where to save what is going to change.
        may_restart: Whether TermService may be restarted.
        service: The service that may be stopped where it holds the port. Empty if none may.
        detour: What Ansible reaches this host through, where a handshake has to verify the change. Empty if nothing.
    """

    expected: Expectation
    folder: str
    may_restart: bool = True
    service: str = ""
    detour: str = ""


def plan(request: PortRequest, host: Host) -> Plan:
    """Plan how to open the port, free it, name it in the listener's key, restart TermService, and close the old one.

    Raises:
        RefusedError: The listener could not, or must not, listen on that port.
        UnreadableError: Something that could decide was not read.
    """
    port = request.expected.port
    on_port = host.named_owners(port)
    restarts: tuple[Change, ...] = ()
    if request.may_restart:
        restarts = restart.term_service(host.term_service.state, host.um_rdp_service.state)
        _refuse_unverifiable(request, host)
    _refuse_port(port, host)
    stopped = _service_to_stop(request, host, on_port)
    _refuse_excluded(port, host, on_port)
    opening = firewall.plan(firewall.FirewallRequest(port, request.expected.profiles, request.folder), host)
    closing = firewall.closing(host.firewall, host.port) if host.port else ()
    made = _assemble(request, host, on_port, opening, closing, stopped, restarts)
    if made.restart and request.detour:
        raise RefusedError(
            f"Nothing was changed: Ansible reaches this host through {request.detour}, so a handshake from here would "
            "prove nothing. Use 'verify_from_controller: false' to go by what the host itself says."
        )
    return made


def advice(port: int) -> tuple[str, ...]:
    """Return what speaks against a port, as warnings."""
    if port == DEFAULT_PORT:
        return ()
    warnings = [f"Microsoft does not recommend another port than {DEFAULT_PORT} for Remote Desktop: {ARTICLE}"]
    if port in _WEB_SOCKET_DEFAULTS:
        warnings.append(f"Port {port} is one that Windows intends for Remote Desktop over WebSockets.")
    if port >= _DYNAMIC:
        warnings.append(f"Port {port} is one that Windows may give to any program: it does so from {_DYNAMIC} on.")
    return tuple(warnings)


def conflict(port: int, host: Host) -> str:
    """Name those who hold a port, and say whether they would come back. Nothing if nobody does.

    Raises:
        UnreadableError: Nobody knows.
    """
    others = strangers(host.named_owners(port))
    if not others:
        return ""
    names = stoppable.services_of(others)
    return " ".join(
        (
            f"Nothing was changed: another program holds TCP port {port}: {in_words(others)}.",
            *(stoppable.return_of(name, stoppable.named(name, host).config) for name in names),
            "Move it to another port, or choose another value for 'port'. With 'on_conflict: stop_service' this module "
            "stops one service that you name.",
        )
    )


def conflict_probes(port: int, host: Host) -> tuple[Probe[t.Any], ...]:
    """Return what to query of the services that hold a port: how they start, and what depends on them."""
    try:
        services = stoppable.services_of(strangers(host.named_owners(port)))
    except UnreadableError:
        return ()
    return tuple(itertools.chain.from_iterable(map(stoppable.probes, services)))


def unverified(summary: str) -> str:
    """Say that the host says yes, and the world outside no."""
    return (
        "The host itself says that TermService listens there and that its firewall lets people in, but from this "
        f"computer Remote Desktop does not answer. {summary} Let the port through on the way, or use "
        "'verify_from_controller: false' if this computer can't reach it anyway."
    )


def _refuse_unverifiable(request: PortRequest, host: Host) -> None:
    """Refuse to move a listener that could not listen on any port. A stopped service is started with the port.

    Raises:
        RefusedError: What comes before the port in the article is not ok.
    """
    states = (known(lambda: host.term_service.state), known(lambda: host.term_service.config))
    for finding in diagnose((PROTOCOL,) if startable(*states) else (PROTOCOL, SERVICE), host, request.expected):
        if finding.status not in ("ok", "warning"):
            raise RefusedError(
                f"Nothing was changed: Remote Desktop does not work on any port of this host, so a change could not be "
                f"verified. {finding.summary} Next step: {finding.fix}"
            )


def _refuse_port(port: int, host: Host) -> None:
    """Refuse a port on which the listener could not, or must not, listen.

    Raises:
        RefusedError: The listener is not Microsoft's, is damaged, or its key or another listener's names that port
            already.
    """
    name, key, tree = host.listener_name, host.listener.key, host.listener.tree
    theirs = tree is not None and (is_foreign(name, tree) or unknown_class(tree))
    if tree is None or key is None or (essential_differences(tree) and not theirs):
        what = "missing" if tree is None else "disabled or damaged"
        raise RefusedError(
            f"Nothing was changed: the key of the listener {name} is {what}. First: winops.rdp.rdp_listener."
        )
    if theirs:
        raise RefusedError(
            f"Nothing was changed: the listener {name} belongs to another product (Citrix, Azure Virtual Desktop), "
            "which has to set its port."
        )
    for web_socket in _WEB_SOCKET_PORTS:
        value = key.get(web_socket)
        if value is not None and value.data == port:
            raise RefusedError(
                f"Nothing was changed: the listener uses port {port} for WebSockets already ({web_socket}). "
                "Choose another value for 'port'."
            )
    for other in host.listener.enabled_others:
        if configured_port(other) == port and host.port != port:
            raise RefusedError(
                f"Nothing was changed: the listener {other.path.rpartition(chr(92))[2]} uses port {port} already. "
                "Choose another value for 'port'."
            )


def _service_to_stop(request: PortRequest, host: Host, on_port: t.Sequence[Owner]) -> str:
    """Return the service that keeps TermService from the port, if the user named it. Nothing without a conflict.

    Raises:
        RefusedError: Nobody named it, or it must not be stopped.
    """
    port, others = request.expected.port, strangers(on_port)
    if not others:
        return ""
    if not request.service:
        raise RefusedError(conflict(port, host))
    stoppable.refuse_unstoppable(request.service, others, port, stoppable.named(request.service, host))
    return request.service


def _refuse_excluded(port: int, host: Host, on_port: t.Sequence[Owner]) -> None:
    """Refuse a port that Windows keeps from every program, unless TermService has it all the same.

    Raises:
        RefusedError: It is excluded.
        UnreadableError: Nobody knows.
    """
    if any(owner.tcp for owner in on_port):
        return
    if reserved := reserving(port, *host.excluded_ports):
        raise RefusedError(
            f"Nothing was changed: Windows keeps TCP port {port} from every program (excluded port range "
            f"{', '.join(reserved)}), so TermService could not listen there. Choose another value for 'port', or find "
            "out what reserved it: Hyper-V, containers and WSL reserve ranges through the service winnat."
        )
    require_readable(*host.excluded_ports)


def _assemble(
    request: PortRequest,
    host: Host,
    on_port: t.Sequence[Owner],
    opening: Plan,
    closing: tuple[Change, ...],
    stopped: str,
    restarts: tuple[Change, ...],
) -> Plan:
    """Put a plan together. Everything that speaks against it was refused before.

    Args:
        request: What is asked for.
        host: The host as it is.
        on_port: Who listens on the port.
        opening: How to open the port in the firewall, empty where it is open.
        closing: How to take this collection's own rules for the old port away, nothing where there are none.
        stopped: The service to stop, which holds the port and nothing else. Empty without one.
        restarts: How to restart TermService, nothing if the user doesn't want that.
    """
    port, old = request.expected.port, host.port
    before: dict[str, object] = dict(opening.before)
    after: dict[str, object] = dict(opening.after)
    changes: list[Change] = []
    saves: list[Command] = list(opening.saves)
    last: tuple[Change, ...] = ()
    if stopped:
        changes.append(_stop(stopped, port, restarts=bool(restarts)))
        before[stopped], after[stopped] = "running", "stopped"
    if old != port:
        value = host.listener.key.get(_PORT) if host.listener.key else None
        path = f"{WINSTATIONS_KEY}\\{host.listener_name}"
        changes.append(
            Change(
                reg.add(path, _PORT, "REG_DWORD", port),
                why=f"Tell the listener to use port {port}.",
                undo=(put_back(path, _PORT, value, request.folder),),
            )
        )
        saves.append(export(path, request.folder))
        before[_PORT] = None if value is None else value.data if isinstance(value.data, int) else str(value.data)
        after[_PORT] = port
        others = {configured_port(other) for other in host.listener.enabled_others}
        if old is not None and old not in others and restarts:
            last = closing
    listens = term_service_listens(on_port) and not strangers(on_port)
    if not listens and restarts:
        before[f"TermService on TCP port {port}"] = "not listening"
        after[f"TermService on TCP port {port}"] = "listening"
    return Plan(
        first=opening.changes,
        changes=tuple(changes),
        restart=() if listens else restarts,
        last=last,
        saves=tuple(dict.fromkeys(saves)),
        files=opening.files,
        before=before,
        after=after,
    )


def _stop(service: str, port: int, *, restarts: bool) -> Change:
    # TermService has the port when the service is to start again, so it makes room first.
    room = (net.stop("UmRdpService"), net.stop("TermService")) if restarts else ()
    return Change(
        net.stop(service),
        why=f"Stop {service}, which holds TCP port {port}.",
        undo=(*room, net.start(service)),
    )
