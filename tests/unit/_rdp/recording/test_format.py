# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A recording gives back what was put in, and says clearly what is wrong with it."""

from __future__ import annotations

import datetime
import re
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import RecordingError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.recording import format
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.recording.format import INDEX, RecordedCommand, Recording
from hypothesis import example, given
from hypothesis import strategies as st

NOON = datetime.datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=datetime.UTC)
# A command is one line of printable text, as every command of ours is.
_LINE = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1)
_ANSWERS = st.builds(
    RecordedCommand,
    _LINE,
    st.binary(max_size=300),
    st.none() | st.integers(-(2**31), 2**31 - 1),
    st.just("10:00"),
    st.just(""),
)
RECORDINGS = st.builds(
    Recording,
    st.lists(_ANSWERS, min_size=1, max_size=120).map(tuple),
    st.none() | st.just(NOON),
    host=_LINE,
    listener=_LINE,
    port=st.integers(1, 65535),
    code_page=st.none() | st.just(850),
    redacted=st.booleans(),
)


def _read(files: t.Mapping[str, bytes]) -> Recording:
    def file(name: str, size: int) -> bytes:
        if name not in files:
            raise RecordingError(f"{name} is missing.")
        return files[name]

    return format.read(files[INDEX], file)


def _recorded(*answers: RecordedCommand) -> dict[str, bytes]:
    return format.written(
        Recording(answers or (RecordedCommand("ver", b"\r\n[Version 10.0.1]\r\n", 0),), NOON, "web03")
    )


@given(RECORDINGS)
def test_what_was_recorded_is_read_again(recording: Recording) -> None:
    files = format.written(recording)
    assert _read(files) == recording
    assert list(files)[-1] == INDEX
    # What Windows' own cmd.exe or an editor makes of the index changes nothing.
    files[INDEX] = files[INDEX].replace(b"\n", b"\r\n")
    assert _read(files) == recording


def test_output_that_was_left_out_has_a_reason_and_no_file() -> None:
    files = _recorded(RecordedCommand("gpresult", None, None, left_out="names can't\nbe taken out"))
    assert list(files) == [INDEX]
    assert _read(files).commands[0].left_out == "names can't be taken out"


def test_fields_of_a_later_version_are_skipped() -> None:
    files = _recorded()
    files[INDEX] = (
        files[INDEX].replace(b"format: 1\n", b"format: 1\nweather: fine\n").replace(b"size:", b"mood: x\nsize:")
    )
    assert _read(files).host == "web03"


