# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of the traffic in one profile, and what decides it."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.firewall.effective import (
    Answer,
    answer,
    answers,
    is_open,
)
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.firewall.matching import Traffic

from unit._rdp.state.firewall.hosts import (
    GPO,
    GUID,
    OFF,
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

BLOCK = {"B": rule("Block", "Protocol=6|LPort=3389|Name=x|")}
IPSEC = {"{1}": "v2.33|Action=SecureServer|Active=TRUE|Name=Auth|"}
BYPASS = {"P": rule("ByPass", f"Protocol=6|LPort=3389|Security=Authenticate|{SVCHOST}Name=x|")}


def _answer(**changes: t.Any) -> Answer:
    return answer(dataclasses.replace(Host(), **changes).firewall(), Traffic(3389), "domain")


@pytest.mark.parametrize(
    ("changes", "state", "kinds"),
    [
        ({}, "open", ["allow"]),
        ({"tcp": OFF}, "blocked", ["nothing"]),
        ({"rules": BLOCK}, "blocked", ["block"]),
        ({"local": {"domain": {"EnableFirewall": 0}}, "rules": BLOCK}, "off", ["setting"]),
        ({"local": {"domain": {"DoNotAllowExceptions": 1}}}, "blocked", ["setting"]),
        ({"local": {"domain": {"DefaultInboundAction": 0}}, "tcp": OFF}, "open", ["setting"]),
        ({"gpo": {"DomainProfile": {"AllowLocalPolicyMerge": 0}}}, "blocked", ["ignored"]),
        ({"tcp": rule(fields="RA4=LocalSubnet|" + TCP_RULE)}, "limited", ["allow"]),
        ({"ipsec": IPSEC}, "limited", ["ipsec", "allow"]),
        ({"ipsec": IPSEC, "gpo": {"DomainProfile": {"AllowLocalIPsecPolicyMerge": 0}}}, "open", ["allow"]),
        ({"rules": {**BLOCK, **BYPASS}}, "limited", ["block", "allow"]),
    ],
)
def test_answer(changes: dict[str, t.Any], state: str, kinds: list[str]) -> None:
    found = _answer(**changes)
    assert (found.state, [cause.kind for cause in found.causes]) == (state, kinds)


def test_rule_that_was_not_understood_matters_only_where_it_could_decide() -> None:
    odd = {"O": rule("Block", "Foo=1|Protocol=6|LPort=3389|Name=x|")}
    with pytest.raises(UnreadableError, match="could decide and was not understood"):
        _answer(rules=odd)
    assert _answer(rules={**odd, **BLOCK}).state == "blocked"


@pytest.mark.parametrize(
    ("tcp", "text"),
    [
        ("", "is missing"),
        (OFF, f"the rule {TCP_ID} is off"),
        (rule(fields=TCP_RULE.replace("3389", "3390")), "is for port 3390"),
        (rule(fields="Profile=Public|" + TCP_RULE), "only for the profile public"),
        (rule(fields="App=C:\\x.exe|" + TCP_RULE.replace(SVCHOST, "")), "was changed"),
    ],
)
def test_why_windows_own_rule_does_not_allow_it(tcp: str, text: str) -> None:
    (cause,) = _answer(tcp=tcp).causes
    assert text in cause.text


def test_whether_ipsec_is_asked_for() -> None:
    assert _answer(ipsec=IPSEC).asks_for_ipsec
    assert _answer(tcp=rule(fields="Security=Authenticate|" + TCP_RULE)).asks_for_ipsec
    assert not _answer().asks_for_ipsec and not _answer(tcp=OFF).asks_for_ipsec


def test_one_open_profile_is_enough() -> None:
    host = Host(active=("domain", "public"), tcp=rule(fields="Profile=Domain|" + TCP_RULE))
    found = answers(host.firewall(), Traffic(3389))
    assert [(one.profile, one.state) for one in found] == [("domain", "open"), ("public", "blocked")]
    assert is_open(found) and not is_open(found[1:])


# What the check makes of it.
SITUATIONS: Situations = {
    "local rules ignored, and a group policy's rule allows it": (
        Host(gpo={"DomainProfile": {"AllowLocalPolicyMerge": 0}}, gpo_rules={"GPO-RDP": rule()}),
        "ok",
        "GPO-RDP",
        "",
    ),
    "local rules ignored, local block rule included": (
        Host(
            gpo={"DomainProfile": {"AllowLocalPolicyMerge": 0}},
            gpo_rules={"GPO-RDP": rule()},
            rules={GUID: rule("Block")},
        ),
        "ok",
        "GPO-RDP",
        "",
    ),
    "default action allows": (
        Host(tcp=OFF, local={"domain": {"DefaultInboundAction": 0}}),
        "ok",
        "DefaultInboundAction = 0",
        "",
    ),
    "policy ignores openings of ports, and the rule is for a service": (
        Host(gpo={r"DomainProfile\GloballyOpenPorts": {"AllowUserPrefMerge": 0}}),
        "ok",
        TCP_ID,
        "",
    ),
    "block rule beats default action": (
        with_rule(rule("Block"), local={"domain": {"DefaultInboundAction": 0}}),
        "problem",
        GUID,
        "Blocked by",
    ),
    "local rules ignored": (
        Host(gpo={"DomainProfile": {"AllowLocalPolicyMerge": 0}}),
        "problem",
        f"AllowLocalPolicyMerge = 0 in {GPO}\\DomainProfile",
        "The rule that allows Remote Desktop has to come from a policy",
    ),
    "local rules ignored, and the rule is off": (
        Host(tcp=OFF, gpo={"DomainProfile": {"AllowLocalPolicyMerge": 0}}),
        "problem",
        "AllowLocalPolicyMerge = 0",
        "The rule that allows Remote Desktop has to come from a policy",
    ),
    "a limited rule, and one that isn't": (
        with_rule(tcp_rule("LPort=3389|RA4=10.9.0.0/255.255.0.0|")),
        "ok",
        TCP_ID,
        "",
    ),
    "bypass wins over block": (
        with_rule(rule("Block"), gpo_rules={"GPO-Bypass": rule("ByPass", "Security=Authenticate|" + TCP_RULE)}),
        "warning",
        "GPO-Bypass",
        "Without IPsec nobody gets in",
    ),
    "limited, and more may be allowed": (
        with_rule(tcp_rule("LPort=3389|Foo=1|"), tcp=rule(fields="RA4=10.0.0.1|" + TCP_RULE)),
        "warning",
        "from 10.0.0.1",
        "If somebody",
    ),
    "IPsec required of some": (
        Host(ipsec={"{1}": "v2.33|Action=Secure|Active=TRUE|EP2_4=10.0.0.0/255.0.0.0|Auth1Set={1}|"}),
        "warning",
        "requires IPsec (between 10.0.0.0/255.0.0.0)",
        "Without IPsec",
    ),
    "IPsec rule that nobody understands": (
        Host(ipsec={"{1}": "v2.99|Action=Moon|Active=TRUE|"}),
        "warning",
        "may require IPsec",
        "Without IPsec",
    ),
    "IPsec asked for, or for others, or off": (
        Host(
            ipsec={
                "{1}": "v2.33|Action=Boundary|Active=TRUE|Auth1Set={1}|",
                "{2}": "v2.33|Action=SecureServer|Active=FALSE|Auth1Set={1}|",
                "{3}": "v2.33|Action=SecureServer|Active=TRUE|Profile=Public|Auth1Set={1}|",
                "{4}": "v2.33|Action=SecureServer|Active=TRUE|Protocol=6|EP1Port=445|Auth1Set={1}|",
                "{5}": "v2.33|Action=SecureServer|Active=TRUE|Protocol=17|Auth1Set={1}|",
                "{6}": "v2.33|Action=DoNotSecure|Active=TRUE|",
            }
        ),
        "ok",
        TCP_ID,
        "",
    ),
    "IPsec rule of the host's own that a policy ignores": (
        Host(
            gpo={"DomainProfile": {"AllowLocalIPsecPolicyMerge": 0}},
            ipsec={"auth": "v2.33|Action=SecureServer|Active=TRUE|Auth1Set={1}|"},
        ),
        "ok",
        TCP_ID,
        "",
    ),
    "rule with an unknown action": (with_rule(rule("Divert")), "unknown", "Divert", ""),
    "rule with two actions": (with_rule(rule("Allow", "Action=Block|" + TCP_RULE)), "unknown", "Action=Block", ""),
    "policy ignores openings of ports": (
        with_rule(
            tcp_rule("LPort=3389|"), tcp=OFF, gpo={r"DomainProfile\GloballyOpenPorts": {"AllowUserPrefMerge": 0}}
        ),
        "unknown",
        "AllowUserPrefMerge = 0",
        "",
    ),
    "policy ignores openings for programs": (
        with_rule(
            tcp_rule(r"App=%windir%\system32\svchost.exe|"),
            tcp=OFF,
            gpo={r"DomainProfile\AuthorizedApplications": {"AllowUserPrefMerge": 0}},
        ),
        "unknown",
        "AllowUserPrefMerge = 0",
        "",
    ),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_situation(name: str) -> None:
    judge(SITUATIONS[name])
