# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy from a device management service (MDM), and how it interacts with Group Policy.

The value itself is only in the provider's key, as XML; the merged key `current` says who won and points there.
An ADMX-backed policy is written to the same value as the GPO's
(https://learn.microsoft.com/windows/client-management/mdm/policy-csp-remotedesktopservices). MDMWinsOverGP keeps
Group Policy from setting what MDM sets (…/policy-csp-controlpolicyconflict); without it the last writer wins.
"""

from __future__ import annotations

from ..registry import Registry, dword, sz
from .pol import Record

POLICY_MANAGER = r"HKLM\SOFTWARE\Microsoft\PolicyManager"
CURRENT = POLICY_MANAGER + r"\current\device"
PROVIDER = "2C56FB1B-9D14-4E2A-8A6F-5B7E31C0D942"
AREA = "RemoteDesktopServices"
TERMINAL_SERVICES = r"SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services"
# policy of the area -> (registry value, its data when enabled, when disabled); TerminalServer.admx
SWITCHES = {
    "AllowUsersToConnectRemotely": ("fDenyTSConnections", 0, 1),
    "DoNotAllowPasswordSaving": ("DisablePasswordSaving", 1, 0),
    "PromptForPasswordUponConnection": ("fPromptForPassword", 1, 0),
    "RequireSecureRPCCommunication": ("fEncryptRPCTraffic", 1, 0),
}


def set_by_mdm(registry: Registry, policy: str, *, enabled: bool) -> None:
    """The service delivers a policy: into the provider's key, the merged key, and the value that Windows obeys."""
    below = rf"default\Device\{AREA}"
    registry.set(rf"{POLICY_MANAGER}\providers\{PROVIDER}\{below}", policy, sz(_xml(enabled)))
    merged = rf"{CURRENT}\{AREA}"
    pointer = rf"SOFTWARE\Microsoft\PolicyManager\providers\{PROVIDER}\{below}"
    registry.set(merged, f"{policy}_ADMXInstanceData", sz(pointer))
    registry.set(merged, f"{policy}_ProviderSet", dword(1))
    registry.set(merged, f"{policy}_WinningProvider", sz(PROVIDER))
    record = _record(policy, enabled)
    registry.set(f"HKLM\\{record.key}", record.name, record.value)


def mdm_wins(registry: Registry) -> None:
    """The service asks that its settings win over Group Policy."""
    key = rf"{CURRENT}\ControlPolicyConflict"
    registry.set(key, "MDMWinsOverGP", dword(1))
    registry.set(key, "MDMWinsOverGP_ProviderSet", dword(1))
    registry.set(key, "MDMWinsOverGP_WinningProvider", sz(PROVIDER))


def owned_by_mdm(registry: Registry) -> dict[tuple[str, str], Record]:
    """The values that Group Policy has to leave alone, with what MDM says they are."""
    if registry.number(rf"{CURRENT}\ControlPolicyConflict", "MDMWinsOverGP") != 1:
        return {}
    found = {}
    for policy in SWITCHES:
        if registry.number(rf"{CURRENT}\{AREA}", f"{policy}_ProviderSet") != 1:
            continue
        pointer = registry.text(rf"{CURRENT}\{AREA}", f"{policy}_ADMXInstanceData") or ""
        record = _record(policy, "<enabled" in (registry.text(f"HKLM\\{pointer}", policy) or "").lower())
        found[record.place] = record
    return found


def _xml(enabled: bool) -> str:
    return "<enabled/>" if enabled else "<disabled/>"


def _record(policy: str, enabled: bool) -> Record:
    name, when_enabled, when_disabled = SWITCHES[policy]
    return Record(TERMINAL_SERVICES, name, dword(when_enabled if enabled else when_disabled))
