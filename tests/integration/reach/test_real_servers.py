# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real servers get the right outcome: openssl agrees on the certificate, FreeRDP's client on the outcome."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import threading
import typing as t
from pathlib import Path

import pytest
from ansible_collections.winops.rdp.plugins.module_utils.rdp_scan import scan_target

from integration.reach.real_servers import Shadow, Xrdp, agree, client, free_port, judged_by_openssl
from integration.reach.strange_servers import greeting, refusal, saying, serving, silent, web_server
from lab.rdp.tls import TlsCertificates
from lab.rdp.x224 import Security, serve_rdp

xrdp = pytest.mark.needs_program("xrdp", "openssl")
shadow = pytest.mark.needs_program("freerdp-shadow", "Xvfb", "openssl")
freerdp_client = pytest.mark.needs_program("xfreerdp", "Xvfb")


def said_of(certificate: dict[str, t.Any]) -> dict[str, t.Any]:
    return {name: certificate[name] for name in ("subject", "issuer", "sha1", "sha256", "not_before", "not_after")}


@xrdp
@pytest.mark.parametrize("layer", ["negotiate", "tls"])
def test_xrdp_with_tls(layer: str, tmp_path: Path) -> None:
    with Xrdp.running(tmp_path, layer) as server:
        seen = scan_target("127.0.0.1", server.port)
    assert (seen["outcome"], seen["rdp"]["selected_protocol"], seen["rdp"]["requires_nla"]) == ("rdp", "ssl", False)
    assert said_of(seen["certificate"]) == judged_by_openssl(server.certificate)
    assert seen["certificate"]["self_signed"] is True and seen["certificate"]["expired"] is False
    assert "Söhne" in seen["certificate"]["subject"]


@xrdp
@pytest.mark.parametrize("with_key", [True, False], ids=["rdp", "negotiate without a key"])
def test_xrdp_with_the_old_security(with_key: bool, tmp_path: Path) -> None:
    with Xrdp.running(tmp_path, "rdp" if with_key else "negotiate", with_key=with_key) as server:
        seen = scan_target("127.0.0.1", server.port)
    assert (seen["outcome"], seen["rdp"]["selected_protocol"], seen["certificate"]) == ("rdp", "rdp", None)


@xrdp
def test_xrdp_that_wants_tls_and_lost_its_key(tmp_path: Path) -> None:
    with Xrdp.running(tmp_path, "tls", with_key=False) as server:
        seen = scan_target("127.0.0.1", server.port)
    assert (seen["outcome"], seen["rdp"]["failure"]) == ("no_certificate", "SSL_CERT_NOT_ON_SERVER")


@shadow
@pytest.mark.parametrize(
    ("security", "protocol", "nla", "failure"),
    [("nla", "hybrid", True, None), ("tls", "ssl", False, None), ("rdp", "rdp", False, "SSL_NOT_ALLOWED_BY_SERVER")],
)
def test_freerdp_s_server(
    security: str, protocol: str, nla: bool, failure: str | None, tmp_path: Path, display: str
) -> None:
    with Shadow.running(tmp_path, security, display) as server:
        seen = scan_target("127.0.0.1", server.port)
        assert seen["outcome"] == "rdp", seen["summary"]
        assert seen["rdp"]["selected_protocol"] == protocol
        assert seen["rdp"]["requires_nla"] is nla
        assert seen["rdp"]["failure"] == failure
        if security == "rdp":
            assert seen["certificate"] is None
        else:
            assert said_of(seen["certificate"]) == judged_by_openssl(server.certificate)


@shadow
def test_a_host_says_who_it_is_before_anybody_signs_in(tmp_path: Path, display: str) -> None:
    with Shadow.running(tmp_path, "nla", display) as server:
        seen = scan_target("127.0.0.1", server.port)
    # WinPR takes these from the machine it runs on, and calls itself Windows 7.
    assert seen["ntlm"]["version"] == "6.1.7601" and seen["ntlm"]["build"] == 7601
    assert seen["ntlm"]["dns_domain"] or seen["ntlm"]["netbios_domain"] or seen["ntlm"]["dns_host"]
    assert abs(seen["ntlm"]["ahead_seconds"]) <= 1


