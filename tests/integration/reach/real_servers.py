# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real RDP servers and a real client, on loopback ports of their own, and openssl as the judge of certificates."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import os
import re
import socket
import subprocess
import time
import typing as t
from pathlib import Path

from programs import program

#: How long a server may take to listen on a busy machine.
_READY_SECONDS = 20.0
#: How long the client may take. It gives up on a connection that does not come about after ten seconds.
_CLIENT_SECONDS = 25.0
#: NT hash of "password": MD4 over UTF-16LE, as smbpasswd files have it.
_SAM = "somebody:::8846F7EAEE8FB117AD06BDD830B7586C:::\n"
ACCOUNT = ("/u:somebody", "/p:password")


class Server(t.Protocol):
    """Something that listens on a loopback port."""

    port: int


@dataclasses.dataclass
class Xrdp:
    """xrdp with one security layer: negotiate, tls or rdp."""

    port: int
    certificate: Path

    @classmethod
    @contextlib.contextmanager
    def running(cls, folder: Path, layer: str, *, with_key: bool = True) -> t.Iterator[Xrdp]:
        """Start it, without a key if so wanted."""
        certificate, key = folder / "certificate.pem", folder / "key.pem"
        make_certificate(certificate, key)
        if not with_key:
            key.unlink()
        server = cls(free_port(), certificate)
        settings = folder / "xrdp.ini"
        settings.write_text(
            "[Globals]\nini_version=1\nfork=true\ncrypt_level=high\nssl_protocols=TLSv1.2, TLSv1.3\n"
            f"port=tcp://127.0.0.1:{server.port}\nsecurity_layer={layer}\ncertificate={certificate}\nkey_file={key}\n"
            f"[Logging]\nLogFile={folder / 'xrdp.log'}\nLogLevel=INFO\nEnableSyslog=0\n[Xvnc]\nname=x\nlib=libvnc.so\n",
            encoding="utf-8",
        )
        command = [executable("xrdp"), "--nodaemon", "--config", str(settings)]
        with started(command, folder / "xrdp.out", server.port):
            yield server


@dataclasses.dataclass
class Shadow:
    """FreeRDP's shadow server with one kind of security: nla, tls or rdp."""

    port: int
    certificate: Path

    @classmethod
    @contextlib.contextmanager
    def running(cls, folder: Path, security: str, display: str) -> t.Iterator[Shadow]:
        """Start it; it makes itself a certificate in the folder unless it has one."""
        sam = folder / "sam"
        sam.write_text(_SAM, encoding="ascii")
        server = cls(free_port(), folder / "freerdp/shadow/shadow.crt")
        command = [
            executable("freerdp-shadow"), f"/port:{server.port}", "/bind-address:127.0.0.1", f"/sec:{security}",
            f"/sam-file:{sam}", "+auth",
        ]  # fmt: skip
        with started(command, folder / "shadow.out", server.port, DISPLAY=display, XDG_CONFIG_HOME=str(folder)):
            yield server


