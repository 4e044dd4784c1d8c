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


@pytest.mark.parametrize(
    ("text", "exit_code"), [("", None), ("x", 9009), (f"{K}\n", -1), ("    a    REG_DWORD    0x1\n", 0)]
)
def test_no_answer(text: str, exit_code: int | None) -> None:
    with pytest.raises(UnreadableError):
        reg.read_query(printed(text, exit_code, reg.query(SHORT).line))


def test_listing_without_what_is_not_wanted() -> None:
    assert reg.query_except(r"HKLM\A b", "Active=FALSE.Dir=", "x-1").line == (
        r'((reg query "HKLM\A b" /s&&echo end)|findstr /v /i /r /c:Active=FALSE.Dir= /c:x-1)'
    )
    for patterns in ((), ("a b",), ("a|b",), ("a\\b",), ('"',)):
        with pytest.raises(ValueError, match="searched for"):
            reg.query_except(r"HKLM\A", *patterns)
