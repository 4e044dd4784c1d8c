# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network Level Authentication: where it is not required, and that Remote Desktop isn't turned on there."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import RefusedError, UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state import nla
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.host import Host

from unit._rdp.state.outputs import DENIED, NOT_FOUND, Output, listing, long, readings

GOOD, LAYER = "UserAuthentication    REG_DWORD    0x1", "SecurityLayer    REG_DWORD    0x2"
OFF, NO_TLS = "UserAuthentication    REG_DWORD    0x0", "SecurityLayer    REG_DWORD    0x0"
IN_KEY = rf"in {probes.WINSTATIONS_KEY}\RDP-Tcp"
BY_POLICY = f"by policy ({probes.POLICY_KEY})"


def _winstations(*values: str) -> str:
    parent = listing(probes.WINSTATIONS_KEY, "a    REG_DWORD    0x1")
    key = listing(rf"{probes.WINSTATIONS_KEY}\RDP-Tcp", *values).lstrip("\n") if values else ""
    return f"{parent}{key}end\n"


def _seen(winstations: Output, *policies: str) -> Readings:
    keys = ["Cryptography", *(["Windows NT"] if policies else [])]
    return readings(
        {
            probes.WINSTATIONS: winstations,
            probes.POLICIES: 2 * listing(probes.POLICY_KEY, *policies) if policies else (f"{NOT_FOUND}\n" * 2, 1),
            probes.POLICIES_PARENT: "\n".join(
                ["", *(rf"{long(probes.POLICIES_PARENT_KEY)}\{key}" for key in keys), ""]
            ),
        }
    )


def _where(seen: Readings) -> str:
    return Host(seen).nla_not_required


@pytest.mark.parametrize(
    ("values", "policies", "where"),
    [
        ((GOOD, LAYER), (), ""),
        # Without a value for the layer, Windows negotiates.
        ((GOOD,), (), ""),
        ((GOOD, "SecurityLayer    REG_DWORD    0x1"), (), ""),
        ((OFF, LAYER), (), f"UserAuthentication = 0 {IN_KEY}"),
        ((LAYER,), (), f"no UserAuthentication {IN_KEY}"),
        (("UserAuthentication    REG_SZ    1",), (), f"UserAuthentication = 1 {IN_KEY}"),
        # Without TLS there is no CredSSP.
        ((GOOD, NO_TLS), (), f"SecurityLayer = 0 {IN_KEY}"),
        # A policy wins, value by value.
        ((OFF, NO_TLS), (GOOD, LAYER), ""),
        ((OFF, LAYER), (GOOD,), ""),
        ((GOOD, NO_TLS), (GOOD,), f"SecurityLayer = 0 {IN_KEY}"),
        ((GOOD, LAYER), (OFF,), f"UserAuthentication = 0 {BY_POLICY}"),
        ((GOOD, LAYER), (NO_TLS,), f"SecurityLayer = 0 {BY_POLICY}"),
        ((OFF,), ("fDenyTSConnections    REG_DWORD    0x0",), f"UserAuthentication = 0 {IN_KEY}"),
        # A listener without a key lets nobody in, whatever is missing there.
        ((), (), ""),
        ((), (OFF,), f"UserAuthentication = 0 {BY_POLICY}"),
    ],
)
def test_where_it_is_not_required(values: tuple[str, ...], policies: tuple[str, ...], where: str) -> None:
    assert _where(_seen(_winstations(*values), *policies)) == where


@pytest.mark.parametrize(
    "seen",
    [
        _seen(_winstations(GOOD, LAYER).replace("\nend\n", "")),
        _seen((f"{DENIED}\n", 1)),
        _seen(_winstations(GOOD, LAYER), GOOD).with_more(
            {probes.POLICIES.command: readings({probes.POLICIES: ("", None)})._outputs[probes.POLICIES.command]}
        ),
    ],
)
def test_what_can_not_be_read_is_not_required_for_nobody(seen: Readings) -> None:
    with pytest.raises(UnreadableError):
        _where(seen)


def test_remote_desktop_is_not_turned_on_without_it() -> None:
    good, bad = _seen(_winstations(GOOD, LAYER)), _seen(_winstations(OFF))
    nla.refuse_without(_where(good), "require_nla")
    with pytest.raises(RefusedError, match=r"^Nothing was changed: Network Level Auth") as refused:
        nla.refuse_without(_where(bad), "require_nla")
    text = str(refused.value)
    assert f"UserAuthentication = 0 {IN_KEY}" in text and nla.HOW_TO_REQUIRE in text
    assert text.endswith("or set require_nla: false.")
