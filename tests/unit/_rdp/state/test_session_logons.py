# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``change logon`` has set on a session host."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state import session_logons
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.registry import listed
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.session_logons import SETTING, WINLOGON

from unit._rdp.state.outputs import NOT_FOUND, Output, listing, readings

KEY = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon"
CLOSED_THERE = rf"WinStationsDisabled = 1 in {KEY}"
CLOSED_HERE = "Win32_TerminalServiceSetting.Logons = 1"
DENIED = "Get-CimInstance : Zugriff verweigert\n"


def _told(seen: Readings) -> tuple[str, str, str]:
    """What says that logons are closed, that the host drains, and why that is not known."""
    logons = session_logons.read(seen)
    return logons.closed, logons.draining, logons.unread


def _value(data: str) -> str:
    return listing(KEY, f"WinStationsDisabled    {data}")


@pytest.mark.parametrize(
    ("winlogon", "setting", "told"),
    [
        ((f"{NOT_FOUND}\n", 1), '["0",0]\nend\n', ("", "", "")),
        (_value("REG_SZ    0"), '["0",0]\nend\n', ("", "", "")),
        (_value("REG_SZ    1"), '["0",0]\nend\n', (CLOSED_THERE, "", "")),
        (_value("REG_DWORD    0x1"), '["0",0]\nend\n', (CLOSED_THERE, "", "")),
        (_value("REG_SZ    0"), '["1",0]\nend\n', (CLOSED_HERE, "", "")),
        (_value("REG_SZ    1"), '["1",0]\nend\n', (CLOSED_THERE, "", "")),
        # On a client it is empty.
        ((f"{NOT_FOUND}\n", 1), '["",0]\nend\n', ("", "", "")),
        ((f"{NOT_FOUND}\n", 1), "[null,null]\nend\n", ("", "", "")),
        (
            (f"{NOT_FOUND}\n", 1),
            '["0",2]\nend\n',
            ("", "Win32_TerminalServiceSetting.SessionBrokerDrainMode = 2", ""),
        ),
    ],
)
def test_what_is_set(winlogon: Output, setting: Output, told: tuple[str, str, str]) -> None:
    assert _told(readings({WINLOGON: winlogon, SETTING: setting})) == told


@pytest.mark.parametrize(
    "setting", [(DENIED, 1), "", '["0",0]\n', '["7",0]\nend\n', '["0"]\nend\n', ('["0",0]\nend\n', None)]
)
def test_setting_that_can_not_be_read_says_why_and_hides_nothing_else(setting: Output) -> None:
    closed, draining, unread = _told(readings({WINLOGON: (f"{NOT_FOUND}\n", 1), SETTING: setting}))
    assert not closed and not draining and unread
    assert _told(readings({WINLOGON: _value("REG_SZ    1"), SETTING: setting}))[0] == CLOSED_THERE


def test_line_that_was_not_understood_is_told() -> None:
    assert _told(readings({SETTING: (DENIED, 1)}))[2].endswith(DENIED.strip())


def test_where_nobody_looked_nothing_is_told() -> None:
    assert _told(readings({})) == ("", "", "")
    assert _told(readings({WINLOGON: ("", None)})) == ("", "", "")


@pytest.mark.parametrize(
    ("values", "asked"),
    [
        (("TSAppCompat    REG_DWORD    0x1",), (WINLOGON, SETTING)),
        (("TSAppCompat    REG_DWORD    0x0",), ()),
        (("TSAppCompat    REG_SZ    1",), ()),
        ((), ()),
    ],
)
def test_only_session_hosts_are_asked(values: tuple[str, ...], asked: tuple[object, ...]) -> None:
    text = listing(probes.TERMINAL_SERVER_KEY, "fDenyTSConnections    REG_DWORD    0x0", *values)
    key = listed(readings({probes.TERMINAL_SERVER: text}).of(probes.TERMINAL_SERVER), probes.TERMINAL_SERVER_KEY)
    assert session_logons.follow_up(key) == asked
