# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Samba reads the Registry.pol that we write, and we read the one that Samba writes."""

from __future__ import annotations

import json
import subprocess
import typing as t
from pathlib import Path

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats.registry_pol import Record, parse, render
from hypothesis import given, settings
from hypothesis import strategies as st

from programs import program

pytestmark = pytest.mark.needs_program("samba-tool")

_HELPER = Path(__file__).with_name("samba_preg.py")
_SZ, _EXPAND_SZ, _BINARY, _DWORD, _MULTI_SZ, _QWORD = 1, 2, 3, 4, 7, 11


def _samba(verb: str, data: bytes) -> bytes:
    place = program("samba-tool").find()
    assert place
    # The Python that Samba was made for, whichever this is.
    python = Path(place).read_text(encoding="utf-8").partition("\n")[0].removeprefix("#!").split()
    return subprocess.run([*python, str(_HELPER), verb], input=data, capture_output=True, check=True, timeout=60).stdout


def _ours(record: t.Sequence[t.Any]) -> Record:
    """The record that Samba's form of it stands for, by the documents."""
    key, name, type_, data = record
    if isinstance(data, dict):
        stored = bytes.fromhex(data["hex"])
    elif isinstance(data, int):
        stored = data.to_bytes(8 if type_ == _QWORD else 4, "little")
    else:
        stored = f"{data}\0".encode("utf-16-le")
    return Record(key, name, type_, stored)


# Samba's texts end at a NUL as ours do; it doesn't take halves of a pair.
_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=15)
_NAME = _TEXT | st.sampled_from(["fDenyTSConnections", "**del.fDenyTSConnections", "**delvals.", "**DeleteKeys"])
_HEX = st.binary(min_size=1, max_size=30).map(lambda stored: {"hex": stored.hex()})
_STRINGS = st.lists(_TEXT.filter(bool), max_size=3).map(
    lambda items: {"hex": "".join(f"{item}\0" for item in (*items, "")).encode("utf-16-le").hex()}
)
_RECORD = st.one_of(
    st.tuples(_TEXT, _NAME, st.sampled_from([_SZ, _EXPAND_SZ]), _TEXT),
    st.tuples(_TEXT, _NAME, st.just(_DWORD), st.integers(0, 2**32 - 1)),
    st.tuples(_TEXT, _NAME, st.just(_QWORD), st.integers(0, 2**64 - 1)),
    st.tuples(_TEXT, _NAME, st.just(_BINARY), _HEX),
    st.tuples(_TEXT, _NAME, st.just(_MULTI_SZ), _STRINGS),
)


@settings(max_examples=15, deadline=None)
@given(st.lists(_RECORD, min_size=1, max_size=40))
def test_each_reads_what_the_other_wrote(records: list[t.Sequence[t.Any]]) -> None:
    by_samba = _samba("write", json.dumps(records).encode())
    assert parse(by_samba).records == tuple(_ours(record) for record in records)
    assert render(parse(by_samba).records) == by_samba
    assert json.loads(_samba("read", render([_ours(record) for record in records]))) == [list(one) for one in records]


def test_a_large_file_of_ours_is_read_by_samba() -> None:
    records = [[f"Software\\Policies\\Vendor{i % 50}", f"Setting{i}", _DWORD, i] for i in range(5000)]
    assert json.loads(_samba("read", render([_ours(record) for record in records]))) == records
