# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates as the registry holds them."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats import certstore
from hypothesis import given
from hypothesis import strategies as st

DER = b"0\x03\x02\x01\x05"
SHA1 = hashlib.sha1(DER).digest()


def _record(number: int, data: bytes, encoding: int = 1) -> bytes:
    return struct.pack("<III", number, encoding, len(data)) + data


def _key_info(container: str, provider: str) -> bytes:
    """CRYPT_KEY_PROV_INFO: seven numbers, the first two are offsets of the names behind them."""
    first, second = (f"{name}\0".encode("utf-16-le") for name in (container, provider))
    return struct.pack("<7I", 28, 28 + len(first), 1, 0x20, 0, 0, 1) + first + second


PROVIDER = "Microsoft Enhanced Cryptographic Provider v1.0"
INFO = _key_info("TSSecKeySet1", PROVIDER)


def test_certificate_of_the_listener() -> None:
    name = "Remote\0".encode("utf-16-le")
    blob = _record(2, INFO) + _record(32, DER) + _record(3, SHA1) + _record(11, name) + _record(99, b"")
    assert certstore.read(blob) == certstore.StoredCertificate(
        DER,
        SHA1.hex().upper(),
        certstore.KeyProvider("TSSecKeySet1", PROVIDER, 1, 0x20, 1),
        "Remote",
        (2, 32, 3, 11, 99),
    )


def test_certificate_alone() -> None:
    stored = certstore.read(_record(32, DER))
    assert (stored.thumbprint, stored.key, stored.friendly_name) == (SHA1.hex().upper(), None, "")


@pytest.mark.parametrize(
    "info",
    [b"", INFO[:27], b"\xff" * 28, struct.pack("<7I", 29, 0, 1, 0, 0, 0, 1), INFO[:28] + b"\x00\xd8\x00\x00"],
)
def test_key_information_of_another_form_is_tolerated(info: bytes) -> None:
    stored = certstore.read(_record(32, DER) + _record(2, info))
    assert stored.key is None and stored.der == DER


def test_key_information_without_names_or_ends() -> None:
    no_names = certstore.read(_record(32, DER) + _record(2, struct.pack("<7I", 0, 0, 0, 0, 0, 0, 1))).key
    assert no_names == certstore.KeyProvider("", "", 0, 0, 1)
    no_end = certstore.read(_record(32, DER) + _record(2, struct.pack("<7I", 28, 0, 0, 0, 0, 0, 1) + b"a\0b\0c")).key
    assert no_end is not None and no_end.container == "ab"


@pytest.mark.parametrize(
    ("blob", "reason"),
    [
        (b"", "0 certificates"),
        (_record(3, SHA1), "0 certificates"),
        (_record(32, b""), "certificates"),
        (_record(32, DER) * 2, "2 certificates"),
        (_record(32, DER) + _record(3, bytes(20)), "SHA-1"),
        (_record(32, DER)[:-1], "longer than the blob"),
        (_record(32, DER) + b"\0", "inside a record"),
        (_record(32, DER) + struct.pack("<III", 5, 1, 0xFFFFFFFF), "longer than the blob"),
    ],
)
def test_damaged_blobs_are_unreadable(blob: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        certstore.read(blob)


def test_blob_of_the_corpus(corpus: Path) -> None:
    blob = (corpus / "certstore/01_en-US_root_store_blob.bin").read_bytes()
    stored = certstore.read(blob)
    assert stored.thumbprint == "18F7C1FCC3090203FD5BAA2F861A754976C8DD25"
    assert stored.friendly_name == "VeriSign Time Stamping CA"
    assert stored.properties == (25, 15, 3, 9, 11, 20, 32)
    assert stored.key is None
    for end in range(len(blob)):
        with pytest.raises(UnreadableError):
            certstore.read(blob[:end])


RECORDS = st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 9), st.binary(max_size=40)), max_size=6)


@given(RECORDS)
def test_records_come_back(records: list[tuple[int, int, bytes]]) -> None:
    blob = b"".join(_record(number, data, encoding) for number, encoding, data in records)
    assert [(record.id, record.encoding, record.data) for record in certstore.parse(blob)] == records


@given(st.binary(max_size=120))
def test_bytes_are_read_or_unreadable(data: bytes) -> None:
    for blob in (data, _record(32, DER) + _record(2, data) + _record(11, data), _record(32, DER) + data):
        try:
            certstore.read(blob)
        except UnreadableError as error:
            assert error.reason
