# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of connection security: who has to authenticate by IPsec before anything gets in.

Grammar: MS-GPFAS 2.2.6.2 (https://learn.microsoft.com/openspecs/windows_protocols/ms-gpfas/
885f236b-39f5-4a83-bac8-3c5459e88a9a). Actions: MS-FASP 2.2.52: SecureServer and Secure require incoming traffic to be
IPsec's, Boundary only asks for it, DoNotSecure exempts. No client of the lab speaks IPsec.
"""

from __future__ import annotations

from ..registry import REG_SZ, Registry
from .rule import Connection, Rule, address_in, port_in, read_rule

LOCAL = r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\ConSecRules"
POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall\ConSecRules"
REQUIRING = ("secureserver", "secure")
EXEMPTING = "donotsecure"


def requires_ipsec(registry: Registry, connection: Connection, *, local: bool) -> bool:
    """Whether a connection without IPsec is dropped. An exemption wins over what it is exempted from."""
    texts = [
        value.text
        for path in (POLICY, *([LOCAL] if local else []))
        if (key := registry.get(path)) is not None
        for _, value in key.items()
        if value.type == REG_SZ
    ]
    rules = [rule for rule in map(read_rule, texts) if rule is not None and _covers(rule, connection)]
    actions = {rule.get("Action").lower() for rule in rules}
    # Unseen: how Windows chooses where a rule requires IPsec and another one exempts the same traffic.
    return bool(actions & set(REQUIRING)) and EXEMPTING not in actions


def _covers(rule: Rule, connection: Connection) -> bool:
    protocol = rule.get("Protocol", "256")
    ends = ((1, connection.local, connection.remote), (2, connection.remote, connection.local))
    return (
        rule.active
        and connection.profile in rule.profiles
        and protocol in ("256", str(connection.protocol))
        # Either end may be this host's.
        and any(_ends_match(rule, here, there, connection.port) for _, here, there in ends)
    )


def _ends_match(rule: Rule, first: str, second: str, port: int) -> bool:
    ports = rule.all("EP1Port", "EP2Port", "EP1Port2_10", "EP2Port2_10")
    return (
        (not ports or any(port_in(port, one) for one in ports))
        and _end_matches(rule.all("EP1_4", "EP1_6"), first)
        and _end_matches(rule.all("EP2_4", "EP2_6"), second)
    )


def _end_matches(addresses: list[str], address: str) -> bool:
    return not addresses or any(address_in(address, one) for one in addresses)