@contextlib.contextmanager
def started(command: list[str], log: Path, port: int, **environment: str) -> t.Iterator[subprocess.Popen[bytes]]:
    """Run a server, from when it listens until it is not needed any more."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        deadline = time.monotonic() + _READY_SECONDS
        while not listens(port):
            assert process.poll() is None and time.monotonic() < deadline, log.read_text(errors="replace")[-3000:]
            time.sleep(0.02)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


@contextlib.contextmanager
def virtual_display(log: Path) -> t.Iterator[str]:
    """A display nobody looks at, on a number that is free."""
    reading, writing = os.pipe()
    with log.open("wb") as output:
        process = subprocess.Popen(
            # It would start anew when its last client leaves, and refuse the next one meanwhile.
            [executable("Xvfb"), "-noreset", "-screen", "0", "640x480x24", "-displayfd", str(writing)],
            pass_fds=[writing], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        )  # fmt: skip
    os.close(writing)
    try:
        with os.fdopen(reading) as pipe:
            number = pipe.readline().strip()
        assert number, log.read_text(errors="replace")
        yield f":{number}"
    finally:
        process.terminate()
        process.wait(10)


@dataclasses.dataclass(frozen=True)
class ClientRun:
    """How far FreeRDP's client got.

    Attributes:
        exit_code: 0 is good. Other codes don't tell a refused connection from a wrong password. None if it was still
            waiting: it never gives up on a server that says nothing.
        shook_hands: It left the negotiation for what comes after it, with TLS where that was agreed on.
        protocol: The protocol that was selected last, None if none was.
        log: All it said.
    """

    exit_code: int | None
    shook_hands: bool
    protocol: int | None
    log: str


def client(port: int, display: str, home: Path, *options: str, address: str = "127.0.0.1") -> ClientRun:
    """Have a real client connect and authenticate, and nothing more."""
    # Each into a file of its own: in one, an error gets into the middle of a line that the client has not written out.
    said, errors = home / "client.out", home / "client.err"
    with said.open("wb") as output, errors.open("wb") as error_output:
        try:
            exit_code = subprocess.run(
                [executable("xfreerdp"), f"/v:{address}:{port}", *ACCOUNT, "/cert:ignore", "+auth-only",
                 "/log-level:DEBUG", *options],
                env={**os.environ, "DISPLAY": display, "HOME": str(home), "XDG_CONFIG_HOME": str(home)},
                stdin=subprocess.DEVNULL, stdout=output, stderr=error_output, timeout=_CLIENT_SECONDS, check=False,
            ).returncode  # fmt: skip
        except subprocess.TimeoutExpired:
            exit_code = None
    log = (said.read_bytes() + errors.read_bytes()).decode("utf-8", "replace")
    selected = re.findall(r"selected_protocol: (\d+)", log)
    beyond = re.search(r"CONNECTION_STATE_NEGO --> CONNECTION_STATE_(NLA|MCS_CONNECT)", log)
    return ClientRun(exit_code, bool(beyond), int(selected[-1]) if selected else None, log)


def make_certificate(certificate: Path, key: Path) -> None:
    """Make a self-signed certificate with a name that needs care."""
    _openssl(
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(certificate), "-days", "30",
        "-utf8", "-subj", "/C=DE/O=Prüf, Amt \\+ Söhne/CN=web03",
    )  # fmt: skip


def judged_by_openssl(certificate: Path) -> dict[str, str]:
    """What openssl says of a certificate, in the form of rdp_reach_info."""
    names = _openssl(
        "x509", "-in", str(certificate), "-noout", "-subject", "-issuer", "-nameopt", "RFC2253,-esc_msb,utf8"
    )
    times = _openssl("x509", "-in", str(certificate), "-noout", "-dates")
    said = dict(line.split("=", 1) for line in (names + times).splitlines())
    for name in ("sha1", "sha256"):
        thumbprint = _openssl("x509", "-in", str(certificate), "-noout", "-fingerprint", f"-{name}")
        said[name] = thumbprint.partition("=")[2].strip().replace(":", "")
    return {
        "subject": said["subject"],
        "issuer": said["issuer"],
        "sha1": said["sha1"],
        "sha256": said["sha256"],
        "not_before": _time(said["notBefore"]),
        "not_after": _time(said["notAfter"]),
    }


def _time(text: str) -> str:
    return datetime.datetime.strptime(text, "%b %d %H:%M:%S %Y GMT").isoformat() + "Z"


def _openssl(*arguments: str) -> str:
    return subprocess.run(
        [executable("openssl"), *arguments], capture_output=True, text=True, check=True, timeout=60
    ).stdout


def executable(name: str) -> str:
    """Where a program of tests/programs.py is; a test that gets here has it."""
    place = program(name).find()
    assert place, name
    return place


#: The protocols as rdp_reach_info calls them, by the client's number. It does not offer HYBRID_EX.
PROTOCOLS = {0: "rdp", 1: "ssl", 2: "hybrid"}


def agree(seen: dict[str, t.Any], ran: ClientRun) -> None:
    """The client gets through the handshake exactly where the outcome is rdp, by the same protocol."""
    assert ran.shook_hands == (seen["outcome"] == "rdp"), f"{seen['summary']}\n{ran.log}"
    if ran.shook_hands:
        assert PROTOCOLS[ran.protocol or 0] == seen["rdp"]["selected_protocol"].replace("_ex", ""), ran.log


def free_port() -> int:
    """A loopback port that nobody uses right now."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


def listens(port: int) -> bool:
    """Whether a connection to the port comes about."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
