# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start the Remote Desktop services, in the order in which they depend on each other."""

from __future__ import annotations

from ..backup import export
from ..checks.service import DISABLED, STOP_PENDING, STOPPED
from ..model import Change, Command, Plan, Refused
from ..probes import SERVICES_KEY
from ..tools import net, sc


def plan(
    term: tuple[sc.ServiceState | None, sc.ServiceConfig | None],
    redirector: tuple[sc.ServiceState | None, sc.ServiceConfig | None],
    session_env: sc.ServiceConfig | None,
    folder: str,
) -> Plan:
    """Plan the way to running services.

    A disabled service is set to Manual, Windows' own default; any other start type stays as it is.
    SessionEnv is only made startable: TermService starts it when it needs a certificate.

    Args:
        term: State and configuration of TermService.
        redirector: The same of UmRdpService, which depends on TermService.
        session_env: Configuration of SessionEnv.
        folder: Where to save what is going to change.

    Raises:
        Refused: A service is not installed or does not stop.
    """
    changes: list[Change] = []
    saves: list[Command] = []
    before: dict[str, object] = {}
    after: dict[str, object] = {}
    for name, state, config in (
        ("TermService", *_installed("TermService", *term)),
        ("UmRdpService", *_installed("UmRdpService", *redirector)),
        ("SessionEnv", None, session_env),
    ):
        if config is not None and config.start_type == DISABLED:
            changes.append(
                Change(
                    sc.config_start(name, "demand"),
                    why=f"Let {name} be started: Manual is Windows' own default.",
                    undo=(sc.config_start(name, "disabled"),),
                )
            )
            saves.append(export(f"{SERVICES_KEY}\\{name}", folder))
            before[f"{name} start type"], after[f"{name} start type"] = "disabled", "demand"
        if state is not None and state.state == STOPPED:
            changes.append(Change(net.start(name), why=f"Start {name} and wait for it.", undo=_stop(name)))
            before[name], after[name] = "stopped", "running"
    return Plan(tuple(changes), saves=tuple(saves), before=before, after=after)


def _installed(
    name: str, state: sc.ServiceState | None, config: sc.ServiceConfig | None
) -> tuple[sc.ServiceState, sc.ServiceConfig]:
    if state is None or config is None:
        raise Refused(f"{name} is not installed on this Windows, so it can't be started.")
    if state.state == STOP_PENDING:
        raise Refused(f"{name} hangs while stopping. Wait a minute, or restart Windows: nothing else is safe.")
    return state, config


def _stop(name: str) -> tuple[Command, ...]:
    # UmRdpService would start TermService again while it stops, so it goes first.
    dependent = (net.stop("UmRdpService"),) if name == "TermService" else ()
    return (*dependent, net.stop(name))
