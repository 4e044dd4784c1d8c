# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""``.reg`` files: every form that regedit writes, nothing else, and the way back."""

from __future__ import annotations

import contextlib
import string
from pathlib import Path

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import RegFileError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats.regfile import (
    HEADER_4,
    HEADER_5,
    DeleteKey,
    DeleteValue,
    Entry,
    MakeKey,
    RegFileValue,
    SetValue,
    parse,
    render,
    value_of,
)
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.quoting import write_file
from hypothesis import given
from hypothesis import strategies as st

KEY = r"HKEY_LOCAL_MACHINE\SOFTWARE\Example"


def _file(*lines: str, header: str = HEADER_5) -> bytes:
    return "\r\n".join((header, "", *lines, "")).encode("utf-8")


def _only_value(*lines: str, header: str = HEADER_5, code_page: int | None = None) -> RegFileValue:
    entries = parse(_file(f"[{KEY}]", *lines, header=header), code_page).entries
    assert [type(entry) for entry in entries] == [MakeKey, SetValue]
    assert isinstance(entries[1], SetValue)
    return entries[1].value


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('"a"="text"', RegFileValue("a", "REG_SZ", "text")),
        ('@=""', RegFileValue("", "REG_SZ", "")),
        (r'"a\"b\\c"="C:\\x \"y\" ; no comment"', RegFileValue(r'a"b\c', "REG_SZ", r'C:\x "y" ; no comment')),
        ('"a"="two\r\nlines"', RegFileValue("a", "REG_SZ", "two\r\nlines")),
        ('"a"=dword:00000d3d', RegFileValue("a", "REG_DWORD", 3389)),
        ('"a"=dword:FFFFFFFF', RegFileValue("a", "REG_DWORD", 0xFFFFFFFF)),
        ('"a"=dword:1', RegFileValue("a", "REG_DWORD", 1)),
        ('"a"=hex:', RegFileValue("a", "REG_BINARY", b"")),
        ('"a"=hex:01,FF', RegFileValue("a", "REG_BINARY", b"\x01\xff")),
        ('"a"=hex(3):01', RegFileValue("a", "REG_BINARY", b"\x01")),
        ('"a"=hex(0):01', RegFileValue("a", "REG_NONE", b"\x01")),
        ('"a"=hex(1):61,00,00,00', RegFileValue("a", "REG_SZ", "a")),
        ('"a"=hex(2):25,00,61,00,25,00,00,00', RegFileValue("a", "REG_EXPAND_SZ", "%a%")),
        ('"a"=hex(4):3d,0d,00,00', RegFileValue("a", "REG_DWORD", 3389)),
        ('"a"=hex(5):00,00,0d,3d', RegFileValue("a", "REG_DWORD_BIG_ENDIAN", b"\x00\x00\x0d\x3d")),
        ('"a"=hex(7):61,00,00,00,62,00,00,00,00,00', RegFileValue("a", "REG_MULTI_SZ", ("a", "b"))),
        ('"a"=hex(7):00,00', RegFileValue("a", "REG_MULTI_SZ", ())),
        ('"a"=hex(b):01,00,00,00,00,00,00,80', RegFileValue("a", "REG_QWORD", 0x8000000000000001)),
        ('"a"=hex(100000):01', RegFileValue("a", "0x100000", b"\x01")),
        # What is stored is not what the type says: the bytes are kept, and go back as they came.
        ('"a"=hex(1):61,00', RegFileValue("a", "REG_SZ", b"a\0")),
        ('"a"=hex(1):61,00,00,00,62,00,00,00', RegFileValue("a", "REG_SZ", b"a\0\0\0b\0\0\0")),
        ('"a"=hex(1):00,d8,00,00', RegFileValue("a", "REG_SZ", b"\x00\xd8\x00\x00")),
        ('"a"=hex(4):01', RegFileValue("a", "REG_DWORD", b"\x01")),
        ('"a"=hex(7):61,00,00,00', RegFileValue("a", "REG_MULTI_SZ", b"a\0\0\0")),
        ('"a"=hex:01,\\\r\n  02', RegFileValue("a", "REG_BINARY", b"\x01\x02")),
        ('"a"=hex:\\\r\n  01', RegFileValue("a", "REG_BINARY", b"\x01")),
        ('  "a" = dword:00000001  ; why', RegFileValue("a", "REG_DWORD", 1)),
    ],
)
def test_value_of_each_form(line: str, expected: RegFileValue) -> None:
    value = _only_value(line)
    assert value == expected
    assert type(value.data) is type(expected.data)


