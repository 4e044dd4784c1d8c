# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A key of the registry counts only as far as it is proven to be whole, and a missing one only if that is proven."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.registry import (
    firewall_policies,
    has_subkey,
    listed,
    policy_key,
)
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import reg

from unit._rdp.state.outputs import DENIED, NOT_FOUND, listing, long, read

POLICIES = r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft"
NT = rf"{POLICIES}\Windows NT"
TS = rf"{NT}\Terminal Services"
DENY = "    fDenyTSConnections    REG_DWORD    0x1"
PARENT = ("", rf"{POLICIES}\Cryptography", NT)
WINSTATIONS = probes.WINSTATIONS_KEY.replace("HKLM", "HKEY_LOCAL_MACHINE")
TERMINAL_SERVER = probes.TERMINAL_SERVER_KEY.replace("HKLM", "HKEY_LOCAL_MACHINE")


def _policy_key(*lines: str, code: int = 0) -> reg.Key | None:
    parent = read(probes.POLICIES_PARENT, *PARENT)
    return policy_key(read(probes.POLICIES, *lines, code=code), parent)


LISTING = ("", rf"{NT}\DNSClient", "    a    REG_DWORD    0x1", "", TS, DENY, "")
ALONE = ("", TS, DENY, "")


def test_policies_are_read_from_both_looks() -> None:
    key = _policy_key(*LISTING, *ALONE)
    assert key is not None and key.values[0].data == 1
    assert _policy_key(*LISTING[:4], NOT_FOUND, code=1) is None
    # The key is there without values, with and without sub-keys, as Windows installs it.
    for lines in ((*LISTING[:5], ""), ("", rf"{TS}\Client", "    a    REG_DWORD    0x1", "", "", rf"{TS}\Client")):
        key = _policy_key(*lines)
        assert key is not None and key.values == ()


# The second look's exit code is 0: the key is there.
CUT: dict[str, tuple[str, ...]] = {
    "before the key": LISTING[:4],
    "behind the key's line": LISTING[:5],
    "behind a value": LISTING[:6],
    "within the second look": (*LISTING, *ALONE[:3]),
    "empty": (),
    "a blank line": ("",),
    "an error alone": (DENIED,),
    "the head missing": (DENY, ""),
    "nothing but a sub-key of the second look": ("", rf"{TS}\Client"),
    "another key's": ("", WINSTATIONS, "    a    REG_DWORD    0x1", ""),
    "another program's": ("SERVICE_NAME: TermService", "        TYPE               : 30  WIN32"),
    "an error among the values": (*LISTING[:6], DENIED, "    b    REG_DWORD    0x1", "", *LISTING[:6], DENIED, ""),
    "a damaged value": (*LISTING[:5], DENY.replace("0x1", "0X1"), "", TS, DENY.replace("0x1", "?"), ""),
    "wrapped": (*LISTING[:4], TS[:60], TS[60:], DENY, "", TS[:60], TS[60:], DENY, ""),
}


@pytest.mark.parametrize("name", CUT)
def test_policy_in_a_listing_that_is_not_whole_is_not_missing(name: str) -> None:
    with pytest.raises(UnreadableError):
        _policy_key(*CUT[name])


@pytest.mark.parametrize("lines", [(), ("",), (*LISTING, NOT_FOUND), (*LISTING[:3], NOT_FOUND), (DENIED, DENIED)])
def test_failed_look_that_proves_nothing(lines: tuple[str, ...]) -> None:
    with pytest.raises(UnreadableError):
        _policy_key(*lines, code=1)


SWITCHES = (
    "",
    TERMINAL_SERVER,
    "    fDenyTSConnections    REG_DWORD    0x0",
    "    TSServerDrainMode    REG_DWORD    0x1",
)


@pytest.mark.parametrize(
    "lines",
    [
        SWITCHES[:3],
        SWITCHES,
        (*SWITCHES[:3], "    TSServerDrainM", ""),
        (*SWITCHES[:3], DENIED, SWITCHES[3], ""),
        ("", rf"{TERMINAL_SERVER}\AddIns", WINSTATIONS),
        (),
        ("", WINSTATIONS, "    a    REG_DWORD    0x1", ""),
    ],
)
def test_switches_in_a_listing_that_is_not_whole(lines: tuple[str, ...]) -> None:
    with pytest.raises(UnreadableError):
        listed(read(probes.TERMINAL_SERVER, *lines), probes.TERMINAL_SERVER_KEY)


