# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Registry.pol: every record comes back as it was, and what is said about a value is what Windows would do."""

from __future__ import annotations

import contextlib
import doctest
import time

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats import registry_pol
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats.registry_pol import (
    Decision,
    Record,
    RegistryPol,
    dword,
    parse,
    render,
)
from hypothesis import given, settings
from hypothesis import strategies as st

TS = r"SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services"
DENY = "fDenyTSConnections"
ONE = dword(TS, DENY, 1)
SPACE = " \0".encode("utf-16-le")

# One record, as a hexadecimal editor shows it: [Software\A;v;4;4;1].
BY_HAND = b"PReg\x01\0\0\0[\0S\0o\0f\0t\0w\0a\0r\0e\0\\\0A\0\0\0;\0v\0\0\0;\0\x04\0\0\0;\0\x04\0\0\0;\0\x01\0\0\0]\0"


def text(key: str, name: str, data: str) -> Record:
    return Record(key, name, 1, f"{data}\0".encode("utf-16-le"))


def decided(*records: Record, key: str = TS, name: str = DENY) -> Decision | None:
    return parse(render(records)).decides(key, name)


def test_a_file_as_it_is_documented() -> None:
    assert parse(BY_HAND).records == (Record("Software\\A", "v", 4, b"\x01\0\0\0"),)
    assert render([dword("Software\\A", "v", 1)]) == BY_HAND
    assert parse(b"PReg\x01\0\0\0") == RegistryPol(())


RECORDS = st.lists(
    st.builds(
        Record,
        st.text(st.characters(exclude_characters="\0", exclude_categories=[]), max_size=20),
        st.text(st.characters(exclude_characters="\0", exclude_categories=[]), max_size=20)
        | st.sampled_from(
            ["**del.x", "**DelVals.", "**DeleteValues", "**DeleteKeys", "**SecureKey", "**soft.x", "];["]
        ),
        st.integers(0, 2**32 - 1) | st.integers(0, 11),
        st.binary(max_size=40) | st.sampled_from([b"]\0[\0", b";\0", b"\0\0;\0", SPACE]),
    ),
    max_size=12,
)


@given(RECORDS)
def test_written_files_are_read_back(records: list[Record]) -> None:
    written = render(records)
    assert parse(written).records == tuple(records)
    assert render(parse(written).records) == written


@settings(max_examples=200)
@given(RECORDS, st.data())
def test_a_cut_file_is_never_a_shorter_one(records: list[Record], data: st.DataObject) -> None:
    written = render(records)
    ends = [len(render(records[:count])) for count in range(len(records) + 1)]
    cut = data.draw(st.integers(0, len(written)))
    if cut in ends:
        assert parse(written[:cut]).records == tuple(records[: ends.index(cut)])
    else:
        with pytest.raises(UnreadableError):
            parse(written[:cut])


@given(st.binary(max_size=200), st.integers(0, len(BY_HAND)))
def test_garbage_is_unreadable_or_comes_back(garbage: bytes, place: int) -> None:
    for broken in (garbage, BY_HAND[:8] + garbage, BY_HAND[:place] + garbage + BY_HAND[place:]):
        with contextlib.suppress(UnreadableError):
            assert render(parse(broken).records) == broken


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (b"", "nothing"),
        (b"PReg\x02\0\0\0", "50 52 65 67 02 00 00 00"),
        (b"\xff\xfe[\0", "does not begin with PReg"),
        (BY_HAND[:8] + b"\0\0" + BY_HAND[8:], r"Offset 8 holds 00 00 instead of '\['"),
        (BY_HAND + b"\0", "Offset 58 holds 00 instead"),
        (BY_HAND[:-1], "Offset 56 holds 5d instead of ']'"),
        (BY_HAND[:20], "text at offset 10 has no end"),
        (BY_HAND[:40], "within the record at offset 8"),
        (BY_HAND[:46] + b"\xff" + BY_HAND[47:], "has 255 bytes of data, but the file ends after 6"),
        (BY_HAND.replace(b";\0v", b",\0v"), "instead of ';'"),
        (BY_HAND.replace(b"\x04\0\0\0;\0\x04", b"\x04\0\0\0,\0\x04"), "instead of ';'"),
    ],
)
def test_malformed_file_is_unreadable(broken: bytes, said: str) -> None:
    with pytest.raises(UnreadableError, match=said):
        parse(broken)


def test_value_that_does_not_fit_is_refused() -> None:
    for record in (Record("a\0", "b", 1, b""), Record("a", "b\0", 1, b""), Record("a", "b", -1, b"")):
        with pytest.raises(ValueError, match="not fit"):
            render([record])


