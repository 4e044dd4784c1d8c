# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings of a profile: which store decides each of them."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.probes import FIREWALL_KEY, FIREWALL_POLICY_KEY
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.firewall import profiles
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.firewall.profiles import Profile, ProfileSetting
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import reg

from unit._rdp.state.firewall.hosts import GPO, LOCAL, OFF, REPAIR, TCP_ID, Host, Situations, judge, rule

OWN = FIREWALL_KEY + r"\DomainProfile"
POLICY = FIREWALL_POLICY_KEY + r"\DomainProfile"
MANAGED = FIREWALL_KEY + r"\Mdm\DomainProfile"


def _profile(values: dict[str, dict[str, int]], name: str = "domain", type: str = "REG_DWORD") -> Profile:
    keys = {}
    for path, numbers in values.items():
        typed = tuple(reg.Value(called, type, number, False) for called, number in numbers.items())
        keys[path.partition("\\")[2].casefold()] = reg.Key(path, typed, ())
    return profiles.read(name, keys)


def test_what_nobody_sets_is_windows_default() -> None:
    profile = _profile({OWN: {}})
    assert (profile.enabled, profile.block_all, profile.default_inbound) == (
        ProfileSetting(1),
        ProfileSetting(0),
        ProfileSetting(1),
    )
    merged = (profile.local_rules, profile.local_ipsec, profile.local_ports, profile.local_programs)
    assert merged == (ProfileSetting(1),) * 4


def test_policy_wins_over_the_host() -> None:
    both = {OWN: {"EnableFirewall": 0}, POLICY: {"EnableFirewall": 1}}
    assert _profile(both).enabled == ProfileSetting(1, POLICY, "gpo")
    assert _profile({OWN: {"EnableFirewall": 0}, MANAGED: {"EnableFirewall": 1}}).enabled.store == "mdm"
    assert _profile({OWN: {"EnableFirewall": 0}}).enabled == ProfileSetting(0, OWN)


def test_everything_is_blocked_if_any_store_says_so() -> None:
    name = "DoNotAllowExceptions"
    assert _profile({OWN: {name: 1}, POLICY: {name: 0}}).block_all == ProfileSetting(1, OWN)
    assert _profile({OWN: {name: 0}, POLICY: {name: 1}}).block_all == ProfileSetting(1, POLICY, "gpo")
    assert _profile({OWN: {name: 0}, POLICY: {name: 0}}).block_all.value == 0


def test_host_can_not_say_that_its_own_rules_do_not_count() -> None:
    names = ("AllowLocalPolicyMerge", "AllowLocalIPsecPolicyMerge")
    own = _profile({OWN: dict.fromkeys(names, 0)})
    assert own.local_rules == own.local_ipsec == ProfileSetting(1)
    managed = _profile({OWN: {}, POLICY: dict.fromkeys(names, 0)})
    assert managed.local_rules == managed.local_ipsec == ProfileSetting(0, POLICY, "gpo")


@pytest.mark.parametrize(
    ("key", "part"), [("GloballyOpenPorts", "local_ports"), ("AuthorizedApplications", "local_programs")]
)
def test_older_policies_of_merging(key: str, part: str) -> None:
    path = f"{POLICY}\\{key}"
    profile = _profile({OWN: {}, path: {"AllowUserPrefMerge": 0}})
    assert getattr(profile, part) == ProfileSetting(0, path, "gpo")


def test_older_key_of_a_policy_counts_for_private_and_public_where_neither_newer_one_is_there() -> None:
    older = FIREWALL_POLICY_KEY + r"\StandardProfile"
    newer = FIREWALL_POLICY_KEY + r"\PublicProfile"
    local = FIREWALL_KEY + r"\StandardProfile"
    values = {local: {}, older: {"EnableFirewall": 0, "DefaultInboundAction": 0}}
    profile = _profile(values, "private")
    assert profile.enabled == ProfileSetting(0, older, "gpo")
    assert profile.default_inbound == ProfileSetting(1), "the older key can't hold it"
    assert _profile({**values, newer: {}}, "private").enabled == ProfileSetting(1)


def test_policies_that_disagree() -> None:
    with pytest.raises(UnreadableError, match="A group policy and an MDM disagree about EnableFirewall"):
        _profile({OWN: {}, POLICY: {"EnableFirewall": 0}, MANAGED: {"EnableFirewall": 1}})


