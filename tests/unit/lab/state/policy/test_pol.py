# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Registry.pol as the lab writes and reads it, held against the documented bytes and against Samba."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.faults.policy import LARGE_BYTES, large_records
from lab.state.policy.pol import DamagedPolError, Record, deletion, read_pol, write_pol
from lab.state.registry import REG_BINARY, REG_DWORD, REG_SZ, Value, binary, dword, sz
from programs import program

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
RECORDS = st.lists(
    st.builds(Record, TEXT, TEXT, st.builds(Value, st.integers(0, 11), st.binary(max_size=40))), max_size=8
)


def test_the_documented_bytes() -> None:
    """https://learn.microsoft.com/previous-versions/windows/desktop/policy/registry-policy-file-format."""
    made = write_pol([Record("K", "V", dword(1))])

    assert made == (
        b"PReg\x01\0\0\0" b"[\0K\0\0\0;\0V\0\0\0;\0" b"\x04\0\0\0;\0" b"\x04\0\0\0;\0" b"\x01\0\0\0]\0"
    )  # fmt: skip
    assert list(read_pol(made)) == [Record("K", "V", dword(1))]


@given(RECORDS)
def test_what_is_written_is_read(records: list[Record]) -> None:
    data = write_pol(records)

    assert list(read_pol(data)) == records
    assert write_pol(read_pol(data)) == data


@given(RECORDS.filter(bool), st.data())
def test_a_file_cut_short_gives_the_records_before_the_cut(records: list[Record], data: st.DataObject) -> None:
    whole = write_pol(records)
    cut = data.draw(st.integers(0, len(whole) - 1))
    found: list[Record] = []
    boundaries = [len(write_pol(records[:number])) for number in range(len(records))]
    try:
        found.extend(read_pol(whole[:cut]))  # keeps what came before the exception
        assert cut in boundaries
    except DamagedPolError:
        assert cut not in boundaries
    assert found == records[: len(found)]
    assert len(write_pol(found)) <= max(cut, 8)


def test_a_deletion_speaks_of_the_value_it_deletes() -> None:
    order = deletion("Software\\K", "Value")

    assert (order.name, order.value) == ("**del.Value", sz(" "))
    assert order.place == Record("SOFTWARE\\k", "vALUE", dword(1)).place


def test_the_large_file_is_large() -> None:
    data = write_pol(large_records())

    assert LARGE_BYTES <= len(data) < LARGE_BYTES * 1.01
    assert [record.name for record in read_pol(data)].count("fDenyTSConnections") == 1


def _samba(verb: str, data: bytes) -> bytes:
    place = program("samba-tool").find()
    assert place
    python = Path(place).read_text(encoding="utf-8").partition("\n")[0].removeprefix("#!").split()
    helper = str(Path(__file__).with_name("samba_pol.py"))
    return subprocess.run([*python, helper, verb], input=data, capture_output=True, check=True, timeout=60).stdout


def _for_samba(record: Record) -> list[object]:
    value = record.value
    data = {REG_DWORD: value.number, REG_SZ: value.text, REG_BINARY: value.raw.hex()}[value.type]
    return [record.key, record.name, value.type, data]


SAMBA_RECORDS = st.lists(
    st.builds(
        Record, TEXT, TEXT,
        st.one_of(st.builds(dword, st.integers(0, 2**32 - 1)), st.builds(sz, TEXT),
                  st.builds(binary, st.binary(min_size=1, max_size=30))),
    ),
    min_size=1, max_size=30,
)  # fmt: skip


@pytest.mark.needs_program("samba-tool")
@settings(max_examples=10, deadline=None)
@given(SAMBA_RECORDS)
def test_samba_reads_ours_and_writes_the_same_bytes(records: list[Record]) -> None:
    rows = [_for_samba(record) for record in records]

    assert json.loads(_samba("read", write_pol(records))) == rows
    assert _samba("write", json.dumps(rows).encode()) == write_pol(records)


@pytest.mark.needs_program("samba-tool")
def test_samba_reads_the_files_of_a_host() -> None:
    rows = json.loads(_samba("read", write_pol([deletion("K", "V"), *large_records()])))

    assert rows[0] == ["K", "**del.V", REG_SZ, " "]
    assert len(rows) == len(large_records()) + 1
