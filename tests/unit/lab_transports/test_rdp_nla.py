# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The challenge of network level authentication, read by pyspnego."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import pytest
import spnego
from spnego._credssp_structures import NegoData, TSRequest
from spnego._ntlm_raw.messages import AvId, Challenge

from lab.fleet.lab import Lab
from lab.fleet.specs import HostSpec
from lab.rdp.nla import NotCredSspError, answer, read_request
from lab.state.editions import EDITIONS
from unit.lab_transports.test_outside import REQUEST


@pytest.fixture(scope="module")
def hosts() -> Iterator[Lab]:
    with Lab([HostSpec(name, windows=name) for name in EDITIONS], transports=()) as lab:
        yield lab


def secured(address: str) -> ssl.SSLSocket:
    """A TLS connection to the listener, after CredSSP was agreed on."""
    sock = socket.create_connection((address, 3389), timeout=5)
    sock.sendall(REQUEST)
    assert sock.recv(100)[11] == 2
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(sock)


def challenge_of(address: str, protocol: str, version: int = 6) -> tuple[Challenge, ssl.SSLSocket]:
    """What the host answers to a client's first message."""
    token = spnego.client("someone", "secret", protocol=protocol).step()
    assert token is not None
    sock = secured(address)
    sock.sendall(TSRequest(version=version, nego_tokens=[NegoData(token)]).pack())
    request = TSRequest.unpack(sock.recv(4096))
    assert request.version == 6
    assert request.nego_tokens is not None
    reply = request.nego_tokens[0].nego_token
    assert (reply[0] == 0xA1) == (protocol == "negotiate")
    return Challenge.unpack(reply[reply.index(b"NTLMSSP\0") :]), sock


@pytest.mark.parametrize("windows", EDITIONS)
@pytest.mark.parametrize("protocol", ["ntlm", "negotiate"])
def test_the_challenge_names_the_host_its_domain_and_its_build(windows: str, protocol: str, hosts: Lab) -> None:
    challenge, sock = challenge_of(hosts[windows].address, protocol)
    sock.close()
    info = challenge.target_info
    assert info is not None
    assert info[AvId.nb_computer_name] == windows.upper()[:15]
    assert info[AvId.nb_domain_name] == challenge.target_name == "CORP"
    assert info[AvId.dns_computer_name] == f"{windows}.corp.example"
    assert info[AvId.dns_domain_name] == info[AvId.dns_tree_name] == "corp.example"
    assert challenge.version is not None
    assert challenge.version.build == EDITIONS[windows].build
    assert f"{challenge.version.major}.{challenge.version.minor}." in EDITIONS[windows].version


@pytest.mark.parametrize(("version", "told"), [(6, True), (5, False), (2, False)])
def test_credentials_are_refused_as_the_version_can_tell(version: int, told: bool, hosts: Lab) -> None:
    _, sock = challenge_of(hosts["win10"].address, "ntlm", version)
    with sock:
        sock.sendall(TSRequest(version=version, nego_tokens=[NegoData(b"NTLMSSP\0whatever")]).pack())
        rest = sock.recv(4096)
    assert bool(rest) == told
    if told:
        assert (TSRequest.unpack(rest).error_code or 0) & 0xFFFFFFFF == 0xC000006D


@pytest.mark.parametrize(
    "sent", [b"GET / HTTP/1.1\r\n\r\n", b"\x30\x03\xa0\x01\x02", b"\x30\x84\x7f\xff\xff\xff", b"\x30\x80" + bytes(40)]
)
def test_nonsense_ends_the_connection(sent: bytes, hosts: Lab) -> None:
    with secured(hosts["win11"].address) as sock:
        sock.sendall(sent)
        assert sock.recv(100) == b""


def test_what_is_read_strictly() -> None:
    for data in (b"", b"\x30\x05\xa0\x03\x02\x01", b"\x30\x05\xa0\x03\x02\x01\x06", b"\x31\x00"):
        with pytest.raises(NotCredSspError):
            read_request(data)
    identity = ("A", "B", "a.b", "b", (10, 0, 1))
    for token in (b"", b"NTLMSSP\0", b"NTLMSSP\0" + bytes([3]) + bytes(40)):
        with pytest.raises(NotCredSspError):
            answer(token, identity)  # type: ignore[arg-type]
