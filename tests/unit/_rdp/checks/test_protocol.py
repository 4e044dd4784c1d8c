# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verdict about the switch: who keeps people out, and who may turn it."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks.protocol import PROTOCOL
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Expectation
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state import session_logons

from unit._rdp.hosts import check_of
from unit._rdp.state.outputs import listing, service_config, service_state

REPAIR = "winops.rdp.rdp_protocol"
DENY = "fDenyTSConnections    REG_DWORD    "


def switch(text: str) -> str:
    """Turn the switch off."""
    return text.replace(f"{DENY}0x0", f"{DENY}0x1")


def without_nla(text: str) -> str:
    """Don't require Network Level Authentication."""
    return text.replace("UserAuthentication    REG_DWORD    0x1", "UserAuthentication    REG_DWORD    0x0")


def by_policy(number: int) -> str:
    """The policy as reg.exe shows it: the whole folder, and the key by itself."""
    return 2 * listing(probes.POLICY_KEY, f"{DENY}{number:#x}")


def with_value(value: str) -> t.Callable[[str], str]:
    """Put a value beside the switch."""
    return lambda text: text.replace(f"    {DENY}", f"    {value}\r\n    {DENY}")


# What the tools print instead, the status, words of the summary, and the module that repairs it.
CASES: dict[str, tuple[dict[str, t.Any], str, str, str]] = {
    "healthy": ({}, "ok", "is enabled", ""),
    "off": ({"terminal_server": switch}, "problem", "is turned off", REPAIR),
    "off and open to all": ({"terminal_server": switch, "winstations": without_nla}, "problem", "is turned off", ""),
    "closed": ({"terminal_server": with_value("TSEnabled    REG_DWORD    0x0")}, "problem", "closed to users", REPAIR),
    "off by policy": ({"policies": by_policy(1)}, "problem", "A policy turns Remote Desktop off", ""),
    "on by policy alone": ({"policies": by_policy(0), "terminal_server": switch}, "warning", "KB2083411", REPAIR),
    "home": (
        {"edition": lambda text: text.replace("ServerStandard", "CoreSingleLanguage")},
        "problem",
        "This edition of Windows",
        "",
    ),
    "draining": ({"terminal_server": with_value("TSServerDrainMode    REG_DWORD    0x2")}, "warning", "drain mode", ""),
    "unreadable": ({"terminal_server": ("", 1)}, "unknown", "Could not judge", ""),
    "policy unreadable": ({"policies": ("", 1), "policies_parent": ("", 1)}, "unknown", "Could not judge", ""),
}


@pytest.mark.parametrize("case", CASES)
def test_each_verdict(case: str) -> None:
    outputs, status, said, repair = CASES[case]
    finding = check_of(PROTOCOL, **outputs)
    assert (finding.status, finding.repair) == (status, repair), finding
    assert said in finding.summary, finding


@pytest.mark.parametrize(
    ("printed", "status", "said"),
    [
        ("[0,0]\nend\n", "ok", "is enabled"),
        ("[1,0]\nend\n", "problem", "change logon /disable"),
        ("[0,1]\nend\n", "warning", "drain mode"),
        ("", "warning", "could not be read"),
    ],
)
def test_session_host_is_asked_whether_it_takes_logons(printed: str, status: str, said: str) -> None:
    role = with_value("TSAppCompat    REG_DWORD    0x1")
    asked = {session_logons.SETTING: printed, session_logons.WINLOGON: ("", 1)}
    finding = check_of(PROTOCOL, more=asked, terminal_server=role)
    assert finding.status == status and said in finding.summary, finding
    assert session_logons.SETTING.command.line in finding.commands


@pytest.mark.parametrize(
    ("expect", "outputs", "status"),
    [
        ("any", {"terminal_server": switch}, "ok"),
        ("disabled", {"terminal_server": switch}, "ok"),
        ("disabled", {}, "problem"),
        ("disabled", {"policies": by_policy(0)}, "problem"),
        ("any", {}, "ok"),
        (
            "disabled",
            {
                "term_service_state": service_state("TermService", 1),
                "term_service_config": service_config("TermService", start=4),
            },
            "ok",
        ),
    ],
)
def test_host_that_may_be_off(expect: t.Any, outputs: dict[str, t.Any], status: str) -> None:
    finding = check_of(PROTOCOL, Expectation(expect=expect), **outputs)
    # Nothing turns it off by itself.
    assert (finding.status, finding.repair) == (status, ""), finding
