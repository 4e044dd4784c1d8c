# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The handshake with one target: connect, negotiate RDP, set up TLS, and read what the server shows on the way.

Runs on any host with Python 3.6 or later, standard library only.
"""

import asyncio
import datetime
from typing import List, Optional

from . import rdp_ntlm, rdp_x224
from .rdp_errors import MalformedError, NetworkError, NoAddressAnswersError, NotRdpError, OutOfTimeError, TlsError
from .rdp_observation import Observation
from .rdp_resolve import connect_any
from .rdp_socket import Address, Connection, connect
from .rdp_tls import TlsClient
from .rdp_x509 import read_certificate

#: What Windows' own client offers: TLS, and Network Level Authentication in both of its forms.
_OFFERED = rdp_x224.SSL | rdp_x224.HYBRID | rdp_x224.HYBRID_EX
_BY_TLS = (rdp_x224.SSL, rdp_x224.HYBRID, rdp_x224.HYBRID_EX)
_BY_CREDSSP = (rdp_x224.HYBRID, rdp_x224.HYBRID_EX)

#: A program that waits for a line of text says nothing to a Connection Request, which has no end of line. So when most
#: of the time has passed in silence, two of them are sent, which a hanging RDP server doesn't mind.
_NUDGE, _NUDGE_AFTER = b"\r\n\r\n", 0.75
#: How much of another program's greeting is kept, and how long to wait for it.
_GREETING_BYTES, _GREETING_SECONDS = 120, 0.5
#: No server needs more for a TLS handshake; OpenSSL has limits of its own within it.
_MOST_TLS_BYTES = 262144
_PIECE = 16384


async def probe_target(
    loop: asyncio.AbstractEventLoop,
    server_name: Optional[str],
    addresses: List[Address],
    deadline: float,
    details: bool,
) -> Observation:
    """Try the handshake with a target once. Never raises for what a network or a server does.

    Args:
        loop: The loop by whose clock the deadline is.
        server_name: The DNS name for TLS, None if the target is an address.
        addresses: Its addresses, at least one.
        deadline: When it has to be over.
        details: Ask whether Network Level Authentication is required, which takes a second connection, and for what
            the host says about itself.
    """
    observed = Observation()
    began = loop.time()
    try:
        connection, observed.failed_addresses = await connect_any(loop, addresses, deadline)
    except NoAddressAnswersError as error:
        observed.failed_addresses = error.failed
        observed.address = error.most_telling.address
        observed.fail(error.most_telling.error)
        return observed
    observed.connect = loop.time() - began
    observed.address = connection.address.text
    observed.retransmits = connection.retransmits()
    try:
        await _negotiate(loop, connection, server_name, observed, details)
    finally:
        connection.close()
    if details and observed.outcome == "rdp" and observed.confirm and observed.confirm.selected in _BY_CREDSSP:
        observed.requires_nla = await _requires_nla(loop, connection.address, deadline)
    return observed


async def _negotiate(
    loop: asyncio.AbstractEventLoop,
    connection: Connection,
    server_name: Optional[str],
    observed: Observation,
    details: bool,
) -> None:
    began = loop.time()
    observed.stage = "negotiate"
    nudged = await _exchange_requests(loop, connection, observed)
    confirm = observed.confirm
    if confirm is None:
        return
    observed.negotiate = loop.time() - began
    if confirm.failure is not None:
        _judge_refusal(confirm.failure, observed)
        return
    observed.outcome = "rdp"
    # After the nudge TLS can't begin any more on this connection.
    if confirm.selected in _BY_TLS and not nudged:
        began = loop.time()
        observed.stage = "tls"
        tls = TlsClient(server_name)
        if await _secure(connection, tls, observed):
            observed.tls = loop.time() - began
            if details and confirm.selected in _BY_CREDSSP:
                # Half of what is left: a server that does not answer here must not use up the time for what follows.
                deadline = (loop.time() + connection.deadline) / 2
                observed.challenge = await _challenge(connection, tls, deadline)
                observed.challenged_at = datetime.datetime.now(datetime.timezone.utc)


async def _exchange_requests(loop: asyncio.AbstractEventLoop, connection: Connection, observed: Observation) -> bool:
    """Send the Connection Request and read the answer into ``observed``. Return whether the server was nudged."""
    nudge_at = loop.time() + (connection.deadline - loop.time()) * _NUDGE_AFTER
    received = b""
    nudged = False
    try:
        await connection.send(rdp_x224.connection_request(_OFFERED))
        while rdp_x224.missing_bytes(received):
            missing = rdp_x224.missing_bytes(received)
            try:
                data = await connection.receive(missing, None if received or nudged else nudge_at)
            except OutOfTimeError:
                if received or nudged:
                    raise
                nudged = True
                await connection.send(_NUDGE)
                continue
            if not data:
                raise NetworkError("reset", "it closed the connection")
            received += data
        observed.confirm = rdp_x224.read_confirm(received, _OFFERED)
    except NotRdpError as error:
        observed.outcome, observed.error = "not_rdp", str(error)
        observed.greeting = await _greeting(loop, connection, received)
    except OutOfTimeError:
        observed.outcome = "no_answer"
    except NetworkError as failed:
        observed.fail(failed)
        if nudged and failed.outcome == "reset":
            observed.outcome = "no_answer"
    observed.began_answer = bool(received)
    return nudged


async def _greeting(loop: asyncio.AbstractEventLoop, connection: Connection, received: bytes) -> str:
    """Return the first line that another program sends, by which a person can recognise it."""
    deadline = min(connection.deadline, loop.time() + _GREETING_SECONDS)
    try:
        while len(received) < _GREETING_BYTES and b"\n" not in received:
            data = await connection.receive(_GREETING_BYTES - len(received), deadline)
            if not data:
                break
            received += data
    except (OutOfTimeError, NetworkError):
        pass
    line = received.strip().split(b"\n")[0][:_GREETING_BYTES]
    return rdp_ntlm.printable(line.strip().decode("ascii", "replace").replace("\ufffd", "?"))


def _judge_refusal(failure: int, observed: Observation) -> None:
    if failure == rdp_x224.NO_CERTIFICATE:
        observed.outcome = "no_certificate"
    elif failure in rdp_x224.FAILURES:
        # It works, and requires another client than this one.
        observed.outcome = "rdp"
        if failure == rdp_x224.HYBRID_REQUIRED:
            observed.requires_nla = True
    else:
        observed.outcome, observed.error = "unknown", f"RDP failure code {failure}, which Microsoft does not document"


async def _secure(connection: Connection, tls: TlsClient, observed: Observation) -> bool:
    """Set up TLS and read the certificate into ``observed``. Return whether that succeeded."""
    try:
        await _shake_hands(connection, tls)
    except OutOfTimeError:
        observed.outcome = "no_answer"
        return False
    except NetworkError as failed:
        observed.fail(failed)
        if failed.outcome == "reset":
            observed.outcome = "tls_failed"
        return False
    except TlsError as failed:
        observed.error = str(failed)
        if not tls.server_speaks_tls:
            observed.outcome = "not_rdp"
        elif not tls.refuses_versions(failed):
            # Whether it lacks a readable key or a cipher in common, only the host knows. If it has not sent an alert,
            # it can't be told whose fault it is.
            observed.outcome = "tls_failed" if tls.server_gave_up or failed.by_alert else "unknown"
        return False
    encoded = tls.certificate()
    if encoded is None:
        observed.outcome = "no_certificate"
        return False
    observed.certificate = read_certificate(encoded)
    observed.tls_version = tls.version()
    return True


async def _shake_hands(connection: Connection, tls: TlsClient) -> None:
    total = 0
    while not tls.handshake():
        await connection.send(tls.outgoing())
        data = await connection.receive(_PIECE)
        if not data:
            raise NetworkError("reset", "it closed the connection")
        total += len(data)
        if total > _MOST_TLS_BYTES:
            raise TlsError("a TLS handshake without an end")
        tls.feed(data)
    await connection.send(tls.outgoing())


async def _challenge(connection: Connection, tls: TlsClient, deadline: float) -> Optional[rdp_ntlm.Challenge]:
    """Return what the host says about itself in CredSSP, None if it says nothing."""
    received = b""
    total = 0
    try:
        tls.write(rdp_ntlm.request())
        await connection.send(tls.outgoing())
        while rdp_ntlm.missing_bytes(received):
            data = tls.read(rdp_ntlm.missing_bytes(received))
            received += data
            if data:
                continue
            encrypted = await connection.receive(_PIECE, deadline)
            total += len(encrypted)
            if not encrypted or total > _MOST_TLS_BYTES:
                return None
            tls.feed(encrypted)
        return rdp_ntlm.read_challenge(received)
    except (OutOfTimeError, NetworkError, TlsError, MalformedError):
        return None


async def _requires_nla(loop: asyncio.AbstractEventLoop, address: Address, deadline: float) -> Optional[bool]:
    """Ask on a second connection for TLS alone: a server that requires more refuses."""
    try:
        connection = await connect(loop, address, deadline)
    except NetworkError:
        return None
    received = b""
    try:
        await connection.send(rdp_x224.connection_request(rdp_x224.SSL))
        while rdp_x224.missing_bytes(received):
            data = await connection.receive(rdp_x224.missing_bytes(received))
            if not data:
                return None
            received += data
        confirm = rdp_x224.read_confirm(received, rdp_x224.SSL)
    except (OutOfTimeError, NetworkError, NotRdpError):
        return None
    finally:
        connection.close()
    if confirm.failure is None:
        return False
    return True if confirm.failure == rdp_x224.HYBRID_REQUIRED else None
