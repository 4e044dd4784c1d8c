# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""certutil: hashes among translated words, and base64 between two marks."""

from __future__ import annotations

import base64
import hashlib
import textwrap
from pathlib import Path

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import CommandResult
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import certutil
from hypothesis import given
from hypothesis import strategies as st

HASH = hashlib.sha256(b"x").hexdigest()
COMMAND = certutil.hashfile(r"C:\b\x.reg")


def test_commands() -> None:
    assert COMMAND.line == r'certutil -hashfile "C:\b\x.reg" SHA256'
    assert certutil.encode("C:\\a b", "C:\\c").line == r'certutil -f -encode "C:\a b" "C:\c"'
    assert certutil.decode("C:\\a b", "C:\\c").line == r'certutil -f -decode "C:\a b" "C:\c"'
    for make in (certutil.hashfile, lambda file: certutil.encode(file, "x"), lambda file: certutil.decode("x", file)):
        with pytest.raises(ValueError, match="not safe"):
            make('a" & b')


@pytest.mark.parametrize(
    "text",
    [
        f"SHA256 hash of C:\\b\\x.reg:\r\n{HASH}\r\nCertUtil: -hashfile command completed successfully.\r\n",
        f"SHA256 hash of file x:\r\n{' '.join(textwrap.wrap(HASH, 2))}\r\nCertUtil: -hashfile command completed.\r\n",
        f"SHA256-Hash von C:\\b\\x.reg:\r\n{HASH.upper()}\r\nCertUtil: -hashfile-Befehl wurde erfolgreich ausgeführt.",
        f"SHA256 の C:\\b\\x.reg ハッシュ:\r\n{HASH}\r\nCertUtil: -hashfile コマンドは正常に完了しました。\r\n",
    ],
)
def test_hash(text: str) -> None:
    assert certutil.read_hash(CommandResult(text.encode("utf-8"), 0, COMMAND)) == HASH


@pytest.mark.parametrize(
    ("text", "exit_code"),
    [
        (HASH, 1),
        (HASH, None),
        ("", 0),
        (HASH[:-2], 0),
        (f"{HASH}\n{HASH}", 0),
        (HASH[:40], 0),
        (f"hash {HASH}", 0),
        (HASH[:30] + " " + HASH[30:], 0),
    ],
)
def test_no_hash_is_unreadable(text: str, exit_code: int | None) -> None:
    with pytest.raises(UnreadableError):
        certutil.read_hash(CommandResult(text.encode("utf-8"), exit_code, COMMAND))


def test_serial_numbers_of_the_corpus_are_no_hashes(corpus: Path) -> None:
    text = (corpus / "certutil/01_en-US_store_my_htb_excerpt.txt").read_text(encoding="utf-8")
    assert certutil.parse(text.split("\n")) == certutil.Hashed("")


def _encoded(data: bytes) -> str:
    lines = "".join(f"{line}\r\n" for line in textwrap.wrap(base64.b64encode(data).decode(), 64))
    return f"-----BEGIN CERTIFICATE-----\r\n{lines}-----END CERTIFICATE-----\r\n"


@given(st.binary(max_size=300), st.sampled_from(["ascii", "utf-16"]))
def test_base64_comes_back(data: bytes, codec: str) -> None:
    assert certutil.decoded(_encoded(data).encode(codec)) == data


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-----BEGIN CERTIFICATE-----",
        _encoded(b"x" * 99).rpartition("-----END")[0],
        _encoded(b"x" * 99).partition("\n")[2],
        _encoded(b"x" * 99).replace("END CERTIFICATE", "END OTHER"),
        _encoded(b"x" * 99).replace("eHh4", "e!h4", 1),
        _encoded(b"x" * 98).replace("=", ""),
        _encoded(b"x" * 98).replace("eHh4eHh4", "eHh4eH==", 1),
    ],
)
def test_damaged_base64_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableError):
        certutil.decoded(text.encode("ascii"))


@given(st.binary(max_size=200))
def test_bytes_are_read_or_unreadable(data: bytes) -> None:
    for text in (data, b"-----BEGIN A-----\n" + data + b"\n-----END A-----"):
        try:
            certutil.decoded(text)
        except UnreadableError as error:
            assert error.reason
