# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far somebody meant Remote Desktop to be open."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import RefusedError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.firewall.intent import (
    refuse_beyond,
    refuse_lost_domain,
)
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.firewall.matching import TCP
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.firewall.settings import Firewall

from unit._rdp.state.firewall.hosts import SVCHOST, TCP_RULE, Host, rule

OPENED = ("domain", "private")


def _firewall(**changes: t.Any) -> Firewall:
    return dataclasses.replace(Host(tcp=rule(active=False)), **changes).firewall()


@pytest.mark.parametrize(
    "fields",
    [
        "Profile=Public|" + TCP_RULE,
        "RA4=10.0.0.0/255.0.0.0|" + TCP_RULE,
        f"RA4=10.0.0.0/255.0.0.0|Protocol=6|LPort=4000|{SVCHOST}Name=x|",
    ],
)
def test_rule_for_some_is_the_limit(fields: str) -> None:
    for store in ("rules", "gpo_rules", "mdm_rules", "other"):
        with pytest.raises(RefusedError, match=r"The rule R .*lets Remote Desktop in only"):
            refuse_beyond(_firewall(**{store: {"R": rule(fields=fields)}}), {3389}, TCP, OPENED)


@pytest.mark.parametrize(
    "text",
    [
        rule(),
        rule(fields="Profile=Domain|Profile=Private|" + TCP_RULE),
        rule("Block", "RA4=10.0.0.0/255.0.0.0|" + TCP_RULE),
        rule(fields="RA4=10.0.0.0/255.0.0.0|Protocol=6|LPort=80|Name=x|"),
        rule(fields="RA4=10.0.0.0/255.0.0.0|" + TCP_RULE.replace("=6|", "=17|")),
    ],
)
def test_rule_that_limits_nothing(text: str) -> None:
    refuse_beyond(_firewall(rules={"R": text}), {3389}, TCP, OPENED)


def test_windows_own_rule_is_no_limit() -> None:
    refuse_beyond(_firewall(tcp=rule(fields="RA4=LocalSubnet|" + TCP_RULE)), {3389}, TCP, OPENED)


@pytest.mark.parametrize(
    ("changes", "profiles", "said"),
    [
        ({"active": ("domain",)}, OPENED, ""),
        ({"active": ("private",)}, OPENED, ""),
        ({"active": ("public",), "member": True}, (*OPENED, "public"), ""),
        ({"active": ("public",), "member": True}, OPENED, "none of its networks counts as the domain's"),
        ({"active": ("private",), "member": True}, OPENED, "none of its networks counts as the domain's"),
    ],
)
def test_member_that_does_not_see_its_domain(changes: dict[str, t.Any], profiles: tuple[str, ...], said: str) -> None:
    if not said:
        refuse_lost_domain(_firewall(**changes), profiles)
        return
    with pytest.raises(RefusedError, match=said):
        refuse_lost_domain(_firewall(**changes), profiles)


def test_host_of_which_nobody_knows_whether_it_is_a_member() -> None:
    unknown = dataclasses.replace(_firewall(active=("private",)), networks=None)
    with pytest.raises(RefusedError, match="whether this host is a member of a domain could not be read"):
        refuse_lost_domain(unknown, OPENED)


@pytest.mark.parametrize(
    ("member", "profile", "said"),
    [
        (True, "Domain", "none of its networks counts as the domain's"),
        (False, "Domain", "The network counts as private, and the rule is for domain"),
        (True, "Public", "The network counts as private, and the rule is for public"),
    ],
)
def test_what_is_to_be_corrected_instead_of_the_rule(member: bool, profile: str, said: str) -> None:
    firewall = _firewall(active=("private",), member=member, rules={"R": rule(fields=f"Profile={profile}|" + TCP_RULE)})
    with pytest.raises(RefusedError, match=said):
        refuse_beyond(firewall, {3389}, TCP, OPENED)
