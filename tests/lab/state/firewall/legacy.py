# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The firewall's settings of Windows XP's templates, as rules: what "Network Connections" in a GPO opens and closes.

WindowsFirewall.admx has them still ("Allow inbound Remote Desktop exceptions", "Define inbound port exceptions"), with
what they do in its explanations: Remote Desktop is TCP port 3389; disabled blocks it, whatever an administrator of the
host opens; an entry of the port list with the status disabled overrides those that are enabled. A profile's key is
chosen as MS-GPFAS 2.2.3 says: StandardProfile stands for both private and public, where neither has a key of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..registry import Registry
from .rule import Rule

POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall"
ENTRY = re.compile(r"(\d+):(TCP|UDP):(.*):(enabled|disabled):([^:]*)", re.IGNORECASE)
PROTOCOLS = {"tcp": "6", "udp": "17"}


# Unseen: today's Windows closes the port as these explanations say; that it opens it, a published lab with Server 2022
# shows.


def older_rules(registry: Registry, profile: str) -> list[Rule]:
    """What these settings are for a profile."""
    newer = (
        registry.get(rf"{POLICY}\PrivateProfile") is not None or registry.get(rf"{POLICY}\PublicProfile") is not None
    )
    key = f"{profile}Profile" if profile == "Domain" or newer else "StandardProfile"
    return list(_rules(registry, rf"{POLICY}\{key}"))


def _rules(registry: Registry, path: str) -> Iterator[Rule]:
    desktop = rf"{path}\Services\RemoteDesktop"
    enabled = registry.number(desktop, "Enabled")
    if enabled is not None:
        scope = registry.text(desktop, "RemoteAddresses") or "*"
        yield _rule("6", "3389", scope if enabled == 1 else "*", allow=enabled == 1)
    if registry.number(rf"{path}\GloballyOpenPorts", "Enabled") == 0:
        return
    listed = registry.get(rf"{path}\GloballyOpenPorts\List")
    for _, value in listed.items() if listed is not None else []:
        if found := ENTRY.fullmatch(value.text):
            port, protocol, scope, status, _ = found.groups()
            yield _rule(PROTOCOLS[protocol.lower()], port, scope, allow=status.lower() == "enabled")


def _rule(protocol: str, port: str, scope: str, *, allow: bool) -> Rule:
    parts = [part.strip() for part in scope.split(",")]
    addresses = [] if "*" in parts else [("RA6" if ":" in part else "RA4", part) for part in parts]
    action = "Allow" if allow else "Block"
    fields = (("Action", action), ("Active", "TRUE"), ("Dir", "In"), ("Protocol", protocol), ("LPort", port))
    return Rule("2.0", (*fields, *addresses))
