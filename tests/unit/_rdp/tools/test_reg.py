# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""reg.exe: what we send, and typed values from what it prints."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import reg

from unit._rdp.tools.samples import printed

K = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server"
SHORT = K.replace("HKEY_LOCAL_MACHINE", "HKLM")


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (reg.query(SHORT), f'reg query "{SHORT}"'),
        (reg.query(SHORT, "PortNumber"), f'reg query "{SHORT}" /v PortNumber'),
        (reg.query(SHORT, "Riot Vanguard"), f'reg query "{SHORT}" /v "Riot Vanguard"'),
        (reg.query(SHORT, recursive=True), f'reg query "{SHORT}" /s'),
        (reg.query("HKLM\\"), 'reg query "HKLM\\\\"'),
        (reg.add(SHORT, "x", "REG_DWORD", 0), f'reg add "{SHORT}" /v x /t REG_DWORD /d 0 /f'),
        (reg.add(SHORT, "", "REG_SZ", ""), f'reg add "{SHORT}" /ve /t REG_SZ /d "" /f'),
        (reg.add(SHORT, "x", "REG_SZ", "C:\\a b\\"), f'reg add "{SHORT}" /v x /t REG_SZ /d "C:\\a b\\\\" /f'),
        (reg.add(SHORT, "x", "REG_MULTI_SZ", ("a", "b c")), f'reg add "{SHORT}" /v x /t REG_MULTI_SZ /d "a\\0b c" /f'),
        (reg.add(SHORT, "x", "REG_BINARY", b"\x01\xff"), f'reg add "{SHORT}" /v x /t REG_BINARY /d 01ff /f'),
        (reg.delete_value(SHORT, "x"), f'reg delete "{SHORT}" /v x /f'),
        (reg.export(SHORT, "C:\\a b.reg"), f'reg export "{SHORT}" "C:\\a b.reg"'),
        (reg.import_("C:\\a b.reg"), 'reg import "C:\\a b.reg"'),
    ],
)
def test_commands(command: reg.Command, line: str) -> None:
    assert command.line == line


@pytest.mark.parametrize("text", ['a" & calc', "%PATH%", "a!b!", "a^b", "a\nb", "a|b", "a>b"])
def test_text_that_could_leave_its_command(text: str) -> None:
    for make in (
        lambda: reg.query(text),
        lambda: reg.query(SHORT, text),
        lambda: reg.add(SHORT, "x", "REG_SZ", text),
        lambda: reg.export(SHORT, text),
    ):
        with pytest.raises(ValueError):
            make()


@pytest.mark.parametrize(
    ("type", "data"),
    [
        ("REG_DWORD", -1),
        ("REG_DWORD", 1 << 32),
        ("REG_DWORD", "1"),
        ("REG_DWORD", True),
        ("REG_SZ", 1),
        ("REG_MULTI_SZ", ("a\\0b",)),
        ("REG_MULTI_SZ", ("a", "")),
        ("REG_BINARY", "01"),
    ],
)
def test_data_that_does_not_fit_its_type(type: str, data: t.Any) -> None:
    with pytest.raises(ValueError):
        reg.add(SHORT, "x", type, data)


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
def test_values(row: str, name: str, type: str, data: reg.Data) -> None:
    reading = reg.parse([K, row])
    assert reading == reg.Query((reg.Key(K, (reg.Value(name, type, data, False),)),))


@pytest.mark.parametrize(
    "name",
    ["(Default)", "(Standard)", "(par défaut)", "(par d?faut)", "(по умолчанию)", "(既定)", "<SANS NOM>", "<NO NAME>"],
)
def test_default_value_in_any_language(name: str) -> None:
    key = reg.parse([K, f"    {name}    REG_SZ    x"]).key(K)
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
    reading = reg.parse([K, "    a    REG_DWORD    0x1", row])
    assert reading.not_understood == (row,)
    assert [value.name for value in reading.keys[0].values] == ["a"]


def test_key_is_found_in_any_spelling() -> None:
    reading = reg.parse([K, "    fDenyTSConnections    REG_DWORD    0x0"])
    for path in (K, SHORT, SHORT.lower(), K.upper(), SHORT + "\\"):
        key = reading.key(path)
        assert key is not None and (value := key.get("FDENYTSCONNECTIONS")) and value.data == 0
    assert reading.key(SHORT + "\\WinStations") is None


def test_subkeys_of_a_listing() -> None:
    reading = reg.parse(["", K, "    a    REG_DWORD    0x1", "", f"{K}\\AddIns", f"{K}\\KeyboardType Mapping", ""])
    assert [(key.path, key.subkeys) for key in reading.keys] == [(K, ("AddIns", "KeyboardType Mapping"))]
    assert reading.key(f"{K}\\AddIns") is None  # its values were not listed


