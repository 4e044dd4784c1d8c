# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Take the listener to a port, so that nobody is locked out: opened first, free, proven, and only then closed behind.

The order is that of https://learn.microsoft.com/windows-server/remote/remote-desktop-services/clients/change-listening-port
with a proof between each step and the next. Azure restarts TermService and no more (SetRDPPort.ps1); UDP has the same
number (MS-RDPEUDP 2.1).
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..errors import RefusedError
from ..model import ARTICLE, Change, Command, Finding, Plan
from ..probes import WINSTATIONS_KEY
from ..state.excluded_ports import ExcludedPorts, require_readable, reserving
from ..state.listener import DEFAULT_PORT, configured_port, listener_key, listener_tree
from ..state.listener_key import essential_differences, is_foreign, unknown_class
from ..state.port_owner import Owner, in_words, strangers, term_service_listens
from ..state.registry import listed
from ..tools import net, reg, sc
from .backup import export, put_back
from .stoppable import return_of

_PORT = "PortNumber"
_WEB_SOCKET_PORTS = ("WebSocketListenerPort", "WebSocketTlsListenerPort")
# What a complete export of a healthy Windows 10 has there.
_WEB_SOCKET_DEFAULTS = (3387, 3392)
# https://learn.microsoft.com/troubleshoot/windows-server/networking/default-dynamic-port-range-tcpip-chang
_DYNAMIC = 49152


@dataclasses.dataclass(frozen=True)
class Seen:
    """What a host looks like before its port is changed.

    Attributes:
        winstations: The listing of WinStations.
        on_port: Who listens on the wanted port.
        excluded: The port ranges that Windows keeps from programs.
    """

    winstations: reg.Query
    on_port: tuple[Owner, ...]
    excluded: tuple[ExcludedPorts, ...]


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


def conflict(port: int, others: t.Sequence[Owner], configs: t.Mapping[str, sc.ServiceConfig | None]) -> str:
    """Name those who hold a port, and say whether they would come back. Nothing if nobody does.

    Args:
        port: The wanted port.
        others: Who holds it.
        configs: The configuration of the services among them.
    """
    if not others:
        return ""
    returning = [return_of(service, config) for service, config in configs.items()]
    return " ".join(
        (
            f"Nothing was changed: another program holds TCP port {port}: {in_words(others)}.",
            *returning,
            "Move it to another port, or choose another value for 'port'. With 'on_conflict: stop_service' this module "
            "stops one service that you name.",
        )
    )


def unproven(summary: str) -> str:
    """Say that the host says yes, and the world outside no."""
    return (
        "The host itself says that TermService listens there and that its firewall lets people in, but from this "
        f"computer Remote Desktop does not answer. {summary} Let the port through on the way, or use "
        "'verify_from_controller: false' if this computer can't reach it anyway."
    )


def refuse_unprovable(findings: t.Iterable[Finding]) -> None:
    """Refuse to move a listener that could not listen on any port.

    Args:
        findings: The judgements that come before the port in the article.

    Raises:
        RefusedError: One of them is not ok.
    """
    for finding in findings:
        if finding.status not in ("ok", "warning"):
            raise RefusedError(
                f"Nothing was changed: Remote Desktop does not work on any port of this host, so a change could not be "
                f"proven. {finding.summary} Next step: {finding.fix}"
            )


def current(seen: Seen, listener: str) -> int | None:
    """Return the port that the listener's key names now, None if it names none."""
    return configured_port(listener_key(seen.winstations, listener))


