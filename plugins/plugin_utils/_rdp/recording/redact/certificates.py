# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates without the names in them: rebuilt from what a diagnosis needs, with their own new thumbprint.

What stays is the version, the algorithms, the days and what the key may be used for. Names become placeholders; serial
number, public key and signature, which lead to the host as surely as its name, become bytes without a meaning. All
other extensions are left out. The structure is that of RFC 5280, section 4.1.
"""

from __future__ import annotations

import hashlib
import struct

from ...errors import UnreadableError
from ...formats import certstore
from ...state.machine_keys import CONTAINERS, file_prefix
from .names import Names

_SEQUENCE, _SET, _INTEGER, _BIT_STRING, _OID = 0x30, 0x31, 0x02, 0x03, 0x06
_EXTENSIONS, _VERSION = 0xA3, 0xA0
_BMP_STRING = 0x1E

_COMMON_NAME, _COUNTRY = bytes.fromhex("550403"), bytes.fromhex("550406")
_BASIC_CONSTRAINTS, _KEY_USAGE, _EXTENDED_KEY_USAGE = (bytes.fromhex(f"551d{end}") for end in ("13", "0f", "25"))
_KEPT_EXTENSIONS = frozenset({_BASIC_CONSTRAINTS, _KEY_USAGE, _EXTENDED_KEY_USAGE})
_REMOTE_DESKTOP = "2b060104018237360102"
# The usages of RFC 5280, "any", and those of Microsoft. Others may hold an enterprise's number.
_KEPT_USAGES = tuple(
    bytes.fromhex(start) for start in ("2b060105050703", "551d25", "2b0601040182370a03", _REMOTE_DESKTOP)
)
_OTHER_USAGE = bytes.fromhex("2b06010505070304")  # protection of mail, which no check asks for

_RECORD = struct.Struct("<III")
_PROVIDER_INFO = struct.Struct("<7I")


class _DamagedError(Exception):
    """It is no certificate."""


def blob(data: bytes, names: Names) -> bytes:
    """Return a store's blob with another certificate. One that is not understood becomes zeros, and stays that."""
    try:
        stored = certstore.read(data)
        der = rebuilt(stored.der, names)
        properties = certstore.parse(data)
    except (UnreadableError, _DamagedError, IndexError):
        return bytes(len(data))
    thumbprint = hashlib.sha1(der, usedforsecurity=False).digest()
    names.certificate(stored.thumbprint, thumbprint.hex().upper())
    kept = {certstore.CERTIFICATE: der, certstore.SHA1: thumbprint}
    records = b""
    for one in properties:
        new = kept.get(one.id)
        if new is None:
            new = _property(one, names)
        records += _RECORD.pack(one.id, one.encoding, len(new)) + new
    return records


def _property(one: certstore.Property, names: Names) -> bytes:
    """Return a property of a certificate. Hashes, requests and everything unknown become zeros."""
    if one.id == certstore.FRIENDLY_NAME:
        text = one.data.decode("utf-16-le", "replace").partition("\0")[0]
        return (names.text(text) + "\0").encode("utf-16-le")
    if one.id == certstore.KEY_PROVIDER_INFO:
        return _key_provider(one.data, names)
    return bytes(len(one.data))


