# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be on port 3389 instead of a healthy Remote Desktop: the right outcome, in time, in bounded memory."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import json
import os
import re
import socket
import ssl
import threading
import time
import tracemalloc
import typing as t
from pathlib import Path

import asyncssh
import pytest
from ansible_collections.winops.rdp.plugins.module_utils.rdp_result import OUTCOMES
from ansible_collections.winops.rdp.plugins.module_utils.rdp_scan import Target, scan_target, scan_targets
from ansible_collections.winops.rdp.plugins.module_utils.rdp_tls import TlsClient
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from integration.reach.strange_servers import (
    HYBRID_CONFIRM,
    Handler,
    closing,
    dripping,
    echoing,
    greeting,
    refusal,
    resetting,
    resetting_at_once,
    saying,
    serving,
    shouting,
    silent,
    web_server,
)
from lab.rdp.tls import TlsCertificates

TLS_CONFIRM = HYBRID_CONFIRM[:-4] + b"\x01\x00\x00\x00"


def alert(description: int) -> bytes:
    """A fatal TLS alert: RFC 8446, 6."""
    return bytes([21, 3, 3, 0, 2, 2, description])


@contextlib.contextmanager
def bounded(seconds: float, most_bytes: int = 4_000_000) -> t.Iterator[None]:
    """What happens in here neither takes longer nor needs more memory."""
    tracemalloc.start()
    began = time.monotonic()
    try:
        yield
        took, peak = time.monotonic() - began, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert took < seconds, f"{took:.2f} s"
    assert peak < most_bytes, f"{peak} bytes"