@pytest.mark.parametrize(("number", "type"), [(2, "REG_DWORD"), (1, "REG_QWORD")])
def test_value_that_is_not_understood(number: int, type: str) -> None:
    with pytest.raises(UnreadableError, match=r"EnableFirewall in .* was not understood"):
        _profile({OWN: {"EnableFirewall": number}}, type=type)


def test_profile_whose_own_key_is_missing() -> None:
    with pytest.raises(UnreadableError, match="could not be read"):
        _profile({POLICY: {"EnableFirewall": 1}})


# What the check makes of it.
SITUATIONS: Situations = {
    "policy's StandardProfile gives way to PublicProfile": (
        Host(
            active=("private",),
            gpo={"StandardProfile": {"DoNotAllowExceptions": 1}, "PublicProfile": {"EnableFirewall": 1}},
        ),
        "ok",
        TCP_ID,
        "",
    ),
    "inactive profile shielded": (Host(local={"public": {"DoNotAllowExceptions": 1}}), "ok", TCP_ID, ""),
    "local merge off where the older key can't say so": (
        Host(active=("public",), gpo={"StandardProfile": {"AllowLocalPolicyMerge": 0}}),
        "ok",
        TCP_ID,
        "",
    ),
    "local shield that a policy doesn't lift": (
        Host(local={"domain": {"DoNotAllowExceptions": 1}}, gpo={"DomainProfile": {"DoNotAllowExceptions": 0}}),
        "problem",
        f"DoNotAllowExceptions = 1 in {LOCAL}\\DomainProfile",
        "The profile lets nothing in",
    ),
    "local shield": (
        Host(local={"domain": {"DoNotAllowExceptions": 1}}),
        "problem",
        f"DoNotAllowExceptions = 1 in {LOCAL}\\DomainProfile",
        "The profile lets nothing in",
    ),
    "shield of a policy, and its rule doesn't help": (
        Host(gpo={"DomainProfile": {"DoNotAllowExceptions": 1}}, gpo_rules={"GPO-RDP": rule()}),
        "problem",
        f"DoNotAllowExceptions = 1 in {GPO}\\DomainProfile",
        "The profile lets nothing in",
    ),
    "policy's StandardProfile is for public, too": (
        Host(active=("public",), gpo={"StandardProfile": {"DoNotAllowExceptions": 1}}),
        "problem",
        f"{GPO}\\StandardProfile",
        "The profile lets nothing in",
    ),
    "shield of an MDM": (
        Host(active=("public",), mdm={"PublicProfile": {"DoNotAllowExceptions": 1}}),
        "problem",
        "Mdm\\PublicProfile",
        "The profile lets nothing in",
    ),
    "settings that the older key can't hold": (
        Host(active=("private",), tcp=OFF, gpo={"StandardProfile": {"DefaultInboundAction": 0}}),
        "problem",
        f"{TCP_ID} is off",
        REPAIR,
    ),
    "firewall off by policy": (
        Host(gpo={"DomainProfile": {"EnableFirewall": 0}}),
        "warning",
        f"EnableFirewall = 0 in {GPO}\\DomainProfile",
        "Turn the firewall on",
    ),
    "firewall off, and shielded": (
        Host(local={"domain": {"EnableFirewall": 0, "DoNotAllowExceptions": 1}}),
        "warning",
        "EnableFirewall = 0",
        "Turn the firewall on",
    ),
    "off on the host and on by policy": (
        Host(local={"domain": {"EnableFirewall": 0}}, gpo={"DomainProfile": {"EnableFirewall": 1}}, tcp=OFF),
        "problem",
        f"{TCP_ID} is off",
        REPAIR,
    ),
    "setting that isn't a switch": (Host(local={"domain": {"EnableFirewall": 2}}), "unknown", "EnableFirewall", ""),
    "group policy and MDM disagree": (
        Host(gpo={"DomainProfile": {"EnableFirewall": 0}}, mdm={"DomainProfile": {"EnableFirewall": 1}}),
        "unknown",
        "disagree",
        "",
    ),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_situation(name: str) -> None:
    judge(SITUATIONS[name])