@shadow
def test_a_deleted_certificate_is_made_anew_and_shown(tmp_path: Path, display: str) -> None:
    seen = []
    for _ in range(2):
        with Shadow.running(tmp_path, "tls", display) as server:
            seen.append(scan_target("127.0.0.1", server.port)["certificate"]["sha256"])
        shutil.rmtree(tmp_path / "freerdp")
    assert seen[0] != seen[1]


@shadow
def test_a_server_that_can_t_write_its_key_is_no_remote_desktop(tmp_path: Path, display: str) -> None:
    # As with MachineKeys: where the folder of the keys should be is a file, so that no certificate can be made.
    (tmp_path / "freerdp").write_text("")
    with Shadow.running(tmp_path, "tls", display) as server:
        seen = scan_target("127.0.0.1", server.port)
    assert seen["outcome"] in ("reset", "no_certificate", "tls_failed"), seen["summary"]


@xrdp
@freerdp_client
@pytest.mark.parametrize(
    ("layer", "with_key"), [("negotiate", True), ("tls", True), ("rdp", True), ("negotiate", False), ("tls", False)]
)
def test_the_client_agrees_on_xrdp(layer: str, with_key: bool, tmp_path: Path, display: str) -> None:
    with Xrdp.running(tmp_path, layer, with_key=with_key) as server:
        _agree(server.port, display, tmp_path)


@shadow
@freerdp_client
@pytest.mark.parametrize("security", ["nla", "tls", "rdp"])
def test_the_client_agrees_on_freerdp_s_server(security: str, tmp_path: Path, display: str) -> None:
    with Shadow.running(tmp_path, security, display) as server:
        ran = _agree(server.port, display, tmp_path)
        assert ran.exit_code == 0, ran.log
        if security == "nla":
            wrong = client(server.port, display, tmp_path, "/p:wrong")
            assert wrong.shook_hands and wrong.exit_code != 0, "our outcome is about the server, not about an account"


@freerdp_client
@pytest.mark.parametrize(
    "security",
    [
        pytest.param((1, 2, True), id="requires NLA"),
        pytest.param((0, 2, True), id="allows NLA"),
        pytest.param((0, 0, True), id="old security"),
        pytest.param((1, 2, False), id="no certificate"),
    ],
)
def test_the_client_agrees_on_the_lab_s_listeners(
    security: tuple[int, int, bool], tmp_path: Path, display: str
) -> None:
    with _lab_listener(*security) as port:
        _agree(port, display, tmp_path)


@freerdp_client
@pytest.mark.parametrize("kind", ["closed", "silent", "ssh", "http", "no certificate"])
def test_the_client_agrees_on_what_is_no_remote_desktop(kind: str, tmp_path: Path, display: str) -> None:
    servers: dict[str, t.Callable[[], t.ContextManager[int]]] = {
        "closed": lambda: contextlib.nullcontext(free_port()),
        # They give up after some seconds, because this client never does.
        "silent": lambda: serving(silent, patience=4),
        "ssh": lambda: serving(greeting(b"SSH-2.0-OpenSSH_9.2\r\n"), patience=4),
        "http": web_server,
        "no certificate": lambda: serving(saying(refusal(3), lambda _: None)),
    }
    with servers[kind]() as port:
        assert scan_target("127.0.0.1", port, timeout=2)["outcome"] != "rdp"
        _agree(port, display, tmp_path)


def _agree(port: int, display: str, home: Path) -> t.Any:
    """The client gets through the handshake exactly where the outcome is rdp, by the same protocol."""
    seen = scan_target("127.0.0.1", port, timeout=2)
    ran = client(port, display, home)
    agree(seen, ran)
    return ran


@contextlib.contextmanager
def _lab_listener(user_authentication: int, security_layer: int, certificate: bool) -> t.Iterator[int]:
    """The emulated TermService's own socket, without the rest of its host."""
    certificates = TlsCertificates()
    tls = certificates.context(certificates.self_signed("LAB-WEB03")) if certificate else None
    security = Security(user_authentication, security_layer, tls)
    loop = asyncio.new_event_loop()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError, TimeoutError, asyncio.CancelledError):
            await serve_rdp(reader, writer, security)
        writer.close()

    server = loop.run_until_complete(asyncio.start_server(handle, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0.05))
        loop.close()
