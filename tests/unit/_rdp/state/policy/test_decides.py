# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which policies decide over Remote Desktop, who set each, and what to change there."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats.registry_pol import render
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy import collect, decides, gpo_list
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy.attribution import Kind, Source
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy.catalog import (
    ALLOW_CONNECTIONS,
    CONNECTION_LIMIT,
)
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy.gpo_list import LOCAL_GUID, Gpo

from unit._rdp.state.outputs import DENIED, result
from unit._rdp.state.policy.hosts import LOCAL_FILE, Linked
from unit._rdp.state.policy.hosts import deny as denying
from unit._rdp.state.policy.seen import deny, first_look, looked_at

LOCAL = Linked("Richtlinie der lokalen Gruppe")
BLOCK = Linked("Block RDP", "{0A1B2C3D-0000-4000-8000-00000000000A}", "LDAP://OU=Servers,DC=corp,DC=example")
POL = render(denying(1).records)


def test_policies_that_are_set_each_with_who_set_it() -> None:
    seen, _ = looked_at(
        first_look(deny(1), "MaxInstanceCount    REG_DWORD    0x5", gpos=[LOCAL, BLOCK]),
        {BLOCK.file: POL, LOCAL_FILE: render(())},
    )
    found = {policy.id: (value.data, source.kind) for policy, value, source in decides.sources(seen)}
    assert found == {"allow_connections": (1, "domain"), "connection_limit": (5, "stray")}
    source = decides.allow_connections(seen)
    assert source.gpo is not None and source.gpo.name == "Block RDP" and decides.known_source(seen) == source


def test_nothing_is_set() -> None:
    assert decides.sources(first_look()) == ()
    assert decides.allow_connections(first_look()).kind == "none"


def test_lists_that_can_not_be_read_name_nobody_and_hide_no_value() -> None:
    listing = (f"{gpo_list.HISTORY_KEY.replace('HKLM', 'HKEY_LOCAL_MACHINE')}\n{DENIED}\n", 0)
    strange = {gpo_list.HISTORY.command: result(gpo_list.HISTORY, listing)}
    ((policy, value, source),) = decides.sources(first_look(deny(1)).with_more(strange))
    assert (policy, value.data, source.kind) == (ALLOW_CONNECTIONS, 1, "unknown") and "Nobody is named" in source.reason
    # Where nothing is set, nobody has to be named.
    assert decides.allow_connections(first_look().with_more(strange)).kind == "none"


def test_whether_it_is_set_that_is_not_known_is_raised_or_said() -> None:
    denied = {probes.POLICIES.command: result(probes.POLICIES, (f"{DENIED}\n{DENIED}\n", 1))}
    seen = first_look(deny(1)).with_more(denied)
    for ask in (decides.sources, decides.allow_connections, collect.set_values):
        with pytest.raises(UnreadableError):
            ask(seen)
    source = decides.known_source(seen)
    assert source.kind == "unknown" and source.reason.startswith("Whether the policy is set is not known")


DOMAIN = Gpo("Block RDP", BLOCK.guid, domain="corp.example", link="corp.example/Servers")


@pytest.mark.parametrize(
    ("source", "advice"),
    [
        (Source("domain", "x", 1, DOMAIN), f"GPO 'Block RDP' {BLOCK.guid} (linked to corp.example/Servers), then run"),
        (Source("domain", "x", 1, dataclasses.replace(DOMAIN, link="")), f"in GPO 'Block RDP' {BLOCK.guid}, then run"),
        (Source("mdm", "x", 1), "RemoteDesktopServices/AllowUsersToConnectRemotely in your MDM"),
        (Source("preference", "x", 1, DOMAIN), "preference that writes fDenyTSConnections in GPO 'Block RDP'"),
        (Source("preference", "x", 1), "preference that writes fDenyTSConnections in Group Policy"),
        (Source("stray", "x", 1), 'Terminal Services" /v fDenyTSConnections /f'),
        (Source("unknown", "x", 1), "gpresult /SCOPE COMPUTER /H report.html"),
        (Source("domain", "x", 1), "gpresult /SCOPE COMPUTER /H report.html"),
    ],
)
def test_advice_says_where_to_change_it(source: Source, advice: str) -> None:
    assert advice in decides.advice(ALLOW_CONNECTIONS, source)


def test_local_policy_is_repaired_by_a_module_for_this_policy_alone() -> None:
    local = Source("local", "x", 1, Gpo("Lokal", LOCAL_GUID, local=True))
    assert "winops.rdp.rdp_policy" in decides.advice(ALLOW_CONNECTIONS, local)
    other = decides.advice(CONNECTION_LIMIT, local)
    assert "gpedit.msc" in other and "winops.rdp" not in other


def test_good_state_is_what_lets_people_in() -> None:
    domain = Source("domain", "x", 1, DOMAIN)
    assert "to Enabled or Not configured in" in decides.advice(ALLOW_CONNECTIONS, domain)
    assert "to Not configured in" in decides.advice(CONNECTION_LIMIT, domain)


@pytest.mark.parametrize(
    ("kind", "gpo", "subject"),
    [
        ("local", Gpo("Lokal", LOCAL_GUID, local=True), "The local policy"),
        ("domain", DOMAIN, f"GPO 'Block RDP' {BLOCK.guid}"),
        ("preference", DOMAIN, f"A preference of GPO 'Block RDP' {BLOCK.guid}"),
        ("preference", None, "A preference of Group Policy"),
        ("mdm", None, "A policy from MDM"),
        ("stray", None, "A policy value that no policy wrote"),
        ("unknown", None, "A policy of unknown origin"),
        ("domain", None, "A policy of unknown origin"),
    ],
)
def test_subject_of_a_sentence(kind: Kind, gpo: Gpo | None, subject: str) -> None:
    assert decides.subject(Source(kind, "x", 1, gpo)) == subject
