# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether one rule concerns the traffic to TermService."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats import firewall_rules
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.firewall.matching import (
    UDP,
    Match,
    Traffic,
    is_for_another_service,
    is_for_term_service,
    match,
    shortened,
)

from unit._rdp.state.firewall.hosts import SVCHOST, TCP_RULE, Host, rule

FIREWALL = Host().firewall()
TRAFFIC = Traffic(3389)


def _match(fields: str, profile: str = "domain", traffic: Traffic = TRAFFIC) -> Match:
    return match(firewall_rules.parse("x", rule(fields=fields)), traffic, profile, FIREWALL)


@pytest.mark.parametrize(
    "fields",
    [
        TCP_RULE,
        "Name=x|",
        "Protocol=6|LPort2_10=3000-4000|Name=x|",
        f"Profile=Domain|Protocol=6|LPort=80|LPort=3389|{SVCHOST}Name=x|",
        r"Protocol=6|App=C:\Windows\System32\svchost.exe|Name=x|",
        r"Protocol=6|App=%WinDir%\system32\SVCHOST.exe|Svc=*|Name=x|",
    ],
)
def test_rule_for_all_of_it(fields: str) -> None:
    assert _match(fields) == Match("all")


@pytest.mark.parametrize(
    "fields",
    [
        TCP_RULE.replace("=6|", "=17|"),
        TCP_RULE.replace("3389", "3390"),
        "Profile=Public|" + TCP_RULE,
        r"Protocol=6|App=%ProgramFiles%\x.exe|Name=x|",
        "Protocol=6|App=System|Name=x|",
        "Protocol=6|LPort=RPC|Name=x|",
        "Protocol=6|LPort=3389|Svc=Dnscache|Name=x|",
    ],
)
def test_rule_for_something_else(fields: str) -> None:
    assert _match(fields) == Match("none")


@pytest.mark.parametrize(
    ("fields", "limit"),
    [
        ("RA4=10.0.0.0/255.0.0.0|", "from 10.0.0.0/255.0.0.0"),
        ("LA4=10.0.0.1|", "to the host's addresses 10.0.0.1"),
        ("IFType=Lan|", "over the interfaces Lan"),
        ("RPort=5000|", "from the ports 5000"),
        ("Security=Authenticate|", "with IPsec Security=Authenticate"),
    ],
)
def test_rule_for_a_part_of_it(fields: str, limit: str) -> None:
    assert _match(fields + TCP_RULE) == Match("part", (limit,))


def test_rule_that_is_not_understood_may_be_for_it() -> None:
    assert _match("Foo=1|" + TCP_RULE) == Match("unclear", ("Foo=1",))
    assert _match(r"Protocol=6|App=%Odd%\svchost.exe|Name=x|").kind == "unclear"
    # What is understood excludes it all the same.
    assert _match("Foo=1|" + TCP_RULE.replace("=6|", "=17|")) == Match("none")


def test_service_that_shares_the_process() -> None:
    block = firewall_rules.parse("x", rule("Block", "Protocol=6|Svc=Dnscache|Name=x|"))
    shared = dataclasses.replace(FIREWALL, sharing=frozenset({"dnscache"}))
    unknown = dataclasses.replace(FIREWALL, sharing=None)
    assert match(block, TRAFFIC, "domain", FIREWALL).kind == "none"
    assert match(block, TRAFFIC, "domain", shared).kind == match(block, TRAFFIC, "domain", unknown).kind == "unclear"


def test_udp() -> None:
    assert _match(TCP_RULE, traffic=Traffic(3389, UDP)) == Match("none")
    assert _match(TCP_RULE.replace("=6|", "=17|"), traffic=Traffic(3389, UDP)) == Match("all")


@pytest.mark.parametrize(
    ("service", "ours", "anothers"),
    [("", False, False), ("Svc=TermService|", True, False), ("Svc=*|", False, False), ("Svc=Dnscache|", False, True)],
)
def test_service_of_a_rule(service: str, ours: bool, anothers: bool) -> None:
    one = firewall_rules.parse("x", rule(fields=f"Protocol=6|{service}Name=x|"))
    assert (is_for_term_service(one), is_for_another_service(one)) == (ours, anothers)


def test_long_list_is_shortened_where_that_saves_something() -> None:
    assert shortened(("a", "b", "c", "d")) == "a, b, c, d"
    assert shortened(("a", "b", "c", "d", "e")) == "a, b, c, … and 2 more"
