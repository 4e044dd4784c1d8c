# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Temporary files on the host, for what Windows' programs print into files only.

They lie in the Windows directory, where nobody but administrators can create a file: in %TEMP%, which is
C:\\Windows\\Temp for some accounts, any user could put one there first and decide what is read back. Their names begin
with a part that each run chooses anew, so that two runs on one host don't take each other's file away.
"""

from __future__ import annotations

# Unseen: nobody but administrators, SYSTEM and TrustedInstaller may create a file in the Windows directory.
#: What stands in a command for that part. It is a name like any other, so a person can repeat the command as it is.
PLACEHOLDER = "winops.rdp-tmp"
_CHOSEN = "winops.rdp-"


def file(ending: str) -> str:
    """Return the path of a temporary file.

    Args:
        ending: What tells it from the other files of a run.
    """
    return rf"%SystemRoot%\{PLACEHOLDER}.{ending}"


def chosen(line: str, unique: str) -> str:
    """Return a command with the part of the names that one run has chosen.

    Args:
        line: A command.
        unique: Letters and digits.
    """
    return line.replace(PLACEHOLDER, f"{_CHOSEN}{unique}")
