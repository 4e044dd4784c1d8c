# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The switches of the registry that turn Remote Desktop on and off."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.registry import listed, policy_key
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.switch import deviations, overruling, shown_value

from unit._rdp.state.outputs import DENIED, NOT_FOUND, Output, listing, long, readings

OFF, ON = "fDenyTSConnections    REG_DWORD    0x1", "fDenyTSConnections    REG_DWORD    0x0"


def _deviations(*values: str) -> dict[str, int]:
    seen = readings({probes.TERMINAL_SERVER: listing(probes.TERMINAL_SERVER_KEY, "x    REG_DWORD    0x0", *values)})
    return deviations(listed(seen.of(probes.TERMINAL_SERVER), probes.TERMINAL_SERVER_KEY))


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ((ON,), {}),
        (("FDENYTSCONNECTIONS    REG_DWORD    0x0", "TSEnabled    REG_DWORD    0x1"), {}),
        ((OFF,), {"fDenyTSConnections": 0}),
        # Windows ships with 1, so nothing is no yes, and neither is a text.
        ((), {"fDenyTSConnections": 0}),
        (("fDenyTSConnections    REG_SZ    0",), {"fDenyTSConnections": 0}),
        (("fDenyTSConnections    REG_DWORD    0x2",), {"fDenyTSConnections": 0}),
        ((ON, "TSEnabled    REG_DWORD    0x0"), {"TSEnabled": 1}),
        ((ON, "TSUserEnabled    REG_DWORD    0x1"), {"TSUserEnabled": 0}),
        (
            (OFF, "TSEnabled    REG_DWORD    0x0", "TSUserEnabled    REG_DWORD    0x1"),
            {"fDenyTSConnections": 0, "TSEnabled": 1, "TSUserEnabled": 0},
        ),
    ],
)
def test_switches_that_keep_people_out(values: tuple[str, ...], wrong: dict[str, int]) -> None:
    found = _deviations(*values)
    assert found == wrong and list(found) == list(wrong)


PARENT = "\n".join(["", long(probes.POLICIES_PARENT_KEY) + r"\Windows NT", ""])


def _overruling(state: str, policies: Output, parent: Output = PARENT) -> str:
    seen = readings({probes.POLICIES: policies, probes.POLICIES_PARENT: parent})
    return overruling(state, policy_key(seen.of(probes.POLICIES), seen.of(probes.POLICIES_PARENT)))


@pytest.mark.parametrize(
    ("value", "against"),
    [(OFF, "enabled"), (ON, "disabled"), ("fDenyTSConnections    REG_DWORD    0x5", "enabled")],
)
def test_policy_makes_the_other_state_pointless(value: str, against: str) -> None:
    policies = 2 * listing(probes.POLICY_KEY, value)
    name, _type, data = value.split()
    assert _overruling(against, policies) == f"{name} = {int(data, 16)} in {probes.POLICY_KEY}"
    assert _overruling("disabled" if against == "enabled" else "enabled", policies) == ""


def test_policy_that_is_not_set_overrules_nothing() -> None:
    other = 2 * listing(probes.POLICY_KEY, "UserAuthentication    REG_DWORD    0x1")
    absent = (f"{NOT_FOUND}\n{NOT_FOUND}\n", 1)
    none = "\n".join(["", long(probes.POLICIES_PARENT_KEY) + r"\Cryptography", ""])
    for state in ("enabled", "disabled"):
        assert _overruling(state, other) == _overruling(state, absent, none) == ""


def test_policy_that_is_not_known_is_not_one_that_is_not_set() -> None:
    with pytest.raises(UnreadableError):
        _overruling("enabled", (f"{DENIED}\n{DENIED}\n", 1))


def test_value_as_people_read_it() -> None:
    seen = readings({probes.TERMINAL_SERVER: listing(probes.TERMINAL_SERVER_KEY, ON, "TSEnabled    REG_SZ    1")})
    key = listed(seen.of(probes.TERMINAL_SERVER), probes.TERMINAL_SERVER_KEY)
    assert shown_value(key.get("fDenyTSConnections")) == "fDenyTSConnections = 0"
    assert shown_value(key.get("TSEnabled")) == "TSEnabled = 1 (REG_SZ)"
    assert shown_value(None) == "no fDenyTSConnections" and shown_value(None, "TSEnabled") == "no TSEnabled"
