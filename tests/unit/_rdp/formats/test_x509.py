# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates, read by the library cryptography."""

from __future__ import annotations

import datetime
import hashlib
import sys
from pathlib import Path

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats import certstore
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats import x509 as certificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given
from hypothesis import strategies as st

KEY = ec.generate_private_key(ec.SECP256R1())
START = datetime.datetime(2026, 1, 31, 23, 59, 58, tzinfo=datetime.UTC)
END = START + datetime.timedelta(days=183)
# What SessionEnv asks for: 0xB0.
USAGE = x509.KeyUsage(True, False, True, True, False, False, False, False, False)


def _der(*extensions: x509.ExtensionType, issuer: str = "web03.example.com") -> bytes:
    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    builder = x509.CertificateBuilder(name(issuer), name("web03.example.com"), KEY.public_key(), 4711, START, END)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.DER)


SERVER = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
CLIENT = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
ANY = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE])


def test_self_signed_certificate_of_a_listener() -> None:
    der = _der(SERVER, USAGE)
    assert certificate.read(der) == certificate.Certificate(
        subject="CN=web03.example.com",
        issuer="CN=web03.example.com",
        thumbprint=hashlib.sha1(der).hexdigest().upper(),
        sha256=hashlib.sha256(der).hexdigest().upper(),
        not_before=START,
        not_after=END,
        self_signed=True,
        server_auth=True,
        key_usage=("digital_signature", "key_encipherment", "data_encipherment"),
    )


@pytest.mark.parametrize(
    ("extensions", "server_auth"), [((), True), ((SERVER,), True), ((ANY,), True), ((CLIENT,), False)]
)
def test_server_authentication(extensions: tuple[x509.ExtensionType, ...], server_auth: bool) -> None:
    read = certificate.read(_der(*extensions))
    assert read.server_auth is server_auth
    assert read.key_usage == ()


def test_certificate_of_an_authority_is_not_self_signed() -> None:
    assert not certificate.read(_der(SERVER, issuer="Example CA")).self_signed


def test_certificate_of_the_corpus(corpus: Path) -> None:
    stored = certstore.read((corpus / "certstore/01_en-US_root_store_blob.bin").read_bytes())
    read = certificate.read(stored.der)
    assert read.thumbprint == stored.thumbprint
    assert read.not_after == datetime.datetime(2004, 1, 7, 23, 59, 59, tzinfo=datetime.UTC)
    assert read.self_signed and read.server_auth


def test_without_the_library_it_is_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(UnreadableError, match="needs the Python package cryptography"):
        certificate.read(_der())


@pytest.mark.parametrize("data", [b"", b"0", b"\x30\x80", b"-----BEGIN CERTIFICATE-----", _der()[:-1], _der() + b"\0"])
def test_no_certificate_is_unreadable(data: bytes) -> None:
    with pytest.raises(UnreadableError, match="can't be read"):
        certificate.read(data)


@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=4))
def test_damaged_certificates_are_read_or_unreadable(at: int, damage: bytes) -> None:
    der = DAMAGED[: at % len(DAMAGED)] + damage + DAMAGED[at % len(DAMAGED) + len(damage) :]
    try:
        read = certificate.read(der)
    except UnreadableError as error:
        assert error.reason
    else:
        assert read.thumbprint == hashlib.sha1(der).hexdigest().upper()


DAMAGED = _der(SERVER, USAGE)
