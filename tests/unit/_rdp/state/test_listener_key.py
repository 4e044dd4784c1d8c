# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What belongs into a listener's key, and how two such keys differ, value by value."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.listener_key import (
    compared,
    differences,
    essential_differences,
    from_plain,
    is_foreign,
    legacy_differences,
    merged,
    plain,
    required_differences,
    shown,
    switched_off,
    unknown_class,
)
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.listener_values import (
    BUILT_IN,
    ESSENTIAL,
    LEGACY,
    OLD_CLASS,
    OWN_CLASS,
    Tree,
    Typed,
)


def number(data: int) -> Typed:
    return Typed("REG_DWORD", data)


def text(data: str) -> Typed:
    return Typed("REG_SZ", data)


WEAKER = {
    "SecurityLayer": 1,
    "UserAuthentication": 0,
    "MinEncryptionLevel": 1,
    "fAllowSecProtocolNegotiation": 0,
}


@pytest.mark.parametrize("name", WEAKER)
@pytest.mark.parametrize("here", [None, "stricter"])
def test_security_is_never_lowered_whatever_the_host_has(name: str, here: str | None) -> None:
    ours: Tree = {"": {name: number(4)} if here else {}}
    theirs: Tree = {"": {name: number(WEAKER[name])}}
    (one,) = differences(ours, theirs)
    assert one.kept == "the reference is less secure"
    assert merged(ours, theirs)[""] == ours[""]
    # Nor by a replacement with a key that doesn't say anything.
    assert merged(ours, {"": {}})[""] == ours[""]


def _key(**values: Typed) -> Tree:
    return {"": {**BUILT_IN, **values}}


def test_key_of_a_healthy_host_lacks_nothing() -> None:
    for find in (switched_off, essential_differences, required_differences, legacy_differences):
        assert find(_key()) == ()
    # Names and texts in any case are the same.
    assert required_differences({"": {name.upper(): value for name, value in BUILT_IN.items()}}) == ()
    assert required_differences(_key(PdName=text("TCP"))) == ()


def test_switch_that_keeps_everybody_out_while_it_listens() -> None:
    (one,) = switched_off({"": {"FLOGONDISABLED": number(1)}})
    assert (one.label, one.here, one.there) == ("fLogonDisabled", number(1), number(0))
    assert switched_off(_key(fLogonDisabled=number(0))) == switched_off({}) == ()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"fEnableWinStation": number(0)}, "fEnableWinStation"),
        ({"LoadableProtocol_Object": text("{00000000-0000-0000-0000-000000000000}")}, "LoadableProtocol_Object"),
        ({"LoadableProtocol_Object": Typed("REG_EXPAND_SZ", OWN_CLASS)}, "LoadableProtocol_Object"),
    ],
)
def test_value_without_which_there_is_no_listener(change: dict[str, Typed], name: str) -> None:
    (one,) = essential_differences(_key(**change))
    assert (one.name, one.here, one.there) == (name, change[name], ESSENTIAL[name])
    assert required_differences(_key(**change)) == (one,)


def test_empty_key_lacks_what_a_listener_needs() -> None:
    assert [one.name for one in essential_differences({})] == list(ESSENTIAL)
    assert [one.name for one in required_differences({})] == [*ESSENTIAL, *LEGACY]
    # Without them it works.
    assert legacy_differences({}) == ()


def test_names_of_old_protocols_and_a_limit_of_nobody_are_set_only_where_it_does_not_listen() -> None:
    tree = _key(PdName=text("ipx"), MaxInstanceCount=number(0))
    assert essential_differences(tree) == ()
    assert [one.label for one in legacy_differences(tree)] == ["PdName"]
    assert [(one.label, one.there) for one in required_differences(tree)] == [
        ("PdName", text("tcp")),
        ("MaxInstanceCount", number(0xFFFFFFFF)),
    ]


THEIRS = "{a1f6d3b8-2c95-47e0-8b14-60d9e7c2f5a3}"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (THEIRS, THEIRS),
        (THEIRS.upper(), THEIRS),
        (OWN_CLASS, ""),
        (OLD_CLASS.upper(), ""),
        ("{00000000-0000-0000-0000-000000000000}", ""),
        ("garbage", ""),
        ("", ""),
    ],
)
def test_class_that_another_product_may_have_registered(data: str, found: str) -> None:
    assert unknown_class(_key(LoadableProtocol_Object=text(data))) == found
    assert unknown_class({}) == ""


@pytest.mark.parametrize(
    ("listener", "values", "foreign"),
    [
        ("RDP-Tcp", {}, False),
        ("rdp-sxs190430", {"fReverseConnectMode": number(1)}, True),
        ("rdp-sxs190430", {"fReverseConnectMode": number(0)}, False),
        ("ICA-Tcp", {"WdPrefix": text("ICA")}, True),
        ("ICA-Tcp", {"wdprefix": text("ica")}, True),
        # In Windows' own listener that is damage.
        ("rdp-tcp", {"WdPrefix": text("ICA")}, False),
    ],
)
def test_listener_of_another_product(listener: str, values: dict[str, Typed], foreign: bool) -> None:
    assert is_foreign(listener, {"": values}) is foreign


