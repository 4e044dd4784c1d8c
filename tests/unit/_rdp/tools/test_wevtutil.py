# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""wevtutil: numbers, providers and times out of XML, and never a part of it taken for the whole."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import CommandResult
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.recording.redact.events import events as redacted
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.recording.redact.names import Names
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import wevtutil

# As Event Viewer shows real ones, in the one line and with the quotes of wevtutil.
KEY = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Schannel' "
    "Guid='{1f678132-5938-4686-9fdc-c8ff68f15c85}'/><EventID>36870</EventID><Version>0</Version><Level>2</Level>"
    "<Task>0</Task><Opcode>0</Opcode><Keywords>0x8000000000000000</Keywords><TimeCreated "
    "SystemTime='2022-10-16T20:27:36.2228549Z'/><EventRecordID>2213</EventRecordID><Correlation "
    "ActivityID='{b1e3a429-ae1e-0001-cf50-d24fa6e0d801}'/><Execution ProcessID='616' ThreadID='3936'/>"
    "<Channel>System</Channel><Computer>nt0000000</Computer><Security UserID='S-1-5-18'/></System><EventData>"
    "<Data Name='Type'>server</Data><Data Name='ErrorCode'>0x8009030d</Data><Data Name='ErrorStatus'>10001</Data>"
    "</EventData></Event>"
)
MADE = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider "
    "Name='Microsoft-Windows-TerminalServices-RemoteConnectionManager' Guid='{C76BAA63-AE81-421C-B425-340B4B24157F}' "
    "EventSourceName='TermService'/><EventID Qualifiers='49152'>1056</EventID><TimeCreated "
    "SystemTime='2018-07-06T18:45:47.0178204Z'/><Computer>DESKTOP-1N4R894</Computer></System><EventData>"
    "<Data>DESKTOP-1N4R894</Data><Binary>59EFF2E3</Binary></EventData></Event>"
)
COMMAND = wevtutil.query("System", {"Schannel": (36870, 36888)}, 5)


def test_the_query_holds_nothing_that_a_shell_knows() -> None:
    assert COMMAND.line == (
        "wevtutil qe System /q:\"*[System[(Provider[@Name='Schannel'] and (EventID=36870 or EventID=36888))]]\" "
        "/c:5 /rd:true /f:xml"
    )
    assert not set(COMMAND.line) & set("&|<>^%!")


def test_numbers_and_nothing_else_is_read() -> None:
    key, made = wevtutil.read(CommandResult(f"{KEY}\r\n{MADE}\r\n".encode(), 0, COMMAND))
    assert (key.provider, key.id, key.data) == ("Schannel", 36870, {"ErrorCode": "0x8009030d", "ErrorStatus": "10001"})
    assert key.time == datetime.datetime(2022, 10, 16, 20, 27, 36, tzinfo=datetime.UTC)
    assert (made.id, made.data) == (1056, {})


def test_no_event_is_none() -> None:
    assert wevtutil.read(CommandResult(b"", 0, COMMAND)) == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (KEY, 5),
        (KEY[:-20], 0),
        (KEY + "<Event", 0),
        ("Access is denied.\r\n", 0),
        (KEY.replace("36870", "x"), 0),
        (KEY.replace("SystemTime", "Time"), 0),
        (KEY.replace("10-16T", "13-16T"), 0),
        (KEY.replace("Name='Schannel'", ""), 0),
        ("x" + KEY, 0),
    ],
)
def test_everything_else_is_not_understood(text: str, code: int) -> None:
    with pytest.raises(UnreadableError):
        wevtutil.read(CommandResult(text.encode(), code, COMMAND))


def test_a_recording_keeps_what_is_read_and_no_name() -> None:
    clean = redacted(f"{KEY}\r\n{MADE}\r\n", 0, Names([], set()))
    assert wevtutil.parse(clean) == wevtutil.parse(f"{KEY}\r\n{MADE}\r\n")
    assert "nt0000000" not in clean and "DESKTOP" not in clean
    with pytest.raises(UnreadableError):
        wevtutil.parse(redacted("CORP\\\\admin: Access is denied.", 0, Names([], set())))
