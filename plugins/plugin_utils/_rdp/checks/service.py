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

from ..check import Check
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
from ..state.host import Host, known
from ..state.service_start import (
    OWN_ACCOUNT,
    OWN_DLL,
    certainly_other_account,
    change_gpo,
    dependencies,
    in_words,
    other_account,
)
from ..state.services import Service, word
from ..tools import sc

_REPAIR = "winops.rdp.rdp_service"
_NO_DEVICES = "drives and printers of the clients are not redirected."
_NO_RENEWAL = "the listener's certificate will not be renewed."
_HANGS = "Wait a minute and look again. A service that stays like this is cured by restarting Windows."
_COPY = (
    "If it was there before, a program has deleted it: import its key below HKLM\\SYSTEM\\CurrentControlSet\\Services "
    "from a computer with the same build of Windows, and restart Windows."
)


def judge(expected: Expectation, host: Host) -> Verdict:
    """Judge the three services. TermService alone decides whether people get in."""
    term, redirector, session_env = host.term_service, host.um_rdp_service, host.session_env
    state, config = term.state, term.config
    redirector_state, redirector_config = redirector.state, redirector.config
    session_env_config = session_env.config
    if state is None or config is None:
        return problem(
            "TermService is not installed.",
            expected="TermService running",
            found="no such service (error 1060)",
            fix=f"{_COPY} Otherwise this Windows has no Remote Desktop host: repair or reinstall it.",
        )
    if state.state != sc.RUNNING or term.is_disabled:
        found, fix = _why(host, state, config)
        return problem(
            _sentence(term, state),
            expected="running, start type Manual or Automatic",
            found="; ".join([_found(state, config), *found]),
            fix=fix,
            repair="" if fix else _REPAIR,
        )
    account = certainly_other_account(config)
    if account and _listens_nowhere(state, host):
        return problem(
            f"TermService runs as {account}, which is not its own account, and listens nowhere.",
            expected=f"the account {OWN_ACCOUNT}",
            found=f"the account {account}, and no socket of process {state.pid}",
            fix=f"{_account_fix()}, and restart Windows or TermService.",
        )
    if redirector_state is None or redirector_config is None:
        return warning(
            f"UmRdpService is not installed: {_NO_DEVICES}",
            expected="UmRdpService running",
            found="no such service (error 1060)",
            fix=_COPY,
        )
    if redirector_state.state != sc.RUNNING or redirector.is_disabled:
        found, fix = _why_lesser(redirector, redirector_state, redirector_config)
        return warning(
            f"{_sentence(redirector, redirector_state)[:-1]}: {_NO_DEVICES}",
            expected="running, start type Manual or Automatic",
            found="; ".join([_found(redirector_state, redirector_config), *found]),
            fix=fix,
            repair="" if fix else _REPAIR,
        )
    if session_env_config is None:
        return warning(
            f"SessionEnv is not installed: {_NO_RENEWAL}",
            expected="SessionEnv, start type Manual or Automatic",
            found="no such service (error 1060)",
            fix=_COPY,
        )
    if session_env.is_disabled:
        by = session_env.disabled_by
        return warning(
            f"SessionEnv is disabled{f' by {by}' if by else ''}: {_NO_RENEWAL}",
            expected="start type Manual or Automatic",
            found="disabled",
            fix=change_gpo("SessionEnv", by) if by else "",
            repair="" if by else _REPAIR,
        )
    if account:
        return warning(
            f"TermService runs as {account}, which is not its own account.",
            expected=f"the account {OWN_ACCOUNT}",
            found=f"the account {account}, under which it may have no listener",
            fix=_account_fix(),
        )
    return ok("The Remote Desktop services are running.", found=f"TermService is process {state.pid}")


def obstacle(host: Host) -> str:
    """Say what keeps TermService from starting that no repair may change, or nothing.

    Raises:
        UnreadableError: The state or the configuration of TermService could not be read.
    """
    state, config = host.term_service.state, host.term_service.config
    if state is None or config is None or state.state != sc.STOPPED:
        return ""
    found, fix = _why(host, state, config)
    return "" if not fix else f"TermService can't be started: {'; '.join(found)}. {fix}"


