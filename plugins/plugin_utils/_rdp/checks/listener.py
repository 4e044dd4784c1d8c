# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The RDP listener is listening.

Without a listener ``TermService`` accepts nobody, whatever the port and the firewall say. It is listed by ``qwinsta``
with an id of 65536 or more, owns the port that its key below ``WinStations`` names, and runs the protocol whose class
stands there. What happens counts first: a listener that listens works, whatever its key says. Values by which somebody
may have weakened or taken over the host are a warning then.

``winops.rdp.rdp_listener`` sets the values without which no listener works and restarts ``TermService``. A lost key it
makes anew, of what Windows itself needs.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..check import Check, following, positional
from ..errors import UnreadableError
from ..model import Expectation, Probe, Verdict, ok, problem, unknown, warning
from ..probes import (
    SERVICE_DLL,
    SERVICES_KEY,
    SESSIONS,
    SETUP,
    SETUP_KEY,
    SOCKETS,
    SYSTEM_ROOT,
    TERM_SERVICE_STATE,
    WINSTATIONS,
    WINSTATIONS_KEY,
)
from ..readings import Readings
from ..state.excluded_ports import EXCLUDED_IPV4, EXCLUDED_IPV6, ExcludedPorts, reserving
from ..state.listener import configured_port, listener_key, listener_tree, protocol_classes
from ..state.listener_key import (
    essential_differences,
    legacy_differences,
    required_differences,
    shown,
    switched_off,
    unknown_class,
)
from ..state.listener_values import OWN_CLASS, Tree, suspicions
from ..state.port_owner import Owner, owners, strangers, term_service_listens
from ..state.service_start import foreign_service_dll
from ..state.windows import unfinished_setup
from ..tools import netstat, qwinsta, reg, sc
from .port_conflict import PORT_CONFLICT
from .protocol import PROTOCOL
from .service import SERVICE

_REPAIR = "winops.rdp.rdp_listener"
_OWN_DLL = "Remove the program that replaced termsrv.dll (such as RDP Wrapper), then run: sfc /scannow"
_THEIRS = "The product that registered this protocol has to repair it, or to be removed."
_NO_LIMIT = 0xFFFFFFFF

Sessions = tuple[qwinsta.Session, ...] | UnreadableError


@dataclasses.dataclass(frozen=True)
class Seen:
    """What there is of a listener.

    Attributes:
        name: Its name.
        tree: Its key, None without one.
        port: The TCP port that its key names, None if it names none.
        on_port: Who listens on that port.
        has_socket: Whether TermService listens there, or without such a port on any.
        sessions: What qwinsta lists, or why it could not be read.
    """

    name: str
    tree: Tree | None
    port: int | None
    on_port: tuple[Owner, ...]
    has_socket: bool
    sessions: Sessions

    @property
    def listed(self) -> list[str] | None:
        """The listeners that qwinsta lists, None if it could not be read."""
        if isinstance(self.sessions, UnreadableError):
            return None
        return [session.name for session in self.sessions if session.is_listener]

    @property
    def listens(self) -> bool:
        """Whether it works. TermService's socket proves that too where qwinsta can't be read."""
        rows = self.listed
        return self.has_socket and (rows is None or any(_same(row, self.name) for row in rows))


def seen(
    name: str,
    winstations: reg.Query,
    sessions: Sessions,
    sockets: tuple[netstat.Socket, ...],
    term: sc.ServiceState | None,
) -> Seen:
    """Return what there is of a listener.

    Raises:
        UnreadableError: Its key could not be read completely.
    """
    tree = listener_tree(winstations, name)
    port = configured_port(listener_key(winstations, name))
    on_port = owners(port, sockets, term) if port is not None else ()
    pid = term.pid if term else None
    anywhere = bool(pid) and any(
        socket.is_listening and socket.protocol == "TCP" and socket.pid == pid for socket in sockets
    )
    return Seen(name, tree, port, on_port, anywhere if port is None else term_service_listens(on_port), sessions)


