# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a service does not start: its exit code in words, what it depends on, and who sets its start type.

All of it is asked only of a service that is down.
"""

from __future__ import annotations

import typing as t

from ..errors import UnreadableError
from ..model import Probe
from ..quoting import unsafe_characters
from ..readings import Readings
from ..tools import reg, rsop, sc
from .policy import service_files

# The names of the codes are those of winerror.h:
# https://learn.microsoft.com/windows/win32/debug/system-error-codes--0-499- and …--1000-1299-
# What 1053, 1058, 1068, 1069, 1070 and 1077 mean for TermService:
# https://learn.microsoft.com/troubleshoot/azure/virtual-machines/windows/troubleshoot-remote-desktop-services-issues
_NEVER_STARTED = 1077
_DEPENDENCY_FAILED, _DEPENDENCY_MISSING = 1068, 1075
_EXIT_CODES = {
    2: "a file is missing: its program or DLL, or one that they need",
    3: "a folder is missing: the path of its program or DLL",
    5: "access denied: its account may not read its program, DLL or key",
    # Unseen: sc queryex shows 126 where the service's own DLL is missing, and net start fails.
    126: "its DLL, or one that it needs, is missing or can't be loaded",
    127: "its DLL lacks a function: it is of another version of Windows",
    193: "its program or DLL is damaged, or for another kind of processor",
    577: "its program or DLL has no valid signature",
    1053: "it did not respond in time",
    1058: "it is disabled, or no device that it needs is enabled",
    1060: "it is not installed",
    1066: "an error of its own, which is in its service-specific exit code",
    1067: "its process died",
    _DEPENDENCY_FAILED: "a service it depends on failed",
    1069: "its account could not log on",
    1070: "it hung while starting",
    1072: "it is marked for deletion, and gone after a restart of Windows",
    _DEPENDENCY_MISSING: "a service it depends on is not installed, or marked for deletion",
    _NEVER_STARTED: "it has not been started since Windows started",
    1079: "its account differs from that of its process",
    1083: "its program does not know it: it is missing in the list of its svchost group",
    1290: "its service SID type does not go with that of its process",
    # https://learn.microsoft.com/troubleshoot/windows-server/remote/remote-desktop-services-fails-to-start (KB946399)
    1297: "its account lacks a privilege that it needs, as when a GPO assigns that user right to others",
}

# The account of TermService and the DLL that it runs:
# https://learn.microsoft.com/windows-server/security/windows-services/security-guidelines-for-disabling-system-services-in-windows-server
OWN_ACCOUNT = r"NT Authority\NetworkService"
OWN_DLL = r"%SystemRoot%\System32\termsrv.dll"
# Where an account is certainly another one. NetworkService has translated names as well, which can't be compared.
_OTHER_ACCOUNTS = frozenset({"localsystem", r"ntauthority\system", r"ntauthority\localservice"})

# Services whose start types are asked for, all at once.
SERVICES = ("TermService", "UmRdpService", "SessionEnv")
START_TYPES: Probe[tuple[rsop.StartType, ...]] = Probe(rsop.start_types(SERVICES), rsop.read_start_types)

# How deep and how wide the services are followed on which one depends. TermService has one or two.
_DEPTH, _WIDTH = 3, 8


def in_words(code: int) -> str:
    """Return an exit code with its meaning, as far as that is known."""
    why = _EXIT_CODES.get(code)
    return f"exit code {code}" + (f": {why}" if why else "")


def went_wrong(state: sc.ServiceState | None) -> bool:
    """Whether the last start or run of a stopped service failed."""
    return bool(
        state is not None and state.state == sc.STOPPED and state.win32_exit_code not in (0, None, _NEVER_STARTED)
    )


def dependencies(config: sc.ServiceConfig | None) -> tuple[str, ...]:
    """Return the services that one depends on. A group of services, with ``+`` in front, is none."""
    names = config.dependencies if config else ()
    return tuple(name for name in names if name and name[0] != "+" and not unsafe_characters(name))[:_WIDTH]


def _others(config: sc.ServiceConfig | None) -> tuple[str, ...]:
    return tuple(name for name in dependencies(config) if name.casefold() != "termservice")


def _probes(name: str) -> tuple[Probe[sc.ServiceState | None], Probe[sc.ServiceConfig | None]]:
    """Return the probes of a service: of its state, and of its configuration."""
    return Probe(sc.queryex(name), sc.read_state), Probe(sc.qc(name), sc.read_config)


def dependency_probes(
    config: sc.ServiceConfig | None, readings: Readings, depth: int = _DEPTH
) -> tuple[Probe[t.Any], ...]:
    """Return the probes of what a service depends on, and of what that depends on where it is down."""
    found: list[Probe[t.Any]] = []
    for name in _others(config) if depth else ():
        state_of, config_of = _probes(name)
        found += [state_of, config_of]
        state = readings.get(state_of) if readings.has(state_of) else None
        if state is not None and state.state == sc.STOPPED:
            found += dependency_probes(readings.get(config_of), readings, depth - 1)
    return tuple(found)


def broken_dependencies(config: sc.ServiceConfig | None, readings: Readings, depth: int = _DEPTH) -> tuple[str, ...]:
    """Say which of the services that one depends on can't be started, as phrases. TermService is judged by itself."""
    found: list[str] = []
    for name in _others(config) if depth else ():
        state_of, config_of = _probes(name)
        try:
            state, its_config = readings.of(state_of), readings.of(config_of)
        except UnreadableError:
            # What can't be read is not blamed.
            continue
        if state is None or its_config is None:
            found.append(f"{name} is not installed")
        elif state.state != sc.RUNNING and its_config.start_type == sc.DISABLED:
            found.append(f"{name} is disabled")
        elif state.state == sc.STOPPED and (deeper := broken_dependencies(its_config, readings, depth - 1)):
            found += deeper
        elif went_wrong(state):
            found.append(f"{name} is stopped, {in_words(state.win32_exit_code or 0)}")
    return tuple(dict.fromkeys(found))


