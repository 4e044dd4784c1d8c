# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which Windows this collection knows, and the shell from which it sees all of it."""

from __future__ import annotations

import re

from ..errors import RefusedError, UnreadableError
from ..probes import EMULATED, SETUP_KEY, VERSION
from ..readings import Readings
from ..tools import (
    reg,
)
from .registry import listed

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


def refuse_older(readings: Readings) -> None:
    """Refuse a Windows that is older than what is known here. Where its build is not told, nothing is refused.

    Raises:
        RefusedError: It is.
    """
    version = readings.get(VERSION)
    if version is not None and version.build < FIRST_BUILD:
        raise RefusedError(
            f"This host runs Windows {version}. Supported are Windows 8.1, Windows Server 2012 R2 and later, which is "
            f"build {FIRST_BUILD} and later."
        )


def is_emulated(readings: Readings) -> bool:
    """Whether the commands run in a 32-bit shell on a 64-bit Windows."""
    return bool(readings.get(EMULATED))


def refuse_emulated(readings: Readings) -> None:
    """Refuse to change anything from a 32-bit shell.

    Raises:
        RefusedError: It is one.
    """
    if is_emulated(readings):
        raise RefusedError(f"Nothing was changed. {REDIRECTED}")


def is_redirected(line: str) -> bool:
    """Whether a command shows a 32-bit shell something else than it shows a 64-bit one."""
    lower = line.casefold()
    if lower.startswith(_ONLY_64_BIT) or _SYSTEM_FOLDER in lower:
        return True
    start = lower.find(_SOFTWARE)
    return start >= 0 and not lower[start + len(_SOFTWARE) :].startswith(_SHARED)


def oem_code_page(query: reg.Query | None) -> int | None:
    """Return the number of the host's OEM code page from what CODE_PAGE read."""
    for key in query.keys if query else ():
        value = key.get("OEMCP")
        if value and re.fullmatch(r"[0-9]{1,5}", str(value.data)):
            return int(str(value.data))
    return None


def edition_id(query: reg.Query) -> str:
    """Return the EditionID from what EDITION read.

    Raises:
        UnreadableError: There is none: every Windows has one.
    """
    return _named(query, "EditionID", "The edition of Windows could not be read.")


def installation_type(query: reg.Query) -> str:
    """Return the InstallationType from what INSTALLATION read.

    Raises:
        UnreadableError: There is none.
    """
    return _named(query, "InstallationType", "The type of this installation could not be read.")


def _named(query: reg.Query, name: str, otherwise: str) -> str:
    for key in query.keys:
        value = key.get(name)
        if value is not None:
            return str(value.data)
    raise UnreadableError(otherwise, " ".join(query.not_understood))


def unfinished_setup(setup: reg.Query) -> str:
    """Return the name of the value that says that Windows Setup has not finished, or nothing.

    Raises:
        UnreadableError: The key could not be read: then nobody knows.
    """
    key = listed(setup, SETUP_KEY)
    for name in ("SystemSetupInProgress", "OOBEInProgress"):
        value = key.get(name)
        if value and value.data != 0:
            return name
    return ""


def refuse_unfinished_setup(setup: reg.Query) -> None:
    """Refuse to change a host on which Windows Setup is still at work.

    Raises:
        RefusedError: It is, or nobody knows.
    """
    try:
        name = unfinished_setup(setup)
    except UnreadableError as exc:
        raise RefusedError(
            f"Nothing was changed, because nobody knows whether Windows Setup has finished: {exc.reason} {exc.line}"
        ) from exc
    if name:
        raise RefusedError(f"Nothing was changed, because Windows Setup has not finished: {name} is 1 in {SETUP_KEY}.")
