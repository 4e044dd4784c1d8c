# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The values of a listener's key: Windows' own, those that may come from elsewhere, and those that are suspicious."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.listener_values import (
    BUILT_IN,
    ESSENTIAL,
    OLD_CLASS,
    OWN_CLASS,
    Typed,
    completed,
    from_hosts,
    is_from_hosts,
    is_weaker,
    label,
    protocol_class,
    same,
    suspicions,
    suspicions_of_reference,
)


def number(data: int) -> Typed:
    return Typed("REG_DWORD", data)


def text(data: str) -> Typed:
    return Typed("REG_SZ", data)


# What a host may lie about, and nobody else may get.
PLANTED: dict[str, Typed] = {
    "InitialProgram": text(r"\\203.0.113.7\share\evil.exe"),
    "initialprogram": text("evil"),
    "WorkDirectory": text("C:\\evil"),
    "NWLogonServer": text("203.0.113.7"),
    "WFProfilePath": text(r"\\203.0.113.7\p"),
    "CfgDll": text("evil.dll"),
    "WsxDLL": text("evil"),
    "WdDLL": text("evil"),
    "PdDLL9": text("evil"),
    "Shadow": number(2),
    "SecurityLayer": number(1),
    "UserAuthentication": number(0),
    "MinEncryptionLevel": number(1),
    "fDisableEncryption": number(0),
    "fAllowSecProtocolNegotiation": number(0),
    "PortNumber": number(22),
    "LanAdapter": number(3),
    "MaxInstanceCount": number(0),
    "MaxIdleTime": number(1),
    "ColorDepth": number(0xFFFFFFFF),
    "OutBufCount": text("6"),
    "Unheard": number(1),
    "fEnableWinStation": number(0),
    "LoadableProtocol_Object": text("{a1f6d3b8-2c95-47e0-8b14-60d9e7c2f5a3}"),
    "Security": Typed("REG_BINARY", b"\x01"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_nothing_planted_is_taken_from_a_host(name: str) -> None:
    assert from_hosts({"": {name: PLANTED[name]}, "Kitten": {"a": text("b")}}) == {"": {}}


def test_plausible_numbers_are_taken_from_a_host() -> None:
    values = {"MaxIdleTime": number(3_600_000), "OutBufCount": number(12), "MinEncryptionLevel": number(3)}
    assert from_hosts({"": values}) == {"": values}


def test_key_is_completed_with_what_windows_needs() -> None:
    tree = completed({"": {"pdname": text("tcp"), "PortNumber": number(3390)}})[""]
    assert tree["PortNumber"] == number(3390) and "PdName" not in tree
    assert tree["SecurityLayer"] == number(2) and tree["UserAuthentication"] == number(1)


def test_windows_own_values_are_never_suspicious() -> None:
    older = {"WdDLL": text("rdpwd"), "WsxDLL": text("rdpwsx"), "InitialProgram": text(""), "Shadow": number(1)}
    assert suspicions({"": {**BUILT_IN, **older}}) == suspicions_of_reference({"": {**BUILT_IN, **older}}) == ()


def test_what_is_said_less_secure_is_completed_with_windows_own() -> None:
    tree = completed({"": {"SECURITYLAYER": number(1), "UserAuthentication": text("1")}, "Sub": {"a": text("b")}})
    assert tree[""]["SecurityLayer"] == number(2) and "SECURITYLAYER" not in tree[""]
    assert tree[""]["UserAuthentication"] == number(1) and tree["Sub"] == {"a": text("b")}
    assert {name.casefold() for name in BUILT_IN} == {name.casefold() for name in completed({})[""]}


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("InitialProgram", text("kiosk.exe"), "is started in every session"),
        ("WorkDirectory", text("C:\\kiosk"), "is where programs start"),
        ("NWLogonServer", text("203.0.113.7"), "names a server for sign-ins"),
        ("WFProfilePath", text(r"\\203.0.113.7\p"), "names where profiles come from"),
        ("CFGDLL", text("evil.dll"), "is not a library of Windows"),
        ("WsxDLL7", text("rdpwsx"), "is not a library of Windows"),
        ("LoadableProtocol_Object", text("{A1F6D3B8-2C95-47E0-8B14-60D9E7C2F5A3}"), "is another product's protocol"),
        ("Shadow", number(2), "lets administrators control sessions unasked"),
        ("Shadow", number(4), "lets administrators watch sessions unasked"),
        ("SecurityLayer", number(0), "is RDP's own encryption, without TLS"),
        ("fAllowSecProtocolNegotiation", number(0), "turns TLS and Network Level Authentication off"),
    ],
)
def test_value_that_deserves_a_warning(name: str, value: Typed, why: str) -> None:
    (one,) = suspicions({"": {**BUILT_IN, name: value}})
    assert (one.label, one.why) == (name, why) and str(one) == f"{name} = {value.data} ({why})"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("InitialProgram", text("  ")),
        ("LoadableProtocol_Object", text(OLD_CLASS.upper())),
        ("Shadow", number(3)),
        # Windows' documented defaults.
        ("UserAuthentication", number(0)),
        ("MinEncryptionLevel", number(1)),
        ("Comment", text("ours")),
        ("InitialProgram", Typed("REG_BINARY", b"x")),
    ],
)
def test_value_of_a_host_that_deserves_none(name: str, value: Typed) -> None:
    assert suspicions({"": {name: value}, "Sub": {"InitialProgram": text("x")}}) == ()


