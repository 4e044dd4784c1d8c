# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the services: what they depend on, their account, their DLL, who sets their start type."""

from __future__ import annotations

import typing as t
from collections.abc import Callable

from ..state.policy.objects import Gpo, Link
from ..state.registry import multi_sz, sz
from ..state.services import DISABLED, Service
from .listener import name_service_dll

if t.TYPE_CHECKING:
    from ..machine import Machine

ERROR_SERVICE_LOGON_FAILED = 1069
SERVICES_GPO = "{5D2C7B1E-8F34-4A60-9B7D-2E41C0A9F6D8}"
WRAPPER_DLL = r"%ProgramFiles%\RDP Wrapper\rdpwrap.dll"


def _service(machine: Machine, name: str) -> Service:
    return machine.services.table[name.upper()]


def _redirector_cannot_start(machine: Machine) -> None:
    """RDPDR is gone, as image "optimisers" leave a host (MicrosoftDocs/windowsserverdocs#3497)."""
    machine.services.set_start(_service(machine, "RDPDR"), DISABLED)


def _redirector_missing(machine: Machine) -> None:
    service = _service(machine, "UmRdpService")
    service.installed = service.at_boot = False
    machine.registry.delete_key(service.key)


def _dependency_disabled(machine: Machine) -> None:
    """TermService depends on TermDD, which is disabled: a report about an upgraded host."""
    service = _service(machine, "TermService")
    service.dependencies = ("RPCSS", "TermDD")
    machine.registry.set(service.key, "DependOnService", multi_sz(*service.dependencies))
    driver = _service(machine, "TermDD")
    driver.at_boot = False
    machine.services.set_start(driver, DISABLED)


def _account_changed(machine: Machine) -> None:
    """1069 of https://learn.microsoft.com/troubleshoot/azure/virtual-machines/windows/troubleshoot-remote-desktop-services-issues."""
    service = _service(machine, "TermService")
    service.account, service.fails_to_start = r".\svc-desktop", ERROR_SERVICE_LOGON_FAILED
    machine.registry.set(service.key, "ObjectName", sz(service.account))


def _account_local_system(machine: Machine) -> None:
    service = _service(machine, "TermService")
    service.account = "LocalSystem"
    machine.registry.set(service.key, "ObjectName", sz(service.account))


def _dll_gone(machine: Machine) -> None:
    """126: ServiceDll names a file that is not there (stascorp/rdpwrap#1820, #2200)."""
    name_service_dll(machine, WRAPPER_DLL)


def _hangs_starting(machine: Machine) -> None:
    """Event 7022, in the same article."""
    _service(machine, "TermService").hangs_starting = True


def _disabled_by_gpo(machine: Machine) -> None:
    """System Services of a GPO: https://learn.microsoft.com/openspecs/windows_protocols/ms-gpsb."""
    machine.policy.add(
        Gpo(
            "Hardening Services",
            SERVICES_GPO,
            [Link(machine.policy.unit)],
            services={"TermService": DISABLED},
            version=3,
        )
    )


def _lesser_disabled(machine: Machine) -> None:
    """What level 2 of the CIS benchmarks asks for."""
    for name in ("UmRdpService", "SessionEnv"):
        machine.services.set_start(_service(machine, name), DISABLED)


SERVICE_FAULTS: tuple[tuple[str, str, Callable[[Machine], None]], ...] = (
    ("umrdp-cant-start", "UmRdpService can't start: RDPDR is disabled (1068)", _redirector_cannot_start),
    ("umrdp-missing", "UmRdpService is not installed", _redirector_missing),
    ("service-dependency-disabled", "TermService depends on TermDD, which is disabled (1068)", _dependency_disabled),
    ("service-account-changed", "TermService has an account that can't log on (1069)", _account_changed),
    ("service-account-system", "TermService runs as LocalSystem, and has no listener", _account_local_system),
    ("service-dll-gone", "ServiceDll names a file that is not there (126)", _dll_gone),
    ("service-hangs-starting", "TermService stays START_PENDING for ever", _hangs_starting),
    ("gpo-disables-service", "a GPO disables TermService by System Services", _disabled_by_gpo),
    ("lesser-services-disabled", "UmRdpService and SessionEnv are disabled", _lesser_disabled),
)