def other_account(config: sc.ServiceConfig) -> str:
    """Return the account of TermService if its name is not that of NetworkService in English, or nothing."""
    return "" if not config.start_name or _bare(config.start_name) == _bare(OWN_ACCOUNT) else config.start_name


def certainly_other_account(config: sc.ServiceConfig) -> str:
    """Return the account of TermService if it is not NetworkService in any language, or nothing."""
    name = _bare(config.start_name)
    return config.start_name if name in _OTHER_ACCOUNTS or name.startswith(".\\") or "@" in name else ""


def _bare(account: str) -> str:
    return account.replace(" ", "").casefold()


def foreign_service_dll(query: reg.Query, system_root: str) -> str | None:
    """Return the program that TermService runs instead of its own, nothing if it runs its own, None if unreadable."""
    own = {f"{root}\\system32\\termsrv.dll".casefold() for root in ("%SystemRoot%", "%windir%", system_root) if root}
    for key in query.keys:
        value = key.get("ServiceDll")
        if value and isinstance(value.data, str) and value.data.strip():
            return "" if value.data.strip().casefold() in own else value.data
    return None


def start_type_by_gpo(name: str, readings: Readings) -> rsop.StartType | None:
    """Return the start type that a GPO sets for a service, None if none does or nobody asked."""
    if not readings.has(START_TYPES):
        return None
    found = readings.get(START_TYPES)
    if found is None:
        return service_files.start_types(readings).get(name.casefold())
    return next((one for one in found if one.service.casefold() == name.casefold()), None)


def start_type_probes(readings: Readings) -> tuple[Probe[t.Any], ...]:
    """Return the probes of who sets start types: of what Windows logged, and of the files where it logged nothing."""
    unread = readings.has(START_TYPES) and readings.get(START_TYPES) is None
    return (START_TYPES, *(service_files.follow_up(readings) if unread else ()))


def disabled_by_gpo(name: str, readings: Readings) -> rsop.StartType | None:
    """Return what disables a service by Group Policy, None if nothing does or nobody asked."""
    found = start_type_by_gpo(name, readings)
    return found if found and found.start_type == sc.DISABLED else None


def change_gpo(name: str, by: rsop.StartType) -> str:
    """Say how to let a service be started that a GPO disables."""
    return (
        f"Set the system service {name} to Manual or Not defined in {by} (Computer Configuration, Windows Settings, "
        "Security Settings, System Services), then run on the host: gpupdate /target:computer"
    )
