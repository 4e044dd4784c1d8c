# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""TCP connections that an emulated host makes: real ones, from its own loopback address, and what Winsock says of them.

https://learn.microsoft.com/windows/win32/winsock/windows-sockets-error-codes-2
"""

from __future__ import annotations

import dataclasses
import errno
import ipaddress
import socket
import time

WSAEACCES, WSAENETUNREACH, WSAETIMEDOUT, WSAECONNREFUSED, WSAEHOSTUNREACH = 10013, 10051, 10060, 10061, 10065
WSAECONNRESET, WSAEADDRNOTAVAIL = 10054, 10049

_ERRORS = {
    errno.ECONNREFUSED: WSAECONNREFUSED,
    errno.ECONNRESET: WSAECONNRESET,
    errno.ETIMEDOUT: WSAETIMEDOUT,
    errno.ENETUNREACH: WSAENETUNREACH,
    errno.EHOSTUNREACH: WSAEHOSTUNREACH,
    errno.EADDRNOTAVAIL: WSAEADDRNOTAVAIL,
    errno.EACCES: WSAEACCES,
    errno.EPERM: WSAEACCES,
}
#: Windows tries a refused connection again twice, half a second and a second later, before it tells the program
#: (TcpMaxConnectRetransmissions; curl on Windows says "after 2043 ms" of a closed port on the machine itself).
REFUSED_SECONDS = 2.0


@dataclasses.dataclass(frozen=True)
class Attempt:
    """How an attempt ended: the seconds it took, and 0 or Winsock's error; WSAETIMEDOUT when the time was over."""

    address: str
    seconds: float
    error: int


def connect(source: str, address: str, port: int, seconds: float) -> Attempt:
    """Connect and hang up without a word.

    Not one packet leaves this machine: what is not on loopback behaves like a host that doesn't answer.

    Args:
        source: The host's own address.
        address: Where to.
        port: The TCP port.
        seconds: How long to wait at most.
    """
    began = time.monotonic()
    if not ipaddress.ip_address(address).is_loopback:
        time.sleep(seconds)
        return Attempt(address, time.monotonic() - began, WSAETIMEDOUT)
    own = (source, 0) if source and ":" not in address else None
    try:
        with socket.create_connection((address, port), timeout=seconds, source_address=own):
            error = 0
    except TimeoutError:
        error = WSAETIMEDOUT
    except OSError as problem:
        error = _ERRORS.get(problem.errno or 0, WSAENETUNREACH)
    if error == WSAECONNREFUSED:
        time.sleep(max(0.0, min(seconds, REFUSED_SECONDS) - (time.monotonic() - began)))
        error = WSAETIMEDOUT if seconds < REFUSED_SECONDS else error
    return Attempt(address, time.monotonic() - began, error)
