# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Windows is called as people call it, and one that isn't known by its build."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.windows_names import (
    windows_and_build,
    windows_name,
)


@pytest.mark.parametrize(
    ("windows", "name"),
    [
        ({"build": 20348, "installation_type": "Server"}, "Server 2022, build 20348"),
        ({"build": 26100, "installation_type": "Server Core"}, "Server 2025, build 26100"),
        ({"build": 26100, "installation_type": "Client"}, "Windows 11 24H2, build 26100"),
        ({"build": 99999, "installation_type": "Client"}, "Windows, build 99999"),
        ({"build": 99999, "installation_type": None}, "Server, build 99999"),
        *(({"build": build}, "") for build in (None, "20348")),
        *((said, "") for said in ({}, None, "Windows", [])),
    ],
)
def test_name_of_a_windows(windows: t.Any, name: str) -> None:
    assert windows_and_build(windows) == name
    assert windows_name(windows) == name.partition(",")[0]
