# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The first two messages of RDP: the X.224 Connection Request and the Connection Confirm.

MS-RDPBCGR 2.2.1.1 and 2.2.1.2 (https://learn.microsoft.com/openspecs/windows_protocols/ms-rdpbcgr/).
Bytes in, values out; nothing here knows of sockets.

Runs on any host with Python 3.6 or later, standard library only.
"""

import struct
from typing import List, NamedTuple, Optional

from .rdp_errors import NotRdpError

# requestedProtocols and selectedProtocol, 2.2.1.1.1. RDP is the old "standard RDP security", HYBRID is CredSSP,
# which Windows calls Network Level Authentication.
RDP, SSL, HYBRID, HYBRID_EX = 0, 1, 2, 8
PROTOCOLS = {RDP: "rdp", SSL: "ssl", HYBRID: "hybrid", HYBRID_EX: "hybrid_ex"}

# failureCode, 2.2.1.2.2
SSL_REQUIRED, SSL_NOT_ALLOWED, NO_CERTIFICATE, INCONSISTENT_FLAGS, HYBRID_REQUIRED, USER_AUTH_REQUIRED = range(1, 7)
FAILURES = {
    SSL_REQUIRED: "SSL_REQUIRED_BY_SERVER",
    SSL_NOT_ALLOWED: "SSL_NOT_ALLOWED_BY_SERVER",
    NO_CERTIFICATE: "SSL_CERT_NOT_ON_SERVER",
    INCONSISTENT_FLAGS: "INCONSISTENT_FLAGS",
    HYBRID_REQUIRED: "HYBRID_REQUIRED_BY_SERVER",
    USER_AUTH_REQUIRED: "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER",
}

# flags of the negotiation response, 2.2.1.2.1. Bit 4 is reserved and to be ignored.
_FLAGS = (
    (0x01, "extended_client_data"),
    (0x02, "graphics_pipeline"),
    (0x08, "restricted_admin"),
    (0x10, "redirected_authentication"),
)

_NEGOTIATION_REQUEST, _NEGOTIATION_RESPONSE, _NEGOTIATION_FAILURE = 1, 2, 3
_CONNECTION_REQUEST, _CONNECTION_CONFIRM = 0xE0, 0xD0
_HEAD = 4
#: TPKT head (4), fixed part of the Connection Confirm (7); with the negotiation data (8) where the server has some.
_PLAIN_LENGTH, _NEGOTIATED_LENGTH = 11, 19


class Confirm(NamedTuple):
    """What the server answered.

    Attributes:
        selected: The protocol it selected, None if it refused all that were offered.
        flags: Its capabilities as bits.
        failure: Why it refused, None if it did not.
    """

    selected: Optional[int] = None
    flags: int = 0
    failure: Optional[int] = None


def connection_request(protocols: int) -> bytes:
    """Return the Connection Request that offers these protocols, without a cookie: 19 bytes."""
    negotiation = struct.pack("<BBHI", _NEGOTIATION_REQUEST, 0, 8, protocols)
    fixed = struct.pack(">BBHHB", 6 + len(negotiation), _CONNECTION_REQUEST, 0, 0, 0)
    return struct.pack(">BBH", 3, 0, _HEAD + len(fixed) + len(negotiation)) + fixed + negotiation


def missing_bytes(received: bytes) -> int:
    """Return how many more bytes the Connection Confirm needs: 0 when it is complete.

    Never asks for a byte of what follows it, because that belongs to TLS.

    Raises:
        NotRdpError: The bytes so far can't begin a Connection Confirm.
    """
    if not b"\x03\x00".startswith(received[:2]):
        raise NotRdpError("no TPKT version 3")
    if len(received) < _HEAD:
        return _HEAD - len(received)
    length = struct.unpack_from(">H", received, 2)[0]
    if length not in (_PLAIN_LENGTH, _NEGOTIATED_LENGTH):
        raise NotRdpError(f"a TPKT packet of {length} bytes")
    if len(received) > _HEAD and received[_HEAD] != length - _HEAD - 1:
        raise NotRdpError("an X.224 length that contradicts its packet")
    if len(received) > _HEAD + 1 and received[_HEAD + 1] & 0xF0 != _CONNECTION_CONFIRM:
        raise NotRdpError("an X.224 packet that is no Connection Confirm")
    return max(0, int(length) - len(received))


def read_confirm(received: bytes, offered: int) -> Confirm:
    """Return what a complete Connection Confirm says.

    Args:
        received: All its bytes, and no more.
        offered: The protocols in the Connection Request that it answers.

    Raises:
        NotRdpError: It breaks the protocol.
    """
    if missing_bytes(received) or len(received) not in (_PLAIN_LENGTH, _NEGOTIATED_LENGTH):
        raise NotRdpError(f"{len(received)} bytes are no Connection Confirm")
    if received[10] & 0xF0:
        raise NotRdpError("an X.224 class other than 0")
    if len(received) == _PLAIN_LENGTH:
        # A server older than the negotiation, or one that is told not to negotiate, speaks standard RDP security.
        return Confirm(selected=RDP)
    kind, flags, length, value = struct.unpack_from("<BBHI", received, _PLAIN_LENGTH)
    if length != 8:
        raise NotRdpError(f"negotiation data of {length} bytes")
    if kind == _NEGOTIATION_RESPONSE and value in PROTOCOLS and (value == RDP or value & offered):
        return Confirm(selected=value, flags=flags)
    if kind == _NEGOTIATION_FAILURE and value:
        return Confirm(failure=value)
    raise NotRdpError("negotiation data that answer nothing that was asked")


def flag_names(flags: int) -> List[str]:
    """Return the names of a server's capabilities."""
    return [name for bit, name in _FLAGS if flags & bit]
