# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``reg query`` prints, as keys and values: the lines, without the command that printed them."""

from __future__ import annotations

import doctest

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats import registry_listing
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats.registry_listing import (
    Data,
    Key,
    Query,
    Value,
    parse,
)

K = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server"
SHORT = K.replace("HKEY_LOCAL_MACHINE", "HKLM")


def test_examples_in_the_documentation() -> None:
    result = doctest.testmod(registry_listing)
    assert result.attempted and not result.failed


@pytest.mark.parametrize(
    ("row", "name", "type", "data"),
    [
        ("    PortNumber    REG_DWORD    0xd3d", "PortNumber", "REG_DWORD", 3389),
        ("    PortNumber    REG_DWORD (4)    0xd3d", "PortNumber", "REG_DWORD", 3389),
        ("    Big    REG_QWORD    0xffffffffffffffff", "Big", "REG_QWORD", 2**64 - 1),
        ("    Hash    REG_BINARY    00FFaa", "Hash", "REG_BINARY", b"\x00\xff\xaa"),
        ("    Hash    REG_BINARY    ", "Hash", "REG_BINARY", b""),
        (
            "    Multi    REG_MULTI_SZ    CertPropSvc\\0SessionEnv",
            "Multi",
            "REG_MULTI_SZ",
            ("CertPropSvc", "SessionEnv"),
        ),
        ("    Multi    REG_MULTI_SZ    one\\0\\0", "Multi", "REG_MULTI_SZ", ("one",)),
        ("    Multi    REG_MULTI_SZ    ", "Multi", "REG_MULTI_SZ", ()),
        ("    Comment    REG_SZ    ", "Comment", "REG_SZ", ""),
        ("    Comment    REG_SZ", "Comment", "REG_SZ", ""),
        ("    Comment    REG_SZ    a    REG_SZ    b ", "Comment", "REG_SZ", "a    REG_SZ    b "),
        ("    Riot Vanguard    REG_SZ    x", "Riot Vanguard", "REG_SZ", "x"),
        ("    Path    REG_EXPAND_SZ    %windir%\\x", "Path", "REG_EXPAND_SZ", "%windir%\\x"),
        ("    Odd    REG_RESOURCE_LIST    0102", "Odd", "REG_RESOURCE_LIST", "0102"),
        ("    Odd    REG_NONE    ", "Odd", "REG_NONE", ""),
        ("\tXP\tREG_DWORD\t0x1", "XP", "REG_DWORD", 1),
        ("    XP\tREG_SZ\ta\tb", "XP", "REG_SZ", "a\tb"),
        ("\tXP  REG_SZ  x", "XP", "REG_SZ", "x"),
    ],
)
def test_values(row: str, name: str, type: str, data: Data) -> None:
    reading = parse([K, row])
    assert reading == Query((Key(K, (Value(name, type, data, False),)),))


@pytest.mark.parametrize(
    "name",
    ["(Default)", "(Standard)", "(par défaut)", "(par d?faut)", "(по умолчанию)", "(既定)", "<SANS NOM>", "<NO NAME>"],
)
def test_default_value_in_any_language(name: str) -> None:
    key = parse([K, f"    {name}    REG_SZ    x"]).key(K)
    assert key is not None
    value = key.get("")
    assert value is not None and value.is_default and value.data == "x"


@pytest.mark.parametrize(
    "row",
    [
        "    PortNumber    REG_DWORD    3389",
        "    PortNumber    REG_DWORD    0x1ffffffff",
        "    PortNumber    REG_DWORD    ",
        "    Hash    REG_BINARY    0",
        "    Hash    REG_BINARY    zz",
        "  PortNumber  REG_DWORD",
        "FEHLER: Zugriff verweigert",
        "! no banner",
    ],
)
def test_line_that_is_no_value(row: str) -> None:
    reading = parse([K, "    a    REG_DWORD    0x1", row])
    assert reading.not_understood == (row,)
    assert [value.name for value in reading.keys[0].values] == ["a"]


def test_key_is_found_in_any_spelling() -> None:
    reading = parse([K, "    fDenyTSConnections    REG_DWORD    0x0"])
    for path in (K, SHORT, SHORT.lower(), K.upper(), SHORT + "\\"):
        key = reading.key(path)
        assert key is not None and (value := key.get("FDENYTSCONNECTIONS")) and value.data == 0
    assert reading.key(SHORT + "\\WinStations") is None


def test_subkeys_of_a_listing() -> None:
    reading = parse(["", K, "    a    REG_DWORD    0x1", "", f"{K}\\AddIns", f"{K}\\KeyboardType Mapping", ""])
    assert [(key.path, key.subkeys) for key in reading.keys] == [(K, ("AddIns", "KeyboardType Mapping"))]
    assert reading.key(f"{K}\\AddIns") is None  # its values were not listed