def test_keys_deletions_comments_and_line_numbers() -> None:
    file = parse(_file("; made by hand", "[-HKLM\\A]", "", "[HKCU\\B]", '"x"=-', "@=-", '"t"="1', '2"', "[hklm\\C]]"))
    assert file.version == 5
    assert file.entries == (
        DeleteKey("HKLM\\A"),
        MakeKey("HKCU\\B"),
        DeleteValue("HKCU\\B", "x"),
        DeleteValue("HKCU\\B", ""),
        SetValue("HKCU\\B", RegFileValue("t", "REG_SZ", "1\r\n2")),
        MakeKey("hklm\\C]"),
    )
    assert [entry.line for entry in file.entries] == [4, 6, 7, 8, 9, 11]


@pytest.mark.parametrize(
    ("lines", "line", "reason"),
    [
        (['"a"=dword:00000001'], 3, "neither a key"),
        (["[-HKLM\\A]", '"a"=-'], 4, "neither a key"),
        ([f"[{KEY}]", "# comment"], 4, "not understood"),
        ([f"[{KEY}]", '""="x"'], 4, "written as @"),
        ([f"[{KEY}]", "a=dword:00000001"], 4, "not understood"),
        ([f"[{KEY}]", '"a"=dword:000000001'], 4, "behind the data"),
        ([f"[{KEY}]", '"a"=dword:0x1'], 4, "behind the data"),
        ([f"[{KEY}]", '"a"=dword:'], 4, "no known form"),
        ([f"[{KEY}]", '"a"=1'], 4, "no known form"),
        ([f"[{KEY}]", '"a"="open'], 4, "no known form"),
        ([f"[{KEY}]", r'"a"="\n"'], 4, "no known form"),
        ([f"[{KEY}]", '"a"="b" "c"'], 4, "behind the data"),
        ([f"[{KEY}]", '"a"=hex(1):zz'], 4, "behind the data"),
        ([f"[{KEY}]", '"a"=hex:01,\\', "  0,"], 4, "behind the data"),
        ([f"[{KEY}]", '"a"=hex:01,\\', "  02,zz"], 5, "behind the data"),
        ([f"[{KEY}]", '"a"=hex:01,', '"b"="c"'], 4, "behind the data"),
        ([f"[{KEY}]", '"a"=hex(123456789):01'], 4, "no known form"),
        (["[HKEY_ELSEWHERE\\A]"], 3, "no key of the registry"),
        (["[]"], 3, "neither a key"),
        (["[HKLM\\A] ; comment"], 3, "neither a key"),
        (["[HKLM\\A\0]"], 3, "NUL"),
    ],
)
def test_anything_else_is_refused_with_its_line(lines: list[str], line: int, reason: str) -> None:
    with pytest.raises(RegFileError, match=reason) as refused:
        parse(_file(*lines))
    assert refused.value.line == line
    assert str(refused.value).startswith(f"line {line}: ")


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xfe", b"REGEDIT5\r\n", b"REGEDIT4 x\r\n", b"\r\nREGEDIT4\r\n", b"windows Registry Editor"],
)
def test_no_header_is_no_reg_file(data: bytes) -> None:
    with pytest.raises(RegFileError, match="does not begin") as refused:
        parse(data)
    assert refused.value.line == 1


@pytest.mark.parametrize("tail", ['"a"=dword:0000', '"a"=hex:01,\\', '"a"=hex:01,', '"a"="b"'])
def test_file_that_is_cut_off_is_refused(tail: str) -> None:
    with pytest.raises(RegFileError, match="ends in the middle") as refused:
        parse(_file(f"[{KEY}]", tail)[:-2])
    assert refused.value.line == 4


