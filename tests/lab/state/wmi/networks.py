# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
r"""root\StandardCimv2 and root\cimv2: the networks that a host is connected to, and what it is in a domain.

MSFT_NetConnectionProfile is what Get-NetConnectionProfile shows
(https://learn.microsoft.com/powershell/module/netconnection/get-netconnectionprofile), with the category as a number: 0
public, 1 private, 2 authenticated by the domain (as ``$NetworkCategory`` in
https://gist.github.com/itpropro/669aa6c0018a1f5c5ce1). DomainRole of Win32_ComputerSystem: 1 is a client and 3 a server
that is a member, 0 and 2 are not (https://learn.microsoft.com/windows/win32/cimwin32prov/win32-computersystem).
"""

from __future__ import annotations

import typing as t

from ..firewall.engine import CATEGORIES, FIRST_INTERFACE

if t.TYPE_CHECKING:
    from ...machine import Machine

PROPERTIES = {
    "MSFT_NetConnectionProfile": ("Name", "InterfaceAlias", "InterfaceIndex", "NetworkCategory"),
    "Win32_ComputerSystem": ("Name", "DomainRole", "PartOfDomain"),
}
NAMESPACES = {"MSFT_NetConnectionProfile": r"root\standardcimv2", "Win32_ComputerSystem": r"root\cimv2"}


def networks(machine: Machine) -> list[dict[str, str | int | bool | bytes | None]]:
    """The networks."""
    return [
        {
            "Name": machine.policy.domain if profile == "Domain" else f"Network {number + 1}",
            "InterfaceAlias": f"Ethernet{number or ''}",
            "InterfaceIndex": FIRST_INTERFACE + number,
            "NetworkCategory": CATEGORIES[profile],
        }
        for number, profile in enumerate(machine.firewall.active)
    ]


def computer(machine: Machine) -> list[dict[str, str | int | bool | bytes | None]]:
    """The host itself."""
    member = machine.firewall.domain_member
    role = (3 if member else 2) if machine.edition.server else (1 if member else 0)
    return [{"Name": machine.name.upper(), "DomainRole": role, "PartOfDomain": member}]
