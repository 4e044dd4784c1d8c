# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``gpupdate.exe``: applies the policies again.

https://learn.microsoft.com/windows-server/administration/windows-commands/gpupdate. What it prints is translated and
its exit codes are not documented, so what it did is read from the registry: the values, and the time of the last
refresh, which is where many published scripts read it (``endTimeHi`` and ``endTimeLo``, the two halves of a FILETIME).
"""

from __future__ import annotations

from ..model import Command, Output, Probe, Unreadable
from . import reg

_CORE_KEY = (
    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy\State\Machine\Extension-List"
    r"\{00000000-0000-0000-0000-000000000000}"
)


def refresh(wait: int) -> Command:
    """Apply all policies of the computer, also those that have not changed.

    Args:
        wait: Seconds to wait for it at most. Policies are applied to the end all the same.
    """
    return Command(f"gpupdate /target:computer /force /wait:{wait}")


def read_finished(output: Output) -> int:
    """Return when the last refresh of the computer's policies ended: a number that grows.

    Raises:
        Unreadable: Windows tells no such time.
    """
    query = reg.read_query(output)
    key = query.key(_CORE_KEY)
    high, low = (key and key.get(name) for name in ("endTimeHi", "endTimeLo"))
    if not (high and low and isinstance(high.data, int) and isinstance(low.data, int)):
        raise Unreadable("When policies were applied last could not be read.", " ".join(query.not_understood))
    return high.data << 32 | low.data


FINISHED = Probe(reg.query(_CORE_KEY), read_finished)