@pytest.mark.parametrize(
    ("records", "does", "data"),
    [
        ([ONE], "set", 1),
        ([dword(TS.lower(), DENY.upper(), 0)], "set", 0),
        ([dword(TS + "\\", DENY, 0)], "set", 0),
        ([ONE, dword(TS, DENY, 0)], "set", 0),
        ([text(TS, f"**del.{DENY}", " ")], "delete", None),
        ([ONE, text(TS, f"**DEL.{DENY.lower()}", " ")], "delete", None),
        ([text(TS, f"**del.{DENY}", " "), ONE], "set", 1),
        ([ONE, text(TS, "**delvals.", " ")], "delete", None),
        ([ONE, text(TS, "**DelVals", " ")], "delete", None),
        ([text(TS, "**delvals.", " "), ONE], "set", 1),
        ([ONE, text(TS, "**DeleteValues", f"Other;{DENY.upper()}")], "delete", None),
        ([ONE, text(TS, "**DeleteValues", "Other")], "set", 1),
        ([ONE, text(r"SOFTWARE\Policies\Microsoft\Windows NT", "**DeleteKeys", "X;terminal services")], "delete", None),
        ([ONE, text(r"SOFTWARE\Policies", "**deletekeys ", "Microsoft")], "delete", None),
        ([ONE, text(r"SOFTWARE\Policies\Microsoft", "**DeleteKeys", "Terminal Services")], "set", 1),
        (
            [ONE, text(r"SOFTWARE\Policies\Microsoft", "**DeleteKeys", r"X;windows nt\Terminal Services")],
            "delete",
            None,
        ),
        ([ONE, text(r"SOFTWARE\Policies\Microsoft", "**DeleteKeys", r"Windows NT\Terminal Services\Client")], "set", 1),
        ([ONE, text(r"SOFTWARE\Policies\Microsoft", "**DeleteKeys", ";Windows")], "set", 1),
        ([ONE, text(TS, "**DeleteKeys", "Client")], "set", 1),
        ([ONE, dword(TS, "**SecureKey", 1)], "set", 1),
        ([ONE, text(TS, "**Comment:", DENY)], "set", 1),
        ([ONE, Record(TS, "", 0, b"")], "set", 1),
        ([ONE, text(r"SOFTWARE\Policies\Microsoft\Windows NT", "**delvals.", " ")], "set", 1),
        ([ONE, text(TS, "**del.Other", " "), dword(TS, "Other", 5), dword("SOFTWARE", DENY, 0)], "set", 1),
        ([dword(TS, f"**soft.{DENY}", 1)], "soft", 1),
        ([dword(TS, DENY, 0), dword(TS, f"**soft.{DENY}", 1)], "set", 0),
        ([text(TS, f"**del.{DENY}", " "), dword(TS, f"**soft.{DENY}", 1)], "set", 1),
        ([Record(TS, DENY, 4, b"\x01")], "set", b"\x01"),
        ([Record(TS, DENY, 3, b"\x01")], "set", b"\x01"),
        ([Record(TS, DENY, 11, bytes(8))], "set", 0),
        ([text(TS, DENY, "a")], "set", "a"),
        ([Record(TS, DENY, 1, b"")], "set", ""),
        ([Record(TS, DENY, 1, b"\x00\xd8")], "set", b"\x00\xd8"),
        ([Record(TS, DENY, 7, "a\0b\0\0".encode("utf-16-le"))], "set", ("a", "b")),
    ],
)
def test_what_a_file_says_about_a_value(records: list[Record], does: str, data: object) -> None:
    for key in (TS, f"HKLM\\{TS}", f"hkey_local_machine\\{TS.upper()}"):
        decision = decided(*records, key=key)
        assert decision is not None
        assert (decision.does, decision.data) == (does, data)


def test_file_that_says_nothing() -> None:
    assert decided(dword(TS, "Other", 1), dword("SOFTWARE\\Policies", DENY, 1)) is None
    # Not the same letter for the registry, though Python folds them.
    assert decided(dword(TS, "fDenyTSConnection\u017f", 1)) is None
    # The type without a name of its own.
    assert decided(Record(TS, DENY, 0x100, b"x")) == Decision("set", "0x100", b"x", DENY)


def test_key_that_is_only_made_says_nothing_about_its_default_value() -> None:
    assert decided(Record(TS, "", 0, b""), name="") is None
    assert decided(text(TS, "", "x"), name="") == Decision("set", "REG_SZ", "x", "")


def test_setting_and_removing_one_value_keeps_the_others() -> None:
    others = (dword(TS, "A", 1), Record("Software\\X", "**delvals.", 1, SPACE), dword(TS, "B", 2))
    file = RegistryPol((others[0], text(TS, f"**del.{DENY}", " "), others[1], dword(TS, DENY.upper(), 1), others[2]))
    assert file.with_value(dword(TS, DENY, 0)).records == (others[0], dword(TS, DENY, 0), *others[1:])
    assert file.without_value(f"HKLM\\{TS}", DENY).records == others
    assert RegistryPol(others).with_value(ONE).records == (*others, ONE)
    assert RegistryPol(others).without_value(TS, DENY).records == others


def test_value_is_set_behind_an_instruction_that_would_delete_it() -> None:
    deletes = text(TS, "**delvals.", " ")
    changed = RegistryPol((ONE, deletes)).with_value(dword(TS, DENY, 0))
    assert changed.records == (deletes, dword(TS, DENY, 0))
    decision = changed.decides(TS, DENY)
    assert decision and decision.data == 0


def test_file_of_five_megabytes_is_read_in_time() -> None:
    written = render([dword(f"Software\\Policies\\Vendor{i % 500}", f"Setting number {i}", i) for i in range(42000)])
    assert len(written) > 5_000_000
    began = time.monotonic()
    file = parse(written)
    assert file.decides(r"HKLM\Software\Policies\Vendor7", "setting number 7") is not None
    assert render(file.records) == written
    assert time.monotonic() - began < 2


def test_examples() -> None:
    results = doctest.testmod(registry_pol)
    assert results.attempted and not results.failed
