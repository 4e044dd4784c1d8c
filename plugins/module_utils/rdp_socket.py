# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TCP connections with a deadline, and the reasons why they fail.

Runs on any host with Python 3.6 or later, standard library only. On Linux it also says which device on the way
refused with ICMP, and how many packets were lost while connecting.
"""

import asyncio
import errno
import os
import socket
import struct
from typing import Any, NamedTuple, Optional, Tuple

from .rdp_errors import NetworkError, OutOfTimeError
from .rdp_loop import until_readable, until_writable

# Python has no names for these: linux/in.h, linux/in6.h, linux/tcp.h (offset of tcpi_total_retrans), linux/errqueue.h.
_IP_RECVERR, _IPV6_RECVERR, _TCP_INFO, _TOTAL_RETRANSMITS = 11, 25, 11, 100
_ORIGIN_ICMP, _ORIGIN_ICMP6 = 2, 3
#: ICMP type 3 with codes 9, 10 and 13 (RFC 1812, 5.2.7.1) and ICMPv6 type 1 with codes 1, 5 and 6 (RFC 4443, 3.1) say
#: that it is forbidden. "Port unreachable", 3 and 4, is what iptables' REJECT and nftables' reject send without further
#: options; a host without a listener answers a TCP connection with RST instead.
_FORBIDDEN = {_ORIGIN_ICMP: (3, (3, 9, 10, 13)), _ORIGIN_ICMP6: (1, (1, 4, 5, 6))}

_OUTCOMES = {
    errno.ECONNREFUSED: "refused",
    errno.ETIMEDOUT: "timeout",
    errno.ECONNRESET: "reset",
    errno.ECONNABORTED: "reset",
    errno.EPIPE: "reset",
    errno.ENETUNREACH: "unreachable",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETDOWN: "unreachable",
    errno.EHOSTDOWN: "unreachable",
    # No address of this family on this computer, or a blackhole route.
    errno.EADDRNOTAVAIL: "unreachable",
    errno.EAFNOSUPPORT: "unreachable",
    errno.EINVAL: "unreachable",
    # A prohibit route, or a firewall on this computer itself.
    errno.EACCES: "prohibited",
    errno.EPERM: "prohibited",
}


class Address(NamedTuple):
    """Where to connect to."""

    family: int
    sockaddr: Tuple[Any, ...]

    @property
    def text(self) -> str:
        """The address as people write it."""
        return str(self.sockaddr[0])


class Connection:
    """A TCP connection. Everything on it ends by its deadline, by the loop's clock, with OutOfTimeError."""

    def __init__(self, loop: asyncio.AbstractEventLoop, sock: socket.socket, address: Address, deadline: float) -> None:
        self._loop, self._socket = loop, sock
        self.address = address
        self.deadline = deadline

    async def receive(self, most: int, deadline: Optional[float] = None) -> bytes:
        """Return the next bytes, b"" when the other side has closed the connection."""
        data = self._receive_now(most)
        while data is None:
            await until_readable(self._loop, self._socket, self.deadline if deadline is None else deadline)
            data = self._receive_now(most)
        return data

    async def send(self, data: bytes) -> None:
        """Send all of it."""
        data = data[self._send_now(data) :]
        while data:
            await until_writable(self._loop, self._socket, self.deadline)
            data = data[self._send_now(data) :]

    def _receive_now(self, most: int) -> Optional[bytes]:
        try:
            return self._socket.recv(most)
        except BlockingIOError:
            return None
        except OSError as error:
            raise failure(error.errno) from error

    def _send_now(self, data: bytes) -> int:
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise failure(error.errno) from error

    def retransmits(self) -> Optional[int]:
        """Return how many packets had to be sent again, None where the system doesn't tell."""
        try:
            info = self._socket.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, _TOTAL_RETRANSMITS + 4)
            return int(struct.unpack_from("=I", info, _TOTAL_RETRANSMITS)[0])
        except (OSError, struct.error):
            return None

    def close(self) -> None:
        """End it."""
        self._socket.close()


async def connect(loop: asyncio.AbstractEventLoop, address: Address, deadline: float) -> Connection:
    """Connect to one address.

    Raises:
        NetworkError: The connection failed; 'timeout' when the deadline has passed.
    """
    try:
        sock = socket.socket(address.family, socket.SOCK_STREAM)
    except OSError as error:
        raise failure(error.errno) from error
    try:
        sock.setblocking(False)
        _ask_for_icmp(sock)
        code = sock.connect_ex(address.sockaddr)
        if code in (errno.EINPROGRESS, errno.EWOULDBLOCK):
            await until_writable(loop, sock, deadline)
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise failure(code, sock)
        # Where it isn't connected, in spite of all, this is an OSError.
        if sock.getsockname() == sock.getpeername():
            # Nothing listens there, and the system happened to choose the very port as this end's own.
            raise failure(errno.ECONNREFUSED)
        return Connection(loop, sock, address, deadline)
    except BaseException as error:
        # Cancelled too, because another address was faster.
        reason = failure(error.errno, sock) if isinstance(error, OSError) else error
        sock.close()
        if isinstance(error, OutOfTimeError):
            raise NetworkError("timeout") from None
        if reason is not error:
            raise reason from error
        raise


def failure(code: Optional[int], sock: Optional[socket.socket] = None) -> NetworkError:
    """Return what an error number means, with what ICMP said about it."""
    outcome = _OUTCOMES.get(code or 0, "unknown")
    error = os.strerror(code) if code else "unknown error"
    report = _icmp_report(sock) if sock else None
    if report is None:
        return NetworkError(outcome, error)
    return NetworkError("prohibited" if report.forbidden else "unreachable", error, report.device)


def _ask_for_icmp(sock: socket.socket) -> None:
    """Have the system keep ICMP errors with their sender (ip(7), IP_RECVERR). Linux has it for TCP since 5.9."""
    if not hasattr(socket, "MSG_ERRQUEUE"):
        return
    try:
        if sock.family == socket.AF_INET:
            sock.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
        else:
            sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
    except OSError:
        pass  # The outcome is coarser then.


class _IcmpReport(NamedTuple):
    """Whether an ICMP error says that the connection is forbidden, and who sent it."""

    forbidden: bool
    device: Optional[str]


def _icmp_report(sock: socket.socket) -> Optional[_IcmpReport]:
    """Return what an ICMP error says; None without one."""
    if not hasattr(socket, "MSG_ERRQUEUE"):
        return None
    try:
        ancillary = sock.recvmsg(1, 512, socket.MSG_ERRQUEUE)[1]
    except OSError:
        return None
    for _level, _kind, data in ancillary:
        # struct sock_extended_err, then the sender as a struct sockaddr_in or sockaddr_in6.
        if len(data) < 16 or data[4] not in _FORBIDDEN:
            continue
        icmp_type, codes = _FORBIDDEN[data[4]]
        return _IcmpReport(data[5] == icmp_type and data[6] in codes, _sender(data[16:]))
    return None


def _sender(sockaddr: bytes) -> Optional[str]:
    family = struct.unpack_from("=H", sockaddr)[0] if len(sockaddr) >= 2 else socket.AF_UNSPEC
    if family == socket.AF_INET and len(sockaddr) >= 8:
        return socket.inet_ntop(family, sockaddr[4:8])
    if family == socket.AF_INET6 and len(sockaddr) >= 24:
        return socket.inet_ntop(family, sockaddr[8:24])
    return None
