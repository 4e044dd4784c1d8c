# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A firewall is assembled from the host's own keys, those of policies, and what netsh and CIM say."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.firewall import settings
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.firewall.settings import Firewall

from unit._rdp.state.firewall.hosts import (
    HEALTHY,
    OFF,
    REPAIR,
    TCP_ID,
    UDP_ID,
    Host,
    Situations,
    judge,
    rule,
    with_rule,
)

IPSEC = "v2.33|Action=SecureServer|Active=TRUE|Name=Auth|"


def _firewall(**changes: t.Any) -> Firewall:
    return dataclasses.replace(Host(), **changes).firewall()


def test_each_rule_has_its_store_and_its_key() -> None:
    firewall = _firewall(gpo_rules={"G": rule()}, mdm_rules={"M": rule()}, rules={"L": rule()})
    assert {stored.rule.id: (stored.store, stored.place) for stored in firewall.rules} == {
        TCP_ID: ("local", probes.FIREWALL_RULES_KEY),
        UDP_ID: ("local", probes.FIREWALL_RULES_KEY),
        "L": ("local", probes.FIREWALL_RULES_KEY),
        "G": ("gpo", probes.FIREWALL_POLICY_KEY + r"\FirewallRules"),
        "M": ("mdm", probes.FIREWALL_KEY + r"\Mdm\FirewallRules"),
    }


def test_windows_own_rules_on_off_and_gone() -> None:
    assert _firewall().built_in_tcp == next(one.rule for one in _firewall().rules if one.rule.id == TCP_ID)
    off = _firewall(tcp=rule(active=False)).built_in_tcp
    assert off is not None and off.active is False
    assert _firewall(tcp="", udp="").built_in_tcp is _firewall(tcp="", udp="").built_in_udp is None


def test_rules_of_other_keys_and_of_connection_security() -> None:
    firewall = _firewall(other={"X": rule()}, ipsec={"{1}": IPSEC})
    assert [(stored.store, stored.rule.id) for stored in firewall.others] == [("other", "X")]
    assert [(stored.store, stored.rule.id, stored.rule.requires) for stored in firewall.ipsec] == [
        ("local", "{1}", True)
    ]


def test_older_policy_is_a_rule_of_that_policy() -> None:
    firewall = _firewall(gpo={"StandardProfile": {}, r"StandardProfile\Services\RemoteDesktop": {"Enabled": 1}})
    (older,) = (stored for stored in firewall.rules if stored.store == "gpo")
    assert older.rule.id == r"Services\RemoteDesktop" and older.rule.profiles == ("private", "public")


def test_networks_that_netsh_does_not_show_are_active_too() -> None:
    assert _firewall(active=("public",), networks=("domain", "public")).active == ("domain", "public")


def test_rule_that_can_not_be_read_may_do_anything_unless_it_is_not_on() -> None:
    (odd,) = (stored.rule for stored in _firewall(rules={"A": "v2.31|Active=TRUE|?"}).rules if stored.rule.id == "A")
    assert odd.not_judged
    off = [stored.rule for stored in _firewall(rules={"A": "v2.31|?"}).rules if stored.rule.id == "A"]
    assert all(not one.active for one in off)


def test_rule_of_a_later_grammar_that_is_on_may_do_anything() -> None:
    text = rule("Block", version="3.1")
    (later,) = (stored.rule for stored in _firewall(rules={"A": text}).rules if stored.rule.id == "A")
    assert later.active is None and later.not_judged == (text[:200],)


def test_listing_with_a_line_that_is_not_understood() -> None:
    readings = Host().readings()
    local, *others = (readings.of(probe) for probe in settings.NEEDS)
    with pytest.raises(UnreadableError, match="could not be read completely") as caught:
        settings.assemble(dataclasses.replace(local, not_understood=("FINDSTR: Zeile 14 ist zu lang.",)), *others)
    assert caught.value.line == "FINDSTR: Zeile 14 ist zu lang."


@pytest.mark.parametrize("service", [1, 3])
def test_service_that_does_not_run(service: int) -> None:
    readings = Host().readings()
    values = [readings.of(probe) for probe in settings.NEEDS]
    index = settings.NEEDS.index(probes.FIREWALL_SERVICE_STATE)
    values[index] = dataclasses.replace(values[index], state=service)
    with pytest.raises(UnreadableError, match=r"MpsSvc\) is not running"):
        settings.assemble(*values)
    values[index] = None
    with pytest.raises(UnreadableError, match=r"MpsSvc\) is not running"):
        settings.assemble(*values)


def test_profile_by_its_name() -> None:
    firewall = _firewall(local={"public": {"EnableFirewall": 0}})
    assert firewall.profile("public").enabled.value == 0 and firewall.profile("domain").enabled.value == 1


# What the check makes of it.
SITUATIONS: Situations = {
    "rule by group policy": (Host(tcp=OFF, gpo_rules={"GPO-RDP": rule()}), "ok", "of a group policy", ""),
    "rule by MDM": (Host(tcp=OFF, mdm_rules={"MDM-RDP": rule()}), "ok", "of an MDM", ""),
    "garbage that doesn't say that it is on": (with_rule("some text"), "ok", TCP_ID, ""),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_situation(name: str) -> None:
    judge(SITUATIONS[name])


def test_rules_that_are_gone() -> None:
    listing = HEALTHY.outputs()[probes.FIREWALL.command].data.decode().replace("\r\n", "\n")
    without = "\n".join(line for line in listing.split("\n") if "FirewallRules" not in line and "|" not in line)
    finding = Host(tcp="", udp="", more={probes.FIREWALL.command: (without, 0)}).finding()
    assert (finding.status, finding.fix) == ("problem", REPAIR)
