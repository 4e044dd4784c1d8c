# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which Windows this collection knows, and the shell from which it sees all of it."""

from __future__ import annotations

from .model import Reader, Refused
from .probes import EMULATED, VERSION

# Windows 8.1 and Server 2012 R2: https://learn.microsoft.com/windows/win32/sysinfo/operating-system-version
FIRST_BUILD = 9600

#: What is said of an answer that a 32-bit shell can't be trusted with.
REDIRECTED = (
    "A 32-bit shell on this 64-bit Windows sees other registry keys and folders than Windows itself does. Connect to a "
    "64-bit one: over winrm and psrp the default endpoint, over ssh a 64-bit sshd.exe."
)

# What a 32-bit program gets in another place than a 64-bit one, and what is shared by both:
# https://learn.microsoft.com/windows/win32/winprog64/shared-registry-keys and …/file-system-redirector
_SOFTWARE = "hklm\\software\\"
_SHARED = ("policies\\", "microsoft\\systemcertificates", "microsoft\\enterprisecertificates")
_SYSTEM_FOLDER = "\\system32\\"
# Programs that only the 64-bit system folder holds.
_ONLY_64_BIT = ("qwinsta", "query session")


def refuse_older(reader: Reader) -> None:
    """Refuse a Windows that is older than what is known here. Where its build is not told, nothing is refused.

    Raises:
        Refused: It is.
    """
    version = reader.get(VERSION)
    if version is not None and version.build < FIRST_BUILD:
        raise Refused(
            f"This host runs Windows {version}. Supported are Windows 8.1, Windows Server 2012 R2 and later, which is "
            f"build {FIRST_BUILD} and later."
        )


def is_emulated(reader: Reader) -> bool:
    """Whether the commands run in a 32-bit shell on a 64-bit Windows."""
    return bool(reader.get(EMULATED))


def refuse_emulated(reader: Reader) -> None:
    """Refuse to change anything from a 32-bit shell.

    Raises:
        Refused: It is one.
    """
    if is_emulated(reader):
        raise Refused(f"Nothing was changed. {REDIRECTED}")


def is_redirected(line: str) -> bool:
    """Whether a command shows a 32-bit shell something else than it shows a 64-bit one."""
    lower = line.casefold()
    if lower.startswith(_ONLY_64_BIT) or _SYSTEM_FOLDER in lower:
        return True
    start = lower.find(_SOFTWARE)
    return start >= 0 and not lower[start + len(_SOFTWARE) :].startswith(_SHARED)
