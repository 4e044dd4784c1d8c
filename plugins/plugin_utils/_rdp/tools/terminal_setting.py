# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""``Win32_TerminalServiceSetting``: whether a session host takes logons, by numbers.

https://learn.microsoft.com/windows/win32/termserv/win32-terminalservicesetting. ``Logons`` is a text, "0" where logons
are allowed and "1" where they are not; on clients it is empty. It is read like the resultant set of policy, see rsop.
"""

from __future__ import annotations

import dataclasses
import json

from ..errors import UnreadableError
from ..model import Command, CommandResult
from ..text import lines

_END = "end"


@dataclasses.dataclass(frozen=True)
class TerminalSetting:
    """What it says.

    Attributes:
        logons: 1 where logons from clients are turned off, 0 where they are on, None where it isn't told.
        drain_mode: 0 all logons, 1 and 2 only reconnections (1 until the next start of Windows).
    """

    logons: int | None
    drain_mode: int


def show() -> Command:
    """Print the two properties as an array of JSON, and ``end`` when nothing went wrong."""
    # Unseen: an administrator may read the class over each connection.
    return Command(
        "powershell.exe -NoProfile -NonInteractive -Command \"$ErrorActionPreference='Stop';foreach($r in "
        "Get-CimInstance -Namespace root/cimv2/TerminalServices -ClassName Win32_TerminalServiceSetting "
        "-OperationTimeoutSec 30){ConvertTo-Json -Compress -InputObject @($r.Logons,$r.SessionBrokerDrainMode)};"
        f"'{_END}'\""
    )


def read(output: CommandResult) -> TerminalSetting:
    """Return what it says.

    Raises:
        UnreadableError: There is nothing, or it is not understood.
    """
    text = [line.strip() for line in lines(output.data, output.code_page) if line.strip()]
    if output.exit_code != 0 or len(text) != 2 or text[-1] != _END:
        raise UnreadableError("Win32_TerminalServiceSetting could not be read.", text[0] if text else "")
    try:
        row = json.loads(text[0])
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, list) or len(row) != 2:
        raise UnreadableError("What Win32_TerminalServiceSetting says is not understood.", text[0])
    logons, drain = row
    if logons not in (None, "", "0", "1", 0, 1) or drain not in (None, 0, 1, 2):
        raise UnreadableError("A number of Win32_TerminalServiceSetting is not one that is documented.", text[0])
    return TerminalSetting(None if logons in (None, "") else int(logons), int(drain or 0))
