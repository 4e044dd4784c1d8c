# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real sockets for what an emulated host listens on, on the host's own loopback address.

`rdp` speaks X.224 and TLS, `http` is a web server that took the port, `silent` a program that says nothing. A port
whose `blocked` is true drops connection attempts like a firewall: they time out instead of being refused.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import typing as t

from ..transports.reactor import Listener, Reactor, Serve, bind
from .nla import Identity
from .tls import TlsCertificates
from .x224 import Security, serve_rdp

SILENT_SECONDS = 30.0
HTTP_SECONDS = 15.0
HTTP_400 = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html; charset=us-ascii\r\nServer: Microsoft-HTTPAPI/2.0\r\n"
    b"Connection: close\r\nContent-Length: 26\r\n\r\n<h2>Bad Request</h2>\r\n    "
)
KINDS = ("rdp", "http", "silent")


class LoopbackNetwork:
    """The network of one machine: implements the machine's `Network` with TCP listeners on one address.

    Every method may be called from any thread but the reactor's own.
    """

    def __init__(self, reactor: Reactor, address: str, name: str, certificates: TlsCertificates) -> None:
        self._reactor = reactor
        self._address = address
        self._name = name
        self._certificates = certificates
        self._lock = threading.RLock()
        self._ports: dict[int, _Port] = {}
        self._muted: dict[int, _Mute] = {}

    def listen(self, port: int, kind: str, handler_data: object) -> bool:
        """Listen from now on; False when the address and port are in use."""
        if kind not in KINDS:
            raise ValueError(f"no such kind of listener: {kind!r}; known are {', '.join(KINDS)}")
        with self._lock:
            if port in self._ports:
                return False
            if port in self._muted:
                self._muted.pop(port).close()
            opened = _Port(self._reactor, self._address, port, self._serve(kind, handler_data), handler_data)
            if not opened.open():
                return False
            self._ports[port] = opened
            return True

    def close(self, port: int) -> None:
        """Stop to listen; connections to the port break. Nothing happens when the port isn't open."""
        with self._lock:
            opened = self._ports.pop(port, None)
        if opened is not None:
            opened.close()

    def close_all(self) -> None:
        with self._lock:
            ports = list(self._ports)
        for port in ports:
            self.close(port)
        self.mute(frozenset())

    def mute(self, ports: frozenset[int]) -> None:
        """These ports, which have no listener, drop connection attempts; all others refuse."""
        with self._lock:
            for port in self._muted.keys() - ports:
                self._muted.pop(port).close()
            for port in sorted(ports - self._muted.keys() - self._ports.keys()):
                sock = bind(self._address, port, reuse=True)
                if sock is not None:
                    self._muted[port] = _Mute(sock)

    def refresh(self) -> None:
        """Find out again which ports the host's firewall blocks."""
        with self._lock:
            for opened in self._ports.values():
                opened.refresh()

    def ports(self) -> list[int]:
        with self._lock:
            return sorted(self._ports)

    def _serve(self, kind: str, handler_data: object) -> Serve:
        if kind == "silent":
            return _serve_silence
        if kind == "http":
            return _serve_http

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            security = await self._reactor.in_pool(lambda: self._security(handler_data))
            await serve_rdp(reader, writer, security)

        return serve

    def _security(self, handler_data: object) -> Security:
        """What the listener's owner says about its security right now, with the TLS side of its certificate."""
        data = dict(_ask(handler_data, "security", {}) or {})
        for name in ("user_authentication", "security_layer", "certificate", "identity", "tls_fault"):
            if name not in data:
                data[name] = _ask(handler_data, name, _MISSING)
        certificate = data["certificate"]
        if certificate is _MISSING:
            certificate = self._certificates.self_signed(self._name)
        return Security(
            user_authentication=1 if data["user_authentication"] is _MISSING else int(data["user_authentication"]),
            security_layer=1 if data["security_layer"] is _MISSING else int(data["security_layer"]),
            tls=None if certificate is None else self._certificates.context(certificate),
            identity=None if data["identity"] is _MISSING else Identity(*data["identity"]),
            tls_fault="" if data["tls_fault"] is _MISSING else data["tls_fault"],
        )


_MISSING: t.Any = object()


def _ask(data: object, name: str, default: t.Any) -> t.Any:
    """A value by name from a mapping or an object; a callable is called."""
    found = data.get(name, default) if isinstance(data, dict) else getattr(data, name, default)
    return found() if callable(found) and found is not default else found


class _Port:
    """One port: listening for good, or mute behind the firewall."""

    def __init__(self, reactor: Reactor, address: str, port: int, serve: Serve, data: object) -> None:
        self._reactor, self._address, self._port, self._serve, self._data = reactor, address, port, serve, data
        self._listener: Listener | None = None
        self._mute: _Mute | None = None

    def open(self) -> bool:
        sock = bind(self._address, self._port, reuse=True)
        if sock is None:
            return False
        try:
            if self._blocked():
                self._mute = _Mute(sock)
            else:
                listener = Listener(self._reactor, sock, self._serve)
                self._reactor.call(listener.open())
                self._listener = listener
        except OSError:  # another socket began to listen between bind and listen
            sock.close()
            return False
        return True

    def close(self) -> None:
        if self._mute is not None:
            self._mute.close()
            self._mute = None
        if self._listener is not None and self._reactor.running:
            self._reactor.call(self._listener.close())
        self._listener = None

    def refresh(self) -> None:
        if self._blocked() != (self._mute is not None):
            self.close()
            self.open()

    def _blocked(self) -> bool:
        return bool(_ask(self._data, "blocked", False))


class _Mute:
    """A listening socket whose queue is full for ever, so that the kernel drops further connection attempts."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._fillers: list[socket.socket] = []
        sock.listen(0)
        # a backlog of 0 still holds one connection; the second one never completes and proves that the queue is full
        for _ in range(2):
            filler = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            filler.settimeout(0.2)
            self._fillers.append(filler)
            try:
                filler.connect(sock.getsockname())
            except TimeoutError:
                break

    def close(self) -> None:
        for filler in self._fillers:
            filler.close()
        self._sock.close()


async def _serve_silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    async with asyncio.timeout(SILENT_SECONDS):
        while await reader.read(4096):
            pass


async def _serve_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    async with asyncio.timeout(HTTP_SECONDS):
        if await reader.read(4096):
            writer.write(HTTP_400)
            await writer.drain()
