# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The loop whose clock counts the waiting, the sockets on it, and the names."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import struct
import threading
import time
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.module_utils import rdp_resolve, rdp_socket
from ansible_collections.winops.rdp.plugins.module_utils.rdp_loop import OutOfTime, WaitingLoop, until_readable
from ansible_collections.winops.rdp.plugins.module_utils.rdp_socket import Address, Failed, connect, failure

T = t.TypeVar("T")


@pytest.fixture
def loop() -> t.Iterator[WaitingLoop]:
    loop = WaitingLoop()
    yield loop
    loop.close()


@pytest.fixture
def listener() -> t.Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def silent() -> t.Iterator[socket.socket]:
    """A listener whose queue is full, so that the kernel drops further attempts: a firewall without a firewall."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            filler = stack.enter_context(socket.socket())
            filler.settimeout(0.05)
            try:
                filler.connect(server.getsockname())
            except TimeoutError:
                break
        else:
            pytest.fail("the queue does not get full")
        yield server


def test_the_clock_stands_still_while_this_computer_computes(loop: WaitingLoop) -> None:
    async def wait_beside_a_busy_neighbour() -> float:
        began = loop.time()
        loop.call_soon(time.sleep, 0.3)
        await asyncio.sleep(0.05)
        return loop.time() - began

    began = time.monotonic()
    waited = loop.run_until_complete(wait_beside_a_busy_neighbour())
    assert time.monotonic() - began >= 0.35, "the time of the neighbour does not count as waiting"
    assert 0.04 <= waited < 0.25


def test_what_has_arrived_at_the_deadline_still_counts(loop: WaitingLoop) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.send(b"x")
        loop.run_until_complete(until_readable(loop, ours, loop.time() - 1))
        ours.recv(1)
        with pytest.raises(OutOfTime):
            loop.run_until_complete(until_readable(loop, ours, loop.time() + 0.01))


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
    with pytest.raises(OutOfTime):
        loop.run_until_complete(connection.send(bytes(100_000_000)))
    connection.close()


def test_nobody_listens(loop: WaitingLoop, listener: socket.socket) -> None:
    address = _address(listener)
    listener.close()
    with pytest.raises(Failed) as failed:
        loop.run_until_complete(connect(loop, address, loop.time() + 5))
    assert (failed.value.kind, failed.value.error) == ("refused", "Connection refused")


def test_a_port_that_is_connected_to_itself_is_not_open(loop: WaitingLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    # The kernel gives a connection to a free port of its own range that very port once in some 28,000 times.
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = _address(free)
    connect_ex = socket.socket.connect_ex

    def bound_first(sock: socket.socket, sockaddr: t.Any) -> int:
        sock.bind(sockaddr)
        return connect_ex(sock, sockaddr)

    monkeypatch.setattr(socket.socket, "connect_ex", bound_first)
    with pytest.raises(Failed) as failed:
        loop.run_until_complete(connect(loop, address, loop.time() + 5))
    assert failed.value.kind == "refused"


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
    assert failure(code).kind == kind


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
    assert (seen.kind, seen.reported_by) == (kind, sender)


def test_the_first_address_that_answers_wins(loop: WaitingLoop, listener: socket.socket, silent: socket.socket) -> None:
    closed = Address(socket.AF_INET, ("127.0.0.1", _closed_port()))
    connection, misses = loop.run_until_complete(
        rdp_resolve.connect_any(loop, [closed, _address(silent), _address(listener)], loop.time() + 5)
    )
    assert connection.address == _address(listener)
    assert [(miss.address, miss.failure.kind) for miss in misses] == [(closed, "refused")]
    connection.close()


def test_no_address_answers(loop: WaitingLoop, silent: socket.socket) -> None:
    closed = Address(socket.AF_INET, ("127.0.0.1", _closed_port()))
    with pytest.raises(rdp_resolve.NoAddressAnswers) as nobody:
        loop.run_until_complete(rdp_resolve.connect_any(loop, [_address(silent), closed], loop.time() + 0.6))
    assert {miss.failure.kind for miss in nobody.value.misses} == {"timeout", "refused"}
    assert nobody.value.most_telling.address == closed


def test_addresses_need_no_thread(loop: WaitingLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "Thread", None)
    for text, family in (("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)):
        (found,) = loop.run_until_complete(rdp_resolve.resolve(loop, text, 3389, loop.time() + 1))
        assert (found.family, found.text, found.sockaddr[1]) == (family, text, 3389)


def test_names(loop: WaitingLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    found = loop.run_until_complete(rdp_resolve.resolve(loop, "localhost", 3389, loop.time() + 5))
    assert "127.0.0.1" in [address.text for address in found]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("name", ["nowhere.invalid", "a" * 64 + ".invalid", "a..b"])
def test_names_that_lead_nowhere(loop: WaitingLoop, name: str) -> None:
    with pytest.raises(Failed) as failed:
        loop.run_until_complete(rdp_resolve.resolve(loop, name, 3389, loop.time() + 20))
    assert failed.value.kind == "name" and failed.value.error


def test_a_name_server_that_hangs_is_not_waited_for(loop: WaitingLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = threading.Event()

    def hang(host: str, port: int, flags: int) -> list[Address]:
        if flags:
            raise OSError
        answer.wait(10)
        return []

    monkeypatch.setattr(rdp_resolve, "_addresses", hang)
    with pytest.raises(Failed, match="in time") as failed:
        loop.run_until_complete(rdp_resolve.resolve(loop, "web03", 3389, loop.time() + 0.1))
    assert failed.value.kind == "name"
    loop.close()
    answer.set()  # its thread finds the loop closed, and must not mind


def test_no_thread_is_left(loop: WaitingLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: t.Any) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(Failed, match="can't start") as failed:
        loop.run_until_complete(rdp_resolve.resolve(loop, "web03", 3389, loop.time() + 1))
    assert failed.value.kind == "unknown"


def test_retransmits_are_only_told_where_the_system_knows(loop: WaitingLoop, listener: socket.socket) -> None:
    connection = loop.run_until_complete(connect(loop, _address(listener), loop.time() + 5))
    assert connection.retransmits() in (0, None)
    connection.close()
    assert connection.retransmits() is None
    assert rdp_socket.Connection(loop, socket.socket(socket.AF_UNIX), _address(listener), 0.0).retransmits() is None


def _address(listening: socket.socket) -> Address:
    return Address(socket.AF_INET, listening.getsockname())


def _closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])