def judge(
    wanted: Expectation,
    winstations: reg.Query,
    sessions: Sessions,
    sockets: tuple[netstat.Socket, ...],
    term: sc.ServiceState | None,
    setup: reg.Query,
    service_dll: reg.Query,
    excluded_ipv4: ExcludedPorts | UnreadableError,
    excluded_ipv6: ExcludedPorts | UnreadableError,
    readings: Readings,
) -> Verdict:
    """Judge the listener's row in qwinsta, its socket and the program behind it, and only then its key."""
    one = seen(wanted.listener, winstations, sessions, sockets, term)
    if unfinished := unfinished_setup(setup):
        return problem(
            "Windows Setup has not finished, so nobody is let in.",
            expected=f"{unfinished} = 0 in {SETUP_KEY}",
            found=f"{unfinished} = 1",
            fix="Finish the setup at the console.",
        )
    foreign = foreign_service_dll(service_dll, str(readings.get(SYSTEM_ROOT) or ""))
    if one.listens:
        return _working(one, foreign)
    if one.tree is None:
        return problem(
            f"The key of the listener {one.name} is missing.",
            expected=f"{WINSTATIONS_KEY}\\{one.name}",
            found="no such key",
            fix=_REPAIR,
        )
    if theirs := others_class(one.tree, readings):
        return problem(
            f"The listener {one.name} runs another product's protocol, and does not listen.",
            expected=f"LoadableProtocol_Object = {OWN_CLASS}, or a listener",
            found=f"LoadableProtocol_Object = {theirs}, which is registered on this host",
            fix=_THEIRS,
        )
    return _silent(one, foreign, excluded_ipv4, excluded_ipv6)


def follow_up(wanted: Expectation, readings: Readings) -> tuple[Probe[tuple[str, ...]], ...]:
    """Look whether another product has registered the class of the listener's protocol."""
    tree = listener_tree(readings.of(WINSTATIONS), wanted.listener)
    other = unknown_class(tree or {})
    return (protocol_classes(other),) if other else ()


def others_class(tree: Tree, readings: Readings) -> str:
    """Return the class of a listener's protocol if another product has registered it, or nothing.

    Raises:
        UnreadableError: Whether one has could not be read.
    """
    other = unknown_class(tree)
    if not other:
        return ""
    found = readings.of(protocol_classes(other))
    if not any(path.casefold().endswith(OWN_CLASS) for path in found):
        raise UnreadableError("Windows' own protocol is not among the registered classes.", found[0])
    return other if any(path.casefold().endswith(other) for path in found) else ""


def _working(one: Seen, foreign: str | None) -> Verdict:
    """Judge a listener that listens."""
    tree = one.tree or {}
    where = f"{WINSTATIONS_KEY}\\{one.name}"
    if off := switched_off(tree):
        return problem(
            f"The listener {one.name} is listening, and lets nobody log on.",
            expected=", ".join(f"{switch.label} = {shown(switch.there)}" for switch in off) + f" in {where}",
            found=", ".join(f"{switch.label} = {shown(switch.here)}" for switch in off),
            fix=_REPAIR,
        )
    if foreign is None:
        return unknown(
            f"The listener {one.name} is listening, but which program TermService runs could not be read.",
            expected="ServiceDll = %SystemRoot%\\System32\\termsrv.dll",
            found="no ServiceDll that could be read",
            fix=f'Look at it on the host: reg query "{SERVICES_KEY}\\TermService\\Parameters"',
        )
    if foreign:
        return warning(
            "TermService runs a program that is not Microsoft's.",
            expected="ServiceDll = %SystemRoot%\\System32\\termsrv.dll",
            found=f"ServiceDll = {foreign}",
            fix=_OWN_DLL,
        )
    if one.tree is None:
        return warning(
            f"The listener {one.name} is listening, but its key is gone: it won't come back after a restart.",
            expected=where,
            found="no such key",
            fix=_REPAIR,
        )
    if differing := _differing(one):
        return warning(
            f"The listener {one.name} is listening, and differs from Windows' own.",
            expected=f"Windows' own values in {where}",
            found="; ".join(differing),
            fix="Find out who set this, and set it back if nobody wants it. The listener works.",
        )
    if isinstance(one.sessions, UnreadableError):
        return warning(
            f"The listener {one.name} is listening, but qwinsta could not be read.",
            expected="a table of sessions",
            found=f"TermService listens on TCP port {one.port}. {one.sessions.reason} {one.sessions.line}".strip(),
            fix="Run qwinsta in an elevated Command Prompt on the host. If it hangs or fails there as well, the "
            "session manager does not answer: restart Windows.",
        )
    return ok(f"The listener {one.name} is listening.", found=f"TCP port {one.port}")


def _differing(one: Seen) -> list[str]:
    """Name what makes a working listener another one than Windows' own."""
    tree = one.tree or {}
    values = {name.casefold(): value.data for name, value in tree.get("", {}).items()}
    said = [str(suspicion) for suspicion in suspicions(tree)]
    named = {text.partition(" = ")[0] for text in said}
    said += [f"{old.label} = {shown(old.here)}" for old in legacy_differences(tree) if old.label not in named]
    adapter = values.get("lanadapter")
    if isinstance(adapter, int) and adapter:
        said.append(f"LanAdapter = {adapter} (one network adapter only, 0 is all)")
    limit = values.get("maxinstancecount")
    if isinstance(limit, int) and limit != _NO_LIMIT and not isinstance(one.sessions, UnreadableError):
        # Unseen: the limit counts as many as qwinsta lists with a name of their own; KB830581 has it as the listener's
        # setting.
        taken = len(qwinsta.connected(one.sessions))
        if taken >= limit:
            said.append(f"MaxInstanceCount = {limit}, and {taken} are connected: the next one is turned away")
    return said


