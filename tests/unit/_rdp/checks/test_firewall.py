# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the check says about a host: each thing that decides alone, and in combinations."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.facts import facts
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Expectation

from unit._rdp.state.firewall.hosts import (
    GPO,
    GUID,
    HEALTHY,
    LOCAL,
    OFF,
    REPAIR,
    SVCHOST,
    TCP_ID,
    TCP_RULE,
    Host,
    Situations,
    judge,
    rule,
    tcp_rule,
    with_rule,
)

SITUATIONS: Situations = {
    # Open.
    "a healthy host": (HEALTHY, "ok", TCP_ID, ""),
    "German": (Host(language="de"), "ok", TCP_ID, ""),
    "Japanese": (Host(language="ja", active=("public",)), "ok", "public", ""),
    "two active profiles": (Host(active=("domain", "public")), "ok", "domain, public", ""),
    "UDP off": (Host(udp=rule(active=False, fields=TCP_RULE)), "ok", "UDP is closed", ""),
    "named profiles, one of them active": (
        Host(tcp=rule(fields="Profile=Domain|Profile=Private|" + TCP_RULE)),
        "ok",
        TCP_ID,
        "",
    ),
    "block rule for UDP": (
        with_rule(rule("Block", "Protocol=17|LPort=3389|Name=x|")),
        "ok",
        "UDP is closed",
        "",
    ),
    # Closed.
    "rule off": (Host(tcp=OFF), "problem", f"{TCP_ID} is off", REPAIR),
    "rule off, German": (Host(tcp=OFF, language="de"), "problem", f"{TCP_ID} is off", REPAIR),
    "rule missing": (Host(tcp="", udp=""), "problem", "is missing", REPAIR),
    "another port": (Host(port=3390), "problem", "is for port 3389", REPAIR),
    "one of two active profiles": (
        Host(active=("domain", "public"), tcp=rule(fields="Profile=Domain|" + TCP_RULE)),
        "warning",
        f"in the profile public. domain: open: the rule {TCP_ID}. public: blocked: the rule {TCP_ID} is only for",
        "Who comes in from a network that counts as public (by the network adapter with the interface index 13)",
    ),
    "the other one of two active profiles, which only Windows' list of networks has": (
        Host(active=("domain",), networks=("domain", "public"), tcp=rule(fields="Profile=Domain|" + TCP_RULE)),
        "warning",
        "in the profile public",
        "Who comes in from a network that counts as public",
    ),
    "both of two active profiles": (
        Host(active=("private", "public"), tcp=rule(fields="Profile=Domain|" + TCP_RULE)),
        "problem",
        f"private, public: the rule {TCP_ID} is only for the profile domain",
        f"The rule {TCP_ID} is for the profile domain, and private is active",
    ),
    "block rule": (with_rule(rule("Block")), "problem", GUID, f"Blocked by the rule {GUID}"),
    "Windows' own rule made a block rule": (Host(tcp=rule("Block")), "problem", TCP_ID, "Blocked by"),
    "Windows' own rule made a block rule, and turned off": (
        Host(tcp=rule("Block", active=False)),
        "problem",
        TCP_ID,
        f"The rule {TCP_ID} was changed",
    ),
    "block rule by group policy": (
        Host(gpo_rules={"GPO-Block": rule("Block")}),
        "problem",
        "GPO-Block",
        f"Blocked by the rule GPO-Block of a group policy, in {GPO}\\FirewallRules. Change that policy",
    ),
    # For some.
    "limited to the subnet": (
        Host(tcp=rule(fields="RA4=LocalSubnet|RA6=LocalSubnet|" + TCP_RULE)),
        "warning",
        "from LocalSubnet",
        "If somebody",
    ),
    "limited to who authenticates": (
        Host(tcp=rule(fields="Security=Authenticate|RMauth=O:LSD:(A;;CC;;;S-1-5-21-1)|" + TCP_RULE)),
        "warning",
        "with IPsec Security=Authenticate",
        "Without IPsec nobody gets in",
    ),
    # Off.
    "firewall off": (
        Host(local={"domain": {"EnableFirewall": 0}}, tcp=OFF),
        "warning",
        f"EnableFirewall = 0 in {LOCAL}\\DomainProfile",
        "Turn the firewall on",
    ),
    "off in one active profile, blocked in the other": (
        Host(active=("domain", "public"), local={"domain": {"EnableFirewall": 0}}, tcp=OFF),
        "warning",
        "in the profile public. domain: off: EnableFirewall = 0",
        "Who comes in from a network that counts as public",
    ),
    "IPsec required of everybody": (
        Host(ipsec={"auth": "v2.33|Action=SecureServer|Name=Auth|Desc=|Active=TRUE|Auth1Set={1}|"}),
        "warning",
        "the connection security rule auth 'Auth' in",
        "Without IPsec nobody gets in",
    ),
    "a thousand addresses": (
        with_rule(tcp_rule("LPort=3389|" + "".join(f"RA4=10.0.{n // 250}.{n % 250}|" for n in range(1000)), "Block")),
        "warning",
        f"{GUID} 'x' (from 10.0.0.0, 10.0.0.1, 10.0.0.2, … and 997 more)",
        "If somebody",
    ),
    # Nobody knows.
    "service not running": (Host(service=1), "unknown", "MpsSvc", ""),
    "no active profile": (Host(active=()), "unknown", "which profile", ""),
    # Not judged.
    "no port": (Host(port=None), "skipped", "no valid PortNumber", ""),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_situation(name: str) -> None:
    judge(SITUATIONS[name])


def test_named_port_is_judged_instead_of_the_listeners() -> None:
    assert HEALTHY.finding(Expectation(open_port=3390)).status == "problem"
    assert with_rule(tcp_rule(f"LPort=3390|{SVCHOST}")).finding(Expectation(open_port=3390)).status == "ok"


def test_facts() -> None:
    host = Host(active=("domain", "public"), udp=rule(active=False, fields=TCP_RULE.replace("=6|", "=17|")))
    seen = facts(host.derived(), Expectation())["firewall"]
    assert seen["active_profiles"] == ["domain", "public"]
    assert seen["port"] == 3389
    assert seen["tcp"]["public"] == {
        "answer": "open",
        "causes": [{"text": f"the rule {TCP_ID}", "place": f"{LOCAL}\\FirewallRules", "rule": TCP_ID}],
    }
    assert seen["udp"]["domain"]["answer"] == "blocked"


def test_facts_that_are_not_known() -> None:
    assert facts(Host(service=1).derived(), Expectation())["firewall"] is None
    assert facts(with_rule(rule("Divert")).derived(), Expectation())["firewall"]["tcp"] is None
