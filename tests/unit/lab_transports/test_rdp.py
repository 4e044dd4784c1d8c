# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real sockets behind a machine's listeners, looked at from outside."""

from __future__ import annotations

import datetime
import socket
import ssl
import struct
import typing as t
from collections.abc import Iterator

import pytest
from cryptography import x509

from lab.rdp.network import LoopbackNetwork
from lab.rdp.x224 import Security, negotiate, requested_protocols
from unit.lab_transports.conftest import Target

PORT = 3389
RDP, SSL, HYBRID, HYBRID_EX = 0, 1, 2, 8


@pytest.fixture
def network(target: Target) -> Iterator[LoopbackNetwork]:
    network = target.lab.network(target.name)
    yield network
    network.close_all()


def connect(target: Target, port: int = PORT) -> socket.socket:
    return socket.create_connection((target.address, port), timeout=3)


def request(protocols: int | None, cookie: bytes = b"") -> bytes:
    """An X.224 connection request as clients send it."""
    negotiation = b"" if protocols is None else struct.pack("<BBHI", 1, 0, 8, protocols)
    x224 = bytes([6 + len(cookie) + len(negotiation), 0xE0, 0, 0, 0, 0, 0]) + cookie + negotiation
    return struct.pack(">BBH", 3, 0, 4 + len(x224)) + x224


def answer(sock: socket.socket) -> tuple[int, int] | None:
    """(2, protocol) or (3, failure) from the connection confirm; None when it carries no negotiation."""
    head = sock.recv(4, socket.MSG_WAITALL)
    assert head[:2] == b"\x03\x00"
    body = sock.recv(struct.unpack(">H", head[2:])[0] - 4, socket.MSG_WAITALL)
    assert (body[0], body[1], body[2:6]) == (len(body) - 1, 0xD0, b"\0\0\x12\x34")
    if len(body) == 7:
        return None
    kind, _, size, value = struct.unpack("<BBHI", body[7:])
    assert size == 8
    return kind, value


def rest(sock: socket.socket) -> bytes:
    """What still comes until the connection ends, whether by FIN or by RST."""
    try:
        return sock.recv(100)
    except ConnectionResetError:
        return b""


def asked(target: Target, protocols: int | None) -> tuple[int, int] | None:
    with connect(target) as sock:
        sock.sendall(request(protocols))
        return answer(sock)


@pytest.mark.parametrize(
    ("layer", "nla", "certificate", "protocols", "expected"),
    [
        (1, 1, True, SSL | HYBRID | HYBRID_EX, (2, HYBRID_EX)),
        (2, 1, True, SSL | HYBRID, (2, HYBRID)),
        (2, 1, True, SSL, (3, 5)),
        (1, 1, True, RDP, (3, 5)),
        (1, 0, True, SSL, (2, SSL)),
        (1, 0, True, SSL | HYBRID, (2, HYBRID)),
        (1, 0, True, RDP, (2, RDP)),
        (2, 0, True, RDP, (3, 1)),
        (0, 1, True, SSL | HYBRID | HYBRID_EX, (3, 2)),
        (0, 0, True, RDP, (2, RDP)),
        (2, 1, False, SSL | HYBRID, (3, 3)),
        (1, 0, False, SSL, (3, 3)),
        (1, 0, False, RDP, (2, RDP)),
        (1, 1, True, None, None),
    ],
)
def test_what_is_negotiated(
    target: Target,
    network: LoopbackNetwork,
    layer: int,
    nla: int,
    certificate: bool,
    protocols: int | None,
    expected: tuple[int, int] | None,
) -> None:
    data: dict[str, t.Any] = {"security": lambda: {"user_authentication": nla, "security_layer": layer}}
    if not certificate:
        data["certificate"] = lambda: None
    assert network.listen(PORT, "rdp", data)
    assert asked(target, protocols) == expected


def test_the_configuration_is_asked_for_at_every_connection(target: Target, network: LoopbackNetwork) -> None:
    class Listener:
        user_authentication = 1
        security_layer = 2

    listener = Listener()
    assert network.listen(PORT, "rdp", listener)
    assert asked(target, SSL) == (3, 5)
    listener.user_authentication = 0
    assert asked(target, SSL) == (2, SSL)


def certificate_of(target: Target, protocols: int = SSL | HYBRID | HYBRID_EX) -> x509.Certificate:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with connect(target) as sock:
        sock.sendall(request(protocols))
        kind, _ = answer(sock) or (0, 0)
        assert kind == 2
        with context.wrap_socket(sock) as wrapped:
            der = wrapped.getpeercert(binary_form=True)
            assert der is not None
            return x509.load_der_x509_certificate(der)


