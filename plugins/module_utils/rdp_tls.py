# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client side of TLS without a socket: bytes in, bytes out, and the certificate that the server shows.

It reaches servers as old as this Python's OpenSSL allows and trusts nothing: this is for finding out what
a server does. Never send a secret through it.

Runs on any host with Python 3.6 or later, standard library only.
"""

import ssl
from typing import List, Optional

from .rdp_errors import TlsError

_HANDSHAKE, _ALERT = 22, 21
#: Enough of what a server says first to know an alert: record head (5), level, description.
_FIRST_BYTES = 7
#: OpenSSL's SSL_OP_LEGACY_SERVER_CONNECT, which Python names since 3.12: servers without RFC 5746, such as an
#: unpatched Windows Server 2008, are refused by OpenSSL 3 otherwise.
_LEGACY_SERVER_CONNECT = 0x4

# RFC 8446, 6.2
_PROTOCOL_VERSION, _INSUFFICIENT_SECURITY = 70, 71


#: What OpenSSL says when the server is fine and this computer refuses it, for being too old or too weak.
_OWN_LIMITS = frozenset(
    {
        "DH_KEY_TOO_SMALL",
        "EE_KEY_TOO_SMALL",
        "NO_PROTOCOLS_AVAILABLE",
        "UNSAFE_LEGACY_RENEGOTIATION_DISABLED",
        "UNSUPPORTED_PROTOCOL",
        "VERSION_TOO_LOW",
        "WRONG_SIGNATURE_TYPE",
        "WRONG_SSL_VERSION",
    }
)


class TlsClient:
    """One TLS connection as the client.

    Args:
        server_name: The DNS name to tell the server, None if it is only known by an address.
    """

    def __init__(self, server_name: Optional[str]) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._first = b""
        try:
            self._tls = _context().wrap_bio(self._incoming, self._outgoing, server_hostname=server_name)
        except (ValueError, UnicodeError):
            # A name that DNS knows and TLS does not allow, such as one with an underscore in front.
            self._tls = _context().wrap_bio(self._incoming, self._outgoing)

    def handshake(self) -> bool:
        """Continue the handshake with the bytes from the server so far. Return whether it is finished."""
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        except (ssl.SSLError, OSError, ValueError) as error:
            raise TlsError(getattr(error, "reason", None) or str(error)) from error
        return True

    def certificate(self) -> Optional[bytes]:
        """Return the server's certificate in DER, None if it showed none."""
        return self._tls.getpeercert(binary_form=True)

    def version(self) -> Optional[str]:
        """Return what was agreed on: 'TLSv1.2'."""
        return self._tls.version()

    def write(self, data: bytes) -> None:
        """Encrypt for the server; ``outgoing`` has the result."""
        try:
            self._tls.write(data)
        except ssl.SSLError as error:
            raise TlsError(error.reason or str(error)) from error

    def read(self, most: int) -> bytes:
        """Return what the server sent, b"" if there is nothing yet."""
        try:
            return self._tls.read(most)
        except ssl.SSLWantReadError:
            return b""
        except ssl.SSLError as error:
            raise TlsError(error.reason or str(error)) from error

    def feed(self, data: bytes) -> None:
        """Take bytes that came from the server."""
        if len(self._first) < _FIRST_BYTES:
            self._first += data[: _FIRST_BYTES - len(self._first)]
        self._incoming.write(data)

    def outgoing(self) -> bytes:
        """Return the bytes that have to go to the server now."""
        return self._outgoing.read()

    @property
    def server_gave_up(self) -> bool:
        """Whether all it said is that it can't do TLS, for another reason than the versions that the client offers."""
        return self._alert() is not None and not self.refuses_versions(TlsError())

    def refuses_versions(self, failed: TlsError) -> bool:
        """Whether a handshake failed only because the two have no version or strength in common."""
        return self._alert() in (_PROTOCOL_VERSION, _INSUFFICIENT_SECURITY) or str(failed) in _OWN_LIMITS

    @property
    def server_speaks_tls(self) -> bool:
        """Whether what it said so far is TLS, or nothing."""
        return not self._first or self._record() in (_HANDSHAKE, _ALERT)

    def _alert(self) -> Optional[int]:
        """Return the alert with which the server began, None if it began with something else."""
        return self._first[6] if self._record() == _ALERT and len(self._first) == _FIRST_BYTES else None

    def _record(self) -> Optional[int]:
        """Return the type of the first record (RFC 8446, 5.1), None if there is none."""
        if len(self._first) >= 2 and self._first[1] != 3:
            return None
        return self._first[0] if self._first else None


_CONTEXTS: List[ssl.SSLContext] = []


def _context() -> ssl.SSLContext:
    """Return the one context that all connections share."""
    if not _CONTEXTS:
        _CONTEXTS.append(_new_context())
    return _CONTEXTS[0]


def _new_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.options &= ~(ssl.OP_NO_TLSv1 | ssl.OP_NO_TLSv1_1)
    context.options |= _LEGACY_SERVER_CONNECT
    # Python 3.6 has no minimum_version.
    if hasattr(context, "minimum_version"):
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    # Without anonymous ciphers, which would need no certificate. LibreSSL has no security levels.
    for ciphers in ("ALL:!aNULL:!eNULL:!PSK:!SRP:@SECLEVEL=0", "ALL:!aNULL:!eNULL"):
        try:
            context.set_ciphers(ciphers)
            break
        except ssl.SSLError:
            continue
    return context
