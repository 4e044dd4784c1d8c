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

import dataclasses
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
    """Return what to ask a session host for, nothing elsewhere."""
    role = terminal_server.get(_ROLE)
    return (WINLOGON, SETTING) if role is not None and role.data == _SESSION_HOST else ()


@dataclasses.dataclass(frozen=True)
class SessionLogons:
    """What was set of logons from clients. All of it is empty where nobody asked.

    Attributes:
        closed: By what they are turned off.
        draining: What says that the host takes no new sessions.
        unread: Why it is not known whether they are turned off.
    """

    closed: str = ""
    draining: str = ""
    unread: str = ""


def read(readings: Readings) -> SessionLogons:
    """Return what was set of logons from clients, as far as it was asked and could be read."""
    setting, unread = None, ""
    try:
        setting = readings.of(SETTING) if readings.has(SETTING) else None
    except UnreadableError as exc:
        unread = f"{exc.reason} {exc.line}".strip()
    mode = setting.drain_mode if setting else 0
    return SessionLogons(
        closed=_winlogon(readings)
        or ("Win32_TerminalServiceSetting.Logons = 1" if setting and setting.logons == 1 else ""),
        draining=f"Win32_TerminalServiceSetting.SessionBrokerDrainMode = {mode}" if mode else "",
        unread=unread,
    )


def _winlogon(readings: Readings) -> str:
    winlogon = readings.get(WINLOGON) if readings.has(WINLOGON) else None
    for key in winlogon.keys if winlogon else ():
        value = key.get(_DISABLED)
        # A text: beyond the documents, by public scripts that read it.
        if value is not None and str(value.data) == "1":
            return rf"{_DISABLED} = 1 in {_WINLOGON_KEY}"
    return ""
