# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people call a Windows, by what rdp_info returns in ``facts.windows``."""

from __future__ import annotations

import typing as t

# https://learn.microsoft.com/windows-server/get-started/windows-server-release-info and
# https://learn.microsoft.com/windows/release-health/release-information
_SERVERS = {
    9600: "Server 2012 R2",
    14393: "Server 2016",
    17763: "Server 2019",
    20348: "Server 2022",
    25398: "Server 23H2",
    26100: "Server 2025",
}
_CLIENTS = {
    9600: "Windows 8.1",
    17763: "Windows 10 1809",
    19041: "Windows 10 2004",
    19042: "Windows 10 20H2",
    19043: "Windows 10 21H1",
    19044: "Windows 10 21H2",
    19045: "Windows 10 22H2",
    22000: "Windows 11 21H2",
    22621: "Windows 11 22H2",
    22631: "Windows 11 23H2",
    26100: "Windows 11 24H2",
    26200: "Windows 11 25H2",
}


def windows_name(windows: t.Any) -> str:
    """Return a name such as 'Server 2022', or nothing where the build isn't known."""
    if not isinstance(windows, t.Mapping) or not isinstance(windows.get("build"), int):
        return ""
    names, other = (_CLIENTS, "Windows") if windows.get("installation_type") == "Client" else (_SERVERS, "Server")
    return names.get(windows["build"], other)


def windows_and_build(windows: t.Any) -> str:
    """Return the name with the build: 'Server 2022, build 20348'."""
    name = windows_name(windows)
    return f"{name}, build {windows['build']}" if name else ""
