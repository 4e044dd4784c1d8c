# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The self-signed certificate: what it is, when SessionEnv makes a new one, and what keeps it from doing so."""

from __future__ import annotations

import hashlib

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from lab.machine import Machine
from lab.state.certificates import (
    CERTIFICATE,
    KEY_PROVIDER_INFO,
    MACHINE_KEYS,
    REMOTE_DESKTOP,
    SHA1_HASH,
    certificates_key,
    key_file_name,
    read_blob,
)
from lab.state.security import parse_sddl
from lab.state.sessionenv import CREATE_FAILED, CREATED, REPLACE_FAILED
from lab.state.termservice import WINSTATIONS
from lab.testing import CorpusBytes, MakeShell, Shell

STORE = certificates_key(REMOTE_DESKTOP)
RESTART = "net stop SessionEnv & net start SessionEnv"
WAIT = "ping -n 5 127.0.0.1 >nul"
REPAIRED = "D:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)"


def thumbprint(machine: Machine) -> str:
    value = machine.registry.value(WINSTATIONS, "SelfSignedCertificate")
    return value.raw.hex().upper() if value is not None else ""


def renew(shell: Shell) -> None:
    shell.cmd(RESTART)
    shell.cmd(WAIT)


@pytest.mark.parametrize(
    ("container", "digest"),
    [("TSSecKeySet1", "f686aace6942fb7f7ceb231212eef4a4"), ("TSSecKeySet2", "d86b1e848570377d7cb27ddc5de661b0"),
     ("TSSecKeySet9", "5e9f1fbff37f710a4c62eba3679640e9")],
)  # fmt: skip
def test_key_file_names_are_those_of_windows(container: str, digest: str) -> None:
    assert key_file_name(container, "guid") == f"{digest}_guid"


def test_a_healthy_host_has_one_self_signed_certificate(machine: Machine) -> None:
    key = machine.registry.get(STORE)
    assert key is not None
    (sub,) = key.subkeys()
    blob = sub.get("Blob")
    assert blob is not None
    records = read_blob(blob.raw)
    certificate = x509.load_der_x509_certificate(records[CERTIFICATE])
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value

    assert sub.name == thumbprint(machine) == records[SHA1_HASH].hex().upper()
    assert hashlib.sha1(records[CERTIFICATE], usedforsecurity=False).digest() == records[SHA1_HASH]
    assert certificate.subject == certificate.issuer
    assert certificate.subject.rfc4514_string() == "CN=srv1"
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert (certificate.not_valid_after_utc - certificate.not_valid_before_utc).days == 183
    assert certificate.not_valid_before_utc < machine.now < certificate.not_valid_after_utc
    certificate.verify_directly_issued_by(certificate)
    assert "TSSecKeySet1".encode("utf-16-le") in records[KEY_PROVIDER_INFO]
    assert machine.files.security(machine.certificates.key_file("TSSecKeySet1")).dacl() == "D:P(A;;FA;;;SY)(A;;FR;;;NS)"


def test_the_blob_is_read_as_a_real_one_is(corpus_bytes: CorpusBytes) -> None:
    records = read_blob(corpus_bytes("certstore/01"))

    assert hashlib.sha1(records[CERTIFICATE], usedforsecurity=False).digest() == records[SHA1_HASH]


def test_the_same_history_gives_the_same_certificates() -> None:
    one, two, other = Shell(Machine("a")), Shell(Machine("a")), Shell(Machine("b"))
    for shell in (one, two, other):
        shell.cmd(f'reg delete "{STORE}" /f & reg add "{STORE}"')
        renew(shell)

    assert one.machine.state_hash() == two.machine.state_hash()
    assert len({thumbprint(shell.machine) for shell in (one, two, other)}) == 2


def test_a_good_certificate_stays(shell: Shell) -> None:
    before = thumbprint(shell.machine)
    renew(shell)
    shell.cmd("net stop TermService /y & net start TermService & net start UmRdpService")
    shell.cmd(WAIT)

    assert thumbprint(shell.machine) == before
    assert shell.machine.sessionenv.events == []


def test_a_deleted_certificate_comes_back_some_polls_later(shell: Shell) -> None:
    before = thumbprint(shell.machine)
    shell.run(f'certutil -delstore "Remote Desktop" {before}')
    assert shell.code == 0
    shell.run("net stop SessionEnv")
    shell.run("net start SessionEnv")
    assert shell.code == 0
    polls = 0
    while not shell.cmd(f'reg query "{STORE}"').strip() and polls < 10:
        polls += 1

    assert polls == 1
    assert thumbprint(shell.machine) != before
    assert shell.machine.certificates.in_use() is not None
    assert shell.machine.sessionenv.events == [CREATED]


def test_termservice_starts_sessionenv_and_tells_it(on: MakeShell) -> None:
    for prepare in ("net stop SessionEnv", "echo running"):
        shell = on(faults=("certificate-missing",))
        shell.cmd(prepare)
        shell.cmd("net stop TermService /y & net start TermService")
        shell.cmd(WAIT)
        assert shell.machine.certificates.in_use() is not None, prepare


def test_a_boot_makes_what_is_missing(on: MakeShell) -> None:
    machine = on(faults=("certificate-missing",)).machine
    assert machine.certificates.in_use() is None
    machine.reboot()
    assert machine.certificates.in_use() is not None