TEXT = f'{HEADER_5}\r\n\r\n[{KEY}]\r\n"a"="é Ж"\r\n\r\n'


@pytest.mark.parametrize(
    ("data", "code_page"),
    [
        (TEXT.encode("utf-16"), None),
        (b"\xff\xfe" + TEXT.encode("utf-16"), None),
        (TEXT.encode("utf-16-le"), None),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), None),
        (TEXT.encode("utf-8"), None),
        (TEXT.encode("utf-8-sig"), 850),
        (TEXT.replace("é", "e").encode("cp1251"), 1251),
        (TEXT.replace("Ж", "Z").encode("cp850"), 850),
        (TEXT.replace("\r\n", "\n").encode("utf-8"), None),
    ],
)
def test_encodings(data: bytes, code_page: int | None) -> None:
    entry = parse(data, code_page).entries[1]
    assert isinstance(entry, SetValue)
    assert entry.value.data in ("é Ж", "e Ж", "é Z")


@pytest.mark.parametrize(
    ("data", "code_page", "line"),
    [
        (TEXT.replace("Ж", "Z").encode("cp850"), None, 4),
        (TEXT.replace("Ж", "Z").encode("cp850"), 12345, 1),
        (TEXT.encode("utf-16")[:-1], None, 6),
        (TEXT.replace(HEADER_5, HEADER_4).encode("utf-16"), None, 1),
    ],
)
def test_wrong_encoding_is_refused(data: bytes, code_page: int | None, line: int) -> None:
    with pytest.raises(RegFileError) as refused:
        parse(data, code_page)
    assert refused.value.line == line


def test_version_4_holds_text_in_the_code_page() -> None:
    assert _only_value('"a"=hex(2):61,62,00', header=HEADER_4) == RegFileValue("a", "REG_EXPAND_SZ", "ab")
    assert _only_value('"a"=hex(7):e9,00,00', header=HEADER_4, code_page=1252) == RegFileValue(
        "a", "REG_MULTI_SZ", ("é",)
    )
    with pytest.raises(RegFileError, match="code page"):
        _only_value('"a"=hex(2):e9,00', header=HEADER_4)


def test_too_large_a_file_is_not_read() -> None:
    with pytest.raises(RegFileError, match="more than 100"):
        parse(_file(f"[{KEY}]", *["; filling"] * 10), max_size=100)


CASES = [  # which file of the corpus, whether the text that may be sent is the same as reg.exe's
    ("reg_export/01_en-US_win10_terminalserver_excerpt.reg", True),
    ("reg_export/02_en-US_policies_ts_client.reg", True),
    ("reg_export/05_en-US_networklist_win10.reg", False),  # "Réseau"
    ("reg_export/04_ru-RU_uninstall_default_empty.reg", None),  # the name of a key is Cyrillic
    ("firewall/01_en-US_registry_rules_v230.reg", False),  # %SystemRoot%
    ("firewall/14_en-US_domainprofile_win10.reg", True),
    ("firewall/15_en-US_standardprofile_win10.reg", True),
    ("firewall/16_en-US_publicprofile_win7_off.reg", True),
]


@pytest.mark.parametrize(("name", "sendable_is_same"), CASES)
def test_real_exports_come_out_as_they_went_in(corpus: Path, name: str, sendable_is_same: bool | None) -> None:
    data = (corpus / name).read_bytes()
    text = data.decode("utf-16" if data.startswith(b"\xff\xfe") else "utf-8").lstrip("\ufeff")
    text = text.replace("\r\n", "\n").replace("\n", "\r\n")  # a transcription lost its CR
    entries = parse(data).entries
    assert render(entries, sendable=False) == text
    if sendable_is_same is None:
        with pytest.raises(ValueError, match="not safe"):
            render(entries)
        return
    assert (render(entries) == text) == sendable_is_same
    assert parse(render(entries).encode("ascii")).entries == entries


