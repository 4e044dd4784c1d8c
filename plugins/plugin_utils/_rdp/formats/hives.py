# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The registry's root keys: https://learn.microsoft.com/windows/win32/sysinfo/predefined-keys."""

from __future__ import annotations

HIVES = {
    "HKLM": "HKEY_LOCAL_MACHINE",
    "HKCU": "HKEY_CURRENT_USER",
    "HKCR": "HKEY_CLASSES_ROOT",
    "HKU": "HKEY_USERS",
    "HKCC": "HKEY_CURRENT_CONFIG",
}


def long_path(path: str) -> str:
    """Return a path with the long name of its hive."""
    hive, backslash, rest = path.partition("\\")
    return HIVES.get(hive.upper(), hive) + backslash + rest
