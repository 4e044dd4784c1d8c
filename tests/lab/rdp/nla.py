# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first answers of network level authentication: who the host is, then that the credentials are wrong.

CredSSP's TSRequest (MS-CSSP 2.2.1) carries NTLM (MS-NLMP 2.2.1), bare or within SPNEGO (RFC 4178): a client's
NEGOTIATE is answered with a CHALLENGE that names the host, its domain and its build; whatever comes then with
STATUS_LOGON_FAILURE, since the lab has no accounts for Remote Desktop.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime
import secrets
import struct
from collections.abc import Iterator

LIMIT = 16 * 1024
SIGNATURE = b"NTLMSSP\0"
NEGOTIATE, CHALLENGE = 1, 2
SERVER_VERSION = 6  # of CredSSP, since the update of 2018 on every supported Windows
#: versions of CredSSP whose TSRequest has an errorCode (MS-CSSP 2.2.1)
WITH_ERROR_CODE = (3, 4, 6)
STATUS_LOGON_FAILURE = 0xC000006D
NTLM_OID = bytes.fromhex("060a2b06010401823702020a")  # 1.3.6.1.4.1.311.2.2.10
# MS-NLMP 2.2.2.5
UNICODE, REQUEST_TARGET, NTLM, ALWAYS_SIGN = 0x1, 0x4, 0x200, 0x8000
TARGET_DOMAIN, EXTENDED, TARGET_INFO, VERSION = 0x10000, 0x80000, 0x800000, 0x2000000
ECHOED = 0x10 | 0x20 | 0x20000000 | 0x40000000 | 0x80000000  # signing, sealing, 128 bit, key exchange, 56 bit
# MS-NLMP 2.2.2.1
AV_END, AV_COMPUTER, AV_DOMAIN, AV_DNS_COMPUTER, AV_DNS_DOMAIN, AV_DNS_TREE, AV_TIME = 0, 1, 2, 3, 4, 5, 7
EPOCH = datetime.datetime(1601, 1, 1, tzinfo=datetime.UTC)


@dataclasses.dataclass(frozen=True)
class Identity:
    """What a host says of itself before anybody has logged on."""

    computer: str
    domain: str
    dns_computer: str
    dns_domain: str
    version: tuple[int, int, int]
    days_ahead: int = 0  # of everybody else's clock


class NotCredSspError(ValueError):
    """The bytes are no TSRequest with an NTLM message that begins a logon."""


async def serve_nla(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, identity: Identity) -> None:
    """The conversation within TLS, up to the refusal; raises NotCredSspError when the client says something else."""
    version, token = read_request(await _message(reader))
    writer.write(answer(token, identity))
    await writer.drain()
    await _message(reader)
    if version in WITH_ERROR_CODE:
        writer.write(refusal())
        await writer.drain()


async def _message(reader: asyncio.StreamReader) -> bytes:
    """One DER SEQUENCE from the stream, head included."""
    head = await reader.readexactly(2)
    if head[0] != 0x30:
        raise NotCredSspError("no SEQUENCE")
    length = head[1]
    if length & 0x80:
        count = length & 0x7F
        if not 0 < count <= 3:
            raise NotCredSspError("a length of too many bytes")
        more = await reader.readexactly(count)
        head, length = head + more, int.from_bytes(more, "big")
    if length > LIMIT:
        raise NotCredSspError("too long")
    return head + await reader.readexactly(length)


def read_request(data: bytes) -> tuple[int, bytes]:
    """The version and the token of a TSRequest."""
    fields = dict(_elements(_inside(data, 0x30)))
    version = int.from_bytes(_inside(fields.get(0xA0, b""), 0x02), "big")
    tokens = _inside(_inside(fields.get(0xA1, b""), 0x30), 0x30)
    return version, _inside(_inside(tokens, 0xA0), 0x04)


def answer(token: bytes, identity: Identity) -> bytes:
    """The TSRequest that holds the challenge, wrapped as the client wrapped its message."""
    start = token.find(SIGNATURE)
    message = token[start:]
    if start < 0 or len(message) < 16 or struct.unpack_from("<I", message, 8)[0] != NEGOTIATE:
        raise NotCredSspError("no NTLM message that begins a logon")
    found = challenge(struct.unpack_from("<I", message, 12)[0], identity)
    if start:  # NegTokenResp: accept-incomplete, the mechanism, the token
        parts = _der(0xA0, bytes.fromhex("0a0101")) + _der(0xA1, NTLM_OID) + _der(0xA2, _der(0x04, found))
        found = _der(0xA1, _der(0x30, parts))
    tokens = _der(0x30, _der(0x30, _der(0xA0, _der(0x04, found))))
    return _der(0x30, _der(0xA0, bytes([2, 1, SERVER_VERSION])) + _der(0xA1, tokens))


def refusal() -> bytes:
    """The TSRequest that says that the logon failed."""
    code = _der(0x02, struct.pack(">I", STATUS_LOGON_FAILURE))
    return _der(0x30, _der(0xA0, bytes([2, 1, SERVER_VERSION])) + _der(0xA4, code))


def challenge(asked: int, identity: Identity) -> bytes:
    """MS-NLMP 2.2.1.2: the flags that both sides want, the names, the version of Windows."""
    flags = UNICODE | REQUEST_TARGET | NTLM | ALWAYS_SIGN | TARGET_DOMAIN | EXTENDED | TARGET_INFO | (asked & ECHOED)
    version = bytes(8)
    if asked & VERSION:
        flags |= VERSION
        version = struct.pack("<BBHBBBB", *identity.version, 0, 0, 0, 15)
    target, info = identity.domain.encode("utf-16-le"), _target_info(identity)
    start = 56
    return b"".join(
        (
            SIGNATURE, struct.pack("<I", CHALLENGE), struct.pack("<HHI", len(target), len(target), start),
            struct.pack("<I", flags), secrets.token_bytes(8), bytes(8),
            struct.pack("<HHI", len(info), len(info), start + len(target)), version, target, info,
        )
    )  # fmt: skip


def _target_info(identity: Identity) -> bytes:
    since = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=identity.days_ahead) - EPOCH
    ticks = (since.days * 86400 + since.seconds) * 10_000_000 + since.microseconds * 10
    pairs = [
        (number, text.encode("utf-16-le"))
        for number, text in (
            (AV_DOMAIN, identity.domain), (AV_COMPUTER, identity.computer), (AV_DNS_DOMAIN, identity.dns_domain),
            (AV_DNS_COMPUTER, identity.dns_computer), (AV_DNS_TREE, identity.dns_domain),
        )
    ]  # fmt: skip
    pairs += [(AV_TIME, struct.pack("<Q", ticks)), (AV_END, b"")]
    return b"".join(struct.pack("<HH", number, len(data)) + data for number, data in pairs)


# -- DER ---------------------------------------------------------------------------------------------------------------


def _der(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(tag, content) of every element in a row."""
    at = 0
    while at < len(data):
        if at + 2 > len(data):
            raise NotCredSspError("an element without its length")
        tag, length = data[at], data[at + 1]
        at += 2
        if length & 0x80:
            count = length & 0x7F
            length = int.from_bytes(data[at : at + count], "big")
            at += count
        if at + length > len(data):
            raise NotCredSspError("an element that ends too early")
        yield tag, data[at : at + length]
        at += length


def _inside(data: bytes, tag: int) -> bytes:
    """The content of the one element that these bytes are."""
    for found, content in _elements(data):
        if found == tag:
            return content
        break
    raise NotCredSspError(f"no element {tag:#x}")
