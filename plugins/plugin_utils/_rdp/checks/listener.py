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

from ..check import Check
from ..errors import UnreadableError
from ..model import Expectation, Probe, Verdict, ok, problem, unknown, warning
from ..probes import (
    SERVICE_DLL,
    SERVICES_KEY,
    SESSIONS,
    SETUP,
    SETUP_KEY,
    SOCKETS,
    TERM_SERVICE_STATE,
    WINSTATIONS,
    WINSTATIONS_KEY,
)
from ..state.excluded_ports import EXCLUDED_IPV4, EXCLUDED_IPV6, reserving
from ..state.host import Host, known
from ..state.listener import Listening
from ..state.listener_key import (
    essential_differences,
    legacy_differences,
    required_differences,
    shown,
    switched_off,
)
from ..state.listener_values import OWN_CLASS, suspicions
from ..state.port_owner import strangers
from .port_conflict import PORT_CONFLICT
from .protocol import PROTOCOL
from .service import SERVICE

_REPAIR = "winops.rdp.rdp_listener"
_OWN_DLL = "Remove the program that replaced termsrv.dll (such as RDP Wrapper), then run: sfc /scannow"
_THEIRS = "The product that registered this protocol has to repair it, or to be removed."
_NO_LIMIT = 0xFFFFFFFF


def judge(expected: Expectation, host: Host) -> Verdict:
    """Judge the listener's row in qwinsta, its socket and the program behind it, and only then its key."""
    one, foreign = host.listening, host.foreign_service_dll
    if host.unfinished_setup:
        return problem(
            "Windows Setup has not finished, so nobody is let in.",
            expected=f"{host.unfinished_setup} = 0 in {SETUP_KEY}",
            found=f"{host.unfinished_setup} = 1",
            fix="Finish the setup at the console.",
        )
    if one:
        return _working(one, host)
    if one.tree is None:
        return problem(
            f"The key of the listener {one.name} is missing.",
            expected=f"{WINSTATIONS_KEY}\\{one.name}",
            found="no such key",
            repair=_REPAIR,
        )
    if host.others_class:
        return problem(
            f"The listener {one.name} runs another product's protocol, and does not listen.",
            expected=f"LoadableProtocol_Object = {OWN_CLASS}, or a listener",
            found=f"LoadableProtocol_Object = {host.others_class}, which is registered on this host",
            fix=_THEIRS,
        )
    return _silent(one, foreign, _first_of_all(one, host))


def follow_up(expected: Expectation, host: Host) -> tuple[Probe[tuple[str, ...]], ...]:
    """Look whether another product has registered the class of the listener's protocol."""
    return host.listener.class_probes


def _working(one: Listening, host: Host) -> Verdict:
    """Judge a listener that listens."""
    tree, foreign = one.tree or {}, host.foreign_service_dll
    where = f"{WINSTATIONS_KEY}\\{one.name}"
    if off := switched_off(tree):
        return problem(
            f"The listener {one.name} is listening, and lets nobody log on.",
            expected=", ".join(f"{switch.label} = {shown(switch.there)}" for switch in off) + f" in {where}",
            found=", ".join(f"{switch.label} = {shown(switch.here)}" for switch in off),
            repair=_REPAIR,
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
            repair=_REPAIR,
        )
    if differing := _differing(one, host):
        return warning(
            f"The listener {one.name} is listening, and differs from Windows' own.",
            expected=f"Windows' own values in {where}",
            found="; ".join(differing),
            fix="Find out who set this, and set it back if nobody wants it. The listener works.",
        )
    try:
        _rows = host.sessions
    except UnreadableError as exc:
        return warning(
            f"The listener {one.name} is listening, but qwinsta could not be read.",
            expected="a table of sessions",
            found=f"TermService listens on TCP port {one.port}. {exc.reason} {exc.line}".strip(),
            fix="Run qwinsta in an elevated Command Prompt on the host. If it hangs or fails there as well, the "
            "session manager does not answer: restart Windows.",
        )
    return ok(f"The listener {one.name} is listening.", found=f"TCP port {one.port}")


def _differing(one: Listening, host: Host) -> list[str]:
    """Name what makes a working listener another one than Windows' own."""
    tree = one.tree or {}
    values = {name.casefold(): value.data for name, value in tree.get("", {}).items()}
    said = [str(suspicion) for suspicion in suspicions(tree)]
    named = {text.partition(" = ")[0] for text in said}
    said += [f"{old.label} = {shown(old.here)}" for old in legacy_differences(tree) if old.label not in named]
    adapter = values.get("lanadapter")
    if isinstance(adapter, int) and adapter:
        said.append(f"LanAdapter = {adapter} (one network adapter only, 0 is all)")
    limit, connected = values.get("maxinstancecount"), known(lambda: host.connected)
    # Unseen: the limit counts as many as qwinsta lists with a name of their own; KB830581 has it as the listener's
    # setting.
    if isinstance(limit, int) and limit != _NO_LIMIT and connected is not None and len(connected) >= limit:
        said.append(f"MaxInstanceCount = {limit}, and {len(connected)} are connected: the next one is turned away")
    return said


def _silent(one: Listening, foreign: str | None, first: str) -> Verdict:
    """Judge a listener that does not listen, and whose protocol is Windows' own or nobody's.

    Args:
        one: The listener.
        foreign: As in Host.foreign_service_dll.
        first: What has to be done before the listener can be repaired, nothing if it can be.
    """
    tree, port, rows = one.tree or {}, one.port, one.rows
    wrong = required_differences(tree)
    fix = first or (_OWN_DLL if foreign else "")
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
            repair=_REPAIR,
        )
    return problem(
        f"There is no listener {one.name}."
        if one.has_socket or rows == ()
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
        fix=fix,
        repair="" if fix else _REPAIR,
    )


def _beside(foreign: str | None) -> str:
    return "" if foreign == "" else f", and ServiceDll = {foreign}" if foreign else ", and ServiceDll could not be read"


def _first_of_all(one: Listening, host: Host) -> str:
    """Say what comes first when TermService has no port, can't get it or must not use it, or nothing."""
    if one.port is None:
        return "Set its port first: winops.rdp.rdp_port."
    if not one.has_socket and (strangers(one.on_port) or reserving(one.port, *host.excluded_ports)):
        return f"Free TCP port {one.port} first: see port_conflict."
    values = {name.casefold(): value.data for name, value in (one.tree or {}).get("", {}).items()}
    # Microsoft's KB555382: an adapter that isn't there, and 0 for all of them.
    if isinstance(adapter := values.get("lanadapter"), int) and adapter and not required_differences(one.tree or {}):
        return (
            f"LanAdapter = {adapter} ties it to one network adapter. If that is gone, set it to 0, which is all, and "
            f"run {_REPAIR} again."
        )
    return ""


LISTENER = Check(
    id="listener",
    title="The RDP listener is listening.",
    judge=judge,
    section="check-the-status-of-the-rdp-listener",
    needs=(WINSTATIONS, SESSIONS, SOCKETS, TERM_SERVICE_STATE, SETUP, SERVICE_DLL, EXCLUDED_IPV4, EXCLUDED_IPV6),
    requires=(PROTOCOL, SERVICE),
    explained_by=(PORT_CONFLICT,),
    follow_up=follow_up,
)
