# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between the Windows versions that the lab knows."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Edition:
    """One Windows version.

    ``split_services``: svchost runs one process per service (Windows 10 1703 and Server 2019 onwards, with more than
    3.5 GB of memory: https://learn.microsoft.com/windows/application-management/svchost-service-refactoring).
    ``wide_sessions``: qwinsta's SESSIONNAME column is 25 wide instead of 17 (seen on Windows 11).
    ``rule_version``: the version that its firewall writes into its rules.
    ``curl``: the version of its curl.exe, empty where Windows brings none (before Windows 10 1803).
    """

    key: str
    product: str
    edition_id: str
    installation: str
    build: int
    ubr: int
    display_version: str
    server: bool
    split_services: bool
    wide_sessions: bool
    rule_version: str = "2.31"
    curl: str = ""

    @property
    def version(self) -> str:
        """As `ver` shows it: Windows 10 and later with the update revision."""
        if self.build < 10240:
            return f"6.{3 if self.build >= 9600 else 2}.{self.build}"
        return f"10.0.{self.build}.{self.ubr}"


EDITIONS = {
    edition.key: edition
    for edition in (
        Edition(
            "server2012r2", "Windows Server 2012 R2 Standard", "ServerStandard", "Server", 9600, 21620, "",
            True, False, False, rule_version="2.22",
        ),
        Edition(
            "server2016", "Windows Server 2016 Standard", "ServerStandard", "Server", 14393, 7428, "1607",
            True, False, False, rule_version="2.26",
        ),
        Edition(
            "server2019", "Windows Server 2019 Standard", "ServerStandard", "Server", 17763, 6414, "1809",
            True, True, False, rule_version="2.29", curl="7.83.1",
        ),
        Edition(
            "server2022", "Windows Server 2022 Standard", "ServerStandard", "Server", 20348, 2762, "21H2",
            True, True, False, curl="8.9.1",
        ),
        Edition(
            "server2025", "Windows Server 2025 Standard", "ServerStandard", "Server", 26100, 1742, "24H2",
            True, True, True, rule_version="2.33", curl="8.9.1",
        ),
        Edition(
            "win10", "Windows 10 Pro", "Professional", "Client", 19045, 4894, "22H2",
            False, True, False, rule_version="2.30", curl="8.9.1",
        ),
        # The ProductName of Windows 11 still says Windows 10 (corpus reg_query/14: build 26200, "Windows 10 Pro").
        Edition(
            "win11", "Windows 10 Pro", "Professional", "Client", 22631, 4169, "23H2",
            False, True, True, rule_version="2.32", curl="8.9.1",
        ),
    )
}  # fmt: skip
