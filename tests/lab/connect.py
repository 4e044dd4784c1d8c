# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections that a host of the lab makes (curl, Test-NetConnection): real ones, to loopback addresses alone.

Whatever is not on loopback behaves like a host that doesn't answer, and not one packet is sent. Measured with curl
7.88.1: a telnet transfer that is connected keeps curl busy until it ends, so that of parallel ones all others wait; at
the end of its time (-m) it fails with 28, though the connection was made. On Windows a refused connection is tried
again twice, which takes two seconds, and one that nobody answers is given up after 21 (TcpMaxConnectRetransmissions,
https://learn.microsoft.com/troubleshoot/windows-server/networking/tcpip-and-nbt-configuration-parameters).
"""

from __future__ import annotations

import ipaddress
import select
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

NO_HOST, NO_CONNECTION, TIMEOUT, RECEIVE_FAILED = 6, 7, 28, 56
REFUSED_SECONDS = 2.0
UNANSWERED_SECONDS = 21.0
STEP = 0.02
CHUNK = 16 * 1024
MOST = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """--connect-timeout and -m."""

    connect: float | None
    whole: float | None


@dataclass
class Transfer:
    """One URL, and what became of it."""

    number: int
    url: str
    host: str
    port: int
    address: str | None  # None: the name has none
    exit_code: int = 0
    error: str = ""
    received: bytes = b""
    connected: bool = False
    time_lookup: float = 0.0
    time_connect: float = 0.0
    time_total: float = 0.0
    remote_ip: str = ""
    local_ip: str = ""
    local_port: int = 0
    _started: float = 0.0
    _socket: socket.socket | None = None

    def start(self, here: str) -> None:
        """Begin to connect, from this host's own address."""
        self._started = time.monotonic()
        if self.address is None:
            self._end(NO_HOST, f"Could not resolve host: {self.host}")
            return
        self.time_lookup = time.monotonic() - self._started
        if not is_loopback(self.address):
            return
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        if family == socket.AF_INET and is_loopback(here):
            self._socket.bind((here, 0))
        self._socket.connect_ex((self.address, self.port))

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return bool(self.exit_code) or self.time_total > 0

    def look(self, limits: Limits) -> bool:
        """See whether the connection has been made; True when the transfer is over or connected."""
        if self.over:
            return True
        passed = time.monotonic() - self._started
        error = self._state()
        if error == 0:
            self._connected(passed)
            return True
        refused = error is not None and passed >= REFUSED_SECONDS
        limit = min(value for value in (limits.connect, limits.whole, UNANSWERED_SECONDS) if value is not None)
        if not refused and passed < limit:
            return False
        milliseconds = int(passed * 1000)
        if refused or limit == UNANSWERED_SECONDS:
            reason = "Could not connect to server"
            code = NO_CONNECTION
        else:
            reason, code = "Timeout was reached", TIMEOUT
        self._end(code, f"Failed to connect to {self.host} port {self.port} after {milliseconds} ms: {reason}")
        return True

    def _state(self) -> int | None:
        """The error number of the connection attempt, 0 when it was made, None while nobody has answered."""
        if self._socket is None or not select.select([], [self._socket], [], 0)[1]:
            return None
        return self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)

    def _connected(self, passed: float) -> None:
        assert self._socket is not None
        self.connected, self.time_connect = True, passed
        self.remote_ip = str(self.address)
        self.local_ip, self.local_port = self._socket.getsockname()[:2]

    def talk(self, limits: Limits) -> None:
        """Read what comes until the other side hangs up or the time is over; standard input is empty."""
        assert self._socket is not None
        deadline = self._started + (limits.whole or UNANSWERED_SECONDS)
        while True:
            rest = deadline - time.monotonic()
            if rest <= 0:
                self._end(TIMEOUT, "Time-out")
                return
            if not select.select([self._socket], [], [], rest)[0]:
                continue
            try:
                data = self._socket.recv(CHUNK)
            except OSError:
                self._end(RECEIVE_FAILED, "Recv failure: Connection was reset")
                return
            if not data:
                self._end(0, "")
                return
            self.received = (self.received + data)[:MOST]

    def hang_up(self) -> None:
        """End it without a word."""
        if not self.over:
            self._end(0, "")

    def _end(self, code: int, error: str) -> None:
        self.exit_code, self.error = code, error
        self.time_total = max(time.monotonic() - self._started, 1e-6)
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def is_loopback(address: str) -> bool:
    """Whether packets to it stay on this machine."""
    return ipaddress.ip_address(address).is_loopback


def run_serially(transfers: list[Transfer], limits: Limits, here: str) -> Iterator[Transfer]:
    """One after the other."""
    for transfer in transfers:
        transfer.start(here)
        while not transfer.look(limits):
            time.sleep(STEP)
        if not transfer.over:
            transfer.talk(limits)
        yield transfer


def run_parallel(transfers: list[Transfer], limits: Limits, here: str) -> Iterator[Transfer]:
    """All at the same time, as long as none of them is connected: such a one keeps the others waiting."""
    for transfer in transfers:
        transfer.start(here)
    waiting = list(transfers)
    while waiting:
        for transfer in list(waiting):
            if not transfer.look(limits):
                continue
            if not transfer.over:
                transfer.talk(limits)
            waiting.remove(transfer)
            yield transfer
        if waiting:
            time.sleep(STEP)
