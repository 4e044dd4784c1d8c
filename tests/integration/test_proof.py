# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proof from outside: what a client sees of a host before and after its certificate was renewed."""

from __future__ import annotations

import hashlib
import socket
import ssl
import typing as t

import pytest

from lab import HostSpec

# X.224 connection request that offers TLS and CredSSP, and the answer with the chosen protocol:
# [MS-RDPBCGR] 2.2.1.1 and 2.2.1.2.
REQUEST = bytes.fromhex("030000130ee00000000000010008000b000000")


def _certificate(address: str) -> str:
    """Return the SHA-1 of the certificate that a client is shown, nothing if there is none."""
    with socket.create_connection((address, 3389), timeout=10) as connection:
        connection.sendall(REQUEST)
        answer = b""
        while len(answer) < 19:
            received = connection.recv(19 - len(answer))
            if not received:
                return ""
            answer += received
        if answer[11] == 3:  # RDP_NEG_FAILURE
            return ""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(connection) as tls:
            return hashlib.sha1(tls.getpeercert(binary_form=True) or b"").hexdigest().upper()


@pytest.mark.parametrize("fault", ["certificate-missing", "certificate-expired", "keyfile-denied", "keyfile-missing"])
def test_client_is_shown_the_new_certificate(fleet: t.Callable[..., t.Any], fault: str) -> None:
    hosts = fleet(HostSpec("host", (fault,)))
    address = hosts["host"].address
    before = _certificate(address)
    assert (before == "") == (fault != "certificate-expired")
    result = hosts.task("rdp_cert", {"state": "renewed"}).results("rdp_cert")["host"]
    assert not result["failed"] and result["changed"], result
    assert _certificate(address) == result["certificate"]["thumbprint"] != before
