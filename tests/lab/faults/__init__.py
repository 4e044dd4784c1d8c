# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults by name: every failure of the article, put into a machine's state before it is used.

Applying a fault changes the state and boots the machine again, so several can be combined in any order.
"""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Callable

from ..state.registry import dword, sz
from ..state.services import DISABLED, Service
from ..state.termservice import DENY, RDP_TCP, TERMINAL_SERVER, WINSTATIONS
from .certificate import CERTIFICATE_FAULTS
from .listener import LISTENER_FAULTS
from .network import NETWORK_FAULTS
from .policy import POLICY_FAULTS
from .service import SERVICE_FAULTS
from .sessions import SESSION_FAULTS

if t.TYPE_CHECKING:
    from ..machine import Machine

CITRIX_PROTOCOL = "{B3C8D1E2-5A47-4F0B-9D26-7E81A4C5F093}"
HYPER_V_PROTOCOL = "{18B726BB-6FE6-4FB9-9276-ED57CE7C7CB2}"


@dataclasses.dataclass(frozen=True)
class Fault:
    """A named change of a machine."""

    name: str
    description: str
    change: Callable[[Machine], None]

    def apply(self, machine: Machine) -> None:
        """Put the fault into the state and boot with it."""
        with machine.lock:
            self.change(machine)
            machine.reboot(prepared=True)


def _service(machine: Machine, name: str) -> Service:
    # Also one that another fault has deleted: what both do to it must not depend on their order.
    return machine.services.table[name.upper()]


def _protocol_disabled(machine: Machine) -> None:
    machine.registry.set(TERMINAL_SERVER, DENY, dword(1))


def _service_stopped(machine: Machine) -> None:
    for name in ("TermService", "UmRdpService"):
        _service(machine, name).at_boot = False


def _service_disabled(machine: Machine) -> None:
    machine.services.set_start(_service(machine, "TermService"), DISABLED)


def _umrdp_stopped(machine: Machine) -> None:
    _service(machine, "UmRdpService").at_boot = False


def _service_hangs_stopping(machine: Machine) -> None:
    _service(machine, "TermService").hangs_stopping = True


def _listener_key_missing(machine: Machine) -> None:
    machine.registry.delete_key(RDP_TCP)


def _in_listener(machine: Machine, name: str, value: object) -> None:
    """Set a value, unless another fault has removed the key."""
    if machine.registry.exists(RDP_TCP):
        machine.registry.set(RDP_TCP, name, value)  # type: ignore[arg-type]


def _listener_disabled(machine: Machine) -> None:
    _in_listener(machine, "fEnableWinStation", dword(0))


def _listener_damaged(machine: Machine) -> None:
    _in_listener(machine, "LoadableProtocol_Object", sz("{00000000-0000-0000-0000-000000000000}"))


def _drain_mode(machine: Machine) -> None:
    machine.registry.set(TERMINAL_SERVER, "TSServerDrainMode", dword(1))


def _home_edition(machine: Machine) -> None:
    """A Windows client that has no Remote Desktop host, no qwinsta and no query."""
    current = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
    machine.edition = dataclasses.replace(
        machine.edition, product="Windows 10 Home", edition_id="Core", installation="Client", server=False
    )
    machine.registry.set(current, "EditionID", sz("Core"))
    machine.registry.set(current, "ProductName", sz("Windows 10 Home"))
    machine.registry.set(current, "InstallationType", sz("Client"))
    machine.registry.set(TERMINAL_SERVER, DENY, dword(1))
    for program in ("qwinsta", "query", "quser"):
        path = rf"C:\Windows\System32\{program}.exe"
        if machine.files.is_file(path):
            machine.files.delete(path)


def _active_sessions(machine: Machine) -> None:
    machine.logged_on_at_boot = ["anna.keller", "jsmith"]


def _setup_in_progress(machine: Machine) -> None:
    machine.registry.set(r"HKLM\SYSTEM\Setup", "SystemSetupInProgress", dword(1))
    machine.registry.set(r"HKLM\SYSTEM\Setup", "OOBEInProgress", dword(1))


def _extra_listeners(machine: Machine) -> None:
    """The Hyper-V listener that many hosts have, and Citrix' ICA-tcp."""
    for protocol, dll in ((HYPER_V_PROTOCOL, "rdp4vs.dll"), (CITRIX_PROTOCOL, "CtxRdpProtocol.dll")):
        key = rf"HKLM\SOFTWARE\Classes\CLSID\{protocol}\InprocServer32"
        machine.registry.set(key, "", sz(rf"C:\Windows\System32\{dll}"))
    for name, protocol, words in (
        ("31C5CE94259D4006A9E4", HYPER_V_PROTOCOL, ("vmbus", "Microsoft RDP 8.0")),
        ("ICA-tcp", CITRIX_PROTOCOL, ("ica", "Citrix ICA 3.0")),
    ):
        key = rf"{WINSTATIONS}\{name}"
        machine.registry.set(key, "fEnableWinStation", dword(1))
        machine.registry.set(key, "LoadableProtocol_Object", sz(protocol))
        machine.registry.set(key, "PdName", sz(words[0]))
        machine.registry.set(key, "WdName", sz(words[1]))
        machine.registry.set(key, "MaxInstanceCount", dword(0xFFFFFFFF))


