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
