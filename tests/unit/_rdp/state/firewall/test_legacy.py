# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Older settings of a group policy, as rules."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats.firewall_rules import PortRange, Rule
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.firewall import legacy
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import reg

from unit._rdp.state.firewall.hosts import GPO, OFF, REPAIR, TCP_ID, Host, Situations, judge

PROFILE = r"HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall\DomainProfile"
SERVICE, PORTS = PROFILE + r"\Services\RemoteDesktop", PROFILE + r"\GloballyOpenPorts"
LIST = PORTS + r"\List"


def _rules(values: dict[str, dict[str, int | str]]) -> list[tuple[str, Rule]]:
    keys = {}
    for path, data in values.items():
        typed = (
            reg.Value(name, "REG_SZ" if isinstance(one, str) else "REG_DWORD", one, False) for name, one in data.items()
        )
        keys[path.partition("\\")[2].casefold()] = reg.Key(path, tuple(typed), ())
    return list(legacy.rules(PROFILE, keys, ("domain",)))


@pytest.mark.parametrize(
    ("values", "action", "addresses"),
    [
        ({"Enabled": 1}, "allow", ()),
        ({"Enabled": 1, "RemoteAddresses": "*"}, "allow", ()),
        ({"Enabled": 1, "RemoteAddresses": "10.0.0.0/8, LocalSubnet"}, "allow", ("10.0.0.0/8", "LocalSubnet")),
        ({"Enabled": 0, "RemoteAddresses": "10.0.0.0/8"}, "block", ()),
    ],
)
def test_remote_desktop_exception(values: dict[str, int | str], action: str, addresses: tuple[str, ...]) -> None:
    ((place, rule),) = _rules({SERVICE: values})
    assert (place, rule.action, rule.active, rule.profiles) == (SERVICE, action, True, ("domain",))
    assert (rule.protocol, rule.local_ports, rule.remote_addresses) == (6, (PortRange(3389, 3389),), addresses)


def test_remote_desktop_exception_that_is_not_configured() -> None:
    assert _rules({SERVICE: {}}) == _rules({}) == []


@pytest.mark.parametrize("values", [{"Enabled": 2}, {"Enabled": 1, "RemoteAddresses": "any host"}])
def test_remote_desktop_exception_that_is_not_understood(values: dict[str, int | str]) -> None:
    ((_place, rule),) = _rules({SERVICE: values})
    assert rule.not_judged and rule.active is None and rule.local_ports == (PortRange(3389, 3389),)


@pytest.mark.parametrize(
    ("text", "action", "protocol", "addresses"),
    [
        ("3389:TCP:*:enabled:Remote Desktop", "allow", 6, ()),
        ("3389:UDP:10.0.0.0/8,LocalSubnet:Enabled:a:b", "allow", 17, ("10.0.0.0/8", "LocalSubnet")),
        ("3389:tcp:10.0.0.1:disabled:x", "block", 6, ("10.0.0.1",)),
    ],
)
def test_port_of_the_list(text: str, action: str, protocol: int, addresses: tuple[str, ...]) -> None:
    ((place, rule),) = _rules({LIST: {"entry": text}})
    assert (place, rule.action, rule.protocol, rule.remote_addresses) == (LIST, action, protocol, addresses)
    assert rule.local_ports == (PortRange(3389, 3389),)


@pytest.mark.parametrize("text", ["", "3389", "3389:SCTP:*:enabled:x", "70000:TCP:*:enabled:x", "1:TCP:a b:enabled:x"])
def test_port_of_the_list_that_is_not_understood_may_open_something(text: str) -> None:
    ((_place, rule),) = _rules({LIST: {"entry": text}})
    assert (rule.active, rule.action) == (None, "allow")


@pytest.mark.parametrize(("enabled", "count"), [({}, 1), ({"Enabled": 1}, 1), ({"Enabled": 0}, 0)])
def test_list_counts_unless_the_policy_is_off(enabled: dict[str, int | str], count: int) -> None:
    assert len(_rules({PORTS: enabled, LIST: {"entry": "3389:TCP:*:enabled:x"}})) == count


# What the check makes of it.
SITUATIONS: Situations = {
    "older policy opens Remote Desktop": (
        Host(tcp=OFF, gpo={r"DomainProfile\Services\RemoteDesktop": {"Enabled": 1, "RemoteAddresses": "*"}}),
        "ok",
        r"Services\RemoteDesktop of a group policy",
        "",
    ),
    "older policy opens the port": (
        Host(
            tcp=OFF,
            gpo={r"DomainProfile\GloballyOpenPorts\List": {"3389:TCP": "3389:TCP:*:enabled:Remote Desktop"}},
        ),
        "ok",
        r"GloballyOpenPorts\List\3389:TCP 'Remote Desktop' of a group policy",
        "",
    ),
    "older policies for other profiles and ports": (
        Host(
            gpo={
                r"StandardProfile\Services\RemoteDesktop": {"Enabled": 0},
                r"DomainProfile\GloballyOpenPorts\List": {"80:TCP": "80:TCP:*:enabled:Web", "x": "x"},
            }
        ),
        "ok",
        TCP_ID,
        "",
    ),
    "older policy closes the port": (
        Host(gpo={r"DomainProfile\GloballyOpenPorts\List": {"3389:TCP": "3389:TCP:*:disabled:Remote Desktop"}}),
        "problem",
        r"GloballyOpenPorts\List\3389:TCP 'Remote Desktop' of a group policy",
        "Blocked by",
    ),
    "older policy opens the port, and is turned off": (
        Host(
            tcp=OFF,
            gpo={
                r"DomainProfile\GloballyOpenPorts": {"Enabled": 0},
                r"DomainProfile\GloballyOpenPorts\List": {"3389:TCP": "3389:TCP:*:enabled:Remote Desktop"},
            },
        ),
        "problem",
        f"{TCP_ID} is off",
        REPAIR,
    ),
    "older policy closes Remote Desktop": (
        Host(gpo={r"DomainProfile\Services\RemoteDesktop": {"Enabled": 0}}),
        "problem",
        r"Services\RemoteDesktop of a group policy",
        rf"Blocked by the rule Services\RemoteDesktop of a group policy, in {GPO}\DomainProfile\Services\RemoteDesktop",
    ),
    "older policy for both of the other profiles": (
        Host(active=("public",), gpo={r"StandardProfile\Services\RemoteDesktop": {"Enabled": 0}}),
        "problem",
        r"Services\RemoteDesktop of a group policy",
        "Blocked by",
    ),
    "limited by an older policy": (
        Host(
            tcp=OFF,
            gpo={r"DomainProfile\Services\RemoteDesktop": {"Enabled": 1, "RemoteAddresses": "10.0.0.0/8,LocalSubnet"}},
        ),
        "warning",
        "from 10.0.0.0/8, LocalSubnet",
        "If somebody",
    ),
    "older policy that can't be read": (
        Host(tcp=OFF, gpo={r"DomainProfile\GloballyOpenPorts\List": {"x": "3389/TCP"}}),
        "unknown",
        "3389/TCP",
        "",
    ),
    "older policy with a scope that can't be read": (
        Host(tcp=OFF, gpo={r"DomainProfile\Services\RemoteDesktop": {"Enabled": 1, "RemoteAddresses": "a b"}}),
        "unknown",
        "a b",
        "",
    ),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_situation(name: str) -> None:
    judge(SITUATIONS[name])
