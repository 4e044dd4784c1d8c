# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates and their keys, as the tools of the healthy host print them."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import hashlib
import json
import struct
import typing as t

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

#: When the healthy host was recorded, about. Its own certificate is valid from 2026-11-09 to 2027-05-11.
NOW = datetime.datetime(2026, 11, 30, 22, tzinfo=datetime.UTC)
OWN = "2A0491961029B6AFB74A8075A47661BECD26D13A"
GUID = "00000000-0000-4000-8000-000000000001"
#: The file of the first container, which SessionEnv takes.
KEY_FILE = f"f686aace6942fb7f7ceb231212eef4a4_{GUID}"
READABLE, DENIED = "D:P(A;;FA;;;SY)(A;;FR;;;NS)", "D:P(A;;FA;;;SY)"
NAMED = f"    SelfSignedCertificate    REG_BINARY    {OWN}"


@dataclasses.dataclass(frozen=True)
class Stored:
    """A certificate in a store.

    Attributes:
        days: From when and until when it is valid, in days from NOW.
        client: Whether it is for clients alone.
        issuer: Who signed it.
        key: The provider's type, flags and KeySpec of its key, None without a key.
    """

    days: tuple[int, int] = (-10, 100)
    client: bool = False
    issuer: str = "host1"
    key: tuple[int, int, int] | None = (1, 0x20, 1)

    @functools.cached_property
    def der(self) -> bytes:
        """The certificate."""
        signing = ec.generate_private_key(ec.SECP256R1())
        start, end = (NOW + datetime.timedelta(days=days) for days in self.days)
        builder = x509.CertificateBuilder(_name(self.issuer), _name("host1"), signing.public_key(), 1, start, end)
        usage = ExtendedKeyUsageOID.CLIENT_AUTH if self.client else ExtendedKeyUsageOID.SERVER_AUTH
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        return builder.sign(signing, hashes.SHA256()).public_bytes(Encoding.DER)

    @property
    def thumbprint(self) -> str:
        """Its name in the store."""
        return hashlib.sha1(self.der).hexdigest().upper()

    def listed(self, store: str = "MY") -> str:
        """Return what reg query prints of its store."""
        container = "TSSecKeySet1\0".encode("utf-16-le")
        records = [(32, self.der)]
        if self.key:
            kind, flags, spec = self.key
            records.append((2, struct.pack("<7I", 28, 0, kind, flags, 0, 0, spec) + container))
        blob = b"".join(struct.pack("<III", number, 1, len(data)) + data for number, data in records)
        key = f"{probes.STORES_KEY.replace('HKLM', 'HKEY_LOCAL_MACHINE')}\\{store}\\Certificates\\{self.thumbprint}"
        return f"\n{key}\n    Blob    REG_BINARY    {blob.hex().upper()}\n\n"


def bound(thumbprint: str) -> t.Callable[[str], str]:
    """Bind a certificate to the listener of the healthy host."""
    value = f"    SSLCertificateSHA1Hash    REG_BINARY    {thumbprint}"
    return lambda text: text.replace("\\RDP-Tcp\r\n    Audio", f"\\RDP-Tcp\r\n{value}\r\n    Audio", 1)


def by_template(thumbprint: str) -> t.Callable[[str], str]:
    """Have the template of a policy bring a certificate."""
    return lambda text: text.replace(NAMED, f"{NAMED}\r\n    TemplateCertificate    REG_BINARY    {thumbprint}", 1)


def key_file(rights: str | None = None, attributes: str = "--a-s----") -> str:
    """Return what is printed of the key's file: with its rights, or of one whose rights nobody may see."""
    return f"{GUID} {attributes}\n" + (f"{KEY_FILE}\n{rights}\n" if rights else "")


def observed(outcome: str = "rdp", shown: str = "", ahead: int | None = 0) -> str:
    """Return what the controller sees: a certificate, and by how many seconds the host's clock is ahead of its own."""
    seen: dict[str, t.Any] = {"outcome": outcome, "summary": "This was seen."}
    seen |= {"certificate": {"sha1": shown}} if shown else {}
    seen |= {"ntlm": {"ahead_seconds": ahead}} if ahead is not None else {}
    return json.dumps(seen)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