def test_subkeys_of_a_recursive_listing() -> None:
    text = (
        f"\n{K}\n    a    REG_DWORD    0x1\n\n{K}\\Console\n\n{K}\\RDP-Tcp\n    PortNumber    REG_DWORD    0xd3d\n\n"
        f"{K}\\RDP-Tcp\\Apps\n    x    REG_DWORD    0x2\n\n{K}\\Silent\\Deep\n    y    REG_DWORD    0x3\n\n"
    )
    reading = reg.read_query(printed(text, line=reg.query(SHORT, recursive=True).line))
    assert not reading.not_understood
    assert {key.path.removeprefix(K): key.subkeys for key in reading.keys} == {
        "": ("Console", "RDP-Tcp", "Silent"),
        "\\Console": (),
        "\\RDP-Tcp": ("Apps",),
        "\\RDP-Tcp\\Apps": (),
        "\\Silent": ("Deep",),
        "\\Silent\\Deep": (),
    }


def test_key_without_values_is_not_printed() -> None:
    text = f"\n{K}\\A\n{K}\\B\n"
    for reading in (
        reg.read_query(printed(text, line=reg.query(SHORT).line)),
        reg.parse(text.split("\n")),
    ):
        assert [(key.path.casefold(), key.values, key.subkeys) for key in reading.keys] == [
            (K.casefold(), (), ("A", "B"))
        ]
    empty = reg.read_query(printed("\n", line=reg.query(SHORT).line))
    assert empty == reg.Query((reg.Key(K),))


def test_message_is_no_empty_key() -> None:
    reading = reg.read_query(printed("something else\n", 0, reg.query(SHORT).line))
    assert reading == reg.Query((), ("something else",))


@pytest.mark.parametrize(
    "text", ["ERROR: The system was unable to find the specified registry key or value.\n", "ОШИБКА: Отказано.\n"]
)
def test_missing_and_denied_look_the_same(text: str) -> None:
    assert reg.read_query(printed(text, 1, reg.query(SHORT).line)) == reg.Query((), (text.strip(),))


def test_error_under_a_value_is_no_part_of_it() -> None:
    text = f"{K}\n    a    REG_SZ    x\nFEHLER: Zugriff verweigert\n"
    reading = reg.read_query(printed(text, 1, reg.query(SHORT, recursive=True).line))
    assert reading.not_understood == ("FEHLER: Zugriff verweigert",)
    assert reading.keys[0].values[0].data == "x"


def test_text_with_line_breaks() -> None:
    text = (
        f"\n{K}\n    legal    REG_SZ    one\ntwo\n\n  four\n    number    REG_DWORD    0x1\n"
        f"    last    REG_SZ    five\nsix\n\n{K}\\Sub\n"
    )
    key = reg.read_query(printed(text, line=reg.query(SHORT).line)).keys[0]
    assert [value.data for value in key.values] == ["one\ntwo\n\n  four", 1, "five\nsix"]
    assert key.subkeys == ("Sub",)


def test_text_that_looks_like_another_value_of_the_key_is_not_understood() -> None:
    text = f"\n{K}\n    A    REG_SZ    x\n    B    REG_SZ    1\n    a    REG_SZ    y\n    C    REG_DWORD    0x1\n"
    reading = reg.read_query(printed(text, line=reg.query(SHORT).line))
    assert reading.not_understood == ("    a    REG_SZ    y",)
    assert [value.name for value in reading.keys[0].values] == ["A", "B", "C"]
    # Another query of the same key, and the two values that are printed as the default one.
    again = [K, "    A    REG_SZ    x", "", K, "    A    REG_SZ    y"]
    assert not reg.parse(again).not_understood
    named = [K, "    (Default)    REG_SZ    x", "    (Default)    REG_SZ    y"]
    assert not reg.parse(named).not_understood


def test_summary_of_a_search() -> None:
    reading = reg.parse(
        [K, "    a    REG_SZ    x", "", "Suchvorgang abgeschlossen: 1 Zeichenfolge(n) gefunden."], wrapped=True
    )
    assert reading.not_understood == ("Suchvorgang abgeschlossen: 1 Zeichenfolge(n) gefunden.",)


@pytest.mark.parametrize(
    ("text", "exit_code"), [("", None), ("x", 9009), (f"{K}\n", -1), ("    a    REG_DWORD    0x1\n", 0)]
)
def test_no_answer(text: str, exit_code: int | None) -> None:
    with pytest.raises(UnreadableError):
        reg.read_query(printed(text, exit_code, reg.query(SHORT).line))
