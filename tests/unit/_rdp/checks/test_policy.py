# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verdict about policies: who is named, what is to be done, and when nobody is named."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks import policy as check
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.diagnosis import diagnose
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Expectation, Finding
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.host import Host
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy import collect, decides
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy.attribution import Source
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy.catalog import ALLOW_CONNECTIONS, POLICIES
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy.evidence import Evidence
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy.gpo_list import Gpo

from unit._rdp.state.policy.seen import answer, deny, first_look, looked_at

GUID = "{8B7E2C14-5D3F-4A6B-9C81-2F0E7A1D5B63}"
BLOCK = Gpo("Block RDP", GUID, domain="corp.example", link="corp.example/Servers")
LOCAL = Gpo("Richtlinien für Lokaler Computer", "LOCALGPO", local=True, link="Local")
LIMIT = next(policy for policy in POLICIES if policy.id == "connection_limit")

# Source, the beginning of the summary, words of the advice for the switch and for another policy.
KINDS: dict[str, tuple[Source, str, tuple[str, ...], tuple[str, ...]]] = {
    "domain": (
        Source("domain", "It does.", 1, BLOCK),
        f"GPO 'Block RDP' {GUID} ",
        ("Enabled or Not configured", GUID, "(linked to corp.example/Servers)", "gpupdate /target:computer"),
        ("to Not configured in GPO 'Block RDP'", GUID, "(linked to corp.example/Servers)"),
    ),
    "domain, no link": (
        Source("domain", "It does.", 1, Gpo("Block RDP", GUID)),
        f"GPO 'Block RDP' {GUID} ",
        (f"in GPO 'Block RDP' {GUID}, then run",),
        (f"in GPO 'Block RDP' {GUID}, then run",),
    ),
    "local": (
        Source("local", "It does.", 1, LOCAL),
        "The local policy ",
        ("winops.rdp.rdp_policy",),
        ("gpedit.msc", "Not configured", "gpupdate"),
    ),
    "mdm": (
        Source("mdm", "It does.", 1),
        "A policy from MDM ",
        ("RemoteDesktopServices/AllowUsersToConnectRemotely", "synchronise"),
        ("ADMX_TerminalServer/TS_MAX_CON_POLICY", "synchronise"),
    ),
    "preference": (
        Source("preference", "It does.", 1, BLOCK),
        f"A preference of GPO 'Block RDP' {GUID} ",
        ("Remove the preference that writes fDenyTSConnections in GPO 'Block RDP'", "gpupdate"),
        ("Remove the preference that writes MaxInstanceCount in GPO 'Block RDP'",),
    ),
    "preference of nobody": (
        Source("preference", "It does.", 1),
        "A preference of Group Policy ",
        ("in Group Policy",),
        ("in Group Policy",),
    ),
    "stray": (
        Source("stray", "It was written.", 1),
        "A policy value that no policy wrote ",
        ("Find out what writes it", "reg delete", "/v fDenyTSConnections /f"),
        ("reg delete", "/v MaxInstanceCount /f"),
    ),
    "unknown": (
        Source("unknown", "Nobody is named.", 1),
        "A policy of unknown origin ",
        ("gpresult /SCOPE COMPUTER /H report.html", "gpupdate"),
        ("gpresult /SCOPE COMPUTER /H report.html", "Not configured there"),
    ),
}


def judged(monkeypatch: pytest.MonkeyPatch, source: Source, *values: str) -> Finding:
    """The finding about a host with these policies, all of them set by this source."""
    monkeypatch.setattr(decides, "attribute", lambda policy, value, evidence: source)
    monkeypatch.setattr(collect, "evidence", lambda reader: Evidence())
    (finding,) = diagnose([check.POLICY], Host(first_look(*values)), Expectation())
    return finding


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("policy", [ALLOW_CONNECTIONS, LIMIT], ids=lambda policy: policy.id)
def test_who_keeps_people_out(monkeypatch: pytest.MonkeyPatch, kind: str, policy: t.Any) -> None:
    source, who, advice, other_advice = KINDS[kind]
    switch = policy is ALLOW_CONNECTIONS
    finding = judged(monkeypatch, source, deny(1) if switch else "MaxInstanceCount    REG_DWORD    0x0")
    # What 0 connections come to is documented nowhere, and no template writes it.
    assert finding.status == ("problem" if switch else "warning")
    does = "turns Remote Desktop off." if switch else "limits connections to 0, which no template writes."
    assert finding.summary == who + does
    assert all(word in finding.fix for word in (advice if switch else other_advice)), finding.fix
    # The role runs this module, so it is named only for what it can change.
    assert finding.repair == ("winops.rdp.rdp_policy" if kind == "local" and switch else "")
    assert source.reason in finding.found and policy.key in finding.found
    assert (policy.title if switch else policy.name) in finding.expected
    assert ("connections are denied" if switch else "MaxInstanceCount = 0") in finding.found


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("UserAuthentication    REG_DWORD    0x0", "Network Level Authentication is not required"),
        ("SecurityLayer    REG_DWORD    0x0", "RDP's own security"),
    ],
)
def test_policy_that_lowers_security_is_a_warning(monkeypatch: pytest.MonkeyPatch, value: str, said: str) -> None:
    finding = judged(monkeypatch, Source("domain", "It does.", 0, BLOCK), deny(0), value)
    assert finding.status == "warning" and said in finding.summary and "Block RDP" in finding.fix
    assert not finding.repair
    assert judged(monkeypatch, Source("domain", "It does.", 1, BLOCK), value.replace("0x0", "0x1")).status == "ok"


