# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""record-rdp.cmd in a real cmd.exe: every command is asked, and its answer lands in a file that can be replayed."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils import _recording
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import facts, probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import RecordingError, UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Command, CommandResult
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.recording.format import Recording
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.machine_keys import KEY_FILE, file_prefix

from integration.wine.prefix import Prefix

pytestmark = pytest.mark.needs_program("wine")

SCRIPT = Path(__file__).parents[3] / "playbooks/files/record-rdp.cmd"
KEY_FILES = (f"{file_prefix('TSSecKeySet2')}_0b1d4f1e-8f4e-4d0c-9c55-6f7f3b1f2a90", "another & program's (key)")
TERMINAL_SERVER = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server"


@pytest.fixture(scope="module")
def recorded(prefix: Prefix) -> tuple[Prefix, str]:
    """A recording of Wine by the script, in a folder with blanks and what cmd.exe must not take for its own."""
    prefix.run(
        rf'reg add "{TERMINAL_SERVER}" /v fDenyTSConnections /t REG_DWORD /d 1 /f',
        rf'reg add "{TERMINAL_SERVER}\WinStations\RDP-Tcp" /v PortNumber /t REG_DWORD /d 3390 /f',
    )
    keys = prefix.path(r"C:\ProgramData\Microsoft\Crypto\RSA\MachineKeys")
    keys.mkdir(parents=True, exist_ok=True)
    for name in KEY_FILES:
        (keys / name).write_bytes(b"")
    prefix.path(r"C:\record-rdp.cmd").write_bytes(SCRIPT.read_bytes())
    ended = prefix.run(r'call "C:\record-rdp.cmd" "C:\a b & c (d)"')
    return prefix, ended.stdout.decode("ascii", "replace")


def _load(prefix: Prefix) -> Recording:
    """Load the recording with a time put in, as the message says that Wine deserves: it has no clock that tells."""
    folder = prefix.path(r"C:\a b & c (d)\rdp-recording-1")
    index = folder / "recording.txt"
    if b"time: " not in index.read_bytes().replace(b"local_time: ", b""):
        with pytest.raises(RecordingError, match="time: 2026-01-31T12:00:00Z"):
            _recording.load(folder)
        index.write_bytes(index.read_bytes().replace(b"format: 1\r\n", b"format: 1\r\ntime: 2026-01-31T12:00:00Z\r\n"))
    return _recording.load(folder)


def _reading(recording: Recording, probe: t.Any) -> t.Any:
    answer = next(one for one in recording.commands if one.command == probe.command.line)
    assert answer.data is not None
    # Wine 8.0 has 9009 behind each block that is redirected; "end" is printed behind a listing that ended well.
    ended = answer.exit_code == 9009 and answer.data.endswith(b"\r\nend\r\n")
    code = 0 if ended else answer.exit_code
    return probe.read(CommandResult(answer.data, code, Command(answer.command), recording.code_page))


def test_script_says_what_it_does_and_where_the_recording_is(recorded: tuple[Prefix, str]) -> None:
    said = recorded[1]
    assert "NAMES ARE NOT TAKEN OUT" in said
    assert said.rstrip().endswith(r'The recording is in "C:\a b & c (d)\rdp-recording-1"')
    assert not recorded[0].path(r"C:\a b & c (d)\rdp-recording-1.part").exists()


def test_every_command_is_in_the_recording_as_it_was_meant(recorded: tuple[Prefix, str]) -> None:
    recording = _load(recorded[0])
    wanted = [probe.command for probe in facts.SCRIPTED]
    asked = list(dict.fromkeys(command.line for command in wanted if type(command) is Command))
    assert [answer.command for answer in recording.commands] == asked
    assert recording.host and not recording.redacted and recording.made_by.startswith("record-rdp.cmd of winops.rdp")


def test_answers_are_those_of_the_commands(recorded: tuple[Prefix, str]) -> None:
    recording = _load(recorded[0])
    key = _reading(recording, probes.TERMINAL_SERVER).key(TERMINAL_SERVER)
    assert key.get("fDenyTSConnections").data == 1
    listener = _reading(recording, probes.WINSTATIONS).key(rf"{TERMINAL_SERVER}\WinStations\RDP-Tcp")
    assert listener.get("PortNumber").data == 3390
    assert _reading(recording, probes.SYSTEM_ROOT).lower() == r"c:\windows"
    # Wine's cmd.exe loses the first command of "@(…)", so nothing says which name the key file has.
    with pytest.raises(UnreadableError):
        _reading(recording, KEY_FILE)
    counted = next(one for one in recording.commands if one.command == probes.KEY_FILES_COUNT.command.line)
    # Wine's find has no switches, but it was asked: the pipe within brackets is one here, too.
    assert counted.data == b"FIND: Invalid switch\r\n" and counted.exit_code not in (0, None)
    with pytest.raises(UnreadableError):
        _reading(recording, probes.KEY_FILES_COUNT)
    exit_codes = {answer.command: answer.exit_code for answer in recording.commands}
    # Wine has no qwinsta. An exit code that isn't 0 has to come through.
    assert exit_codes[probes.SESSIONS.command.line] not in (0, None)
    assert exit_codes[probes.VERSION.command.line] == 0


def test_second_recording_takes_the_next_number(recorded: tuple[Prefix, str]) -> None:
    prefix = recorded[0]
    first = prefix.path(r"C:\a b & c (d)\rdp-recording-1\recording.txt").read_bytes()
    assert b"rdp-recording-2" in prefix.run(r'call "C:\record-rdp.cmd" "C:\a b & c (d)"').stdout
    assert prefix.path(r"C:\a b & c (d)\rdp-recording-1\recording.txt").read_bytes() == first


def test_folder_that_cannot_be_written_is_said(recorded: tuple[Prefix, str]) -> None:
    prefix = recorded[0]
    prefix.path(r"C:\file").write_bytes(b"")
    ended = prefix.run(r'call "C:\record-rdp.cmd" "C:\file"', "exit /b %errorlevel%")
    assert ended.exit_code == 1 and b"could not be written" in ended.stdout