def test_text_that_looks_like_another_value_of_the_key_is_not_understood() -> None:
    text = f"\n{K}\n    A    REG_SZ    x\n    B    REG_SZ    1\n    a    REG_SZ    y\n    C    REG_DWORD    0x1\n"
    reading = parse(text.split("\n"), queried=SHORT, recursive=False, wrapped=True)
    assert reading.not_understood == ("    a    REG_SZ    y",)
    assert [value.name for value in reading.keys[0].values] == ["A", "B", "C"]
    # Another query of the same key, and the two values that are printed as the default one.
    again = [K, "    A    REG_SZ    x", "", K, "    A    REG_SZ    y"]
    assert not parse(again).not_understood
    named = [K, "    (Default)    REG_SZ    x", "    (Default)    REG_SZ    y"]
    assert not parse(named).not_understood


def test_summary_of_a_search() -> None:
    reading = parse(
        [K, "    a    REG_SZ    x", "", "Suchvorgang abgeschlossen: 1 Zeichenfolge(n) gefunden."], wrapped=True
    )
    assert reading.not_understood == ("Suchvorgang abgeschlossen: 1 Zeichenfolge(n) gefunden.",)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        # The blank line behind the values is the only sign that they came to their end.
        (f"\n{K}\n    a    REG_DWORD    0x1\n\n", True),
        (f"\n{K}\n    a    REG_DWORD    0x1\n\n{K}\\Sub\n", True),
        (f"\n{K}\n    a    REG_DWORD    0x1\n", False),
        (f"\n{K}\n    a    REG_DWORD    0x1\n    ", False),
        (f"\n{K}\n    a    REG_DWORD    ?\n\n", False),
        (f"\n{K}\n    a    REG_DWORD    0x1\nERROR: Access is denied.\n\n", False),
        (f"\n{K}\n    a    REG_DWORD    0x1\n    A    REG_DWORD    0x2\n\n", False),
        # What stands behind the end is not among the values.
        (f"\n{K}\n    a    REG_DWORD    0x1\n\nERROR: Access is denied.\n", True),
    ],
)
def test_values_are_whole_when_their_end_was_printed_and_all_were_understood(text: str, whole: bool) -> None:
    key = parse(text.removesuffix("\n").split("\n")).key(K)
    assert key is not None and key.whole is whole


def test_wrapped_text_is_cut_off_where_a_key_would_end() -> None:
    text = f"\n{K}\n    a    REG_SZ    one\ntwo\n\nthree\n"
    wrapped = parse(text.split("\n"), wrapped=True)
    assert [value.data for value in wrapped.keys[0].values] == ["one\ntwo"] and wrapped.not_understood == ("three",)
    plain = parse(text.split("\n"))
    assert [value.data for value in plain.keys[0].values] == ["one"] and plain.not_understood == ("two", "three")


def test_value_without_its_key() -> None:
    (key,) = parse(["    a    REG_DWORD    0x1", ""]).keys
    assert (key.path, [value.data for value in key.values]) == ("", [1])


def test_key_that_was_asked_for_is_there_even_if_nothing_of_it_was_printed() -> None:
    assert parse([""], queried=SHORT) == Query((Key(K),))
    assert parse(["FEHLER: Zugriff verweigert"], queried=SHORT) == Query((), ("FEHLER: Zugriff verweigert",))
    assert parse([""]) == Query()


def test_key_without_values_between_others_shows_only_in_their_paths() -> None:
    reading = parse(["", f"{K}\\A\\B", "    x    REG_DWORD    0x1", ""], queried=SHORT, recursive=True)
    assert {key.path.removeprefix(K): key.subkeys for key in reading.keys} == {"": ("A",), "\\A": ("B",), "\\A\\B": ()}


def test_path_that_is_deeper_than_any_that_is_asked_for_is_no_key() -> None:
    deep = "HKEY_LOCAL_MACHINE" + "\\x" * 65
    assert parse([deep]) == Query((), (deep,))
    assert len(parse([deep[:-2]]).keys) == 1


@pytest.mark.parametrize("row", ["    a    REG_NEW    x", "    a    REG_DWORDS    0x1"])
def test_type_that_windows_does_not_have(row: str) -> None:
    reading = parse([K, row, ""])
    assert reading.not_understood == (row,) and not any(key.values for key in reading.keys)


def test_type_without_a_name_is_kept_as_it_is_printed() -> None:
    (key,) = parse([K, "    a    0x100007    0102", ""]).keys
    assert key.values == (Value("a", "0x100007", "0102", False),)