def test_switches_in_a_whole_listing() -> None:
    lines = (*SWITCHES, "", rf"{TERMINAL_SERVER}\AddIns", WINSTATIONS)
    for end in (len(lines), len(lines) - 1, len(SWITCHES) + 1):
        key = listed(read(probes.TERMINAL_SERVER, *lines[:end]), probes.TERMINAL_SERVER_KEY)
        assert [value.data for value in key.values] == [0, 1]


@pytest.mark.parametrize("place", [2, 3])
def test_blank_line_among_the_values_is_a_hole(place: int) -> None:
    lines = [*SWITCHES, "    x    REG_DWORD    0x0", ""]
    lines[place] = " " * 40
    with pytest.raises(UnreadableError):
        listed(read(probes.TERMINAL_SERVER, *lines), probes.TERMINAL_SERVER_KEY)


def test_a_key_that_every_host_has_is_missing_nowhere() -> None:
    for lines, code in (((NOT_FOUND,), 1), (("FEHLER: Zugriff verweigert",), 1)):
        with pytest.raises(UnreadableError, match="could not be read completely") as error:
            listed(read(probes.STORES, *lines, code=code), probes.STORES_KEY)
        # The line that was not understood is told, in the host's language.
        assert error.value.line == lines[0]


def test_a_key_without_values_is_known_by_its_sub_keys_where_it_may_have_none() -> None:
    stores = long(probes.STORES_KEY)
    key = listed(read(probes.STORES, "", rf"{stores}\MY", rf"{stores}\Remote Desktop"), probes.STORES_KEY)
    assert key.subkeys == ("MY", "Remote Desktop") and not key.values
    assert has_subkey(key, "remote desktop") and not has_subkey(key, "Remote") and not has_subkey(key, "CA")


WINDOWS_FIREWALL = long(probes.FIREWALL_POLICY_KEY)
PROFILE = ("", rf"{WINDOWS_FIREWALL}\DomainProfile", "    EnableFirewall    REG_DWORD    0x1", "")


def _firewall_policies(*lines: str, code: int = 0, parent: tuple[str, ...] = PARENT) -> tuple[reg.Key, ...]:
    return firewall_policies(read(probes.FIREWALL_POLICY, *lines, code=code), read(probes.POLICIES_PARENT, *parent))


def test_policies_of_the_firewall() -> None:
    keys = _firewall_policies(*PROFILE, reg.END)
    (profile,) = [key for key in keys if key.values]
    assert profile.path == rf"{WINDOWS_FIREWALL}\DomainProfile" and profile.values[0].data == 1
    assert _firewall_policies(NOT_FOUND, code=1) == ()


@pytest.mark.parametrize(
    "parent",
    [
        # Their key is there, so the refusal is about rights.
        (*PARENT, WINDOWS_FIREWALL),
        # Whether it is there is not known.
        (DENIED,),
        (),
    ],
)
def test_policies_of_the_firewall_that_can_not_be_read_are_not_missing(parent: tuple[str, ...]) -> None:
    with pytest.raises(UnreadableError):
        _firewall_policies(DENIED, code=1, parent=parent)


def test_policies_of_the_firewall_beside_a_key_that_is_denied_are_not_all() -> None:
    with pytest.raises(UnreadableError):
        _firewall_policies(*PROFILE, DENIED, reg.END)


def test_policy_is_missing_only_if_the_parent_says_so() -> None:
    absent = read(probes.POLICIES, NOT_FOUND, NOT_FOUND, code=1)
    assert policy_key(absent, read(probes.POLICIES_PARENT, *PARENT[:2])) is None
    for parent in (PARENT, (DENIED,), ()):
        with pytest.raises(UnreadableError):
            policy_key(absent, read(probes.POLICIES_PARENT, *parent))
    empty = listing(probes.POLICIES_PARENT_KEY, "(Default)    REG_SZ    x")
    assert policy_key(absent, read(probes.POLICIES_PARENT, *empty.split("\n"))) is None