@pytest.mark.parametrize(
    ("subkey", "name", "value", "why"),
    [
        ("", "UserAuthentication", number(0), "turns Network Level Authentication off"),
        ("", "MinEncryptionLevel", number(1), "allows weak encryption"),
        ("", "MaxIdleTime", number(1), "is not plausible"),
        ("", "Unheard", text("x"), "is nothing that Windows writes there"),
        ("", "Odd", Typed("REG_BINARY", b"\1"), "is nothing that Windows writes there"),
        ("", "InitialProgram", text("x"), "is started in every session"),
        ("Kitten", "", text("x"), "is nothing that Windows writes there"),
        ("TSMMRemotingAllowedApps", "evil.exe", number(2), "is nothing that Windows writes there"),
        ("TSMMRemotingAllowedApps", "ehshell.exe", number(1), "is nothing that Windows writes there"),
    ],
)
def test_value_that_nobody_gets_without_wanting_it(subkey: str, name: str, value: Typed, why: str) -> None:
    (one,) = suspicions_of_reference({"": {}, subkey: {name: value}})
    assert (one.label, one.data, one.why) == (label(subkey, name), str(value.data), why)


@pytest.mark.parametrize(
    ("subkey", "name", "value"),
    [
        ("", "Comment", text("ours")),
        ("", "SecurityLayer", number(1)),
        ("", "Security", Typed("REG_BINARY", b"\1")),
        ("", "SSLCertificateSHA1Hash", Typed("REG_BINARY", b"\1" * 20)),
        ("", "CFGDLL", text("rdpcfgex.dll")),
        ("tsmmremotingallowedapps", "EHSHELL.EXE", number(2)),
    ],
)
def test_value_that_others_may_have(subkey: str, name: str, value: Typed) -> None:
    assert suspicions_of_reference({subkey: {name: value}}) == ()


def test_sub_keys_of_windows_are_taken_and_others_are_not() -> None:
    tree = {"": {}, "TSMMRemotingAllowedApps": {"ehshell.exe": number(2), "evil.exe": number(2)}, "Kitten": {}}
    assert from_hosts(tree) == {"": {}, "TSMMRemotingAllowedApps": {"ehshell.exe": number(2)}}


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("maxidletime", number(0), True),
        ("MaxIdleTime", number(59_999), False),
        ("MaxIdleTime", number(60_000), True),
        ("MaxIdleTime", number(432_000_000), True),
        ("MaxIdleTime", number(432_000_001), False),
        ("MaxInstanceCount", number(1), False),
        ("MaxInstanceCount", number(0xFFFFFFFF), True),
        ("MaxIdleTime", text("0"), False),
        # What every Windows has anyway.
        ("PdName", text("TCP"), True),
        ("PortNumber", number(3390), False),
    ],
)
def test_range_of_what_may_come_from_another_host(name: str, value: Typed, allowed: bool) -> None:
    assert is_from_hosts(name, value) is allowed


@pytest.mark.parametrize(
    ("name", "data", "here", "weaker"),
    [
        ("SecurityLayer", 2, 0, False),
        ("securitylayer", 1, 0, True),
        ("MinEncryptionLevel", 2, 3, True),
        ("MinEncryptionLevel", 3, 3, False),
        ("fDisableClip", 0, 0, False),
        ("fDisableClip", 0, 1, True),
        ("ColorDepth", 0, 4, False),
    ],
)
def test_security_of_a_value_beside_the_hosts_own(name: str, data: int, here: int, weaker: bool) -> None:
    assert is_weaker(name, number(data), here) is weaker


def test_text_where_a_number_belongs_is_weaker_than_any() -> None:
    assert is_weaker("SecurityLayer", text("2")) and not is_weaker("WdName", text("x"))


def test_same_text_in_any_case_and_with_its_type() -> None:
    assert same(text("RDPWD"), text("rdpwd")) and not same(text("rdpwd"), Typed("REG_EXPAND_SZ", "rdpwd"))
    assert same(None, None) and not same(None, number(0)) and not same(number(0), None)
    assert not same(number(1), Typed("REG_QWORD", 1)) and same(Typed("REG_BINARY", b"\1"), Typed("REG_BINARY", b"\1"))


def test_class_of_the_protocol() -> None:
    assert protocol_class({"": {"loadableprotocol_object": text(OWN_CLASS.upper())}}) == OWN_CLASS
    assert protocol_class({"": {}}) == protocol_class({}) == ""
    assert set(ESSENTIAL) <= set(BUILT_IN)


def test_names_as_people_write_them() -> None:
    assert [label("", "a"), label("", ""), label("S", "a"), label("S", "")] == [
        "a",
        "(Default)",
        "S\\a",
        "S\\(Default)",
    ]