@pytest.mark.parametrize(
    ("handler", "outcome", "words"),
    [
        pytest.param(silent, "no_answer", "says nothing", id="silent"),
        pytest.param(resetting, "reset", "Connection reset by peer", id="RST"),
        pytest.param(closing, "reset", "it closed the connection", id="FIN"),
        pytest.param(echoing, "not_rdp", "Another program", id="echo"),
        pytest.param(greeting(b"SSH-2.0-OpenSSH_9.2p1\r\n"), "not_rdp", "SSH-2.0-OpenSSH_9.2p1", id="SSH banner"),
        pytest.param(greeting(b"220 mail ESMTP\r\n"), "not_rdp", "220 mail ESMTP", id="SMTP"),
        pytest.param(greeting(b"RFB 003.008\n"), "not_rdp", "RFB 003.008", id="VNC"),
        pytest.param(greeting(b"\x1b[2J\x07evil\n"), "not_rdp", "?[2J?evil", id="terminal codes"),
        pytest.param(saying(alert(10)), "not_rdp", "Another program", id="a TLS server"),
        pytest.param(dripping(b"HTTP/1.1 400 Bad Request", 1.0), "not_rdp", "H", id="one byte a second"),
        pytest.param(dripping(HYBRID_CONFIRM, 1.0), "no_answer", "does not finish", id="RDP one byte a second"),
        pytest.param(shouting(os.urandom(65536), 10_000_000, b"\xff"), "not_rdp", "Another", id="noise"),
        pytest.param(shouting(bytes(65536), 10_000_000), "not_rdp", "Another program", id="zeros"),
        pytest.param(shouting(b"\x03\x00\x00\x13" * 16384, 10_000_000), "not_rdp", "Another", id="noise like TPKT"),
        pytest.param(shouting(os.urandom(65536), 10_000_000, b"\n"), "not_rdp", "Another", id="noise after a line"),
        pytest.param(shouting(b"\xff" * 65536, 10_000_000, TLS_CONFIRM), "not_rdp", "Another", id="noise for TLS"),
        pytest.param(
            shouting(b"\x16\x03\x03\x3f\xff" + bytes(16383), 10_000_000, TLS_CONFIRM),
            "unknown",
            "not be judged",
            id="noise like TLS",
        ),
        pytest.param(saying(TLS_CONFIRM, silent), "no_answer", "hangs while TLS is set up", id="hangs in TLS"),
        pytest.param(
            saying(TLS_CONFIRM, dripping(alert(40), 1.0)), "no_answer", "hangs while TLS", id="TLS one byte a second"
        ),
        pytest.param(saying(TLS_CONFIRM, closing), "tls_failed", "breaks TLS off", id="closes at TLS"),
        pytest.param(saying(TLS_CONFIRM, resetting), "tls_failed", "breaks TLS off", id="resets at TLS"),
        pytest.param(saying(TLS_CONFIRM, saying(alert(40))), "tls_failed", "breaks TLS off", id="alert 40"),
        pytest.param(saying(TLS_CONFIRM, saying(alert(80))), "tls_failed", "breaks TLS off", id="alert 80"),
        # The fault of the client's choice of versions, so no fault of the server.
        pytest.param(saying(TLS_CONFIRM, saying(alert(70))), "rdp", "can't set up TLS", id="protocol_version"),
        pytest.param(saying(TLS_CONFIRM, saying(b"SSH-2.0-x\r\n")), "not_rdp", "Another program", id="SSH at TLS"),
        pytest.param(saying(HYBRID_CONFIRM[:11].replace(b"\x13", b"\x0b", 1)), "not_rdp", "Another", id="bad length"),
        pytest.param(saying(refusal(1)), "rdp", "SSL_REQUIRED_BY_SERVER", id="failure 1"),
        pytest.param(saying(refusal(2)), "rdp", "old RDP security", id="failure 2"),
        pytest.param(saying(refusal(3)), "no_certificate", "has no usable certificate", id="failure 3"),
        pytest.param(saying(refusal(4)), "rdp", "INCONSISTENT_FLAGS", id="failure 4"),
        pytest.param(saying(refusal(5)), "rdp", "HYBRID_REQUIRED_BY_SERVER", id="failure 5"),
        pytest.param(saying(refusal(6)), "rdp", "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER", id="failure 6"),
        pytest.param(saying(refusal(7)), "unknown", "failure code 7", id="failure 7"),
        pytest.param(saying(bytes.fromhex("0300000b06d00000123400")), "rdp", "old RDP security", id="Windows XP"),
    ],
)  # fmt: skip
def test_verdict_in_time(handler: Handler, outcome: str, words: str) -> None:
    with serving(handler) as port, bounded(seconds=3.0):
        seen = scan_target("127.0.0.1", port, timeout=1.5)
    assert (seen["outcome"], words in seen["summary"]) == (outcome, True), seen["summary"]
    assert seen["tries"][0]["connect_ms"] is not None and seen["loss_percent"] == 0.0


def test_a_reset_before_a_word_is_said() -> None:
    # It arrives while we connect, or right after that.
    with serving(resetting_at_once) as port, bounded(seconds=3.0):
        seen = scan_targets([Target("127.0.0.1", port)] * 20, timeout=1.5, tries=2, max_parallel=20)
    assert {entry["outcome"] for entry in seen} == {"reset"}
    assert all(re.search("breaks (it|the connection) off", entry["summary"]) for entry in seen)


def _is_confirm(data: bytes) -> bool:
    """Whether bytes begin with a Connection Confirm, said in another way than the collection says it."""
    plain = re.match(rb"\x03\x00\x00\x0b\x06[\xd0-\xdf].{4}[\x00-\x0f]", data, re.S)
    chosen = re.match(
        rb"\x03\x00\x00\x13\x0e[\xd0-\xdf].{4}[\x00-\x0f]"
        rb"(\x02.\x08\x00[\x00\x01\x02\x08]|\x03.\x08\x00[\x01-\x06])\x00\x00\x00",
        data,
        re.S,
    )
    return bool(plain or chosen)


