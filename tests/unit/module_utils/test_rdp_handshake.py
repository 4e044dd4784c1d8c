# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The handshake with servers that answer by a script: what each answer comes to, and how far it got."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.module_utils.rdp_handshake import probe_target
from ansible_collections.winops.rdp.plugins.module_utils.rdp_loop import WaitingLoop
from ansible_collections.winops.rdp.plugins.module_utils.rdp_observation import Observation
from ansible_collections.winops.rdp.plugins.module_utils.rdp_socket import Address

from lab.rdp.tls import TlsCertificates

# The Connection Confirm without negotiation data, with what follows, and the length of a Connection Request.
OLD = bytes.fromhex("0300000b 06d00000 123400")
FIXED, REQUEST = "03000013 0ed00000 123400", 19
HYBRID = bytes.fromhex(f"{FIXED} 02000800 02000000")

Answer = t.Callable[[socket.socket], None]


def _refusal(code: int) -> bytes:
    return bytes.fromhex(f"{FIXED} 03000800 {code:02x}000000")


def _saying(data: bytes) -> Answer:
    def answer(sock: socket.socket) -> None:
        sock.recv(REQUEST)
        sock.sendall(data)
        sock.recv(1000)

    return answer


def _closing(sock: socket.socket) -> None:
    sock.recv(REQUEST)


def _tls(sock: socket.socket) -> None:
    """Select CredSSP, set up TLS, and leave the first message of CredSSP without an answer."""
    certificates = TlsCertificates()
    sock.recv(REQUEST)
    sock.sendall(HYBRID)
    secured = certificates.context(certificates.self_signed("web03")).wrap_socket(sock, server_side=True)
    secured.recv(1000)
    secured.close()


@contextlib.contextmanager
def _serving(*answers: Answer) -> t.Iterator[Address]:
    """Answer one connection after another."""

    def serve(server: socket.socket) -> None:
        for answer in answers:
            with contextlib.suppress(OSError, ssl.SSLError), server.accept()[0] as sock:
                sock.settimeout(10)
                answer(sock)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        yield Address(socket.AF_INET, server.getsockname())
        thread.join(10)


def _probe(loop: WaitingLoop, address: Address, *, seconds: float = 5.0, details: bool = False) -> Observation:
    return loop.run_until_complete(probe_target(loop, "web03", [address], loop.time() + seconds, details))


@pytest.mark.parametrize(
    ("answer", "outcome", "stage"),
    [
        (_saying(OLD), "rdp", "negotiate"),
        (_saying(_refusal(2)), "rdp", "negotiate"),
        (_saying(_refusal(3)), "no_certificate", "negotiate"),
        (_saying(_refusal(99)), "unknown", "negotiate"),
        (_saying(b"SSH-2.0-OpenSSH_9.5\r\n"), "not_rdp", "negotiate"),
        (_closing, "reset", "negotiate"),
        (_saying(HYBRID + b"no TLS at all, but text\r\n"), "not_rdp", "tls"),
        # An alert of TLS: handshake_failure.
        (_saying(HYBRID + bytes.fromhex("15030300020228")), "tls_failed", "tls"),
    ],
)
def test_each_answer_has_its_outcome(loop: WaitingLoop, answer: Answer, outcome: str, stage: str) -> None:
    with _serving(answer) as address:
        observed = _probe(loop, address)
    assert (observed.outcome, observed.stage, observed.address) == (outcome, stage, "127.0.0.1")
    assert observed.connected and observed.certificate is None


def test_another_program_is_known_by_its_first_line(loop: WaitingLoop) -> None:
    with _serving(_saying(b"220 mail\x1b[2J ready\r\n250 more")) as address:
        observed = _probe(loop, address)
    assert (observed.outcome, observed.greeting) == ("not_rdp", "220 mail?[2J ready")


def test_a_program_that_waits_for_a_line_is_nudged(loop: WaitingLoop) -> None:
    def after_the_nudge(sock: socket.socket) -> None:
        received = b""
        while not received.endswith(b"\r\n\r\n"):
            received += sock.recv(100)
        sock.sendall(b"HTTP/1.1 400 Bad Request\r\n")

    with _serving(after_the_nudge) as address:
        observed = _probe(loop, address, seconds=1)
    assert (observed.outcome, observed.greeting) == ("not_rdp", "HTTP/1.1 400 Bad Request")


@pytest.mark.parametrize(("begun", "began_answer"), [(b"", False), (OLD[:5], True)])
def test_silence_and_half_an_answer(loop: WaitingLoop, begun: bytes, began_answer: bool) -> None:
    def answer(sock: socket.socket) -> None:
        sock.sendall(begun)
        while sock.recv(100):
            pass

    with _serving(answer) as address:
        observed = _probe(loop, address, seconds=0.4)
    assert (observed.outcome, observed.began_answer) == ("no_answer", began_answer)


def test_no_listener(loop: WaitingLoop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = Address(socket.AF_INET, free.getsockname())
    observed = _probe(loop, address)
    assert (observed.outcome, observed.stage, observed.connected) == ("refused", "connect", False)
    assert [(one.address, one.error.outcome) for one in observed.failed_addresses] == [("127.0.0.1", "refused")]


@pytest.mark.parametrize(
    ("second", "required"), [(_saying(_refusal(5)), True), (_saying(OLD), False), (_closing, None)]
)
def test_network_level_authentication_is_asked_for_on_a_second_connection(
    loop: WaitingLoop, second: Answer, required: bool | None
) -> None:
    with _serving(_tls, second) as address:
        observed = _probe(loop, address, details=True)
    assert (observed.outcome, observed.requires_nla, observed.challenge) == ("rdp", required, None)
    assert observed.certificate is not None and observed.certificate.subject == "CN=web03"
    assert observed.tls_version and observed.tls is not None
