# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file's bytes come back whole or not at all."""

from __future__ import annotations

import base64
import hashlib
import re
import textwrap

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import file_transfer
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.file_transfer import LIMIT, SEND_LIMIT, Fetch
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import CommandResult, TextFile
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.quoting import write_file
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import certutil
from hypothesis import given
from hypothesis import strategies as st

from unit._rdp.tools.samples import printed

POL = r"%SystemRoot%\System32\GroupPolicy\Machine\Registry.pol"
COPY = r"%TEMP%\winops.rdp-1.b64"


def printed_by(fetch: Fetch, data: bytes) -> list[CommandResult]:
    """What a host prints whose file holds these bytes: certutil's 64 characters a line, and findstr's numbers."""
    encoded = base64.b64encode(data).decode()
    file = ["-----BEGIN CERTIFICATE-----", *textwrap.wrap(encoded, 64), "-----END CERTIFICATE-----"]
    numbered = [f"{number}:{line}" for number, line in enumerate(file, 1)]
    outputs = []
    for command in fetch.commands:
        text, code = "", 0
        if "-hashfile" in command.line:
            text = f"SHA256-Hash von x:\n{hashlib.sha256(data).hexdigest()}\nCertUtil: -hashfile-Befehl ausgeführt.\n"
        elif "-encode" in command.line:
            text = "Eingabelänge = 3\nAusgabelänge = 62\n"
        elif pieces := re.search(r'findstr /b /r "([^"]*)"', command.line):
            pattern = re.compile("|".join(pieces[1].split(" ")))
            hits = [line for line in numbered if pattern.match(line)]
            text, code = "".join(f"{line}\n" for line in hits), int(not hits)
        outputs.append(CommandResult(text.replace("\n", "\r\n").encode(), code, command))
    return outputs


def fetched(data: bytes) -> bytes:
    fetch = Fetch(POL, len(data), COPY)
    return fetch.read(printed_by(fetch, data))


def test_commands() -> None:
    assert [command.line for command in Fetch(POL, 1000, COPY).commands] == [
        rf'certutil -hashfile "{POL}" SHA256',
        rf'certutil -f -encode "{POL}" "{COPY}"',
        rf'(findstr /n . "{COPY}" | findstr /b /r "[0-9]: [0-9][0-9]: [0-9][0-9][0-9]: [0-9][0-9][0-9][0-9]:")',
        rf'del /f /q "{COPY}"',
    ]
    assert Fetch(POL, 20_000 * 48, COPY).commands[4].line == (
        rf'(findstr /n . "{COPY}" | findstr /b /r "2[0-9][0-9][0-9][0-9]:")'
    )
    assert file_transfer.size(POL).command.line == rf'(for %f in ("{POL}") do @echo size=%~zf)'
    assert file_transfer.digest("C:\\a b").command == certutil.hashfile("C:\\a b")


@pytest.mark.parametrize("path", ['C:\\a" & calc', "C:\\%PATH%", "%TEMP%\\%x", "C:\\a*", "C:\\a?", "C:\\a^b", "!x!"])
def test_path_that_could_leave_its_command_is_not_sent(path: str) -> None:
    with pytest.raises(UnreadableError, match="not safe"):
        file_transfer.size(path)
    with pytest.raises(UnreadableError, match="not safe"):
        _ = Fetch(path, 1, COPY).commands


@given(st.binary(max_size=3000))
def test_any_bytes_come_back(data: bytes) -> None:
    assert fetched(data) == data


@pytest.mark.parametrize("size", [1, 48, 49, 997 * 48, 9997 * 48, 9998 * 48, 9999 * 48, 20_001 * 48, 1 << 20])
def test_pieces_meet_at_every_boundary(size: int) -> None:
    data = (b"0123456789abcdef\0\xff" * (size // 16 + 1))[:size]
    assert fetched(data) == data


def test_empty_file_needs_no_command() -> None:
    fetch = Fetch(POL, 0, COPY)
    assert fetch.commands == () and fetch.read([]) == b""


def test_large_file_is_not_fetched() -> None:
    assert len(Fetch(POL, LIMIT, COPY).commands) == 21
    with pytest.raises(UnreadableError, match=f"has {LIMIT + 1} bytes, more than the {LIMIT}"):
        Fetch(POL, LIMIT + 1, COPY)


@pytest.mark.parametrize(
    ("index", "change", "said"),
    [
        (0, (b"", 0), "did not print one SHA-256"),
        (0, (b"CertUtil: denied", 5), "could not be hashed"),
        (0, (hashlib.sha256(b"other").hexdigest().encode(), 0), "SHA-256 is another one"),
        (1, (b"CertUtil: the system cannot find the file", -2147024894), "could not encode"),
        (1, (b"", None), "could not encode"),
        (2, (b"", 1), "does not begin with its mark"),
        (2, (b"FINDSTR: Cannot open x", 1), "has no number"),
        (2, (b"1:-----BEGIN CERTIFICATE-----\r\n3:AAAA\r\n", 0), "Line 2 of .* is missing"),
        (2, (b"2:AAAA\r\n", 0), "Line 1 of .* is missing"),
        (2, (b"1:-----BEGIN CERTIFICATE-----\r\n2:AAAA\r\n", 0), "does not end with its mark"),
        (2, (b"1:-----BEGIN CERTIFICATE-----\r\n2:A=AA\r\n3:-----END CERTIFICATE-----\r\n", 0), "no base64"),
        (2, (b"1:-----BEGIN CERTIFICATE-----\r\n2:AAAA\r\n3:-----END CERTIFICATE-----\r\n", 0), "3 bytes instead of 5"),
    ],
)
def test_what_did_not_come_whole_is_unreadable(index: int, change: tuple[bytes, int | None], said: str) -> None:
    fetch = Fetch(POL, 5, COPY)
    outputs = printed_by(fetch, b"12345")
    outputs[index] = CommandResult(*change, outputs[index].command)
    with pytest.raises(UnreadableError, match=said):
        fetch.read(outputs)


def test_size_is_read_or_the_file_is_not_there() -> None:
    read = file_transfer.size(POL).read
    assert read(printed("size=5000000\n")) == 5_000_000
    assert read(printed("size=0\n")) == 0
    assert read(printed("size=\n")) is None
    assert read(printed("size=1\n", 9009)) == 1
    told = (("", 0), ("ECHO ist eingeschaltet (ON).\n", 0), ("size=1\nsize=2\n", 0), ("size=1\n", None))
    for text, code in told:
        with pytest.raises(UnreadableError, match="size of the file"):
            read(printed(text, code))


@given(st.binary(min_size=1, max_size=4000))
def test_sent_file_is_text_that_certutil_turns_back(data: bytes) -> None:
    sending = file_transfer.send(data, r"C:\b\Registry.b64", r"C:\b\Registry.pol")
    assert isinstance(sending.text, TextFile)
    assert certutil.decoded("\r\n".join(sending.text.lines).encode()) == data
    assert sending.check.read(printed(f"{sending.sha256}\n")) == hashlib.sha256(data).hexdigest()
    # It can be written line by line, and its commands fit winrm's line.
    assert max(map(len, write_file(sending.text.path, sending.text.lines))) < 2700


def test_file_that_is_not_sent() -> None:
    assert len(file_transfer.send(bytes(SEND_LIMIT), "a", "b").text.lines) == 352
    for size in (0, SEND_LIMIT + 1):
        with pytest.raises(ValueError, match=f"{size} bytes"):
            file_transfer.send(bytes(size), "a", "b")