@given(
    st.one_of(
        st.binary(min_size=1, max_size=60),
        st.builds(lambda length, rest: HYBRID_CONFIRM[:length] + rest, st.integers(1, 18), st.binary(max_size=40)),
        st.builds(
            lambda at, byte, code: refusal(code)[:at] + bytes([byte]) + refusal(code)[at + 1 :],
            st.integers(0, 18),
            st.integers(0, 255),
            st.integers(0, 8),
        ),
    ),
    st.sampled_from([silent, resetting, lambda _: None]),
)
@settings(max_examples=60, deadline=None)
def test_garbage_never_crashes_and_is_never_remote_desktop(data: bytes, then: Handler) -> None:
    with serving(saying(data, then)) as port:
        seen = scan_target("127.0.0.1", port, timeout=0.06)
    json.dumps(seen)
    assert seen["outcome"] in OUTCOMES
    if not _is_confirm(data):
        assert seen["outcome"] != "rdp" and (seen["rdp"] is None or seen["outcome"] == "unknown"), seen["summary"]


@pytest.mark.parametrize("length", range(1, len(HYBRID_CONFIRM)))
@pytest.mark.parametrize(("then", "outcome"), [(silent, "no_answer"), (closing, "reset")], ids=["silent", "closing"])
def test_any_part_of_an_answer_is_no_answer(length: int, then: Handler, outcome: str) -> None:
    part = HYBRID_CONFIRM[:length]
    with serving(lambda connection: saying(part, silent if then is silent else lambda _: None)(connection)) as port:
        seen = scan_target("127.0.0.1", port, timeout=0.15)
    assert seen["outcome"] == outcome and seen["rdp"] is None


def test_a_slow_answer_is_an_answer() -> None:
    with serving(dripping(refusal(5), 0.02)) as port:
        seen = scan_target("127.0.0.1", port, timeout=5)
    assert seen["outcome"] == "rdp" and seen["tries"][0]["negotiate_ms"] >= 300


def test_an_answer_that_comes_after_the_nudge_still_counts() -> None:
    def late(connection: socket.socket) -> None:
        connection.recv(19)
        if connection.recv(100) == b"\r\n\r\n":
            connection.sendall(HYBRID_CONFIRM)
            silent(connection)

    with serving(late) as port:
        seen = scan_target("127.0.0.1", port, timeout=2)
    assert (seen["outcome"], seen["rdp"]["selected_protocol"], seen["certificate"]) == ("rdp", "hybrid", None)


def test_a_web_server_that_waits_for_a_line_is_known_for_what_it_is() -> None:
    with web_server() as port, bounded(seconds=3.0):
        seen = scan_target("127.0.0.1", port, timeout=2)
    assert seen["outcome"] == "not_rdp", seen["summary"]
    assert "HTML" in seen["greeting"] or "HTTP" in seen["greeting"]


def test_a_real_ssh_server() -> None:
    async def serve(ready: threading.Event, port: list[int], ending: threading.Event) -> None:
        key = asyncssh.generate_private_key("ssh-ed25519")
        async with await asyncssh.listen("127.0.0.1", 0, server_host_keys=[key]) as server:
            port.append(server.get_port())
            ready.set()
            await asyncio.get_running_loop().run_in_executor(None, ending.wait)

    ready, ending, port = threading.Event(), threading.Event(), list[int]()
    thread = threading.Thread(target=lambda: asyncio.run(serve(ready, port, ending)))
    thread.start()
    try:
        assert ready.wait(10)
        seen = scan_target("127.0.0.1", port[0], timeout=5)
    finally:
        ending.set()
        thread.join(10)
    assert seen["outcome"] == "not_rdp" and seen["greeting"].startswith("SSH-2.0-AsyncSSH")


