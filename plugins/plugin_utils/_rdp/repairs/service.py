# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start the Remote Desktop services, in the order in which they depend on each other.

TermService alone lets people in, so the repair stands and falls with it. The others are tried, and what becomes of them
is told.
"""

from __future__ import annotations

import dataclasses

from ..checks.service import obstacle
from ..errors import LeftAloneError, RefusedError, UnreadableError
from ..model import Change, Command, Plan
from ..probes import SERVICES_KEY
from ..state.host import Host, known
from ..state.service_start import change_gpo
from ..state.services import word
from ..tools import net, sc
from .backup import export

_WHO_IS_UNKNOWN = (
    "Whether a GPO sets the start type could not be read. If one does, it will do so again: look at System Services in "
    "gpresult /SCOPE COMPUTER /H report.html"
)


@dataclasses.dataclass(frozen=True)
class ServiceRequest:
    """What a task asks for.

    Attributes:
        enable: The services whose start type may be changed.
        folder: Where to save what is going to change.
        check_mode: Nothing is changed, so nothing is waited for.
    """

    enable: tuple[str, ...]
    folder: str = ""
    check_mode: bool = False


def plan(request: ServiceRequest, host: Host) -> Plan:
    """Plan the way to running services.

    A disabled service is set to Manual, Windows' own default; any other start type stays as it is.
    SessionEnv is only made startable: TermService starts it when it needs a certificate.

    Raises:
        LeftAloneError: TermService is on its way to another state.
        RefusedError: TermService is not installed, does not get out of the state in which it is, or can't start before
            a person has changed something.
        UnreadableError: The state of a service could not be read.
    """
    if request.check_mode and host.term_service.is_on_its_way:
        # Outside of check mode that is waited for.
        raise LeftAloneError("TermService is on its way to another state. What comes after that is not known.")
    _refuse_unless_startable(request, host)
    changes: list[Change] = []
    saves: list[Command] = []
    before: dict[str, object] = {}
    after: dict[str, object] = {}
    for service in (host.term_service, host.um_rdp_service, host.session_env):
        name, optional = service.name, service is not host.term_service
        state = None if service is host.session_env else service.state
        if service.config is None:
            continue
        if service.is_disabled:
            if name not in request.enable or service.disabled_by:
                continue
            changes.append(
                Change(
                    # stascorp/rdpwrap does the same: res/legacy.install.bat.
                    # Unseen: no edition needs a restart of Windows after that.
                    sc.config_start(name, "demand"),
                    why=f"Let {name} be started: Manual is Windows' own default.",
                    undo=(sc.config_start(name, "disabled"),),
                    optional=optional,
                )
            )
            saves.append(export(f"{SERVICES_KEY}\\{name}", request.folder))
            before[f"{name} start type"], after[f"{name} start type"] = "disabled", "demand"
        if state is not None and state.state == sc.STOPPED and not (optional and service.broken_dependencies):
            why = f"Start {name} and wait for it."
            changes.append(Change(net.start(name), why=why, undo=_stop(name), optional=optional))
            before[name], after[name] = "stopped", "running"
    return Plan(tuple(changes), saves=tuple(saves), before=before, after=after)


def without_effect(planned: Plan | None, request: ServiceRequest, host: Host) -> bool:
    """Whether all that was planned was optional, and the host is as it was before."""
    if not planned or planned.required:
        return False
    try:
        return dict(plan(request, host).before) == dict(planned.before)
    except (RefusedError, UnreadableError):
        return False


def warnings(planned: Plan | None, before: Host) -> list[str]:
    """Warn of a start type that may come back, as sentences.

    Args:
        planned: What was planned, None if nothing had to be done.
        before: The host before that.
    """
    changes_start_type = planned is not None and bool(planned.saves)
    return [_WHO_IS_UNKNOWN] if changes_start_type and known(lambda: before.start_types) is None else []


def _refuse_unless_startable(request: ServiceRequest, host: Host) -> None:
    service = host.term_service
    state = service.state
    if state is None or service.config is None:
        raise RefusedError("TermService is not installed on this Windows, so it can't be started.")
    if state.state == sc.START_PENDING:
        raise RefusedError(
            "TermService hangs while starting, and does not run. Look at what the event log says about it (System, "
            "source Service Control Manager, 7022), and restart Windows: nothing else is safe."
        )
    if state.state not in (sc.STOPPED, sc.RUNNING):
        raise RefusedError(
            f"TermService hangs, it is {word(state)}. Wait a minute, or restart Windows: nothing else is safe."
        )
    if service.is_disabled:
        if by := service.disabled_by:
            raise RefusedError(f"Nothing was changed: TermService is disabled by {by}. {change_gpo('TermService', by)}")
        if "TermService" not in request.enable:
            raise RefusedError("Nothing was changed: TermService is disabled, and option 'enable' leaves it so.")
    if wrong := obstacle(host):
        raise RefusedError(f"Nothing was changed: {wrong}")


def _stop(name: str) -> tuple[Command, ...]:
    # UmRdpService would start TermService again while it stops, so it goes first.
    dependent = (net.stop("UmRdpService"),) if name == "TermService" else ()
    return (*dependent, net.stop(name))
