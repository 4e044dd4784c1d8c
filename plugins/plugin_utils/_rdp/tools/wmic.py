# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``wmic``: the host's clock without a translated word, on all Windows that still have it.

https://learn.microsoft.com/windows/win32/wmisdk/wmic; Windows 11 24H2 and Server 2025 come without it. The time is a
CIM_DATETIME: fourteen digits, microseconds, and the minutes before Universal Time:
https://learn.microsoft.com/windows/win32/wmisdk/cim-datetime
"""

from __future__ import annotations

import datetime
import re

from ..errors import UnreadableError
from ..model import Command, CommandResult
from ..text import lines

_TIME = re.compile(r"(?<!\d)(?P<time>\d{14})\.\d{6}(?P<minutes>[+-]\d{3})(?!\d)")


def local_time() -> Command:
    """Print the host's time."""
    return Command("wmic os get LocalDateTime")


def read_time(output: CommandResult) -> datetime.datetime:
    """Return the host's time with its time zone.

    Raises:
        UnreadableError: There is none, as when Windows has no wmic any more.
    """
    text = [line.strip() for line in lines(output.data, output.code_page) if line.strip()]
    found = [match for line in text for match in _TIME.finditer(line)]
    if len(found) != 1:
        raise UnreadableError("wmic printed no time.", text[0] if text else "")
    zone = datetime.timezone(datetime.timedelta(minutes=int(found[0]["minutes"])))
    try:
        return datetime.datetime.strptime(found[0]["time"], "%Y%m%d%H%M%S").replace(tzinfo=zone)
    except ValueError:
        raise UnreadableError("wmic printed a time that can't be.", text[0]) from None