def test_no_header_in_the_corpus_is_refused(corpus: Path) -> None:
    with pytest.raises(RegFileError, match="line 1: "):
        parse((corpus / "firewall/04_en-US_registry_rules_v233_v228_excerpt.reg").read_bytes())


def test_render_removes_the_key_first() -> None:
    entries = (
        MakeKey(KEY),
        SetValue(KEY, RegFileValue("a", "REG_SZ", "é")),
        SetValue(KEY, RegFileValue("", "REG_SZ", "50 %")),
    )
    assert render(entries, delete_first=KEY) == (
        f"{HEADER_5}\r\n\r\n[-{KEY}]\r\n\r\n[{KEY}]\r\n"
        '"a"=hex(1):e9,00,00,00\r\n@=hex(1):35,00,30,00,20,00,25,00,00,00\r\n\r\n'
    )


@pytest.mark.parametrize(
    "text",
    [
        "50%",
        "now!",
        "a & b",
        "^",
        "<in >out",
        'a "quote"',
        "é",
        "two\r\nlines",
        "\t",
        "\x7f",
        "x" * 1001,
        "\\" * 501,
    ],
)
def test_string_that_can_not_be_echoed_is_sent_as_bytes(text: str) -> None:
    entry = SetValue(KEY, RegFileValue("a", "REG_SZ", text))
    assert '"a"=hex(1):' in render([entry])
    assert '"a"="' in render([entry], sendable=False)


@pytest.mark.parametrize("text", ["", "C:\\x", "a b;c,d", "(a)", "x" * 1000])
def test_string_that_can_be_echoed_stays_readable(text: str) -> None:
    assert '"a"="' in render([SetValue(KEY, RegFileValue("a", "REG_SZ", text))])


def test_render_names_the_key_of_a_value_that_has_none_above() -> None:
    text = render([SetValue(KEY, RegFileValue("a", "REG_DWORD", 1)), DeleteValue(f"{KEY}\\B", "b")])
    assert text.split("\r\n")[2:] == [f"[{KEY}]", '"a"=dword:00000001', "", f"[{KEY}\\B]", '"b"=-', "", ""]


@pytest.mark.parametrize(
    "value",
    [
        RegFileValue("a", "REG_DWORD", "1"),
        RegFileValue("a", "REG_DWORD", -1),
        RegFileValue("a", "REG_DWORD", 1 << 32),
        RegFileValue("a", "REG_DWORD", True),
        RegFileValue("a", "REG_QWORD", 1 << 64),
        RegFileValue("a", "REG_SZ", "a\0b"),
        RegFileValue("a", "REG_SZ", 1),
        RegFileValue("a", "REG_MULTI_SZ", ("a", "")),
        RegFileValue("a", "REG_BINARY", "01"),
        RegFileValue("é", "REG_SZ", ""),
        RegFileValue("%a%", "REG_SZ", ""),
        *(RegFileValue(f"a{character}b", "REG_SZ", "") for character in '"&^<>|!'),
        RegFileValue("a\r\n[HKLM]", "REG_SZ", ""),
    ],
)
def test_render_refuses_what_it_can_not_say(value: RegFileValue) -> None:
    with pytest.raises(ValueError):
        render([MakeKey(KEY), SetValue(KEY, value)])


NAMES = st.text(st.sampled_from(string.ascii_letters + string.digits + " \\@;=[]-(),"), max_size=90)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=1200)
VALUES = st.one_of(
    st.builds(RegFileValue, NAMES, st.just("REG_SZ"), TEXTS),
    st.builds(RegFileValue, NAMES, st.just("REG_EXPAND_SZ"), TEXTS),
    st.builds(RegFileValue, NAMES, st.just("REG_DWORD"), st.integers(0, 2**32 - 1)),
    st.builds(RegFileValue, NAMES, st.just("REG_QWORD"), st.integers(0, 2**64 - 1)),
    st.builds(RegFileValue, NAMES, st.just("REG_MULTI_SZ"), st.lists(TEXTS.filter(bool), max_size=4).map(tuple)),
    st.builds(
        value_of,
        NAMES,
        st.sampled_from(["REG_NONE", "REG_SZ", "REG_BINARY", "REG_DWORD", "REG_MULTI_SZ", "0x42"]),
        st.binary(max_size=200),
    ),
)
KEYS = st.lists(st.text(st.sampled_from(string.ascii_letters + " []-;"), min_size=1), max_size=3).map(
    lambda parts: "\\".join([KEY, *parts])
)


