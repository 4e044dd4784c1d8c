# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""The value ``Blob`` of a certificate in the registry: ``SystemCertificates\<store>\Certificates\<SHA-1>``.

Records of three little-endian numbers and data: property, encoding, length; as CertSerializeCertificateStoreElement
writes them, see dlls/crypt32/serialize.c of Wine. The numbers of the properties are from wincrypt.h:
https://learn.microsoft.com/windows/win32/api/wincrypt/nf-wincrypt-certsetcertificatecontextproperty
"""

from __future__ import annotations

import dataclasses
import hashlib
import struct

from ..errors import UnreadableError

KEY_PROVIDER_INFO, SHA1, FRIENDLY_NAME, CERTIFICATE = 2, 3, 11, 32

_RECORD = struct.Struct("<III")
_PROVIDER_INFO = struct.Struct("<7I")


@dataclasses.dataclass(frozen=True)
class Property:
    """One record. ``encoding`` is 1 wherever it was seen."""

    id: int
    encoding: int
    data: bytes


@dataclasses.dataclass(frozen=True)
class KeyProvider:
    """Where the private key is: CRYPT_KEY_PROV_INFO.

    Attributes:
        container: Of Remote Desktop's own certificate ``TSSecKeySet1`` to ``9``.
        provider: The name of the cryptographic service provider.
        type: PROV_RSA_FULL is 1; 0 means a key of the newer kind (CNG).
        flags: CRYPT_MACHINE_KEYSET is 0x20.
        key_spec: AT_KEYEXCHANGE is 1, AT_SIGNATURE is 2.
    """

    container: str
    provider: str
    type: int
    flags: int
    key_spec: int


@dataclasses.dataclass(frozen=True)
class StoredCertificate:
    """A certificate as it lies in a store.

    Attributes:
        der: The certificate.
        thumbprint: Its SHA-1, upper-case hexadecimal digits, as the store's key is named.
        key: Where its private key is, None if the store doesn't say or says it in an unknown form.
        friendly_name: Empty without one.
        properties: The numbers of all properties, in their order.
    """

    der: bytes
    thumbprint: str
    key: KeyProvider | None
    friendly_name: str
    properties: tuple[int, ...]


def parse(blob: bytes) -> tuple[Property, ...]:
    """Return the records of a blob.

    Raises:
        UnreadableError: They don't fill it exactly.
    """
    records = []
    position = 0
    while position < len(blob):
        if position + _RECORD.size > len(blob):
            raise UnreadableError(f"The certificate's blob ends inside a record, at byte {position}.")
        number, encoding, length = _RECORD.unpack_from(blob, position)
        position += _RECORD.size
        if position + length > len(blob):
            raise UnreadableError(f"Property {number} of the certificate's blob is longer than the blob.")
        records.append(Property(number, encoding, blob[position : position + length]))
        position += length
    return tuple(records)


def read(blob: bytes) -> StoredCertificate:
    """Return the certificate that a blob holds.

    Raises:
        UnreadableError: The blob is damaged, has no or two certificates, or another certificate than it says.
    """
    records = parse(blob)
    certificates = [record.data for record in records if record.id == CERTIFICATE]
    if len(certificates) != 1 or not certificates[0]:
        raise UnreadableError(f"The blob holds {len(certificates)} certificates, not one.")
    thumbprint = hashlib.sha1(certificates[0], usedforsecurity=False).digest()
    named = {record.id: record.data for record in records}
    if named.get(SHA1, thumbprint) != thumbprint:
        raise UnreadableError("The SHA-1 in the blob is not that of its certificate.", named[SHA1].hex())
    return StoredCertificate(
        certificates[0],
        thumbprint.hex().upper(),
        _key_provider(named.get(KEY_PROVIDER_INFO, b"")),
        _text(named.get(FRIENDLY_NAME, b""), 0) or "",
        tuple(record.id for record in records),
    )


def _key_provider(data: bytes) -> KeyProvider | None:
    """Read a serialised CRYPT_KEY_PROV_INFO: its pointers became offsets from its own beginning."""
    if len(data) < _PROVIDER_INFO.size:
        return None
    container, provider, type, flags, _parameters, _first, key_spec = _PROVIDER_INFO.unpack_from(data)
    names = [_text(data, offset) if offset else "" for offset in (container, provider)]
    if names[0] is None or names[1] is None:
        return None
    return KeyProvider(names[0], names[1], type, flags, key_spec)


def _text(data: bytes, offset: int) -> str | None:
    """Return the UTF-16 text at an offset up to its NUL or the end, None if it is none."""
    units = data[offset : offset + (len(data) - offset) // 2 * 2] if offset <= len(data) else b""
    try:
        return units.decode("utf-16-le").partition("\0")[0] if offset <= len(data) else None
    except UnicodeDecodeError:
        return None
