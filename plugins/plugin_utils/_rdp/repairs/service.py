# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start the Remote Desktop services, in the order in which they depend on each other.

TermService alone lets people in, so the repair stands and falls with it. The others are tried, and what becomes of them
is told.
"""

from __future__ import annotations

import typing as t

from ..checks.service import obstacle
from ..errors import RefusedError
from ..model import Change, Command, Plan
from ..probes import (
    SERVICES_KEY,
    SESSION_ENV_CONFIG,
    TERM_SERVICE_CONFIG,
    TERM_SERVICE_STATE,
    UM_RDP_SERVICE_CONFIG,
    UM_RDP_SERVICE_STATE,
)
from ..readings import Readings
from ..state.service_start import broken_dependencies, change_gpo, disabled_by_gpo
from ..state.services import DISABLED, RUNNING, START_PENDING, STOPPED, word
from ..tools import net, sc
from .backup import export


def plan(readings: Readings, enable: t.Collection[str], folder: str) -> Plan:
    """Plan the way to running services.

    A disabled service is set to Manual, Windows' own default; any other start type stays as it is.
    SessionEnv is only made startable: TermService starts it when it needs a certificate.

    Args:
        readings: What was seen of the services.
        enable: Those whose start type may be changed.
        folder: Where to save what is going to change.

    Raises:
        RefusedError: TermService is not installed, does not get out of the state in which it is, or can't start before
            a person has changed something.
        UnreadableError: The state of a service could not be read.
    """
    term = _startable(readings, enable)
    steps = [
        ("TermService", *term, False),
        ("UmRdpService", readings.of(UM_RDP_SERVICE_STATE), readings.of(UM_RDP_SERVICE_CONFIG), True),
        ("SessionEnv", None, readings.of(SESSION_ENV_CONFIG), True),
    ]
    changes: list[Change] = []
    saves: list[Command] = []
    before: dict[str, object] = {}
    after: dict[str, object] = {}
    for name, state, config, optional in steps:
        if config is None:
            continue
        if config.start_type == DISABLED:
            if name not in enable or disabled_by_gpo(name, readings):
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
            saves.append(export(f"{SERVICES_KEY}\\{name}", folder))
            before[f"{name} start type"], after[f"{name} start type"] = "disabled", "demand"
        if state is not None and state.state == STOPPED and not (optional and broken_dependencies(config, readings)):
            why = f"Start {name} and wait for it."
            changes.append(Change(net.start(name), why=why, undo=_stop(name), optional=optional))
            before[name], after[name] = "stopped", "running"
    return Plan(tuple(changes), saves=tuple(saves), before=before, after=after)


def _startable(readings: Readings, enable: t.Collection[str]) -> tuple[sc.ServiceState, sc.ServiceConfig]:
    """Return TermService as it is, if it runs or can be started."""
    state, config = readings.of(TERM_SERVICE_STATE), readings.of(TERM_SERVICE_CONFIG)
    if state is None or config is None:
        raise RefusedError("TermService is not installed on this Windows, so it can't be started.")
    if state.state == START_PENDING:
        raise RefusedError(
            "TermService hangs while starting, and does not run. Look at what the event log says about it (System, "
            "source Service Control Manager, 7022), and restart Windows: nothing else is safe."
        )
    if state.state not in (STOPPED, RUNNING):
        raise RefusedError(
            f"TermService hangs, it is {word(state)}. Wait a minute, or restart Windows: nothing else is safe."
        )
    if config.start_type == DISABLED:
        if by := disabled_by_gpo("TermService", readings):
            raise RefusedError(f"Nothing was changed: TermService is disabled by {by}. {change_gpo('TermService', by)}")
        if "TermService" not in enable:
            raise RefusedError("Nothing was changed: TermService is disabled, and option 'enable' leaves it so.")
    if wrong := obstacle(readings):
        raise RefusedError(f"Nothing was changed: {wrong}")
    return state, config


def _stop(name: str) -> tuple[Command, ...]:
    # UmRdpService would start TermService again while it stops, so it goes first.
    dependent = (net.stop("UmRdpService"),) if name == "TermService" else ()
    return (*dependent, net.stop(name))
