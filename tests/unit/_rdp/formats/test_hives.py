# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The registry's hives, by their short and long names."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats.hives import HIVES, long_path


@pytest.mark.parametrize(
    ("path", "long"),
    [
        ("HKLM", "HKEY_LOCAL_MACHINE"),
        (r"hklm\SOFTWARE\x", r"HKEY_LOCAL_MACHINE\SOFTWARE\x"),
        (r"HKU\S-1-5-18", r"HKEY_USERS\S-1-5-18"),
        (r"HKEY_LOCAL_MACHINE\SYSTEM", r"HKEY_LOCAL_MACHINE\SYSTEM"),
        (r"HKLMX\SYSTEM", r"HKLMX\SYSTEM"),
        ("HKLM\\", "HKEY_LOCAL_MACHINE\\"),
        ("", ""),
    ],
)
def test_long_path(path: str, long: str) -> None:
    assert long_path(path) == long


def test_long_names_stay_as_they_are() -> None:
    assert [long_path(name) for name in HIVES.values()] == list(HIVES.values())
