# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
r"""root\cimv2\TerminalServices: the class that shows how Remote Desktop is set.

https://learn.microsoft.com/windows/win32/termserv/win32-terminalservicesetting; a published listing of a client has
Logons empty.
"""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from ...machine import Machine

# Unseen: an administrator's rights are needed to read it, and are enough.

Property = str | int | bool | bytes | None
Instance = dict[str, Property]

NAMESPACE = r"root\cimv2\TerminalServices"
PROPERTIES = {
    "Win32_TerminalServiceSetting": (
        *("AllowTSConnections", "Logons", "SessionBrokerDrainMode", "TerminalServerMode", "ServerName"),
    ),
}
TERMINAL_SERVER = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server"
WINLOGON = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon"


class WmiError(Exception):
    """WMI refuses: its message, PowerShell's category of it, the HRESULT."""


def instances(machine: Machine, class_: str) -> list[Instance]:
    """The one instance; WmiError where there is none, or for an account without rights."""
    if not machine.elevated:
        raise WmiError("Access denied ", "PermissionDenied", 0x80041003)
    if class_.lower() not in {name.lower() for name in PROPERTIES}:
        raise WmiError("Invalid class ", "MetadataError", 0x80041010)
    number = machine.registry.number
    role = number(TERMINAL_SERVER, "TSAppCompat") == 1
    off = machine.sessions.logons_disabled or machine.registry.text(WINLOGON, "WinStationsDisabled") == "1"
    return [
        {
            "AllowTSConnections": 0 if machine.termservice.connections_denied() else 1,
            "Logons": ("1" if off else "0") if role else "",
            "SessionBrokerDrainMode": number(TERMINAL_SERVER, "TSServerDrainMode") or 0,
            "TerminalServerMode": int(role),
            "ServerName": machine.name.upper(),
        }
    ]
