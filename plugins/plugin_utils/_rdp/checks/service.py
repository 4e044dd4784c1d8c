# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Remote Desktop services are running.

``TermService`` answers the clients. ``UmRdpService`` redirects their devices; without it people get in,
but without their drives and printers. ``SessionEnv`` makes the listener's certificate when
``TermService`` asks for it, so it must not be disabled.

``winops.rdp.rdp_service`` starts them, and sets a disabled one back to Manual, Windows' own default.
"""

from __future__ import annotations

import typing as t

from ..model import Check, Expectation, Verdict, ok, problem, warning
from ..probes import (
    SESSION_ENV_CONFIG,
    TERM_SERVICE_CONFIG,
    TERM_SERVICE_STATE,
    UM_RDP_SERVICE_CONFIG,
    UM_RDP_SERVICE_STATE,
)
from ..tools import sc

# https://learn.microsoft.com/windows/win32/api/winsvc/ns-winsvc-service_status_process
STOPPED, START_PENDING, STOP_PENDING, RUNNING = 1, 2, 3, 4
_STATES = {
    STOPPED: "stopped",
    START_PENDING: "starting",
    STOP_PENDING: "stopping",
    RUNNING: "running",
    5: "continuing",
    6: "pausing",
    7: "paused",
}

_PENDING = frozenset({START_PENDING, STOP_PENDING, 5, 6})

# https://learn.microsoft.com/windows/win32/api/winsvc/ns-winsvc-query_service_configw
DISABLED = 4

# Why a service does not run, by its last exit code.
# https://learn.microsoft.com/windows/win32/debug/system-error-codes--1000-1299-
_EXIT_CODES = {
    5: "access denied",
    1053: "it did not respond in time",
    1058: "it is disabled",
    1067: "its process died",
    1068: "a service it depends on failed",
    1069: "its account could not log on",
    1070: "it hung while starting",
    1077: "it has not been started since Windows started",
    1079: "its account differs from that of its process",
}

_REPAIR = "winops.rdp.rdp_service"


def judge(
    wanted: Expectation,
    term: sc.ServiceState | None,
    term_config: sc.ServiceConfig | None,
    redirector: sc.ServiceState | None,
    redirector_config: sc.ServiceConfig | None,
    session_env_config: sc.ServiceConfig | None,
) -> Verdict:
    """Judge the three services. TermService alone decides whether people get in."""
    if term is None or term_config is None:
        return problem(
            "TermService is not installed.",
            expected="TermService running",
            found="no such service (error 1060)",
            fix="This Windows has no Remote Desktop host: repair or reinstall Windows.",
        )
    if term.state != RUNNING or term_config.start_type == DISABLED:
        return problem(
            _sentence("TermService", term, term_config),
            expected="running, start type Manual or Automatic",
            found=_found(term, term_config),
            fix=_stuck_fix(term) or _REPAIR,
        )
    if redirector is None or redirector_config is None:
        return warning(
            "UmRdpService is not installed: drives and printers of the clients are not redirected.",
            expected="UmRdpService running",
            found="no such service (error 1060)",
            fix="Repair or reinstall Windows.",
        )
    if redirector.state != RUNNING or redirector_config.start_type == DISABLED:
        return warning(
            _sentence("UmRdpService", redirector, redirector_config)[:-1]
            + ": drives and printers of the clients are not redirected.",
            expected="running, start type Manual or Automatic",
            found=_found(redirector, redirector_config),
            fix=_stuck_fix(redirector) or _REPAIR,
        )
    if session_env_config is not None and session_env_config.start_type == DISABLED:
        return warning(
            "SessionEnv is disabled: the listener's certificate will not be renewed.",
            expected="start type Manual or Automatic",
            found="disabled",
            fix=_REPAIR,
        )
    return ok("The Remote Desktop services are running.", found=f"TermService is process {term.pid}")


def on_its_way(state: sc.ServiceState | None) -> bool:
    """Whether a service is starting, stopping, continuing or pausing."""
    return state is not None and state.state in _PENDING


def startable(state: sc.ServiceState | None, config: sc.ServiceConfig | None) -> bool:
    """Whether a service is stopped and may be started."""
    return state is not None and state.state == STOPPED and config is not None and config.start_type != DISABLED


def _sentence(name: str, state: sc.ServiceState, config: sc.ServiceConfig) -> str:
    if config.start_type == DISABLED:
        return f"{name} is disabled."
    return f"{name} is {_word(state)}." if state.state == STOPPED else f"{name} hangs, it is {_word(state)}."


def _word(state: sc.ServiceState) -> str:
    return _STATES.get(state.state, f"in state {state.state}")


def _found(state: sc.ServiceState, config: sc.ServiceConfig) -> str:
    words = [_word(state)]
    if config.start_type == DISABLED:
        words.append("start type Disabled")
    if state.state == STOPPED and state.win32_exit_code:
        why = _EXIT_CODES.get(state.win32_exit_code)
        words.append(f"exit code {state.win32_exit_code}" + (f": {why}" if why else ""))
    return ", ".join(words)


def _stuck_fix(state: sc.ServiceState) -> str:
    if state.state != STOP_PENDING:
        return ""
    return "Wait a minute and look again. A service that stays like this is cured by restarting Windows."


_NEEDS: tuple[t.Any, ...] = (
    TERM_SERVICE_STATE,
    TERM_SERVICE_CONFIG,
    UM_RDP_SERVICE_STATE,
    UM_RDP_SERVICE_CONFIG,
    SESSION_ENV_CONFIG,
)

SERVICE = Check(judge, section="check-the-status-of-the-rdp-services", needs=_NEEDS)