def test_differences_are_in_the_order_of_sub_key_and_name() -> None:
    here: Tree = {"": {"b": number(1), "Same": text("X")}, "Sub": {"x": number(1)}}
    reference: Tree = {"": {"A": number(2), "B": number(2), "same": text("x")}, "SUB": {"": text("d")}}
    assert [(one.label, shown(one.here), shown(one.there), one.kept) for one in differences(here, reference)] == [
        ("A", None, 2, ""),
        ("B", 1, 2, ""),
        ("SUB\\(Default)", None, "d", ""),
        ("SUB\\x", 1, None, "not in the reference"),
    ]


@pytest.mark.parametrize(
    ("name", "here", "there", "kept"),
    [
        ("SSLCertificateSHA1Hash", None, Typed("REG_BINARY", b"\1" * 20), "belongs to the host"),
        ("Security", Typed("REG_BINARY", b"\1"), Typed("REG_BINARY", b"\2"), "belongs to the host"),
        ("Password", None, text("x"), "belongs to the host"),
        ("PortNumber", number(3390), number(3389), "belongs to the host"),
        ("PortNumber", None, number(3389), ""),
        ("LanAdapter", number(2), None, "belongs to the host"),
        ("UserAuthentication", number(1), None, "the reference is less secure"),
        ("fDisableClip", number(1), number(0), "the reference is less secure"),
        ("fDisableClip", number(0), number(1), ""),
        ("MaxIdleTime", number(1), None, "not in the reference"),
    ],
)
def test_what_stays_on_the_host_says_why(name: str, here: Typed | None, there: Typed | None, kept: str) -> None:
    (one,) = differences({"": {name: here} if here else {}}, {"": {name: there} if there else {}})
    assert one.kept == kept


def test_whole_key_after_a_replacement() -> None:
    here: Tree = {
        "": {"PORTNUMBER": number(3390), "MaxIdleTime": number(9), "Shadow": number(1), "fDisableClip": number(1)},
        "Own": {"a": number(1)},
    }
    reference: Tree = {"": {"PortNumber": number(3389), "shadow": number(2), "New": number(5)}, "Sub": {"b": number(2)}}
    assert merged(here, reference) == {
        # Spelled as here, because undoing would not change the letters back; what isn't in the reference goes.
        "": {"PORTNUMBER": number(3390), "Shadow": number(2), "New": number(5)},
        "Sub": {"b": number(2)},
    }


def test_comparison_as_plain_values() -> None:
    here: Tree = {"": {**BUILT_IN, "Odd": Typed("REG_BINARY", b"\xab"), "PortNumber": number(3390)}}
    assert compared(here, None) == []
    assert compared(here, _key()) == [
        {"value": "Odd", "here": "ab", "reference": None, "kept": "not in the reference"},
        {"value": "PortNumber", "here": 3390, "reference": 3389, "kept": "belongs to the host"},
    ]
    assert compared(_key(fLogonDisabled=number(1)), None) == [
        {"value": "fLogonDisabled", "here": 1, "reference": 0, "kept": ""}
    ]


def test_data_as_people_read_it() -> None:
    values = (None, number(0), text("x"), Typed("REG_MULTI_SZ", ("a", "b")), Typed("REG_BINARY", b"\x01\xff"))
    assert [shown(value) for value in values] == [None, 0, "x", "a b", "01ff"]


def test_key_goes_out_without_what_no_other_host_may_take_and_comes_back() -> None:
    tree: Tree = {
        "": {
            "PortNumber": number(3389),
            "Big": Typed("REG_QWORD", 2**64 - 1),
            "Multi": Typed("REG_MULTI_SZ", ("a", "b")),
            "Hash": Typed("REG_BINARY", b"\x01\xff"),
            "Path": Typed("REG_EXPAND_SZ", "%windir%"),
        },
        "Sub": {"": text("x")},
    }
    secret: Tree = {**tree, "": {**tree[""], "PASSWORD": text("geheim"), "security": Typed("REG_BINARY", b"\1")}}
    assert plain(secret) == plain(tree) and plain(tree)[""]["Hash"] == {"type": "REG_BINARY", "data": "01ff"}
    assert from_plain(plain(secret)) == tree


@pytest.mark.parametrize(
    "values",
    [
        None,
        [],
        {"": []},
        {"": {"a": 1}},
        {"": {"a": {"type": "REG_DWORD"}}},
        {"": {"a": {"type": "REG_DWORD", "data": -1}}},
        {"": {"a": {"type": "REG_DWORD", "data": 2**32}}},
        {"": {"a": {"type": "REG_QWORD", "data": 2**64}}},
        {"": {"a": {"type": "REG_DWORD", "data": True}}},
        {"": {"a": {"type": "REG_DWORD", "data": "many"}}},
        {"": {"a": {"type": "REG_MULTI_SZ", "data": 1}}},
        {"": {"a": {"type": "REG_BINARY", "data": "xy"}}},
    ],
)
def test_what_a_user_gives_may_be_anything(values: t.Any) -> None:
    with pytest.raises(ValueError):
        from_plain(values)
