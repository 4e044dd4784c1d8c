# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the listener's key and of what loads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .state.registry import dword, expand_sz, sz
from .state.termservice import RDP_PROTOCOL, RDP_TCP

if TYPE_CHECKING:
    from .machine import Machine

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
    key = r"HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters"
    machine.registry.set(key, "ServiceDll", expand_sz(r"%ProgramFiles%\RDP Wrapper\rdpwrap.dll"))


def _listener_thin(machine: Machine) -> None:
    """Only a few values are left, with the data that they have; nothing when the key is gone."""
    key = machine.registry.get(RDP_TCP)
    if key is None:
        return
    for name in [spelled for spelled, _ in key.items() if spelled not in KEPT]:
        machine.registry.delete_value(RDP_TCP, name)
    for sub in key.subkeys():
        machine.registry.delete_key(rf"{RDP_TCP}\{sub.name}")


def _in_full_key(machine: Machine, values: dict[str, object]) -> None:
    """Set values that are there already, so that this goes with a thin or missing key in either order."""
    key = machine.registry.get(RDP_TCP)
    for name, value in values.items():
        if key is not None and key.get(name) is not None:
            machine.registry.set(RDP_TCP, name, value)  # type: ignore[arg-type]


def _listener_wrong_values(machine: Machine) -> None:
    _in_full_key(machine, {"PdDLL": sz("tdpipe"), "PdName": sz("pipe"), "PdClass": dword(7), "WdPrefix": sz("ICA")})


def _logon_disabled(machine: Machine) -> None:
    _in_full_key(machine, {"fLogonDisabled": dword(1)})


LISTENER_FAULTS: tuple[tuple[str, str, Callable[[Machine], None]], ...] = (
    ("service-dll-foreign", "TermService loads rdpwrap.dll, and still works", _service_dll_foreign),
    ("listener-thin", "the RDP-Tcp key has only a few values", _listener_thin),
    ("listener-wrong-values", "PdDLL, PdName, PdClass and WdPrefix are another protocol's", _listener_wrong_values),
    ("logon-disabled", "fLogonDisabled=1", _logon_disabled),
)