def test_tls_shows_the_certificate_of_the_host(target: Target, network: LoopbackNetwork) -> None:
    assert network.listen(PORT, "rdp", {})
    first = certificate_of(target)
    assert first.subject.rfc4514_string() == f"CN={target.name}"
    assert first.not_valid_after_utc > datetime.datetime.now(datetime.UTC)
    assert certificate_of(target) == first


def test_tls_shows_the_certificate_that_the_machine_has(target: Target, network: LoopbackNetwork) -> None:
    other = target.lab.certificates.self_signed("other.example")
    assert network.listen(PORT, "rdp", {"certificate": lambda: (other.certificate, other.key)})
    assert certificate_of(target).subject.rfc4514_string() == "CN=other.example"
    network.close(PORT)
    der = x509.load_pem_x509_certificate(other.certificate)
    assert network.listen(PORT, "rdp", {"certificate": der})
    assert certificate_of(target, HYBRID) == der


def test_a_request_byte_by_byte_and_with_a_cookie(target: Target, network: LoopbackNetwork) -> None:
    assert network.listen(PORT, "rdp", {})
    with connect(target) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in request(HYBRID, b"Cookie: mstshash=someone\r\n"):
            sock.sendall(bytes([byte]))
        assert answer(sock) == (2, HYBRID)


@pytest.mark.parametrize(
    "sent",
    [b"", b"\x03", b"\x03\0\0", request(SSL)[:12], b"GET / HTTP/1.1\r\n\r\n", b"\x03\0\xff\xff" + b"x" * 60,
     b"\x03\0\0\x0b\x06\xd0\0\0\0\0\0", b"\x03\0\0\x13\x0e\xe0\0\0\0\0\0Cookie: "],
)  # fmt: skip
def test_nonsense_and_halves_get_no_answer(target: Target, network: LoopbackNetwork, sent: bytes) -> None:
    assert network.listen(PORT, "rdp", {})
    with connect(target) as sock:
        sock.sendall(sent)
        sock.shutdown(socket.SHUT_WR)
        assert rest(sock) == b""
    assert asked(target, HYBRID) == (2, HYBRID)


def test_closed_means_refused_and_connections_break(target: Target, network: LoopbackNetwork) -> None:
    with pytest.raises(ConnectionRefusedError):
        connect(target)
    assert network.listen(PORT, "rdp", {})
    with connect(target) as sock:
        sock.sendall(request(HYBRID))
        assert answer(sock) == (2, HYBRID)
        network.close(PORT)
        assert rest(sock) == b""
    with pytest.raises(ConnectionRefusedError):
        connect(target)
    network.close(PORT)
    assert network.listen(PORT, "rdp", {})
    assert network.ports() == [PORT]


def test_a_taken_port_is_reported(target: Target, network: LoopbackNetwork) -> None:
    assert network.listen(PORT, "silent", None)
    assert not network.listen(PORT, "rdp", {})
    assert not network.listen(5985, "http", None)
    with pytest.raises(ValueError, match="no such kind"):
        network.listen(1, "gopher", None)


def test_other_programs_on_the_port(target: Target, network: LoopbackNetwork) -> None:
    assert network.listen(8080, "http", None)
    assert network.listen(8081, "silent", None)
    with connect(target, 8080) as sock:
        sock.sendall(request(HYBRID))
        assert sock.recv(1000).startswith(b"HTTP/1.1 400 Bad Request\r\n")
    with connect(target, 8081) as sock:
        sock.sendall(request(HYBRID))
        sock.settimeout(0.3)
        with pytest.raises(TimeoutError):
            sock.recv(1)


def test_a_firewall_drops_instead_of_refusing(target: Target, network: LoopbackNetwork) -> None:
    blocked = True
    assert network.listen(PORT, "rdp", {"blocked": lambda: blocked})
    with pytest.raises(TimeoutError):
        socket.create_connection((target.address, PORT), timeout=0.4)
    blocked = False
    assert target.session().run_cmd("tool").status_code == 0  # after every command it is looked at again
    assert asked(target, HYBRID) == (2, HYBRID)
    blocked = True
    network.refresh()
    with pytest.raises(TimeoutError):
        socket.create_connection((target.address, PORT), timeout=0.4)


def test_negotiation_data_is_read_strictly() -> None:
    assert requested_protocols(request(11)[4:]) == 11
    assert requested_protocols(request(None)[4:]) is None
    for wrong in (b"", request(1)[4:-1], bytes([14, 0xE0, 0, 0, 0, 0, 0]) + struct.pack("<BBHI", 1, 0, 9, 1)):
        with pytest.raises(ValueError, match="no "):
            requested_protocols(wrong)
    assert negotiate(SSL, Security(1, 1, None)).failure == 5