def _tls_server(context: ssl.SSLContext, afterwards: Handler) -> Handler:
    def handler(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(HYBRID_CONFIRM)
        with context.wrap_socket(connection, server_side=True) as secured:
            afterwards(secured)

    return handler


@pytest.mark.parametrize(
    "afterwards",
    [silent, closing, saying(b"HTTP/1.1 400 Bad Request\r\n"), shouting(os.urandom(65536), 10_000_000),
     shouting(b"\x30\x82\x3f\xf0" + bytes(65532), 10_000_000)],
    ids=["silent", "closing", "text", "noise", "noise like DER"],
)  # fmt: skip
def test_strange_things_in_the_place_of_the_challenge(afterwards: Handler) -> None:
    certificates = TlsCertificates()
    context = certificates.context(certificates.self_signed("web03"))
    with serving(_tls_server(context, afterwards)) as port, bounded(seconds=3.0):
        seen = scan_target("127.0.0.1", port, timeout=1)
    assert (seen["outcome"], seen["ntlm"]) == ("rdp", None)
    assert seen["certificate"]["subject"] == "CN=web03"


def _old_certificate(folder: Path) -> Path:
    """A key as short as Windows Server 2008 made them, and long expired."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "OLD-2008")])
    begin = datetime.datetime(2009, 1, 1)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(begin).not_valid_after(begin + datetime.timedelta(days=182))
    made = builder.sign(key, hashes.SHA256())
    file = folder / "old.pem"
    pair = TlsCertificates()._as_pair((made, key))
    file.write_bytes(pair.key + pair.certificate)
    return file


@pytest.mark.parametrize("version", ["TLSv1", "TLSv1_1", "TLSv1_2", "TLSv1_3"])
@pytest.mark.filterwarnings("ignore:.*TLSVersion.*deprecated:DeprecationWarning")
def test_servers_of_every_age_show_their_certificate(version: str, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    context.load_cert_chain(_old_certificate(tmp_path))
    with serving(_tls_server(context, silent)) as port:
        seen = scan_target("127.0.0.1", port, timeout=1)
    assert seen["certificate"] is not None, seen["summary"]
    assert seen["certificate"]["tls_version"] == version.replace("_", ".")
    assert (seen["certificate"]["subject"], seen["certificate"]["expired"]) == ("CN=OLD-2008", True)
    assert "expired on 2009-07-02" in seen["summary"]


def test_ipv6() -> None:
    with serving(saying(refusal(5)), socket.AF_INET6) as port:
        seen = scan_target("::1", port)
    assert (seen["outcome"], seen["address"]) == ("rdp", "::1")


def test_of_several_addresses_the_one_that_answers_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    def two_addresses(host: str, port: int, *_: t.Any) -> list[t.Any]:
        if host == "127.0.0.1":
            raise AssertionError(host)
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", port, 0, 0)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)),
        ]

    with serving(saying(refusal(5))) as port:
        monkeypatch.setattr(socket, "getaddrinfo", two_addresses)
        seen = scan_target("web03", port)
    assert (seen["outcome"], seen["address"]) == ("rdp", "127.0.0.1")
    assert [(failed["address"], failed["outcome"]) for failed in seen["failed_addresses"]] == [("::1", "refused")]


def test_a_thousand_silent_servers_take_the_time_of_one() -> None:
    with serving(silent) as port, bounded(seconds=8.0, most_bytes=60_000_000):
        seen = scan_targets([Target("127.0.0.1", port)] * 1000, timeout=2, tries=1, max_parallel=1000)
    assert {entry["outcome"] for entry in seen} == {"no_answer"}


def test_fifty_noisy_servers_at_once_need_little_memory() -> None:
    noise = shouting(os.urandom(65536), 10_000_000, b"\xff")
    with serving(noise) as port, bounded(seconds=15.0, most_bytes=12_000_000):
        seen = scan_targets([Target("127.0.0.1", port)] * 50, timeout=3, tries=1, max_parallel=50)
    assert {entry["outcome"] for entry in seen} == {"not_rdp"}


def test_a_busy_prober_calls_nobody_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """All answer at once, and the TLS of all takes this computer four times the timeout: they are not to blame."""
    handshake = TlsClient.handshake

    def slow(client: TlsClient) -> bool:
        time.sleep(0.02)
        return handshake(client)

    monkeypatch.setattr(TlsClient, "handshake", slow)
    certificates = TlsCertificates()
    context = certificates.context(certificates.self_signed("web03"))
    with serving(_tls_server(context, silent)) as port:
        seen = scan_targets([Target("127.0.0.1", port)] * 50, timeout=0.5, tries=1, max_parallel=50)
    assert {entry["outcome"] for entry in seen} == {"rdp"}
