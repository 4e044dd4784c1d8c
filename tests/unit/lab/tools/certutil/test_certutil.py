# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""certutil: hashes, base64, stores; its texts in English and German, its HRESULTs as exit codes."""

from __future__ import annotations

import base64
import hashlib

import pytest

from lab.testing import Corpus, MakeShell, Shell


def signed(code: int) -> int:
    return code - (1 << 32)


def test_hashes(shell: Shell, on: MakeShell) -> None:
    german = on(language="de-DE")
    for one in (shell, german):
        one.machine.files.write(r"C:\a.txt", b"hello\r\n")
    digest = hashlib.sha256(b"hello\r\n").hexdigest()

    assert shell.run(r"certutil -hashfile C:\a.txt SHA256") == (
        f"SHA256 hash of C:\\a.txt:\n{digest}\nCertUtil: -hashfile command completed successfully.\n"
    )
    digest = hashlib.sha1(b"hello\r\n", usedforsecurity=False).hexdigest()
    assert german.run(r"certutil -hashfile C:\a.txt") == (
        f"SHA1-Hash von C:\\a.txt:\n{digest}\nCertUtil: -hashfile-Befehl wurde erfolgreich ausgeführt.\n"
    )


@pytest.mark.parametrize("size", [1, 47, 48, 49, 5000])
def test_base64_there_and_back(size: int, shell: Shell) -> None:
    data = bytes(range(256)) * 20
    data = data[:size]
    shell.machine.files.write(r"C:\a.bin", data)
    out = shell.run(r"certutil -f -encode C:\a.bin C:\a.b64")
    text = shell.machine.files.read(r"C:\a.b64")
    lines = text.decode("ascii").split("\r\n")

    assert out == (
        f"Input Length = {size}\nOutput Length = {len(text)}\nCertUtil: -encode command completed successfully.\n"
    )
    assert (lines[0], lines[-2:]) == ("-----BEGIN CERTIFICATE-----", ["-----END CERTIFICATE-----", ""])
    assert all(len(line) == 64 for line in lines[1:-3])
    assert base64.b64decode("".join(lines[1:-2])) == data
    shell.run(r"certutil -decode C:\a.b64 C:\b.bin")
    assert (shell.code, shell.machine.files.read(r"C:\b.bin")) == (0, data)


def test_decode_needs_no_marks(shell: Shell) -> None:
    shell.cmd(r"(echo aGVs& echo bG8=) >C:\x.b64 & certutil -f -decode C:\x.b64 C:\x.txt")

    assert shell.machine.files.read(r"C:\x.txt") == b"hello"


@pytest.mark.parametrize(
    ("line", "code", "name"),
    [(r"-hashfile C:\nope SHA256", 2, "ERROR_FILE_NOT_FOUND"), (r"-hashfile C:\no\pe", 3, "ERROR_PATH_NOT_FOUND"),
     (r"-hashfile C:\empty SHA256", 1006, "ERROR_FILE_INVALID"), (r"-encode C:\full C:\full", 80, "ERROR_FILE_EXISTS"),
     (r"-decode C:\full C:\out", 13, "ERROR_INVALID_DATA"), (r"-store Nope", 2, "ERROR_FILE_NOT_FOUND"),
     (r"-encode C:\secret C:\out", 5, "ERROR_ACCESS_DENIED")],
)  # fmt: skip
def test_failures(line: str, code: int, name: str, shell: Shell) -> None:
    shell.machine.files.write(r"C:\empty", b"")
    shell.machine.files.write(r"C:\full", b"no base64!")
    shell.cmd(r"echo x>C:\secret & icacls C:\secret /inheritance:r")
    before = shell.machine.state_hash("files")
    out = shell.run(f"certutil {line}")

    assert shell.code == signed(0x80070000 | code)
    assert f"0x{0x80070000 | code:08x} (WIN32: {code} {name})" in out
    assert shell.error == ""
    assert shell.machine.state_hash("files") == before
    assert shell.machine.errors() == []


def test_failure_in_german(on: MakeShell) -> None:
    shell = on(language="de-DE")

    assert shell.run(r"certutil -hashfile C:\nope") == (
        "CertUtil: -hashfile-Befehl ist fehlgeschlagen: 0x80070002 (WIN32: 2 ERROR_FILE_NOT_FOUND)\n"
        "CertUtil: Das System kann die angegebene Datei nicht finden.\n"
    )


def test_the_store_looks_like_the_corpus(corpus_text: Corpus, on: MakeShell) -> None:
    shell = on(faults=("certificate-bound",))
    labels = [line.split(":")[0] for line in corpus_text("certutil/01").splitlines()[2:] if ":" in line]
    out = shell.run("certutil -Store My").splitlines()

    assert out[:2] == ['My "Personal"', "================ Certificate 0 ================"]
    assert [label for label in labels if not any(line.startswith(label + ":") for line in out)] == ["CA Version"]
    assert "Issuer: CN=Corp Issuing CA 1, DC=corp, DC=example" in out
    assert "Subject: CN=srv1.corp.example" in out


def test_a_certificate_is_deleted_by_its_thumbprint_only(shell: Shell) -> None:
    used = shell.machine.certificates.in_use()
    assert used is not None
    shell.run(f'certutil -delstore "Remote Desktop" {"0" * 40}')
    assert shell.code == signed(0x80090011)
    assert shell.machine.certificates.in_use() == used
    out = shell.run(f'certutil -delstore "Remote Desktop" {used.thumbprint.lower()}')

    assert out == "Remote Desktop\nDeleting Certificate 0\nCertUtil: -delstore command completed successfully.\n"
    assert shell.machine.certificates.stored("Remote Desktop") == []


@pytest.mark.parametrize("line", ["-verify x", "-hashfile", "-urlcache x y", "hashfile x", "-decode x", "-delstore My"])
def test_what_the_lab_does_not_know_is_an_error(line: str, shell: Shell) -> None:
    shell.run(f"certutil {line}")

    assert shell.code != 0
    assert len(shell.machine.errors()) == 1