@pytest.mark.parametrize(("days", "renewed"), [(0, False), (60, False), (160, True), (400, True)])
def test_it_is_renewed_when_it_soon_runs_out(days: int, renewed: bool, shell: Shell) -> None:
    before = thumbprint(shell.machine)
    shell.machine.travel(days)
    renew(shell)
    key = shell.machine.registry.get(STORE)

    assert (thumbprint(shell.machine) != before) == renewed
    assert key is not None
    assert [sub.name for sub in key.subkeys()] == [thumbprint(shell.machine)]  # the old one is gone


def test_an_expired_certificate_is_still_shown_until_sessionenv_looks(on: MakeShell) -> None:
    shell = on(faults=("certificate-expired",))
    used = shell.machine.certificates.in_use()
    assert used is not None
    assert used.parsed.not_valid_after_utc < shell.machine.now
    renew(shell)
    assert shell.machine.certificates.in_use().parsed.not_valid_after_utc > shell.machine.now


@pytest.mark.parametrize(
    ("fault", "event"),
    [("certificate-suppressed", CREATE_FAILED), ("certificate-store-unnamed", CREATE_FAILED),
     ("machinekeys-denied", REPLACE_FAILED), ("certificate-never", None)],
)  # fmt: skip
def test_what_keeps_it_from_being_made(fault: str, event: int | None, on: MakeShell) -> None:
    shell = on(faults=(fault, "certificate-missing"))
    before = shell.machine.state_hash("registry", "files", "file_security")
    renew(shell)

    assert shell.machine.certificates.in_use() is None
    assert shell.machine.sessionenv.events == ([event] if event else [])
    assert shell.machine.state_hash("registry", "files", "file_security") == before


@pytest.mark.parametrize(
    "repair",
    [f"icacls {MACHINE_KEYS} /grant:r *S-1-5-32-544:(F) *S-1-1-0:(RD,WD,AD,REA,WEA,RA,WA,RC,S)",
     f"icacls {MACHINE_KEYS} /grant *S-1-5-18:(F)"],
)  # fmt: skip
def test_the_folder_repaired_lets_it_be_made(repair: str, on: MakeShell) -> None:
    shell = on(faults=("machinekeys-denied", "certificate-missing"))
    shell.run(repair)
    assert shell.code == 0
    renew(shell)

    assert shell.machine.certificates.in_use() is not None
    if "grant:r" in repair:
        dacl = parse_sddl(shell.machine.files.security(MACHINE_KEYS).dacl())
        assert set(dacl.aces) == set(parse_sddl(REPAIRED).aces)


def test_an_old_key_that_cannot_be_deleted_is_passed_over(on: MakeShell) -> None:
    shell = on(faults=("certificate-missing",))
    first = shell.machine.certificates.key_file("TSSecKeySet1")
    shell.machine.files.set_security(first, parse_sddl("O:SYG:SYD:P(A;;FR;;;NS)(A;;FR;;;SY)"))
    data = shell.machine.files.read(first)
    renew(shell)

    assert shell.machine.certificates.self_signed().container == "TSSecKeySet2"
    assert shell.machine.files.read(first) == data


def test_a_key_without_network_service_is_not_noticed_by_sessionenv(on: MakeShell) -> None:
    shell = on(faults=("keyfile-denied",))
    before = thumbprint(shell.machine)
    renew(shell)

    assert (thumbprint(shell.machine), shell.machine.certificates.in_use()) == (before, None)


def test_a_slow_certificate_comes_in_the_end(on: MakeShell) -> None:
    shell = on(faults=("slow-certificate", "certificate-missing"))
    renew(shell)
    assert shell.machine.certificates.in_use() is None
    for _ in range(10):
        shell.cmd(WAIT)
    assert shell.machine.certificates.in_use() is not None


def test_the_bound_certificate_wins_over_the_others(on: MakeShell) -> None:
    machine = on(faults=("certificate-bound", "certificate-template")).machine
    used = machine.certificates.in_use()

    assert used is not None
    assert used.parsed.subject.rfc4514_string() == "CN=srv1.corp.example"
    assert used.parsed.issuer.rfc4514_string() == "CN=Corp Issuing CA 1,DC=corp,DC=example"
    assert (
        used.thumbprint == machine.registry.value(rf"{WINSTATIONS}\RDP-Tcp", "SSLCertificateSHA1Hash").raw.hex().upper()
    )


def test_looking_at_certificates_changes_nothing(on: MakeShell) -> None:
    shell = on(faults=("certificate-expired", "machinekeys-extra"))
    before = shell.machine.state_hash()
    for line in (
        f'reg query "{STORE}" /s', 'certutil -store "Remote Desktop"', "certutil -store My", f"icacls {MACHINE_KEYS}",
        f"dir /b /a {MACHINE_KEYS}", f"icacls {MACHINE_KEYS}\\f686* /c", r"certutil -hashfile C:\Windows\regedit.exe",
        f"powershell -NoProfile -NonInteractive -Command \"(Get-Acl -LiteralPath '{MACHINE_KEYS}').Sddl\"",
    ):  # fmt: skip
        shell.cmd(line)
        assert shell.machine.state_hash() == before, line
    assert shell.machine.errors() == []
