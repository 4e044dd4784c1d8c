# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The TLS client without a socket: against OpenSSL's own server side, and against alerts and text."""

from __future__ import annotations

import ssl

import pytest
from ansible_collections.winops.rdp.plugins.module_utils.rdp_errors import TlsError
from ansible_collections.winops.rdp.plugins.module_utils.rdp_tls import TlsClient
from ansible_collections.winops.rdp.plugins.module_utils.rdp_x509 import read_certificate

from lab.rdp.tls import TlsCertificates


def _alert(description: int) -> bytes:
    return bytes([21, 3, 3, 0, 2, 2, description])


def _answered(data: bytes) -> tuple[TlsClient, TlsError]:
    client = TlsClient("web03")
    assert not client.handshake() and client.outgoing()
    client.feed(data)
    with pytest.raises(TlsError) as failed:
        client.handshake()
    return client, failed.value


@pytest.mark.parametrize("name", ["web03", "_web03", None])
def test_a_handshake_and_what_it_shows(name: str | None) -> None:
    certificates = TlsCertificates()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = certificates.context(certificates.self_signed("web03"))
    server = context.wrap_bio(incoming, outgoing, server_side=True)
    client = TlsClient(name)
    done = accepted = False
    while not (done and accepted):
        done = client.handshake()
        incoming.write(client.outgoing())
        try:
            server.do_handshake()
            accepted = True
        except ssl.SSLWantReadError:
            pass
        client.feed(outgoing.read())
    encoded = client.certificate()
    assert encoded and read_certificate(encoded).subject == "CN=web03"
    assert client.version() == server.version() and client.server_speaks_tls
    client.write(b"to the server")
    incoming.write(client.outgoing())
    assert server.read(100) == b"to the server"
    server.write(b"to the client")
    client.feed(outgoing.read())
    assert client.read(100) == b"to the client" and client.read(100) == b""


@pytest.mark.parametrize(
    ("description", "gave_up", "versions"),
    [(40, True, False), (80, True, False), (70, False, True), (71, False, True)],
)
def test_alerts_tell_a_broken_server_from_one_that_wants_another_version(
    description: int, gave_up: bool, versions: bool
) -> None:
    # RFC 8446, 6: handshake_failure, internal_error, protocol_version, insufficient_security.
    client, failed = _answered(_alert(description))
    assert (client.server_gave_up, client.refuses_versions(failed)) == (gave_up, versions)
    assert failed.by_alert and client.server_speaks_tls


@pytest.mark.parametrize("text", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00" * 20, b"\x15\x04\x03\x00\x02\x02\x28"])
def test_what_is_not_tls_is_known(text: bytes) -> None:
    client, failed = _answered(text)
    assert not client.server_speaks_tls and not client.server_gave_up and not failed.by_alert


def test_what_this_computer_refuses_is_no_fault_of_the_server() -> None:
    assert TlsClient("web03").refuses_versions(TlsError("DH_KEY_TOO_SMALL"))
    assert not TlsClient("web03").refuses_versions(TlsError("NO_SHARED_CIPHER"))
