# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of policies, and what MDM says about them."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy import mdm
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy.catalog import (
    ALLOW_CONNECTIONS,
    POLICIES,
    RIGHTS,
    Policy,
)

from unit._rdp.tools.samples import printed

KEY = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\PolicyManager\current\device"


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.id)
def test_policy_is_complete(policy: Policy) -> None:
    assert policy.id.isidentifier() and policy.title and policy.name
    assert policy.key.startswith("HKLM\\SOFTWARE\\Policies\\Microsoft\\") and not policy.key.endswith("\\")
    assert policy.source.startswith("https://learn.microsoft.com/")
    # What keeps people out is a number that has a name, and so is what the states write.
    assert policy.keeps_out <= set(policy.meanings) and set(policy.states or ()) <= set(policy.meanings)
    assert policy.keeps_out != set(policy.meanings) or not policy.meanings
    assert bool(policy.profile) == ("WindowsFirewall" in policy.key) == (policy.mdm is None)


def test_no_two_policies_are_the_same() -> None:
    assert len({policy.id for policy in POLICIES}) == len(POLICIES)
    assert len({(policy.key, policy.name) for policy in POLICIES}) == len(POLICIES)
    assert [right.name for right in RIGHTS] == ["SeRemoteInteractiveLogonRight", "SeDenyRemoteInteractiveLogonRight"]


def test_allowing_is_a_zero() -> None:
    assert ALLOW_CONNECTIONS.states == (0, 1) and ALLOW_CONNECTIONS.keeps_out == {1}
    assert ALLOW_CONNECTIONS.meaning(1) == "connections are denied"
    assert ALLOW_CONNECTIONS.meaning(7) == "7" and ALLOW_CONNECTIONS.meaning("text") == "text"


def held(name: str, area: str, *rows: str) -> dict[tuple[str, str], t.Any]:
    probe = mdm.area(area)
    assert probe.command.line == rf'reg query "HKLM\SOFTWARE\Microsoft\PolicyManager\current\device\{area}"'
    text = "\n".join([f"{KEY}\\{area}", *(row.replace("@", name) for row in rows), ""])
    return mdm.values([probe.read(printed(text, 0, probe.command.line))])


ENCRYPTION = next(policy for policy in POLICIES if policy.name == "MinEncryptionLevel")
TEMPLATE = next(policy for policy in POLICIES if policy.name == "CertTemplateName")


@pytest.mark.parametrize(
    ("policy", "row", "said"),
    [
        (ALLOW_CONNECTIONS, "REG_SZ    <enabled/>", (0,)),
        (ALLOW_CONNECTIONS, "REG_SZ     < Enabled />", (0,)),
        (ALLOW_CONNECTIONS, "REG_SZ    <disabled/>", (1,)),
        (ALLOW_CONNECTIONS, "REG_DWORD    0x1", (1,)),
        (ALLOW_CONNECTIONS, "REG_SZ    yes", (None,)),
        (ALLOW_CONNECTIONS, "REG_BINARY    01", (None,)),
        (ENCRYPTION, 'REG_SZ    <enabled/><data id="TS_ENCRYPTION_LEVEL" value="3"/>', (3,)),
        (ENCRYPTION, "REG_SZ    <enabled/>", (None,)),
        (ENCRYPTION, "REG_SZ    <disabled/>", (None,)),
        (TEMPLATE, 'REG_SZ    <enabled/><data id="X" value="Web 2"/>', ("Web 2",)),
        (TEMPLATE, 'REG_SZ    <enabled/><data id="X" value="a"/><data id="Y" value="b"/>', (None,)),
    ],
)
def test_what_mdm_says(policy: Policy, row: str, said: tuple[t.Any]) -> None:
    assert policy.mdm
    area, name = policy.mdm
    rows = (f"    @    {row}", "    @_ProviderSet    REG_DWORD    0x1", "    @_WinningProvider    REG_SZ    {0}")
    assert mdm.says(policy, held(name, area, *rows)) == said
    assert mdm.says(policy, held("Other", area, *rows)) is None
    assert mdm.says(policy, held(name, area, rows[0], "    @_ProviderSet    REG_DWORD    0x0")) is None


def test_text_that_is_kept_elsewhere() -> None:
    provider = r"SOFTWARE\Microsoft\PolicyManager\providers\0\default\Device\RemoteDesktopServices"
    area = "\n".join(
        [
            rf"{KEY}\RemoteDesktopServices",
            f"    AllowUsersToConnectRemotely_ADMXInstanceData    REG_SZ    {provider}",
            "    AllowUsersToConnectRemotely_ProviderSet    REG_DWORD    0x1",
            "    Other_ADMXInstanceData    REG_SZ    a & b",
            "",
        ]
    )
    probe = mdm.area("RemoteDesktopServices")
    listing = probe.read(printed(area, 0, probe.command.line))
    assert mdm.says(ALLOW_CONNECTIONS, mdm.values([listing])) == (None,)
    (there,) = mdm.elsewhere(listing)
    assert there.command.line == rf'reg query "HKLM\{provider}"'
    text = f"HKEY_LOCAL_MACHINE\\{provider}\n    AllowUsersToConnectRemotely    REG_SZ    <disabled/>\n"
    found = there.read(printed(text, 0, there.command.line))
    assert mdm.says(ALLOW_CONNECTIONS, mdm.values([listing, found])) == (1,)
    assert mdm.says(ALLOW_CONNECTIONS, mdm.values([found, listing])) == (1,)


def test_policy_without_an_equivalent_is_never_set_by_mdm() -> None:
    firewall = next(policy for policy in POLICIES if policy.mdm is None)
    assert mdm.says(firewall, held("EnableFirewall", "RemoteDesktopServices", "    @    REG_DWORD    0x1")) is None


def test_area_that_is_not_there_holds_nothing() -> None:
    probe = mdm.area("RemoteDesktopServices")
    assert mdm.values([probe.read(printed("Nicht gefunden.\n", 1, probe.command.line))]) == {}


@pytest.mark.parametrize(
    ("rows", "wins"), [((), False), (("    @    REG_DWORD    0x1",), True), (("    @    REG_DWORD    0x0",), False)]
)
def test_who_wins(rows: tuple[str, ...], wins: bool) -> None:
    assert mdm.wins(held("MDMWinsOverGP", "ControlPolicyConflict", *rows)) is wins
