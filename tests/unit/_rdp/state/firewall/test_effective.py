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

from unit._rdp.state.firewall.hosts import SVCHOST, TCP_ID, TCP_RULE, Host, rule

OFF = rule(active=False)
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