def _key_provider(data: bytes, names: Names) -> bytes:
    """Return where the private key is. A container that isn't Remote Desktop's own becomes as many ``x``.

    Its file is named after it, so that gets the name that follows from the new one.
    """
    if len(data) < _PROVIDER_INFO.size:
        return bytes(len(data))
    kept = bytearray(len(data))
    kept[: _PROVIDER_INFO.size] = data[: _PROVIDER_INFO.size]
    container, provider = _PROVIDER_INFO.unpack_from(data)[:2]
    for offset in (container, provider):
        if not _PROVIDER_INFO.size <= offset < len(data):
            continue
        text = data[offset : offset + (len(data) - offset) // 2 * 2].decode("utf-16-le", "replace").partition("\0")[0]
        own = text in CONTAINERS if offset == container else text.startswith("Microsoft ")
        hidden = text if own else "x" * len(text)
        if offset == container and not own:
            names.alias(file_prefix(text), file_prefix(hidden))
        new = hidden.encode("utf-16-le")
        kept[offset : offset + len(new)] = new
    return bytes(kept)


def rebuilt(der: bytes, names: Names) -> bytes:
    """Return another certificate of the same kind.

    Raises:
        _DamagedError: It is none.
    """
    certificate = _only(der, _SEQUENCE)
    signed, algorithm, signature = _parts(certificate, 3)
    serial_seed = hashlib.sha256(names.named("certificate", hashlib.sha256(der).hexdigest()).encode()).digest()
    parts = _elements(_content(signed, _SEQUENCE))
    version = [parts.pop(0)] if parts and parts[0][0] == _VERSION else []
    if len(parts) < 6:
        raise _DamagedError
    serial, inner_algorithm, issuer, validity, subject, key = parts[:6]
    own = issuer == subject
    new = [
        *version,
        _tlv(_INTEGER, b"\x01" + serial_seed[: max(0, len(_content(serial, _INTEGER)) - 1)]),
        inner_algorithm,
        _name(issuer, names, own),
        validity,
        _name(subject, names, own),
        _without_bits(key, serial_seed),
        *(_extensions(part) for part in parts[6:] if part[0] == _EXTENSIONS),
    ]
    meaningless = _tlv(_BIT_STRING, b"\0" + _bytes(serial_seed, len(_content(signature, _BIT_STRING)) - 1))
    return _tlv(_SEQUENCE, _tlv(_SEQUENCE, b"".join(new)) + algorithm + meaningless)


def _name(name: bytes, names: Names, own: bool) -> bytes:
    """Replace the values of a distinguished name. Its parts, their order and what they are called stay."""
    sets = []
    for part in _elements(_content(name, _SEQUENCE)):
        attributes = []
        for attribute in _elements(_content(part, _SET)):
            oid, value = _parts(_content(attribute, _SEQUENCE), 2)
            attributes.append(_tlv(_SEQUENCE, oid + _value(_content(oid, _OID), value, names, own)))
        sets.append(_tlv(_SET, b"".join(attributes)))
    return _tlv(_SEQUENCE, b"".join(sets))


def _value(oid: bytes, value: bytes, names: Names, own: bool) -> bytes:
    if oid == _COUNTRY:
        return _tlv(value[0], b"XX")
    wide = value[0] == _BMP_STRING
    text = _content(value, value[0]).decode("utf-16-be" if wide else "utf-8", "replace")
    # SessionEnv signs its own certificates in the name of the host.
    new = names.host(text) if own and oid == _COMMON_NAME and " " not in text else names.host_or_text(text)
    return _tlv(value[0], new.encode("utf-16-be" if wide else "ascii", "replace"))


def _without_bits(key: bytes, seed: bytes) -> bytes:
    algorithm, bits = _parts(_content(key, _SEQUENCE), 2)
    length = len(_content(bits, _BIT_STRING))
    return _tlv(_SEQUENCE, algorithm + _tlv(_BIT_STRING, b"\0" + _bytes(seed, length - 1)))


def _extensions(part: bytes) -> bytes:
    kept = []
    for extension in _elements(_content(_content(part, _EXTENSIONS), _SEQUENCE)):
        fields = _elements(_content(extension, _SEQUENCE))
        oid = _content(fields[0], _OID)
        if oid == _EXTENDED_KEY_USAGE:
            fields[-1] = _tlv(fields[-1][0], _usages(_content(fields[-1], fields[-1][0])))
        if oid in _KEPT_EXTENSIONS:
            kept.append(_tlv(_SEQUENCE, b"".join(fields)))
    # An empty list of extensions is no valid one.
    return _tlv(_EXTENSIONS, _tlv(_SEQUENCE, b"".join(kept))) if kept else b""


def _usages(value: bytes) -> bytes:
    usages = [_content(usage, _OID) for usage in _elements(_content(value, _SEQUENCE))]
    kept = [usage if usage.startswith(_KEPT_USAGES) else _OTHER_USAGE for usage in usages]
    return _tlv(_SEQUENCE, b"".join(_tlv(_OID, usage) for usage in dict.fromkeys(kept)))


def _bytes(seed: bytes, length: int) -> bytes:
    """Return bytes without a meaning."""
    made = b""
    while len(made) < length:
        made += hashlib.sha256(seed + len(made).to_bytes(4, "big")).digest()
    return made[: max(0, length)]


# -- DER ---------------------------------------------------------------------------------------------------------------


def _element(data: bytes, start: int) -> int:
    """Return where the element that begins somewhere ends."""
    if start + 2 > len(data):
        raise _DamagedError
    length, position = data[start + 1], start + 2
    if length & 0x80:
        count = length & 0x7F
        if not 1 <= count <= 4 or position + count > len(data):
            raise _DamagedError
        length = int.from_bytes(data[position : position + count], "big")
        position += count
    if position + length > len(data):
        raise _DamagedError
    return position + length


def _elements(data: bytes) -> list[bytes]:
    elements, position = [], 0
    while position < len(data):
        end = _element(data, position)
        elements.append(data[position:end])
        position = end
    return elements


def _parts(data: bytes, count: int) -> list[bytes]:
    elements = _elements(data)
    if len(elements) != count:
        raise _DamagedError
    return elements


def _only(data: bytes, tag: int) -> bytes:
    return _content(_parts(data, 1)[0], tag)


def _content(element: bytes, tag: int) -> bytes:
    if element[:1] != bytes([tag]):
        raise _DamagedError
    count = element[1] & 0x7F if element[1] & 0x80 else 0
    return element[2 + count :]


def _tlv(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + length.to_bytes(size, "big") + content
