# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates for the RDP listeners of a lab: self-signed ones made when they are needed, and TLS for any of them."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import hashlib
import ssl
import tempfile
import threading
import typing as t
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

#: Windows' self-signed RDP certificate is valid for half a year
VALID_DAYS = 182


@dataclasses.dataclass(frozen=True)
class KeyPair:
    """A certificate and its key, both PEM."""

    certificate: bytes
    key: bytes


class TlsCertificates:
    """Makes and keeps what TLS needs. One RSA key serves the whole lab: making one takes a tenth of a second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._key: rsa.RSAPrivateKey | None = None
        self._made: dict[str, KeyPair] = {}
        self._contexts: dict[bytes, ssl.SSLContext] = {}

    @property
    def key(self) -> rsa.RSAPrivateKey:
        """The lab's RSA key."""
        with self._lock:
            if self._key is None:
                self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            return self._key

    def self_signed(self, name: str) -> KeyPair:
        """The self-signed certificate of a host, always the same one."""
        key = self.key
        with self._lock:
            if name not in self._made:
                self._made[name] = KeyPair(_certificate(name, key), _pem(key))
            return self._made[name]

    def context(self, certificate: t.Any) -> ssl.SSLContext:
        """TLS for a certificate: a KeyPair, a pair (certificate, key), or an object with these two attributes.

        Both may be PEM or DER bytes or cryptography's objects; without a key the lab's own one is meant.
        """
        pair = self._as_pair(certificate)
        digest = hashlib.sha256(pair.certificate + pair.key).digest()
        with self._lock:
            context = self._contexts.get(digest)
        if context is None:
            context = _context(pair)
            with self._lock:
                self._contexts[digest] = context
        return context

    def _as_pair(self, given: t.Any) -> KeyPair:
        if isinstance(given, KeyPair):
            return given
        if isinstance(given, tuple):
            certificate, key = given
        else:
            certificate, key = getattr(given, "certificate", given), getattr(given, "key", None)
        return KeyPair(_certificate_pem(certificate), _key_pem(self.key if key is None else key))


def _certificate_pem(given: t.Any) -> bytes:
    if isinstance(given, bytes):
        if given.startswith(b"-----"):
            return given
        given = x509.load_der_x509_certificate(given)
    pem: bytes = given.public_bytes(serialization.Encoding.PEM)
    return pem


def _key_pem(given: t.Any) -> bytes:
    if isinstance(given, bytes):
        return given if given.startswith(b"-----") else _pem(serialization.load_der_private_key(given, None))
    return _pem(given)


def _pem(key: t.Any) -> bytes:
    pem: bytes = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem


def _certificate(name: str, key: rsa.RSAPrivateKey) -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=VALID_DAYS))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _context(pair: KeyPair) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # a certificate of the emulated host may be weak or expired: that is for the client to find
    with contextlib.suppress(ssl.SSLError):
        context.set_ciphers("DEFAULT@SECLEVEL=0")
    with tempfile.TemporaryDirectory(prefix="lab-tls-") as folder:
        file = Path(folder) / "chain.pem"
        file.touch(0o600)
        file.write_bytes(pair.key + pair.certificate)
        context.load_cert_chain(file)
    return context