def _users_denied(machine: Machine) -> None:
    machine.registry.set(TERMINAL_SERVER, "TSUserEnabled", dword(1))


def _shared_svchost(machine: Machine) -> None:
    """TermService in one svchost with CryptSvc, Dnscache and others, as on clients up to Windows 10 1607."""
    machine.services.split = False
    service = _service(machine, "TermService")
    service.own_host, service.host_group = False, "NetworkService"
    service.image_path = r"%SystemRoot%\System32\svchost.exe -k NetworkService"
    machine.registry.set(service.key, "ImagePath", sz(service.image_path, expand=True))


def _slow_services(machine: Machine) -> None:
    """Every service takes twelve moments to get from one state to the other."""
    for service in machine.services.table.values():
        service.start_polls = service.stop_polls = 12


def _no_ipv6(machine: Machine) -> None:
    machine.ipv6 = False


def _sessions_hidden(machine: Machine) -> None:
    machine.sessions.hidden = True


def _not_elevated(machine: Machine) -> None:
    machine.elevated = False


FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault("protocol-disabled", "fDenyTSConnections=1", _protocol_disabled),
        Fault("service-stopped", "TermService and UmRdpService do not run", _service_stopped),
        Fault("service-disabled", "TermService is disabled (and stopped)", _service_disabled),
        Fault("umrdp-stopped", "UmRdpService does not run", _umrdp_stopped),
        Fault("service-hangs-stopping", "TermService stays STOP_PENDING for ever", _service_hangs_stopping),
        Fault("listener-key-missing", "the RDP-Tcp key is gone", _listener_key_missing),
        Fault("listener-disabled", "fEnableWinStation=0", _listener_disabled),
        Fault("listener-damaged", "LoadableProtocol_Object names no protocol", _listener_damaged),
        Fault("drain-mode", "TSServerDrainMode=1", _drain_mode),
        Fault("home-edition", "an edition without a Remote Desktop host", _home_edition),
        Fault("active-sessions", "two users are connected", _active_sessions),
        Fault("setup-in-progress", "Windows set-up has not finished", _setup_in_progress),
        Fault("extra-listeners", "Hyper-V and Citrix listeners beside RDP-Tcp", _extra_listeners),
        Fault("users-denied", "TSUserEnabled=1", _users_denied),
        Fault("shared-svchost", "TermService shares its svchost with other services", _shared_svchost),
        Fault("slow-services", "services take several polls to start and stop", _slow_services),
        Fault("sessions-hidden", "qwinsta shows nothing to a network logon", _sessions_hidden),
        Fault("not-elevated", "commands run without administrator's rights", _not_elevated),
        Fault("no-ipv6", "IPv6 is not bound", _no_ipv6),
        *(Fault(name, description, change) for name, description, change in LISTENER_FAULTS),
        *(Fault(name, description, change) for name, description, change in SESSION_FAULTS),
        *(Fault(name, description, change) for name, description, change in NETWORK_FAULTS),
        *(Fault(name, description, change) for name, description, change in CERTIFICATE_FAULTS),
        *(Fault(name, description, change) for name, description, change in POLICY_FAULTS),
        *(Fault(name, description, change) for name, description, change in SERVICE_FAULTS),
    )
}
