# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``change logon`` has set on a session host, beside the values in the key Terminal Server.

https://learn.microsoft.com/windows-server/administration/windows-commands/change-logon. ``/disable`` writes
``WinStationsDisabled`` on older versions (https://docs.vmware.com, Horizon: preparing RDS hosts for maintenance); on
Server 2022 only the property ``Logons`` shows it, of
https://learn.microsoft.com/windows/win32/termserv/win32-terminalservicesetting. Both are asked on session hosts alone:
elsewhere that command does not exist.
"""

from __future__ import annotations

import typing as t

from ..errors import UnreadableError
from ..model import Probe
from ..readings import Readings
from ..tools import reg, terminal_setting

_WINLOGON_KEY = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon"
_DISABLED = "WinStationsDisabled"
WINLOGON: Probe[reg.Query] = Probe(reg.query(_WINLOGON_KEY, value=_DISABLED), reg.read_query)
SETTING: Probe[terminal_setting.TerminalSetting] = Probe(terminal_setting.show(), terminal_setting.read)

# Unseen: the role Remote Desktop Session Host sets TSAppCompat to 1, and nothing else does.
_ROLE, _SESSION_HOST = "TSAppCompat", 1


def follow_up(terminal_server: reg.Key) -> tuple[Probe[t.Any], ...]:
    """Return what to look at on a session host, nothing elsewhere."""
    role = terminal_server.get(_ROLE)
    return (WINLOGON, SETTING) if role is not None and role.data == _SESSION_HOST else ()


def closed(readings: Readings) -> str:
    """Say by what logons from clients are turned off, or nothing. Nothing as well where nobody looked."""
    winlogon = readings.get(WINLOGON) if readings.has(WINLOGON) else None
    for key in winlogon.keys if winlogon else ():
        value = key.get(_DISABLED)
        # A text: beyond the documents, by public scripts that read it.
        if value is not None and str(value.data) == "1":
            return rf"{_DISABLED} = 1 in {_WINLOGON_KEY}"
    setting = readings.get(SETTING) if readings.has(SETTING) else None
    return "Win32_TerminalServiceSetting.Logons = 1" if setting and setting.logons == 1 else ""


def unread(readings: Readings) -> str:
    """Say why it is not known whether logons are turned off, or nothing. Nothing as well where nobody looked."""
    try:
        if readings.has(SETTING):
            readings.of(SETTING)
    except UnreadableError as exc:
        return f"{exc.reason} {exc.line}".strip()
    return ""


def draining(readings: Readings) -> str:
    """Say that the host takes no new sessions, or nothing."""
    setting = readings.get(SETTING) if readings.has(SETTING) else None
    mode = setting.drain_mode if setting else 0
    return f"Win32_TerminalServiceSetting.SessionBrokerDrainMode = {mode}" if mode else ""
