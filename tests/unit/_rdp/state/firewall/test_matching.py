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

from unit._rdp.state.firewall.hosts import (
    GUID,
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


# What the check makes of it.
SITUATIONS: Situations = {
    "rule of somebody's own for the port, any program": (
        with_rule(tcp_rule("LPort=3389|"), tcp=OFF),
        "ok",
        GUID,
        "",
    ),
    "rule for any protocol": (with_rule("v2.31|Action=Allow|Active=TRUE|Dir=In|Name=x|", tcp=""), "ok", GUID, ""),
    "rule for a range of ports": (with_rule(tcp_rule("LPort2_10=3000-4000|"), tcp=OFF), "ok", GUID, ""),
    "rule for several ports": (with_rule(tcp_rule("LPort=80|LPort=3389|"), tcp=OFF), "ok", GUID, ""),
    "rule by the full path of svchost": (
        with_rule(tcp_rule(r"LPort=3389|App=c:\WINDOWS\System32\SvcHost.exe|Svc=*|"), tcp=OFF),
        "ok",
        GUID,
        "",
    ),
    "rule for this Windows or later": (
        with_rule(tcp_rule("LPort=3389|Platform=2:6:2|Platform2=GTEQ|"), tcp=OFF),
        "ok",
        GUID,
        "",
    ),
    "block rule for another port": (with_rule(tcp_rule("LPort=3388|", "Block")), "ok", TCP_ID, ""),
    "block rule for another program": (with_rule(tcp_rule(r"App=C:\x\svchost.exe|", "Block")), "ok", TCP_ID, ""),
    "block rule for another service": (
        with_rule(tcp_rule(r"LPort=3389|App=%SystemRoot%\system32\svchost.exe|Svc=dnscache|", "Block")),
        "ok",
        TCP_ID,
        "",
    ),
    "block rule for another profile": (with_rule(tcp_rule("Profile=Public|LPort=3389|", "Block")), "ok", TCP_ID, ""),
    "block rule that is off": (with_rule(rule("Block", active=False)), "ok", TCP_ID, ""),
    "block rule for other versions of Windows": (
        with_rule(tcp_rule("LPort=3389|Platform=2:6:1|", "Block")),
        "ok",
        TCP_ID,
        "",
    ),
    "block rule for the ports of RPC": (with_rule(tcp_rule("LPort=RPC|LPort=RPC-EPMap|", "Block")), "ok", TCP_ID, ""),
    "unknown field in a rule for another port": (with_rule(tcp_rule("LPort=80|Foo=1|", "Block")), "ok", TCP_ID, ""),
    "block rule for everything": (
        with_rule("v2.10|Action=Block|Active=TRUE|Dir=In|Name=Nothing gets in|"),
        "problem",
        "'Nothing gets in'",
        "Blocked by",
    ),
    "rule by the name of the old driver": (
        with_rule(tcp_rule("LPort=3389|App=System|"), tcp=OFF),
        "problem",
        f"{TCP_ID} is off",
        REPAIR,
    ),
    "limited by keywords of newer versions": (
        Host(tcp=rule(fields="RA42=IntrAnet|RA62=IntrAnet|" + TCP_RULE)),
        "warning",
        "from IntrAnet",
        "If somebody",
    ),
    "limited to a type of interface": (
        Host(tcp=rule(fields="IFType=Lan|" + TCP_RULE)),
        "warning",
        "over the interfaces Lan",
        "If somebody",
    ),
    "limited to an interface": (
        Host(tcp=rule(fields="IF={1A2B3C4D-0000-4000-8000-000000000009}|" + TCP_RULE)),
        "warning",
        "over the interfaces",
        "If somebody",
    ),
    "limited to an address of the host": (
        Host(tcp=rule(fields="LA4=10.0.0.5|" + TCP_RULE)),
        "warning",
        "to the host's addresses 10.0.0.5",
        "If somebody",
    ),
    "limited block rule": (
        with_rule(tcp_rule("LPort=3389|RA4=10.9.0.0/255.255.0.0|", "Block")),
        "warning",
        "from 10.9.0.0/255.255.0.0",
        "If somebody",
    ),
    "block rule for a service in the same process": (
        with_rule(tcp_rule(r"LPort=3389|Svc=Dnscache|", "Block"), sharing=("CryptSvc", "Dnscache")),
        "unknown",
        "which may share TermService's process",
        "",
    ),
    "block rule for another service, and nobody knows the processes": (
        with_rule(tcp_rule(r"LPort=3389|Svc=Dnscache|", "Block"), sharing=None),
        "unknown",
        "which may share TermService's process",
        "",
    ),
    "allow rule with an unknown field": (
        Host(tcp=rule(fields=TCP_RULE + "Foo=1|")),
        "unknown",
        "Foo=1",
        "",
    ),
    "block rule with an unknown field": (with_rule(rule("Block", TCP_RULE + "Foo=1|")), "unknown", "Foo=1", ""),
    "block rule for a user": (
        with_rule(rule("Block", "LUAuth=O:LSD:(A;;CC;;;S-1-5-20)|" + TCP_RULE)),
        "unknown",
        "LUAuth",
        "",
    ),
    "rule that is cut off": (Host(tcp=rule(fields=TCP_RULE).removesuffix("|")), "unknown", "no end", ""),
    "block rule for another profile that is cut off": (
        with_rule(tcp_rule("Profile=Public|LPort=3389|", "Block").removesuffix("|")),
        "unknown",
        "no end",
        "",
    ),
    "rule with an unknown port keyword": (with_rule(tcp_rule("LPort=NewThing|"), tcp=OFF), "unknown", "NewThing", ""),
    "rule with an unknown profile": (
        with_rule(tcp_rule("Profile=Public|Profile=Moon|LPort=3389|", "Block")),
        "unknown",
        "Profile=Moon",
        "",
    ),
    "rule of a program that nobody can resolve": (
        with_rule(tcp_rule(r"LPort=3389|App=%Foo%\system32\svchost.exe|", "Block")),
        "unknown",
        "%Foo%",
        "",
    ),
    "rule of a later grammar": (with_rule(rule("Block", version="3.1")), "unknown", "v3.1", ""),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_situation(name: str) -> None:
    judge(SITUATIONS[name])
