# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What MDM holds of a policy, as reg.exe shows it."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy import mdm
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy.catalog import ALLOW_CONNECTIONS, POLICIES
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import reg

from unit._rdp.state.outputs import NOT_FOUND, listing, read

KEY = r"HKLM\SOFTWARE\Microsoft\PolicyManager\current\device"
NAME = "AllowUsersToConnectRemotely"
BY_ID = {policy.id: policy for policy in POLICIES}


def _area(*values: str, name: str = "RemoteDesktopServices") -> reg.Query:
    found: reg.Query = read(mdm.area(name), *listing(rf"{KEY}\{name}", *values).split("\n"))
    return found


def _said(text: str) -> mdm.Values:
    return mdm.values([_area(f"{NAME}    REG_SZ    {text}")])


def test_area_that_was_never_set_holds_nothing() -> None:
    missing = read(mdm.area("RemoteDesktopServices"), NOT_FOUND, code=1)
    assert mdm.values([missing]) == {} and mdm.elsewhere(missing) == ()
    assert mdm.says(ALLOW_CONNECTIONS, {}) is None


def test_values_about_a_policy_are_not_its_own() -> None:
    area = _area(
        f"{NAME}    REG_SZ    <enabled/>",
        f"{NAME}_ProviderSet    REG_DWORD    0x1",
        f"{NAME}_WinningProvider    REG_SZ    {{0A1B2C3D-0000-4000-8000-00000000000A}}",
        f"{NAME}_LastWrite    REG_DWORD    0x7",
        "Other_ProviderSet    REG_DWORD    0x0",
    )
    assert mdm.values([area]) == {("remotedesktopservices", NAME.lower()): "<enabled/>"}


def test_policy_that_no_provider_set_any_more() -> None:
    assert mdm.values([_area(f"{NAME}    REG_SZ    <disabled/>", f"{NAME}_ProviderSet    REG_DWORD    0x0")]) == {}


def test_text_that_is_kept_elsewhere() -> None:
    path = r"SOFTWARE\Microsoft\PolicyManager\AdmxInstanceData\x"
    area = _area(f"{NAME}_ADMXInstanceData    REG_SZ    {path}", f"{NAME}_ProviderSet    REG_DWORD    0x1")
    # Set, and not yet known to what.
    assert mdm.says(ALLOW_CONNECTIONS, mdm.values([area])) == (None,)
    (probe,) = mdm.elsewhere(area)
    assert probe.command.line == rf'reg query "HKLM\{path}"'
    there = r"HKLM\SOFTWARE\Microsoft\PolicyManager\AdmxInstanceData\RemoteDesktopServices"
    text = read(
        mdm.elsewhere(_area(rf"{NAME}_ADMXInstanceData    REG_SZ    {there[5:]}"))[0],
        *listing(there, f"{NAME}    REG_SZ    <disabled/>").split("\n"),
    )
    assert mdm.says(ALLOW_CONNECTIONS, mdm.values([area, text])) == (1,)


@pytest.mark.parametrize("path", ["", 'a" & calc', "%PATH%", "a!b!"])
def test_place_that_is_not_safe_in_a_command_is_not_read(path: str) -> None:
    assert mdm.elsewhere(_area(f"{NAME}_ADMXInstanceData    REG_SZ    {path}")) == ()


@pytest.mark.parametrize(
    ("value", "wins"),
    [("REG_DWORD    0x1", True), ("REG_DWORD    0x0", False), ("REG_DWORD    0x2", False), ("REG_SZ    1", False)],
)
def test_whether_mdm_wins(value: str, wins: bool) -> None:
    assert mdm.wins(mdm.values([_area(f"MDMWinsOverGP    {value}", name="ControlPolicyConflict")])) is wins
    assert not mdm.wins({})


@pytest.mark.parametrize(
    ("policy", "text", "said"),
    [
        # The policy allows, the value denies.
        ("allow_connections", "<enabled/>", 0),
        ("allow_connections", "<disabled/>", 1),
        ("allow_connections", "  < Disabled />", 1),
        ("network_level_authentication", "<enabled/>", 1),
        ("network_level_authentication", "<disabled/>", 0),
        ("security_layer", '<enabled/><data id="TS_SECURITY_LAYER" value="2"/>', 2),
        ("certificate_template", '<enabled/><data id="x" value="Web Server"/>', "Web Server"),
        ("certificate_template", '<enabled/><data id="x" value="7"/>', "7"),
        # Not understood, which is not the same as nothing.
        ("security_layer", "<enabled/>", None),
        ("security_layer", '<enabled/><data id="a" value="1"/><data id="b" value="2"/>', None),
        ("security_layer", '<data id="a" value="1"/>', None),
        ("allow_connections", "yes", None),
        ("allow_connections", "", None),
    ],
)
def test_what_a_text_sets(policy: str, text: str, said: object) -> None:
    one = BY_ID[policy]
    assert one.mdm is not None
    area, name = one.mdm
    held = mdm.values([_area(f"{name}    REG_SZ    {text}", name=area)])
    assert mdm.says(one, held) == (said,)


def test_number_is_the_value_itself() -> None:
    assert mdm.says(ALLOW_CONNECTIONS, mdm.values([_area(f"{NAME}    REG_DWORD    0x1")])) == (1,)
    assert mdm.says(ALLOW_CONNECTIONS, mdm.values([_area(f"{NAME}    REG_BINARY    01")])) == (None,)


def test_policy_that_mdm_does_not_have() -> None:
    assert mdm.says(dataclasses.replace(ALLOW_CONNECTIONS, mdm=None), _said("<enabled/>")) is None
