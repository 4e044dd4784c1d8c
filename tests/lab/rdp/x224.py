# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first exchange of RDP: X.224 Connection Request and Confirm, then TLS.

MS-RDPBCGR 2.2.1.1 and 2.2.1.2 (https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-rdpbcgr/).
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import socket
import ssl
import struct

from .nla import Identity, NotCredSspError, serve_nla

RDP, SSL, HYBRID, HYBRID_EX = 0, 1, 2, 8
SSL_REQUIRED, SSL_NOT_ALLOWED, SSL_CERT_NOT_ON_SERVER, HYBRID_REQUIRED = 1, 2, 3, 5
NEG_REQUEST, NEG_RESPONSE, NEG_FAILURE = 1, 2, 3
CONNECTION_REQUEST, CONNECTION_CONFIRM = 0xE0, 0xD0
#: extended client data, dynamic graphics, reserved, restricted admin, redirected authentication: MS-RDPBCGR 2.2.1.2.1
RESPONSE_FLAGS = 0x1F
#: enough for any client; one that sends nothing must not hold a socket
HELLO_SECONDS = 15.0
AFTERWARDS_SECONDS = 15.0
MAX_REQUEST = 1024


@dataclasses.dataclass(frozen=True)
class Security:
    """How a listener is configured: the two registry values, and TLS when there is a usable certificate."""

    user_authentication: int
    security_layer: int
    tls: ssl.SSLContext | None
    identity: Identity | None = None  # what network level authentication tells; None: it answers nothing
    tls_fault: str = ""  # "alert": alert 40 instead of a handshake; "reset": the connection is reset then


@dataclasses.dataclass(frozen=True)
class Verdict:
    """The server's side of the negotiation: a selected protocol, or a failure code."""

    selected: int = 0
    failure: int = 0


def negotiate(requested: int, security: Security) -> Verdict:
    """What Windows selects of the requested protocols (a bit mask)."""
    wants_hybrid = requested & (HYBRID | HYBRID_EX)
    if security.security_layer == 0:
        return Verdict(failure=SSL_NOT_ALLOWED) if requested & SSL or wants_hybrid else Verdict(RDP)
    if not wants_hybrid and security.user_authentication == 1:
        return Verdict(failure=HYBRID_REQUIRED)
    if not wants_hybrid and not requested & SSL:
        return Verdict(failure=SSL_REQUIRED) if security.security_layer == 2 else Verdict(RDP)
    if security.tls is None:
        return Verdict(failure=SSL_CERT_NOT_ON_SERVER)
    if wants_hybrid:
        return Verdict(HYBRID_EX if requested & HYBRID_EX else HYBRID)
    return Verdict(SSL)


def requested_protocols(request: bytes) -> int | None:
    """The protocols in a Connection Request (without its TPKT head); None when it negotiates nothing.

    Raises ValueError when the bytes are no Connection Request.
    """
    if len(request) < 7 or request[1] & 0xF0 != CONNECTION_REQUEST or request[0] != len(request) - 1:
        raise ValueError("no X.224 connection request")
    rest = request[7:]
    if rest[:1] not in (b"", bytes([NEG_REQUEST])):  # a routing token or a cookie stands before the negotiation
        _, end, rest = rest.partition(b"\r\n")
        if not end:
            raise ValueError("a cookie without an end")
    if not rest:
        return None
    if len(rest) < 8 or rest[0] != NEG_REQUEST or struct.unpack_from("<H", rest, 2)[0] != 8:
        raise ValueError("no RDP negotiation request")
    return int(struct.unpack_from("<I", rest, 4)[0])


def confirm(verdict: Verdict | None) -> bytes:
    """The Connection Confirm with its TPKT head; without negotiation data when there was none in the request."""
    data = b""
    if verdict is not None and verdict.failure:
        data = struct.pack("<BBHI", NEG_FAILURE, 0, 8, verdict.failure)
    elif verdict is not None:
        data = struct.pack("<BBHI", NEG_RESPONSE, RESPONSE_FLAGS, 8, verdict.selected)
    x224 = struct.pack(">BBHHB", 6 + len(data), CONNECTION_CONFIRM, 0, 0x1234, 0) + data
    return struct.pack(">BBH", 3, 0, 4 + len(x224)) + x224


async def serve_rdp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, security: Security) -> None:
    """One connection: X.224, TLS when that was agreed on, and the end at whatever comes after it."""
    try:
        async with asyncio.timeout(HELLO_SECONDS):
            version, _, length = struct.unpack(">BBH", await reader.readexactly(4))
            if version != 3 or not 11 <= length <= MAX_REQUEST:
                return
            requested = requested_protocols(await reader.readexactly(length - 4))
    except ValueError:
        return
    verdict = None if requested is None else negotiate(requested, security)
    writer.write(confirm(verdict))
    await writer.drain()
    if verdict is None or verdict.failure or verdict.selected == RDP or security.tls is None:
        await _until_next(reader, 2.0 if verdict is not None and verdict.failure else AFTERWARDS_SECONDS)
        return
    if security.tls_fault:
        await _break_off(reader, writer, security.tls_fault)
        return
    try:
        async with asyncio.timeout(HELLO_SECONDS):
            await writer.start_tls(security.tls)
    except (ssl.SSLError, ConnectionError):
        return
    if verdict.selected in (HYBRID, HYBRID_EX) and security.identity is not None:
        with contextlib.suppress(NotCredSspError, TimeoutError, ssl.SSLError):
            async with asyncio.timeout(AFTERWARDS_SECONDS):
                await serve_nla(reader, writer, security.identity)
        return
    await _until_next(reader, AFTERWARDS_SECONDS)


async def _break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, fault: str) -> None:
    """Take the client's hello, and answer with handshake_failure (RFC 8446, 6.2) or with a reset."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(HELLO_SECONDS):
            await reader.read(4096)
    if fault == "alert":
        writer.write(bytes([21, 3, 3, 0, 2, 2, 40]))
        await writer.drain()
        return
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _until_next(reader: asyncio.StreamReader, seconds: float) -> None:
    """Keep the connection until the client says more (credentials, MCS), hangs up or takes too long."""
    with contextlib.suppress(TimeoutError, ssl.SSLError):
        async with asyncio.timeout(seconds):
            await reader.read(1)
