# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``gpupdate.exe``: applies the policies again.

https://learn.microsoft.com/windows-server/administration/windows-commands/gpupdate. What it prints is translated and
its exit codes are not documented, so what it did is read from the registry: the values, and when policies were applied
last.
"""

from __future__ import annotations

from ..model import Command


def refresh(wait: int, *, force: bool = False) -> Command:
    """Apply the policies of the computer that have changed.

    gpupdate may ask whether to log off or to restart. Standard input is closed here, so it gets no answer and ends.

    Args:
        wait: Seconds to wait for it at most. Policies are applied to the end all the same.
        force: Apply those that have not changed as well. That also arms software installation for the next start
            (RP_FORCE, https://learn.microsoft.com/windows/win32/api/userenv/nf-userenv-refreshpolicyex), and may ask
            for a restart.
    """
    return Command(f"gpupdate /target:computer{' /force' if force else ''} /wait:{wait}")