@st.composite
def _entries(draw: st.DrawFn) -> tuple[Entry, ...]:
    entries: list[Entry] = []
    for key in draw(st.lists(KEYS, max_size=4)):
        if draw(st.booleans()):
            entries.append(DeleteKey(key))
        entries.append(MakeKey(key))
        values = draw(st.lists(st.tuples(VALUES, st.booleans()), max_size=4))
        entries += [DeleteValue(key, value.name) if gone else SetValue(key, value) for value, gone in values]
    return tuple(entries)


@given(_entries(), st.booleans())
def test_what_is_written_is_read_back(entries: tuple[Entry, ...], sendable: bool) -> None:
    text = render(entries, sendable=sendable)
    assert parse(text.encode("utf-16"), max_size=1 << 24).entries == entries
    if sendable:
        assert parse(text.encode("ascii"), max_size=1 << 24).entries == entries


def _as_cmd_writes(line: str) -> str:
    """What ``echo`` of cmd.exe writes for an escaped line: a caret outside quotes takes itself away."""
    written, quotes, characters = "", False, iter(line)
    for character in characters:
        quotes ^= character == '"'
        assert quotes or character not in "&|<>", "cmd.exe would obey it"
        if character == "^" and not quotes:
            following = next(characters)
            quotes ^= following == '"'
            character = following
        written += character
    return written


@given(_entries())
def test_every_line_can_be_sent_with_echo(entries: tuple[Entry, ...]) -> None:
    for line in render(entries).split("\r\n"):
        assert line.isascii() and (line.isprintable() or not line)
        assert not set(line) & set("%!")
        assert len(line) < 2500
        (command,) = write_file("C:\\x.reg", [line])
        echoed = command.removeprefix('>"C:\\x.reg" echo').removesuffix("&ver >nul")
        assert _as_cmd_writes(echoed[1:]) == line


@given(st.binary(max_size=300), st.sampled_from([None, 850, 932, 65001, 99999]))
def test_bytes_are_read_or_refused(data: bytes, code_page: int | None) -> None:
    for prefix in (b"", HEADER_4.encode() + b"\n", HEADER_5.encode() + b"\n[HKLM\\A]\n", b"\xff\xfe"):
        try:
            parse(prefix + data, code_page)
        except RegFileError as refused:
            assert refused.line >= 1 and refused.reason


@given(_entries(), st.data())
def test_damaged_files_are_read_or_refused(entries: tuple[Entry, ...], data: st.DataObject) -> None:
    text = render(entries)
    at = data.draw(st.integers(0, len(text)))
    text = text[:at] + data.draw(st.text(st.sampled_from('[]-"\\\r\n=;,hex:dwor01 '), max_size=5)) + text[at + 1 :]
    try:
        read = parse(text.encode("ascii"), max_size=1 << 24)
    except RegFileError as refused:
        assert 1 <= refused.line <= text.count("\n") + text.count("\r") + 1
    else:
        assert parse(render(read.entries, sendable=False).encode("utf-8"), max_size=1 << 24).entries == read.entries


def test_hostile_file_takes_no_longer_than_another() -> None:
    """Half a million open quotes, backslashes, commas: read once from front to end, or this test never ends."""
    for filling in ('"', "\\", '"\\', ",", "[", ";", '"a"=hex:01,\\\r\n', "\r", " ", '" ="'):
        with contextlib.suppress(RegFileError):
            parse(_file(f"[{KEY}]", '"a"=hex:' + filling * (500_000 // len(filling))))
