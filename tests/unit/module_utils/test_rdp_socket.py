# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""TCP connections on the loop: what is sent and received, and why they fail."""

from __future__ import annotations

import errno
import socket
import struct
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.module_utils import rdp_socket
from ansible_collections.winops.rdp.plugins.module_utils.rdp_errors import NetworkError, OutOfTimeError
from ansible_collections.winops.rdp.plugins.module_utils.rdp_loop import WaitingLoop
from ansible_collections.winops.rdp.plugins.module_utils.rdp_socket import Address, connect, failure


def test_connected(loop: WaitingLoop, listener: socket.socket) -> None:
    connection = loop.run_until_complete(connect(loop, _address(listener), loop.time() + 5))
    accepted, _ = listener.accept()
    with accepted:
        loop.run_until_complete(connection.send(b"hello"))
        assert accepted.recv(5) == b"hello"
        accepted.send(b"world")
        assert loop.run_until_complete(connection.receive(5)) == b"world"
    assert loop.run_until_complete(connection.receive(5)) == b""
    connection.close()


def test_a_full_pipe_is_waited_for_until_the_deadline(loop: WaitingLoop, listener: socket.socket) -> None:
    connection = loop.run_until_complete(connect(loop, _address(listener), loop.time() + 0.2))
    with pytest.raises(OutOfTimeError):
        loop.run_until_complete(connection.send(bytes(100_000_000)))
    connection.close()


def test_nobody_listens(loop: WaitingLoop, listener: socket.socket) -> None:
    address = _address(listener)
    listener.close()
    with pytest.raises(NetworkError) as failed:
        loop.run_until_complete(connect(loop, address, loop.time() + 5))
    assert (failed.value.outcome, failed.value.error) == ("refused", "Connection refused")


def test_a_port_that_is_connected_to_itself_is_not_open(loop: WaitingLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    # The kernel gives a connection to a free port of its own range that very port once in some 28,000 times.
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = _address(free)
    connect_ex = socket.socket.connect_ex

    def bound_first(sock: socket.socket, sockaddr: t.Any) -> int:
        sock.bind(sockaddr)
        return connect_ex(sock, sockaddr)

    monkeypatch.setattr(socket.socket, "connect_ex", bound_first)
    with pytest.raises(NetworkError) as failed:
        loop.run_until_complete(connect(loop, address, loop.time() + 5))
    assert failed.value.outcome == "refused"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.ECONNREFUSED, "refused"),
        (errno.ETIMEDOUT, "timeout"),
        (errno.ECONNRESET, "reset"),
        (errno.EHOSTUNREACH, "unreachable"),
        (errno.ENETUNREACH, "unreachable"),
        (errno.EADDRNOTAVAIL, "unreachable"),
        (errno.EACCES, "prohibited"),
        (errno.EPERM, "prohibited"),
        # These say something about this computer, not about the target.
        (errno.EMFILE, "unknown"),
        (errno.ENOBUFS, "unknown"),
        (None, "unknown"),
    ],
)
def test_kinds_of_failures(code: int | None, kind: str) -> None:
    assert failure(code).outcome == kind


class _Queue(socket.socket):
    """A socket that has an ICMP error, as the kernel hands it over (ip(7), struct sock_extended_err)."""

    def __init__(self, *ancillary: bytes) -> None:
        super().__init__(socket.AF_INET)
        self._queue = [(0, 0, data) for data in ancillary]

    def recvmsg(self, *_: t.Any) -> t.Any:
        return b"", self._queue, 0, None


def _extended_error(origin: int, icmp_type: int, code: int, sender: bytes) -> bytes:
    return struct.pack("=IBBBBII", errno.EHOSTUNREACH, origin, icmp_type, code, 0, 0, 0) + sender


_V4 = struct.pack("=H", socket.AF_INET) + bytes(2) + socket.inet_aton("192.0.2.1") + bytes(8)
_V6 = struct.pack("=H", socket.AF_INET6) + bytes(6) + socket.inet_pton(socket.AF_INET6, "2001:db8::1") + bytes(4)


@pytest.mark.skipif(not hasattr(socket, "MSG_ERRQUEUE"), reason="only Linux tells")
@pytest.mark.parametrize(
    ("error", "kind", "sender"),
    [
        (_extended_error(2, 3, 13, _V4), "prohibited", "192.0.2.1"),
        (_extended_error(2, 3, 10, _V4), "prohibited", "192.0.2.1"),
        (_extended_error(2, 3, 3, _V4), "prohibited", "192.0.2.1"),
        (_extended_error(2, 3, 1, _V4), "unreachable", "192.0.2.1"),
        (_extended_error(3, 1, 1, _V6), "prohibited", "2001:db8::1"),
        (_extended_error(3, 1, 0, _V6), "unreachable", "2001:db8::1"),
        (_extended_error(2, 3, 13, b""), "prohibited", None),
        (_extended_error(2, 3, 13, _V4[:6]), "prohibited", None),
        (_extended_error(1, 3, 13, _V4), "refused", None),  # not from ICMP
        (b"\x00" * 15, "refused", None),
    ],
)
def test_who_refused_by_icmp(error: bytes, kind: str, sender: str | None) -> None:
    with _Queue(error) as sock:
        seen = failure(errno.ECONNREFUSED, sock)
    assert (seen.outcome, seen.reported_by) == (kind, sender)


def test_retransmits_are_only_told_where_the_system_knows(loop: WaitingLoop, listener: socket.socket) -> None:
    connection = loop.run_until_complete(connect(loop, _address(listener), loop.time() + 5))
    assert connection.retransmits() in (0, None)
    connection.close()
    assert connection.retransmits() is None
    assert rdp_socket.Connection(loop, socket.socket(socket.AF_UNIX), _address(listener), 0.0).retransmits() is None


def _address(listening: socket.socket) -> Address:
    return Address(socket.AF_INET, listening.getsockname())