def test_everything_that_is_known_is_in_the_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source(
        "domain", "It does.", 1, BLOCK, "At the next refresh it goes.", ("Local GPO sets it",), "disagrees", ("By A.",)
    )
    found = judged(monkeypatch, source, deny(1)).found
    parts = (
        "It does.",
        "At the next refresh it goes.",
        "Linked to corp.example/Servers.",
        "Overruled: Local GPO",
        "By A.",
    )
    assert [found.index(part) for part in parts] == sorted(found.index(part) for part in parts)
    local = judged(monkeypatch, Source("local", "It does.", 1, LOCAL), deny(1))
    assert "Linked" not in local.found


def test_policy_that_keeps_people_out_comes_before_what_is_pending(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source("stray", "So.", 0, pending="It will be 1.", disagreements=("A and B.",))
    layer = "SecurityLayer    REG_DWORD    0x2"
    assert judged(monkeypatch, source, deny(1), layer).status == "problem"
    finding = judged(monkeypatch, source, deny(0), layer)
    assert finding.status == "warning" and "It will be 1." in finding.found and "gpupdate" in finding.fix


def test_disagreement_shows_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    finding = judged(monkeypatch, Source("domain", "So.", 0, BLOCK, disagreements=("By A. By B.",)), deny(0))
    assert (finding.status, finding.summary) == ("warning", "Two sources disagree about who sets a policy.")
    assert "By A. By B." in finding.found


def test_nothing_set_and_nothing_that_keeps_people_out(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source("domain", "So.", 0, BLOCK)
    none, one, two = (
        judged(monkeypatch, source, *values)
        for values in ((), (deny(0),), (deny(0), "UserAuthentication    REG_DWORD    0x1"))
    )
    assert {none.status, one.status, two.status} == {"ok"} and none.summary == "No policy decides over Remote Desktop."
    assert one.summary.startswith("One policy decides") and two.summary.startswith("2 policies decide")
    assert two.found == (
        "fDenyTSConnections = 0 (connections are allowed); "
        "UserAuthentication = 1 (Network Level Authentication is required)"
    )


@pytest.mark.parametrize(("connected", "status"), [(None, "ok"), (0, "ok"), (1, "ok"), (2, "warning"), (3, "warning")])
def test_limit_that_is_reached(monkeypatch: pytest.MonkeyPatch, connected: int | None, status: str) -> None:
    monkeypatch.setattr(decides, "attribute", lambda policy, value, evidence: Source("domain", "It does.", 2, BLOCK))
    monkeypatch.setattr(collect, "evidence", lambda reader: Evidence())
    seen = first_look("MaxInstanceCount    REG_DWORD    0x2")
    assert probes.SESSIONS in check.follow_up(Expectation(), Host(seen))
    assert probes.SESSIONS not in check.follow_up(Expectation(), Host(first_look(deny(0))))
    table = "\n".join(
        [
            " SESSIONNAME       USERNAME                 ID  STATE",
            ">services                                    0  Disc",
        ]
        + [f" rdp-tcp#{n}         user{n}                     {n}  Active" for n in range(1, (connected or 0) + 1)]
        + [" rdp-tcp                                 65536  Listen", ""]
    )
    if connected is not None:
        seen = seen.with_more(dict([answer(probes.SESSIONS.command, table)]))
    (finding,) = diagnose([check.POLICY], Host(seen), Expectation())
    assert finding.status == status, finding
    if status == "warning":
        assert finding.summary.startswith(f"GPO 'Block RDP' {GUID} limits connections, and all are taken")
        assert f"{connected} connected" in finding.found and "Not configured in GPO 'Block RDP'" in finding.fix
        assert probes.SESSIONS.command.line in finding.commands


def test_lists_that_are_not_understood_name_nobody() -> None:
    seen, _ = looked_at(first_look(deny(1)), {})
    (finding,) = diagnose([check.POLICY], Host(seen), Expectation())
    assert finding.status == "problem" and finding.summary == "A policy of unknown origin turns Remote Desktop off."


def test_what_could_not_be_seen_is_unknown() -> None:
    (finding,) = diagnose([check.POLICY], Host(Readings({})), Expectation())
    assert finding.status == "unknown"
    source = decides.known_source(Readings({}))
    assert source.kind == "unknown" and source.gpo is None
