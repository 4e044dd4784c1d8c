# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Remote Desktop services are running.

``TermService`` answers the clients. ``UmRdpService`` redirects their devices; without it people get in,
but without their drives and printers. ``SessionEnv`` makes the listener's certificate when
``TermService`` asks for it, so it must not be disabled.

``winops.rdp.rdp_service`` starts them, and sets a disabled one back to Manual, Windows' own default. Where a GPO
disables it, a foreign program or account stands in for Windows' own, or a service that it needs is disabled, that has
to be changed first, by a person.
"""

from __future__ import annotations

import typing as t

from ..check import Check, following, positional
from ..model import Expectation, Probe, Verdict, ok, problem, warning
from ..probes import (
    SERVICE_DLL,
    SESSION_ENV_CONFIG,
    SOCKETS,
    SYSTEM_ROOT,
    TERM_SERVICE_CONFIG,
    TERM_SERVICE_STATE,
    UM_RDP_SERVICE_CONFIG,
    UM_RDP_SERVICE_STATE,
)
from ..readings import Readings
from ..state.service_start import (
    OWN_ACCOUNT,
    OWN_DLL,
    below,
    broken_dependencies,
    certainly_other_account,
    change_gpo,
    dependencies,
    disabled_by_gpo,
    foreign_service_dll,
    in_words,
    other_account,
    went_wrong,
    who_sets_it,
)
from ..state.services import DISABLED, RUNNING, START_PENDING, STOP_PENDING, STOPPED, startable, word
from ..tools import sc

_REPAIR = "winops.rdp.rdp_service"
_NO_DEVICES = "drives and printers of the clients are not redirected."
_NO_RENEWAL = "the listener's certificate will not be renewed."
_COPY = (
    "If it was there before, a program has deleted it: import its key below HKLM\\SYSTEM\\CurrentControlSet\\Services "
    "from a computer with the same build of Windows, and restart Windows."
)


def judge(
    wanted: Expectation,
    term: sc.ServiceState | None,
    term_config: sc.ServiceConfig | None,
    redirector: sc.ServiceState | None,
    redirector_config: sc.ServiceConfig | None,
    session_env_config: sc.ServiceConfig | None,
    readings: Readings,
) -> Verdict:
    """Judge the three services. TermService alone decides whether people get in."""
    if term is None or term_config is None:
        return problem(
            "TermService is not installed.",
            expected="TermService running",
            found="no such service (error 1060)",
            fix=f"{_COPY} Otherwise this Windows has no Remote Desktop host: repair or reinstall it.",
        )
    if term.state != RUNNING or term_config.start_type == DISABLED:
        found, fix = _why(term, term_config, readings)
        return problem(
            _sentence("TermService", term, term_config, readings),
            expected="running, start type Manual or Automatic",
            found="; ".join([_found(term, term_config), *found]),
            fix=fix,
        )
    account = certainly_other_account(term_config)
    if account and _listens_nowhere(term, readings):
        return problem(
            f"TermService runs as {account}, which is not its own account, and listens nowhere.",
            expected=f"the account {OWN_ACCOUNT}",
            found=f"the account {account}, and no socket of process {term.pid}",
            fix=f"{_account_fix()}, and restart Windows or TermService.",
        )
    if redirector is None or redirector_config is None:
        return warning(
            f"UmRdpService is not installed: {_NO_DEVICES}",
            expected="UmRdpService running",
            found="no such service (error 1060)",
            fix=_COPY,
        )
    if redirector.state != RUNNING or redirector_config.start_type == DISABLED:
        found, fix = _why_lesser(redirector, redirector_config, readings)
        return warning(
            f"{_sentence('UmRdpService', redirector, redirector_config, readings)[:-1]}: {_NO_DEVICES}",
            expected="running, start type Manual or Automatic",
            found="; ".join([_found(redirector, redirector_config), *found]),
            fix=fix,
        )
    if session_env_config is None:
        return warning(
            f"SessionEnv is not installed: {_NO_RENEWAL}",
            expected="SessionEnv, start type Manual or Automatic",
            found="no such service (error 1060)",
            fix=_COPY,
        )
    if session_env_config.start_type == DISABLED:
        by = disabled_by_gpo("SessionEnv", readings)
        return warning(
            f"SessionEnv is disabled{f' by {by}' if by else ''}: {_NO_RENEWAL}",
            expected="start type Manual or Automatic",
            found="disabled",
            fix=change_gpo("SessionEnv", by) if by else _REPAIR,
        )
    if account:
        return warning(
            f"TermService runs as {account}, which is not its own account.",
            expected=f"the account {OWN_ACCOUNT}",
            found=f"the account {account}, under which it may have no listener",
            fix=_account_fix(),
        )
    return ok("The Remote Desktop services are running.", found=f"TermService is process {term.pid}")


def obstacle(readings: Readings) -> str:
    """Say what keeps TermService from starting that no repair may change, or nothing.

    Raises:
        UnreadableError: The state or the configuration of TermService could not be read.
    """
    state, config = readings.of(TERM_SERVICE_STATE), readings.of(TERM_SERVICE_CONFIG)
    if state is None or config is None or state.state != STOPPED:
        return ""
    found, fix = _why(state, config, readings)
    return "" if fix == _REPAIR else f"TermService can't be started: {'; '.join(found)}. {fix}"


def follow_up(wanted: Expectation, readings: Readings) -> tuple[Probe[t.Any], ...]:
    """Look for the reason of what does not run, and for who disables what is disabled."""
    term, term_config = readings.get(TERM_SERVICE_STATE), readings.get(TERM_SERVICE_CONFIG)
    redirector, redirector_config = readings.get(UM_RDP_SERVICE_STATE), readings.get(UM_RDP_SERVICE_CONFIG)
    asked: list[Probe[t.Any]] = []
    configs = (term_config, redirector_config, readings.get(SESSION_ENV_CONFIG))
    if any(config is not None and config.start_type == DISABLED for config in configs):
        asked += who_sets_it(readings)
    if startable(term, term_config):
        asked += [SYSTEM_ROOT, SERVICE_DLL, *below(term_config, readings)]
    if term is not None and term.state == RUNNING and term_config is not None and certainly_other_account(term_config):
        asked.append(SOCKETS)
    if startable(redirector, redirector_config) and went_wrong(redirector):
        asked += below(redirector_config, readings)
    return tuple(dict.fromkeys(asked))


def _why(state: sc.ServiceState, config: sc.ServiceConfig, readings: Readings) -> tuple[list[str], str]:
    """Return why TermService is down, as phrases, and what to do about the first reason."""
    if config.start_type == DISABLED:
        by = disabled_by_gpo("TermService", readings)
        return ([f"disabled by {by}"], change_gpo("TermService", by)) if by else ([], _REPAIR)
    if state.state == STOP_PENDING:
        return [], "Wait a minute and look again. A service that stays like this is cured by restarting Windows."
    found, fixes = [], []
    dll = readings.get(SERVICE_DLL)
    if dll is not None and (foreign := foreign_service_dll(dll, readings.get(SYSTEM_ROOT) or "")):
        found.append(f"ServiceDll is {foreign}, not {OWN_DLL}")
        fixes.append("Remove the program that replaced termsrv.dll (such as RDP Wrapper), then run: sfc /scannow")
    if account := other_account(config):
        found.append(f"the account is {account}, not {OWN_ACCOUNT}")
        fixes.append(f"{_account_fix()}, then use {_REPAIR}")
    # One that worked before may work again: a foreign program or account counts once a start has failed.
    fixes = fixes if went_wrong(state) else []
    if broken := broken_dependencies(config, readings):
        found.append(f"it depends on {', '.join(dependencies(config))}: {', '.join(broken)}")
        fixes.insert(0, f"Let that be started again ({', '.join(broken)}), then use {_REPAIR}")
    return found, fixes[0] if fixes else _REPAIR


def _why_lesser(state: sc.ServiceState, config: sc.ServiceConfig, readings: Readings) -> tuple[list[str], str]:
    """Return why UmRdpService is down, as phrases, and what to do about it."""
    if config.start_type == DISABLED:
        by = disabled_by_gpo(config.name, readings)
        return ([f"disabled by {by}"], change_gpo(config.name, by)) if by else ([], _REPAIR)
    if state.state == STOP_PENDING:
        return [], "Wait a minute and look again. A service that stays like this is cured by restarting Windows."
    if broken := broken_dependencies(config, readings):
        said = f"it depends on {', '.join(dependencies(config))}: {', '.join(broken)}"
        return [said], f"Let that be started again ({', '.join(broken)}), then use {_REPAIR}"
    return [], _REPAIR


def _listens_nowhere(term: sc.ServiceState, readings: Readings) -> bool:
    """Whether TermService has no socket on which it listens.

    Raises:
        UnreadableError: The open sockets could not be read: it may be deaf, which is more than a warning.
    """
    return not any(row.is_listening and row.pid == term.pid for row in readings.of(SOCKETS))


def _account_fix() -> str:
    # https://learn.microsoft.com/troubleshoot/azure/virtual-machines/windows/troubleshoot-remote-desktop-services-issues
    return f'Run on the host: sc config TermService obj= "{OWN_ACCOUNT}" password= ""'


def _sentence(name: str, state: sc.ServiceState, config: sc.ServiceConfig, readings: Readings) -> str:
    if config.start_type == DISABLED:
        by = disabled_by_gpo(name, readings)
        return f"{name} is disabled by {by}." if by else f"{name} is disabled."
    if state.state == START_PENDING:
        return f"{name} is starting, and does not run yet."
    return f"{name} is {word(state)}." if state.state == STOPPED else f"{name} hangs, it is {word(state)}."


def _found(state: sc.ServiceState, config: sc.ServiceConfig) -> str:
    words = [word(state)]
    if config.start_type == DISABLED:
        words.append("start type Disabled")
    if state.state == STOPPED and state.win32_exit_code:
        words.append(in_words(state.win32_exit_code))
    return ", ".join(words)


_NEEDS: tuple[t.Any, ...] = (
    TERM_SERVICE_STATE,
    TERM_SERVICE_CONFIG,
    UM_RDP_SERVICE_STATE,
    UM_RDP_SERVICE_CONFIG,
    SESSION_ENV_CONFIG,
)

SERVICE = Check(
    id="service",
    title="The Remote Desktop services are running.",
    judge=positional(judge, needs=_NEEDS, follow_up=follow_up),
    section="check-the-status-of-the-rdp-services",
    needs=_NEEDS,
    follow_up=following(follow_up),
)