def _silent(one: Seen, foreign: str | None, *excluded: ExcludedPorts | UnreadableError) -> Verdict:
    """Judge a listener that does not listen, and whose protocol is Windows' own or nobody's."""
    tree, port, rows = one.tree or {}, one.port, one.listed
    first = _before(one, *excluded)
    wrong = required_differences(tree)
    if essential_differences(tree) or (wrong and not first):
        disabled = [difference.name for difference in wrong] == ["fEnableWinStation"]
        return problem(
            f"The listener {one.name} is disabled." if disabled else f"The key of the listener {one.name} is damaged.",
            expected=", ".join(f"{value.label} = {shown(value.there)}" for value in wrong)
            + f" in {WINSTATIONS_KEY}\\{one.name}",
            found=", ".join(
                f"{value.label} = {shown(value.here)}" if value.here else f"no {value.label}" for value in wrong
            )
            + _beside(foreign),
            fix=_REPAIR,
        )
    return problem(
        f"There is no listener {one.name}."
        if one.has_socket or rows == []
        else f"The listener {one.name} is there, but TermService does not listen on TCP port {port}."
        if rows
        else f"TermService does not listen on TCP port {port}.",
        expected=f"a row {one.name} with an id of 65536 or more in qwinsta"
        + (f", and TermService on TCP port {port}" if port else ""),
        found=(
            "qwinsta could not be read"
            if rows is None
            else f"the listeners {', '.join(rows)}"
            if rows
            else "no listener at all"
        )
        + ("" if one.has_socket else f", no socket of TermService on TCP port {port}")
        + _beside(foreign),
        fix=first or (_OWN_DLL if foreign else _REPAIR),
    )


def _beside(foreign: str | None) -> str:
    return "" if foreign == "" else f", and ServiceDll = {foreign}" if foreign else ", and ServiceDll could not be read"


def _before(one: Seen, *excluded: ExcludedPorts | UnreadableError) -> str:
    """Say what comes first when TermService has no port, can't get it or must not use it, or nothing."""
    if one.port is None:
        return "Set its port first: winops.rdp.rdp_port."
    if not one.has_socket and (strangers(one.on_port) or reserving(one.port, *_readable(excluded))):
        return f"Free TCP port {one.port} first: see port_conflict."
    values = {name.casefold(): value.data for name, value in (one.tree or {}).get("", {}).items()}
    # Microsoft's KB555382: an adapter that isn't there, and 0 for all of them.
    if isinstance(adapter := values.get("lanadapter"), int) and adapter and not required_differences(one.tree or {}):
        return (
            f"LanAdapter = {adapter} ties it to one network adapter. If that is gone, set it to 0, which is all, and "
            f"run {_REPAIR} again."
        )
    return ""


def _readable(excluded: t.Iterable[ExcludedPorts | UnreadableError]) -> t.Iterator[ExcludedPorts]:
    """Return what of these could be read. It only matters where nobody listens.

    Raises:
        UnreadableError: One could not.
    """
    for one in excluded:
        if isinstance(one, UnreadableError):
            raise one
        yield one


def _same(row: str, name: str) -> bool:
    # qwinsta cuts a long name and ends it with three dots.
    if row.endswith("..."):
        return name.casefold().startswith(row[:-3].casefold())
    return row.casefold() == name.casefold()


LISTENER = Check(
    id="listener",
    title="The RDP listener is listening.",
    judge=positional(
        judge,
        needs=(WINSTATIONS, SESSIONS, SOCKETS, TERM_SERVICE_STATE, SETUP, SERVICE_DLL, EXCLUDED_IPV4, EXCLUDED_IPV6),
        follow_up=follow_up,
        tolerates=(SESSIONS, EXCLUDED_IPV4, EXCLUDED_IPV6),
    ),
    section="check-the-status-of-the-rdp-listener",
    needs=(WINSTATIONS, SESSIONS, SOCKETS, TERM_SERVICE_STATE, SETUP, SERVICE_DLL, EXCLUDED_IPV4, EXCLUDED_IPV6),
    requires=(PROTOCOL, SERVICE),
    explained_by=(PORT_CONFLICT,),
    follow_up=following(follow_up),
)
