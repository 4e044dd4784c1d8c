# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One look at one target: connect, negotiate RDP, set up TLS, read what the server shows on the way.

Runs on any host with Python 3.6 or later, standard library only.
"""

import asyncio
import datetime
from typing import List, Optional

from . import rdp_ntlm, rdp_x224
from .rdp_der import Malformed
from .rdp_loop import OutOfTime
from .rdp_observation import Sighting
from .rdp_resolve import NoAddressAnswers, connect_any
from .rdp_socket import Address, Connection, Failed, connect
from .rdp_tls import TlsClient, TlsFailed
from .rdp_x509 import read_certificate

#: What Windows' own client offers: TLS, and Network Level Authentication in both of its forms.
_OFFERED = rdp_x224.SSL | rdp_x224.HYBRID | rdp_x224.HYBRID_EX
_BY_TLS = (rdp_x224.SSL, rdp_x224.HYBRID, rdp_x224.HYBRID_EX)
_BY_CREDSSP = (rdp_x224.HYBRID, rdp_x224.HYBRID_EX)

#: A program that waits for a line of text says nothing to a Connection Request, which has no end of line. So when most
#: of the time is over, silence is answered with two of them, which a hanging RDP server doesn't mind.
_NUDGE, _NUDGE_AFTER = b"\r\n\r\n", 0.75
#: How much of another program's greeting is kept, and how long is waited for it.
_GREETING_BYTES, _GREETING_SECONDS = 120, 0.5
#: No server needs more for a TLS handshake; OpenSSL has limits of its own within it.
_MOST_TLS_BYTES = 262144
_PIECE = 16384


async def look(
    loop: asyncio.AbstractEventLoop,
    server_name: Optional[str],
    addresses: List[Address],
    deadline: float,
    details: bool,
) -> Sighting:
    """Look once at a target.

    Args:
        loop: The loop, whose clock the deadline is of.
        server_name: The DNS name for TLS, None if the target is an address.
        addresses: Its addresses, at least one.
        deadline: When it has to be over.
        details: Ask whether Network Level Authentication is required, which takes a second connection, and what the
            host says of itself.
    """
    seen = Sighting()
    began = loop.time()
    try:
        connection, seen.misses = await connect_any(loop, addresses, deadline)
    except NoAddressAnswers as nobody:
        seen.misses = nobody.misses
        seen.address = nobody.most_telling.address.text
        seen.fail(nobody.most_telling.failure)
        return seen
    seen.connect = loop.time() - began
    seen.address = connection.address.text
    seen.retransmits = connection.retransmits()
    try:
        await _talk(loop, connection, server_name, seen, details)
    finally:
        connection.close()
    if details and seen.outcome == "rdp" and seen.confirm and seen.confirm.selected in _BY_CREDSSP:
        seen.requires_nla = await _requires_nla(loop, connection.address, deadline)
    return seen


async def _talk(
    loop: asyncio.AbstractEventLoop,
    connection: Connection,
    server_name: Optional[str],
    seen: Sighting,
    details: bool,
) -> None:
    began = loop.time()
    seen.stage = "negotiate"
    nudged = await _negotiate(loop, connection, seen)
    confirm = seen.confirm
    if confirm is None:
        return
    seen.negotiate = loop.time() - began
    if confirm.failure is not None:
        _judge_refusal(confirm.failure, seen)
        return
    seen.outcome = "rdp"
    # After the nudge TLS can't begin any more on this connection.
    if confirm.selected in _BY_TLS and not nudged:
        began = loop.time()
        seen.stage = "tls"
        tls = TlsClient(server_name)
        if await _secure(connection, tls, seen):
            seen.tls = loop.time() - began
            if details and confirm.selected in _BY_CREDSSP:
                # Half of what is left: a server that does not answer here must not use up the time for what follows.
                deadline = (loop.time() + connection.deadline) / 2
                seen.challenge = await _challenge(connection, tls, deadline)
                seen.challenged_at = datetime.datetime.now(datetime.timezone.utc)


async def _negotiate(loop: asyncio.AbstractEventLoop, connection: Connection, seen: Sighting) -> bool:
    """Send the Connection Request and read the answer into ``seen``; whether the server was nudged meanwhile."""
    nudge_at = loop.time() + (connection.deadline - loop.time()) * _NUDGE_AFTER
    received = b""
    nudged = False
    try:
        await connection.send(rdp_x224.connection_request(_OFFERED))
        while rdp_x224.wanted_bytes(received):
            wanted = rdp_x224.wanted_bytes(received)
            try:
                data = await connection.receive(wanted, None if received or nudged else nudge_at)
            except OutOfTime:
                if received or nudged:
                    raise
                nudged = True
                await connection.send(_NUDGE)
                continue
            if not data:
                raise Failed("reset", "it closed the connection")
            received += data
        seen.confirm = rdp_x224.read_confirm(received, _OFFERED)
    except rdp_x224.NotRdp as wrong:
        seen.outcome, seen.error = "not_rdp", str(wrong)
        seen.greeting = await _greeting(loop, connection, received)
    except OutOfTime:
        seen.outcome = "no_answer"
    except Failed as failed:
        seen.fail(failed)
        if nudged and failed.kind == "reset":
            seen.outcome = "no_answer"
    seen.began_answer = bool(received)
    return nudged


async def _greeting(loop: asyncio.AbstractEventLoop, connection: Connection, received: bytes) -> str:
    """Return the first line that another program says, for a person to know it by."""
    deadline = min(connection.deadline, loop.time() + _GREETING_SECONDS)
    try:
        while len(received) < _GREETING_BYTES and b"\n" not in received:
            data = await connection.receive(_GREETING_BYTES - len(received), deadline)
            if not data:
                break
            received += data
    except (OutOfTime, Failed):
        pass
    line = received.strip().split(b"\n")[0][:_GREETING_BYTES]
    return rdp_ntlm.printable(line.strip().decode("ascii", "replace").replace("\ufffd", "?"))


def _judge_refusal(failure: int, seen: Sighting) -> None:
    if failure == rdp_x224.NO_CERTIFICATE:
        seen.outcome = "no_certificate"
    elif failure in rdp_x224.FAILURES:
        # It lives, and wants another client than this one.
        seen.outcome = "rdp"
        if failure == rdp_x224.HYBRID_REQUIRED:
            seen.requires_nla = True
    else:
        seen.outcome, seen.error = "unknown", f"RDP failure code {failure}, which Microsoft does not document"


async def _secure(connection: Connection, tls: TlsClient, seen: Sighting) -> bool:
    """Set up TLS and read the certificate into ``seen``; whether it came about."""
    try:
        await _shake_hands(connection, tls)
    except OutOfTime:
        seen.outcome = "no_answer"
        return False
    except Failed as failed:
        seen.fail(failed)
        if failed.kind == "reset":
            seen.outcome = "tls_failed"
        return False
    except TlsFailed as failed:
        seen.error = str(failed)
        if not tls.server_speaks_tls:
            seen.outcome = "not_rdp"
        elif not tls.refuses_versions(failed):
            # Whether for want of a readable key or of a cipher in common, only the host knows. Where it has not sent an
            # alert, nobody can tell whose fault it is.
            seen.outcome = "tls_failed" if tls.server_gave_up or failed.by_alert else "unknown"
        return False
    encoded = tls.certificate()
    if encoded is None:
        seen.outcome = "no_certificate"
        return False
    seen.certificate = read_certificate(encoded)
    seen.tls_version = tls.version()
    return True


async def _shake_hands(connection: Connection, tls: TlsClient) -> None:
    total = 0
    while not tls.handshake():
        await connection.send(tls.outgoing())
        data = await connection.receive(_PIECE)
        if not data:
            raise Failed("reset", "it closed the connection")
        total += len(data)
        if total > _MOST_TLS_BYTES:
            raise TlsFailed("a TLS handshake without an end")
        tls.feed(data)
    await connection.send(tls.outgoing())


async def _challenge(connection: Connection, tls: TlsClient, deadline: float) -> Optional[rdp_ntlm.Challenge]:
    """Return what the host says of itself in CredSSP, None if it doesn't."""
    received = b""
    total = 0
    try:
        tls.write(rdp_ntlm.request())
        await connection.send(tls.outgoing())
        while rdp_ntlm.wanted_bytes(received):
            data = tls.read(rdp_ntlm.wanted_bytes(received))
            received += data
            if data:
                continue
            encrypted = await connection.receive(_PIECE, deadline)
            total += len(encrypted)
            if not encrypted or total > _MOST_TLS_BYTES:
                return None
            tls.feed(encrypted)
        return rdp_ntlm.read_challenge(received)
    except (OutOfTime, Failed, TlsFailed, Malformed):
        return None


async def _requires_nla(loop: asyncio.AbstractEventLoop, address: Address, deadline: float) -> Optional[bool]:
    """Ask on a second connection for TLS alone: a server that requires more refuses."""
    try:
        connection = await connect(loop, address, deadline)
    except Failed:
        return None
    received = b""
    try:
        await connection.send(rdp_x224.connection_request(rdp_x224.SSL))
        while rdp_x224.wanted_bytes(received):
            data = await connection.receive(rdp_x224.wanted_bytes(received))
            if not data:
                return None
            received += data
        confirm = rdp_x224.read_confirm(received, rdp_x224.SSL)
    except (OutOfTime, Failed, rdp_x224.NotRdp):
        return None
    finally:
        connection.close()
    if confirm.failure is None:
        return False
    return True if confirm.failure == rdp_x224.HYBRID_REQUIRED else None