BROKEN = {
    "another file": (lambda index: b"Dear all,\n", "does not begin with 'winops.rdp recording'"),
    "empty": (lambda index: b"", "does not begin with"),
    "no format": (lambda index: index.replace(b"format: 1\n", b""), "does not say its format"),
    "newer format": (lambda index: index.replace(b"format: 1", b"format: 2"), "format 2, and this version .* format 1"),
    "cut in the head": (lambda index: index[: index.index(b"[1]")], "lists no command"),
    "cut in a section": (lambda index: index[: index.index(b"exit_code")], "no exit code in section"),
    "no command": (lambda index: index.replace(b"command: ver", b""), r"no command in section \[1\]"),
    "a path": (lambda index: index.replace(b"file: 01-ver.txt", b"file: ../../etc/passwd"), "none that is safe"),
    "a device": (lambda index: index.replace(b"file: 01-ver.txt", b"file: C:\\x"), "none that is safe"),
    "missing file": (lambda index: index.replace(b"01-ver.txt", b"02-ver.txt"), "02-ver.txt is missing"),
    "other size": (lambda index: index.replace(b"size: 20", b"size: 21"), "01-ver.txt is not as it was recorded"),
    "other hash": (lambda index: index.replace(b"sha256: ", b"sha256: 0"), "01-ver.txt is not as it was recorded"),
    "no size": (lambda index: index.replace(b"size: 20\n", b""), r"no size in section \[1\]"),
    "long size": (lambda index: index.replace(b"size: 20", b"size: " + b"9" * 5000), "no size in section"),
    "no hash": (lambda index: re.sub(rb"sha256: .*\n", b"", index), r"no SHA-256 in section \[1\]"),
    "a file twice": (
        lambda index: index + index[index.index(b"[1]") :].replace(b"01-ver", b"01-VER"),
        "01-ver.txt twice",
    ),
    "other exit code": (lambda index: index.replace(b"exit_code: 0", b"exit_code: fine"), "no exit code"),
    "long format": (lambda index: index.replace(b"format: 1", b"format: " + b"1" * 5000), "does not say its format"),
    "long port": (lambda index: index.replace(b"port: 3389", b"port: " + b"3" * 5000), "not a number from"),
    "time before all time": (
        lambda index: index.replace(b"2026-01-31T12:00:00.123456Z", b"0001-01-01T00:00+23:59"),
        "form",
    ),
    "strange time": (lambda index: index.replace(b"time: 2026", b"time: today 2026"), "not in the form"),
    "time without a zone": (lambda index: index.replace(b"123456Z", b"123456"), "not in the form"),
    "strange port": (lambda index: index.replace(b"port: 3389", b"port: 70000"), "'70000' of port .* from 1 to 65535"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_broken_index_says_what_is_wrong(what: str) -> None:
    change, message = BROKEN[what]
    files = _recorded()
    changed = change(files[INDEX])
    assert changed != files[INDEX]
    with pytest.raises(RecordingError, match=message):
        _read({**files, INDEX: changed})


def test_outputs_have_a_limit_together_and_are_refused_before_one_is_read() -> None:
    answers = [RecordedCommand(f"echo {number}", b"x", 0) for number in range(9)]
    index = _recorded(*answers)[INDEX].replace(b"size: 1\n", b"size: 33554432\n")
    with pytest.raises(RecordingError, match=f"Allowed are {format.MAX_TOTAL}"):
        format.read(index, lambda name, size: pytest.fail(f"{name} was read"))


def test_script_without_hashes_is_read() -> None:
    files = _recorded()
    index = re.sub(rb"sha256: .*\n", b"", files[INDEX])
    index = re.sub(rb"made_by: .*", b"made_by: record-rdp.cmd of winops.rdp 0.1.0", index)
    assert _read({**files, INDEX: index}).commands[0].data


def test_changed_output_is_found() -> None:
    files = _recorded()
    with pytest.raises(RecordingError, match="changes line ends"):
        _read({**files, "01-ver.txt": files["01-ver.txt"].replace(b"\r\n", b"\n")})


@given(st.binary(max_size=400))
def test_any_bytes_are_a_recording_or_broken(data: bytes) -> None:
    for index in (data, _recorded()[INDEX] + data):
        try:
            _read({**_recorded(), INDEX: index})
        except RecordingError:
            continue


@example("0\n", "0")
@given(st.text(min_size=1), st.text(min_size=1))
def test_every_host_has_a_folder_of_its_own_that_every_file_system_takes(one: str, other: str) -> None:
    name = format.folder_name(one)
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,79}", name) and not name.endswith(".")
    assert not re.match(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)", name)
    assert (name == format.folder_name(other)) == (one == other)


@pytest.mark.parametrize("host", ["web03", "WEB03.corp.example", "10.0.0.1", "a_b-c"])
def test_plain_name_stays(host: str) -> None:
    assert format.folder_name(host) == host


@pytest.mark.parametrize(
    "host", ["..", "a/b", "a\\b", "fe80::1", "CON", "nul.txt", "Müller", "x" * 200, "a.", " a", "\0"]
)
def test_other_name_gets_a_safe_one(host: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_]+-[0-9a-f]{12}", format.folder_name(host))


@given(st.integers(1, 999), st.text())
def test_every_command_has_a_safe_file_name(number: int, command: str) -> None:
    assert format._FILE.match(format.file_name(number, command))


def test_file_name_says_what_the_command_is_about() -> None:
    assert format.file_name(7, r'reg query "HKLM\SYSTEM\Setup" /s') == "07-reg-query-setup-s.txt"
