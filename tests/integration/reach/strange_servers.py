# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers that are no healthy Remote Desktop, on a loopback port of their own."""

from __future__ import annotations

import contextlib
import http.server
import socket
import struct
import threading
import time
import typing as t

Handler = t.Callable[[socket.socket], None]

#: A complete Connection Confirm that selects CredSSP: MS-RDPBCGR 2.2.1.2.
HYBRID_CONFIRM = bytes.fromhex("03000013 0ed00000 123400 021f0800 02000000")


def refusal(code: int) -> bytes:
    """A Connection Confirm that refuses."""
    return HYBRID_CONFIRM[:11] + struct.pack("<BBHI", 3, 0, 8, code)


@contextlib.contextmanager
def serving(handler: Handler, family: socket.AddressFamily = socket.AF_INET, patience: float = 30.0) -> t.Iterator[int]:
    """Serve every connection with a handler, each in a thread; yields the port.

    Args:
        handler: What is done with a connection.
        family: IPv4 or IPv6.
        patience: For how many seconds a client may say nothing.
    """
    server = socket.create_server(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0), family=family)
    ending = threading.Event()

    def serve(connection: socket.socket) -> None:
        connection.settimeout(patience)
        # The probe may hang up at any moment: that is its right.
        with connection, contextlib.suppress(OSError):
            handler(connection)

    def accept() -> None:
        while not ending.is_set():
            with contextlib.suppress(OSError):
                connection, _ = server.accept()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield server.getsockname()[1]
    finally:
        ending.set()
        server.shutdown(socket.SHUT_RDWR)
        server.close()


def silent(connection: socket.socket) -> None:
    """Take everything and say nothing."""
    while connection.recv(4096):
        pass


def resetting(connection: socket.socket) -> None:
    """Answer with RST."""
    connection.recv(4096)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def resetting_at_once(connection: socket.socket) -> None:
    """Take the connection and answer with RST, whatever is said."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def closing(connection: socket.socket) -> None:
    """Hang up politely."""
    connection.recv(4096)


def saying(text: bytes, then: Handler = silent) -> Handler:
    """Answer the first message with these bytes, and go on with another handler."""

    def handler(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(text)
        then(connection)

    return handler


def greeting(text: bytes) -> Handler:
    """Speak first, as SSH and SMTP do."""

    def handler(connection: socket.socket) -> None:
        connection.sendall(text)
        silent(connection)

    return handler


def dripping(text: bytes, seconds: float) -> Handler:
    """Answer with one byte, wait, and so on."""

    def handler(connection: socket.socket) -> None:
        connection.recv(4096)
        for byte in text:
            connection.sendall(bytes([byte]))
            time.sleep(seconds)
        silent(connection)

    return handler


def shouting(piece: bytes, total: int, first: bytes = b"") -> Handler:
    """Send far more than anybody wants."""

    def handler(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(first)
        for _ in range(total // len(piece)):
            connection.sendall(piece)

    return handler


def echoing(connection: socket.socket) -> None:
    """Send back what comes, as the echo service does."""
    while data := connection.recv(4096):
        connection.sendall(data)


@contextlib.contextmanager
def web_server() -> t.Iterator[int]:
    """Python's own HTTP server, which waits for the end of a line before it says anything."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: t.Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()
