# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""DER: what it reads and refuses, and that nothing takes it long."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.module_utils import rdp_der
from ansible_collections.winops.rdp.plugins.module_utils.rdp_der import DerValue
from ansible_collections.winops.rdp.plugins.module_utils.rdp_errors import MalformedError
from hypothesis import given, settings
from hypothesis import strategies as st


@given(st.binary(max_size=300))
def test_der_reads_any_bytes_or_says_that_they_are_malformed(data: bytes) -> None:
    try:
        values = rdp_der.read_all(data)
    except MalformedError:
        return
    assert b"".join(value.encoded for value in values) == data


@given(st.integers(0, 254).filter(lambda tag: tag & 0x1F != 0x1F), st.binary(max_size=70000))
@settings(max_examples=50)
def test_der_reads_what_it_writes(tag: int, content: bytes) -> None:
    encoded = rdp_der.write(tag, content)
    assert rdp_der.read(encoded) == DerValue(tag, content, encoded)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "30",
        "3080",  # an indefinite length
        "308500000000 00",  # a length of five bytes
        "1f8101 00",  # a tag of two bytes
        "300101",  # a SEQUENCE with half a value
        "3003020100 00",  # one byte too many
        "3084ffffffff",
    ],
)
def test_der_refuses(data: str) -> None:
    with pytest.raises(MalformedError):
        rdp_der.read_all(rdp_der.read(bytes.fromhex(data)).content)


def test_nothing_takes_long_because_it_is_nested_or_numerous() -> None:
    with pytest.raises(MalformedError, match="more than 1000"):
        rdp_der.read_all(b"\x05\x00" * 100000)


@pytest.mark.parametrize(
    ("content", "expected"),
    [("550403", "2.5.4.3"), ("2a864886f70d010901", "1.2.840.113549.1.9.1"), ("883703", "2.999.3"), ("00", "0.0")],
)
def test_object_identifiers(content: str, expected: str) -> None:
    assert rdp_der.read_object_identifier(bytes.fromhex(content)) == expected


@pytest.mark.parametrize("content", ["", "80", "5504ff", "ff" * 50 + "01"])
def test_object_identifiers_that_are_none(content: str) -> None:
    with pytest.raises(MalformedError):
        rdp_der.read_object_identifier(bytes.fromhex(content))
