# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates as the stores of a host hold them."""

from __future__ import annotations

import datetime
import hashlib
import struct

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.probes import STORES_KEY
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from unit._rdp.state.outputs import long

KEY = ec.generate_private_key(ec.SECP256R1())
START = datetime.datetime(2026, 1, 31, 23, 59, 58, tzinfo=datetime.UTC)
END = START + datetime.timedelta(days=183)
PROVIDER = "Microsoft Enhanced Cryptographic Provider v1.0"


def der(name: str) -> bytes:
    """Return a certificate that signed itself."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(subject, subject, KEY.public_key(), 4711, START, END)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.DER)


def sha1(data: bytes) -> str:
    """Return the thumbprint of a certificate."""
    return hashlib.sha1(data).hexdigest().upper()


def blob(data: bytes, container: str | None = "TSSecKeySet1") -> bytes:
    """Return the value Blob of a certificate, with its key's container unless that is None."""
    records = [] if container is None else [(2, _key_info(container))]
    return b"".join(struct.pack("<III", number, 1, len(part)) + part for number, part in (*records, (32, data)))


def _key_info(container: str) -> bytes:
    """CRYPT_KEY_PROV_INFO: seven numbers, the first two are offsets of the names behind them."""
    first, second = (f"{name}\0".encode("utf-16-le") for name in (container, PROVIDER))
    return struct.pack("<7I", 28, 28 + len(first), 1, 0x20, 0, 0, 1) + first + second


def store(name: str, *certificates: bytes, container: str | None = "TSSecKeySet1", below: str = "") -> str:
    """Return what ``reg query /s`` prints of a store."""
    top = rf"{long(STORES_KEY)}\{name}\Certificates"
    rows = [
        line
        for data in certificates
        for line in (
            "",
            rf"{top}\{below or sha1(data)}",
            f"    Blob    REG_BINARY    {blob(data, container).hex().upper()}",
        )
    ]
    return "\n".join([*(rows or ["", top]), "", ""])