def refuse_port(port: int, listener: str, seen: Seen) -> None:
    """Refuse a port on which the listener could not, or must not, listen.

    Raises:
        RefusedError: The listener is not Microsoft's, is damaged, or its key or another listener's names that port
            already.
    """
    tree = listener_tree(seen.winstations, listener)
    key = listener_key(seen.winstations, listener)
    theirs = tree is not None and (is_foreign(listener, tree) or unknown_class(tree))
    if tree is None or key is None or (essential_differences(tree) and not theirs):
        what = "missing" if tree is None else "disabled or damaged"
        raise RefusedError(
            f"Nothing was changed: the key of the listener {listener} is {what}. First: winops.rdp.rdp_listener."
        )
    if theirs:
        raise RefusedError(
            f"Nothing was changed: the listener {listener} belongs to another product (Citrix, Azure Virtual Desktop), "
            "which has to set its port."
        )
    for name in _WEB_SOCKET_PORTS:
        value = key.get(name)
        if value is not None and value.data == port:
            raise RefusedError(
                f"Nothing was changed: the listener uses port {port} for WebSockets already ({name}). "
                "Choose another value for 'port'."
            )
    for other in _other_listeners(seen.winstations, listener):
        if configured_port(other) == port and configured_port(key) != port:
            raise RefusedError(
                f"Nothing was changed: the listener {other.path.rpartition(chr(92))[2]} uses port {port} already. "
                "Choose another value for 'port'."
            )


def refuse_excluded(port: int, seen: Seen) -> None:
    """Refuse a port that Windows keeps from every program, unless TermService has it all the same.

    Raises:
        RefusedError: It is excluded.
        UnreadableError: Nobody knows.
    """
    if any(owner.tcp for owner in seen.on_port):
        return
    if reserved := reserving(port, *seen.excluded):
        raise RefusedError(
            f"Nothing was changed: Windows keeps TCP port {port} from every program (excluded port range "
            f"{', '.join(reserved)}), so TermService could not listen there. Choose another value for 'port', or find "
            "out what reserved it: Hyper-V, containers and WSL reserve ranges through the service winnat."
        )
    require_readable(*seen.excluded)


def plan(
    port: int,
    listener: str,
    seen: Seen,
    opening: Plan,
    closing: tuple[Change, ...],
    stopped_service: str,
    restart: tuple[Change, ...],
    folder: str,
) -> Plan:
    """Plan the way to a port. Everything that speaks against it was refused before.

    Args:
        port: The wanted port.
        listener: The listener's name.
        seen: The host as it is.
        opening: How to open the port in the firewall, empty where it is open.
        closing: How to take this collection's own rules for the old port away, nothing where there are none.
        stopped_service: The service to stop, which holds the port and nothing else. Empty without one.
        restart: How to restart TermService, nothing if the user doesn't want that.
        folder: Where to save what is going to change.
    """
    key = listener_key(seen.winstations, listener)
    value = key.get(_PORT) if key else None
    before: dict[str, object] = dict(opening.before)
    after: dict[str, object] = dict(opening.after)
    changes: list[Change] = []
    saves: list[Command] = list(opening.saves)
    last: tuple[Change, ...] = ()
    if stopped_service:
        changes.append(_stop(stopped_service, port, restarts=bool(restart)))
        before[stopped_service], after[stopped_service] = "running", "stopped"
    old = current(seen, listener)
    if old != port:
        path = f"{WINSTATIONS_KEY}\\{listener}"
        changes.append(
            Change(
                reg.add(path, _PORT, "REG_DWORD", port),
                why=f"Tell the listener to use port {port}.",
                undo=(put_back(path, _PORT, value, folder),),
            )
        )
        saves.append(export(path, folder))
        before[_PORT] = None if value is None else value.data if isinstance(value.data, int) else str(value.data)
        after[_PORT] = port
        others = {configured_port(other) for other in _other_listeners(seen.winstations, listener)}
        if old is not None and old not in others and restart:
            last = closing
    listens = term_service_listens(seen.on_port) and not strangers(seen.on_port)
    if not listens and restart:
        before[f"TermService on TCP port {port}"] = "not listening"
        after[f"TermService on TCP port {port}"] = "listening"
    return Plan(
        first=opening.changes,
        changes=tuple(changes),
        restart=() if listens else restart,
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


def _other_listeners(winstations: reg.Query, listener: str) -> list[reg.Key]:
    """Return the keys of the other listeners that are enabled."""
    names = (path.rpartition("\\")[2] for path in listed(winstations, WINSTATIONS_KEY).subkeys)
    keys = (listener_key(winstations, name) for name in names if name.casefold() != listener.casefold())
    return [key for key in keys if key is not None and (enabled := key.get("fEnableWinStation")) and enabled.data == 1]
