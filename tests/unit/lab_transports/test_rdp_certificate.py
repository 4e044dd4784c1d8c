# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the listener of a real machine shows to the outside: the certificate in use now, or that there is none."""

from __future__ import annotations

import hashlib
import socket
import ssl
import struct
from collections.abc import Iterator

import pytest

from lab.fleet.lab import Lab
from lab.fleet.specs import HostSpec
from lab.testing import Shell

STORE = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\Remote Desktop\Certificates"
SSL_CERT_NOT_ON_SERVER = 3
FAULTS = (
    "certificate-missing", "certificate-bound", "certificate-bound-missing", "certificate-template", "keyfile-denied",
    "certificate-expired", "certificate-store-unnamed", "certificate-suppressed", "machinekeys-denied",
)  # fmt: skip


@pytest.fixture(scope="module")
def fleet() -> Iterator[Lab]:
    """One host for each fault, and healthy ones."""
    hosts = [HostSpec(name, (name,)) for name in FAULTS]
    with Lab([*hosts, HostSpec("healthy"), HostSpec("renewed")]) as lab:
        yield lab


def seen(lab: Lab, name: str) -> str | int:
    """The SHA-1 of the certificate that TLS shows, or the failure code of the negotiation."""
    with socket.create_connection((lab.addresses[name], 3389), timeout=3) as sock:
        sock.sendall(struct.pack(">BBHBBHHBBBHI", 3, 0, 19, 14, 0xE0, 0, 0, 0, 1, 0, 0x0800, 0x0B000000))
        confirm = sock.recv(19, socket.MSG_WAITALL)
        kind, value = confirm[11], struct.unpack("<I", confirm[15:])[0]
        if kind == 3:
            return int(value)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(sock) as secure:
            der = secure.getpeercert(binary_form=True) or b""
    return hashlib.sha1(der, usedforsecurity=False).hexdigest().upper()


def test_the_self_signed_certificate_is_shown(fleet: Lab) -> None:
    used = fleet["healthy"].certificates.in_use()

    assert used is not None
    assert seen(fleet, "healthy") == used.thumbprint
    assert fleet["healthy"].registry.exists(rf"{STORE}\{used.thumbprint}")


@pytest.mark.parametrize(
    "name",
    ["certificate-missing", "certificate-store-unnamed", "certificate-suppressed"],
)  # fmt: skip
def test_without_a_usable_certificate_the_negotiation_fails(name: str, fleet: Lab) -> None:
    assert seen(fleet, name) == SSL_CERT_NOT_ON_SERVER


@pytest.mark.parametrize("name", ["certificate-bound", "certificate-template", "certificate-expired"])
def test_another_certificate_is_shown_where_there_is_one(name: str, fleet: Lab) -> None:
    machine = fleet[name]
    used = machine.certificates.in_use()

    assert used is not None
    assert seen(fleet, name) == used.thumbprint
    assert used.store == ("Remote Desktop" if name == "certificate-expired" else "MY")


def test_a_renewed_certificate_is_seen_from_outside(fleet: Lab) -> None:
    shell = Shell(fleet["renewed"])
    before = seen(fleet, "renewed")
    shell.cmd(f'reg delete "{STORE}\\{before}" /f & net stop SessionEnv & net start SessionEnv')
    assert seen(fleet, "renewed") == SSL_CERT_NOT_ON_SERVER
    shell.cmd("ping -n 3 127.0.0.1 >nul")

    after = seen(fleet, "renewed")
    assert after not in (before, SSL_CERT_NOT_ON_SERVER)
    assert shell.cmd(f'reg query "{STORE}"').split("\\")[-1].strip() == after


def test_the_key_file_moved_away_makes_a_new_one(fleet: Lab) -> None:
    """Moving needs no right on the file: Administrators have full control of the folder."""
    shell = Shell(fleet["keyfile-denied"])
    folder = r"C:\ProgramData\Microsoft\Crypto\RSA\MachineKeys"
    shell.cmd(rf"md C:\old & move {folder}\f686* C:\old & net stop SessionEnv & net start SessionEnv")
    shell.cmd("ping -n 4 127.0.0.1 >nul")

    assert isinstance(seen(fleet, "keyfile-denied"), str)
