# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Windows PowerShell, for what no other tool shows or names without translated words.

Only cmdlets of Microsoft's own and a property: that also works in Constrained Language Mode, and so do programs such as
cmd.exe: https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_language_modes
"""

from __future__ import annotations

import datetime
import re
import typing as t

from ..errors import UnreadableError
from ..model import Command, CommandResult
from ..text import lines

_SDDL = re.compile(r"^(?:O:|G:|D:)\S*$")
# Seven digits behind the second, of which Python takes six.
_ROUND_TRIP = re.compile(r"^(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d+(?P<zone>[+-]\d\d:\d\d)$")
_RULE_ID = re.compile(r"^[A-Za-z0-9-]+$")


def dacl(path: str) -> Command:
    """Print the security descriptor of a registry key or file as SDDL.

    https://learn.microsoft.com/powershell/module/microsoft.powershell.security/get-acl

    Args:
        path: A path of our own, without quotes.
    """
    return Command(f"powershell.exe -NoProfile -NonInteractive -Command \"(Get-Acl -LiteralPath '{path}').Sddl\"")


def read_dacl(output: CommandResult) -> str:
    """Return the descriptor.

    Raises:
        UnreadableError: There is none, as when access is denied.
    """
    text = [line.strip() for line in lines(output.data, output.code_page) if line.strip()]
    if output.exit_code != 0 or len(text) != 1 or not _SDDL.match(text[0]):
        raise UnreadableError("PowerShell printed no security descriptor.", text[0] if text else "")
    return text[0]


def date() -> Command:
    """Print the host's time in the format for round trips, which is the same in every language and calendar.

    https://learn.microsoft.com/dotnet/standard/base-types/standard-date-and-time-format-strings
    """
    return Command('powershell.exe -NoProfile -NonInteractive -Command "Get-Date -Format o"')


def read_date(output: CommandResult) -> datetime.datetime:
    """Return the host's time with its time zone.

    Raises:
        UnreadableError: There is none, as when PowerShell may not run.
    """
    text = [line.strip() for line in lines(output.data, output.code_page) if line.strip()]
    found = _ROUND_TRIP.match(text[0]) if len(text) == 1 else None
    if found is None:
        raise UnreadableError("PowerShell printed no time.", text[0] if text else "")
    try:
        return datetime.datetime.fromisoformat(found["time"] + found["zone"])
    except ValueError:
        raise UnreadableError("PowerShell printed a time that can't be.", text[0]) from None


def switch_firewall_rules(ids: t.Sequence[str], on: bool) -> Command:
    """Turn firewall rules on or off by their ids, which are not translated. netsh knows translated names only.

    https://learn.microsoft.com/powershell/module/netsecurity/enable-netfirewallrule

    Raises:
        ValueError: There is none, or one has a character that means something to PowerShell.
    """
    if not ids or not all(map(_RULE_ID.match, ids)):
        raise ValueError(f"no ids of firewall rules: {', '.join(ids)}")
    cmdlet = "Enable-NetFirewallRule" if on else "Disable-NetFirewallRule"
    return Command(f'powershell.exe -NoProfile -NonInteractive -Command "{cmdlet} -Name {",".join(ids)}"')


def limit_firewall_rules(ids: t.Sequence[str], profiles: t.Sequence[str], on: bool) -> Command:
    """Turn firewall rules on or off by their ids, and say in which profiles they count, all if empty.

    https://learn.microsoft.com/powershell/module/netsecurity/set-netfirewallrule

    Raises:
        ValueError: As with switch_firewall_rules, or a profile has another name.
    """
    if not ids or not all(map(_RULE_ID.match, ids)) or not set(profiles) <= {"domain", "private", "public"}:
        raise ValueError(f"no ids of firewall rules, or no profiles: {', '.join((*ids, *profiles))}")
    counts = ",".join(name.title() for name in profiles) or "Any"
    words = f"Set-NetFirewallRule -Name {','.join(ids)} -Enabled {on} -Profile {counts}"
    return Command(f'powershell.exe -NoProfile -NonInteractive -Command "{words}"')