def follow_up(expected: Expectation, host: Host) -> tuple[Probe[t.Any], ...]:
    """Probe for the reason of what does not run, and for who disables what is disabled."""
    term, redirector = host.term_service, host.um_rdp_service
    asked: list[Probe[t.Any]] = []
    if term.is_disabled or redirector.is_disabled or host.session_env.is_disabled:
        asked += host.start_type_probes
    if term.is_startable:
        asked += [SYSTEM_ROOT, SERVICE_DLL, *term.dependency_probes]
    config = known(lambda: term.config)
    if known(lambda: term.runs) and config is not None and certainly_other_account(config):
        asked.append(SOCKETS)
    if redirector.is_startable and redirector.went_wrong:
        asked += redirector.dependency_probes
    return tuple(dict.fromkeys(asked))


def _why(host: Host, state: sc.ServiceState, config: sc.ServiceConfig) -> tuple[list[str], str]:
    """Return why TermService is down, as phrases, and what to do first: nothing where the repair does it."""
    term = host.term_service
    if term.is_disabled:
        return _disabled(term)
    if state.state == sc.STOP_PENDING:
        return [], _HANGS
    found, fixes = [], []
    if foreign := known(lambda: host.foreign_service_dll):
        found.append(f"ServiceDll is {foreign}, not {OWN_DLL}")
        fixes.append("Remove the program that replaced termsrv.dll (such as RDP Wrapper), then run: sfc /scannow")
    if account := other_account(config):
        found.append(f"the account is {account}, not {OWN_ACCOUNT}")
        fixes.append(f"{_account_fix()}, then use {_REPAIR}")
    # One that worked before may work again: a foreign program or account counts once a start has failed.
    fixes = fixes if term.went_wrong else []
    reason, fix = _dependencies(term, config)
    return [*found, *reason], fix or next(iter(fixes), "")


def _why_lesser(service: Service, state: sc.ServiceState, config: sc.ServiceConfig) -> tuple[list[str], str]:
    """Return why UmRdpService is down, as phrases, and what to do about it: nothing where the repair does it."""
    if service.is_disabled:
        return _disabled(service)
    return ([], _HANGS) if state.state == sc.STOP_PENDING else _dependencies(service, config)


def _disabled(service: Service) -> tuple[list[str], str]:
    by = service.disabled_by
    return ([f"disabled by {by}"], change_gpo(service.name, by)) if by else ([], "")


def _dependencies(service: Service, config: sc.ServiceConfig) -> tuple[list[str], str]:
    broken = ", ".join(service.broken_dependencies)
    if not broken:
        return [], ""
    return (
        [f"it depends on {', '.join(dependencies(config))}: {broken}"],
        f"Let that be started again ({broken}), then use {_REPAIR}",
    )


def _listens_nowhere(term: sc.ServiceState, host: Host) -> bool:
    """Whether TermService has no socket on which it listens.

    Raises:
        UnreadableError: The open sockets could not be read: it may be deaf, which is more than a warning.
    """
    return not any(row.is_listening and row.pid == term.pid for row in host.sockets)


def _account_fix() -> str:
    # https://learn.microsoft.com/troubleshoot/azure/virtual-machines/windows/troubleshoot-remote-desktop-services-issues
    return f'Run on the host: sc config TermService obj= "{OWN_ACCOUNT}" password= ""'


def _sentence(service: Service, state: sc.ServiceState) -> str:
    name = service.name
    if service.is_disabled:
        by = service.disabled_by
        return f"{name} is disabled by {by}." if by else f"{name} is disabled."
    if state.state == sc.START_PENDING:
        return f"{name} is starting, and does not run yet."
    return f"{name} is {word(state)}." if state.state == sc.STOPPED else f"{name} hangs, it is {word(state)}."


def _found(state: sc.ServiceState, config: sc.ServiceConfig) -> str:
    words = [word(state)]
    if config.start_type == sc.DISABLED:
        words.append("start type Disabled")
    if state.state == sc.STOPPED and state.win32_exit_code:
        words.append(in_words(state.win32_exit_code))
    return ", ".join(words)


SERVICE = Check(
    id="service",
    title="The Remote Desktop services are running.",
    judge=judge,
    section="check-the-status-of-the-rdp-services",
    needs=(
        TERM_SERVICE_STATE,
        TERM_SERVICE_CONFIG,
        UM_RDP_SERVICE_STATE,
        UM_RDP_SERVICE_CONFIG,
        SESSION_ENV_CONFIG,
    ),
    follow_up=follow_up,
)
