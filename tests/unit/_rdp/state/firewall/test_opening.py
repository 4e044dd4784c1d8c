# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What opens a port, as data. What becomes of it is tested with the repair."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import RefusedError, UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.firewall.opening import (
    Opening,
    OwnRule,
    SwitchedOn,
    opening,
    own_rules,
)

from unit._rdp.state.firewall.hosts import SVCHOST, TCP_ID, TCP_RULE, UDP_ID, UDP_RULE, Host, rule

OPENED = ("domain", "private")
EVERY = (*OPENED, "public")
TCP_OFF, UDP_OFF = rule(active=False), rule(active=False, fields=UDP_RULE)


def _opening(opened: int = 3389, profiles: tuple[str, ...] = OPENED, **changes: t.Any) -> Opening:
    return opening(dataclasses.replace(Host(), **changes).firewall(), opened, None, profiles)


def test_open_port_takes_nothing() -> None:
    assert _opening() == Opening()


def test_windows_own_rules_are_switched_on_for_no_more_than_is_asked_for() -> None:
    assert _opening(tcp=TCP_OFF, udp=UDP_OFF) == Opening(
        switch_on=(SwitchedOn(TCP_ID, narrowed=OPENED), SwitchedOn(UDP_ID, narrowed=OPENED))
    )
    assert _opening(profiles=EVERY, tcp=TCP_OFF) == Opening(switch_on=(SwitchedOn(TCP_ID),))


def test_rules_are_added_for_another_port() -> None:
    assert _opening(3390, port=3390) == Opening(add=(OwnRule("TCP", 3390, OPENED), OwnRule("UDP", 3390, OPENED)))
    limited = {"tcp": rule(fields="RA4=10.0.0.0/255.0.0.0|" + TCP_RULE), "udp": ""}
    assert _opening(3390, port=3390, **limited) == Opening(
        add=(OwnRule("TCP", 3390, OPENED, (("remoteip", ("10.0.0.0/8",)),)),)
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"rules": {"B": rule("Block", "Protocol=6|LPort=3389|Name=x|")}}, "Blocked by the rule B"),
        ({"local": {"domain": {"DoNotAllowExceptions": 1}}}, "The profile lets nothing in"),
        ({"gpo": {"DomainProfile": {"AllowLocalPolicyMerge": 0}}}, "has to come from a policy"),
        ({"tcp": TCP_OFF, "active": ("public",)}, "The network counts as public"),
        ({"tcp": rule("Block", active=False)}, "was changed"),
        ({"tcp": rule(fields="Profile=Private|" + TCP_RULE, active=False)}, "is for the profile private"),
    ],
)
def test_left_to_people(changes: dict[str, t.Any], said: str) -> None:
    with pytest.raises(RefusedError, match=said):
        _opening(**changes)


def test_what_was_not_understood() -> None:
    with pytest.raises(UnreadableError):
        _opening(tcp=TCP_OFF, rules={"A": rule("Divert")})


def test_own_rules_are_known_again() -> None:
    own = OwnRule("TCP", 3390, ("domain",), (("remoteip", ("10.0.0.0/8",)),))
    fields = f"Protocol=6|Profile=Domain|LPort=3390|RA4=10.0.0.0/255.0.0.0|{SVCHOST}Name={own.name}|"
    assert own_rules(Host(rules={"A": rule(fields=fields)}).firewall(), 3390) == (own,)
    assert own_rules(Host(rules={"A": rule(fields=fields)}).firewall(), 3389) == ()
    assert own_rules(Host(gpo_rules={"A": rule(fields=fields)}).firewall(), 3390) == (), "a policy's is not ours"


def test_own_rule_that_somebody_changed_is_not_ours() -> None:
    fields = f"Protocol=6|LPort=3390|Security=Authenticate|{SVCHOST}Name=winops.rdp TCP 3390|"
    assert own_rules(Host(rules={"A": rule(fields=fields)}).firewall(), 3390) == ()


@pytest.mark.parametrize(
    ("fields", "limits"),
    [
        ("RA4=LocalSubnet|RA6=LocalSubnet|", (("remoteip", ("localsubnet",)),)),
        ("RA4=10.0.0.5|RA4=10.0.1.1-10.0.1.9|", (("remoteip", ("10.0.0.5", "10.0.1.1-10.0.1.9")),)),
        ("RA4=10.9.0.0/255.255.0.0|RA6=fe80::/64|", (("remoteip", ("10.9.0.0/16", "fe80::/64")),)),
        ("LA4=10.0.0.1|", (("localip", ("10.0.0.1",)),)),
        ("IFType=RemoteAccess|", (("interfacetype", ("ras",)),)),
        ("RPort=5000|", (("remoteport", ("5000",)),)),
    ],
)
def test_added_rule_has_the_limits_of_windows_own(fields: str, limits: tuple[tuple[str, tuple[str, ...]], ...]) -> None:
    (added,) = _opening(3390, port=3390, tcp=rule(fields=fields + TCP_RULE), udp="").add
    assert added.limits == limits


@pytest.mark.parametrize(
    "fields",
    [
        "RA4=LocalSubnet|",
        "RA42=IntrAnet|RA62=IntrAnet|",
        "RA4=10.0.0.0/255.0.255.0|",
        "IF={1A2B3C4D-0000-4000-8000-000000000009}|",
        "IFType=Lan|IFType=Wireless|",
        "Security=Authenticate|",
    ],
)
def test_limit_that_netsh_can_not_say_is_not_dropped(fields: str) -> None:
    with pytest.raises(RefusedError, match="is limited in a way that a new rule can't copy"):
        _opening(3390, port=3390, tcp=rule(fields=fields + TCP_RULE))


def test_port_that_replaces_a_limited_one() -> None:
    limited = {"A": rule(fields="Protocol=6|LPort=3389|RA4=10.0.0.0/255.0.0.0|Name=x|")}
    firewall = Host(tcp=TCP_OFF, rules=limited).firewall()
    with pytest.raises(RefusedError, match=r"Port 3389 is limited by the rule A 'x' \(from 10\.0\.0\.0/255\.0\.0\.0\)"):
        opening(firewall, 3390, 3389, OPENED)
    assert opening(Host().firewall(), 3390, 3389, OPENED).add[0] == OwnRule("TCP", 3390, OPENED)


def test_own_rule_that_is_off_is_not_made_twice() -> None:
    def off(protocol: str, number: int) -> str:
        # Where Active comes before Dir, the listing leaves out what is off.
        return f"v2.31|Action=Allow|Dir=In|Active=FALSE|Protocol={number}|LPort=3390|Name=winops.rdp {protocol} 3390|"

    with pytest.raises(RefusedError, match=r"The rule 'winops\.rdp TCP 3390' is there, and doesn't open the port"):
        _opening(3390, port=3390, rules={"A": off("TCP", 6)})
    # Remote Desktop works without UDP.
    assert _opening(3390, port=3390, rules={"A": off("UDP", 17)}).add == (OwnRule("TCP", 3390, OPENED),)


def test_udp_stays_off_where_somebody_limited_it() -> None:
    limited = {"A": rule(fields="RA4=10.0.0.0/255.0.0.0|" + UDP_RULE)}
    assert _opening(tcp=TCP_OFF, udp=UDP_OFF, rules=limited) == Opening(
        switch_on=(SwitchedOn(TCP_ID, narrowed=OPENED),)
    )
