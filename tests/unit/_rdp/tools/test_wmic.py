# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""wmic: the host's clock."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import CommandResult
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import wmic


def _read(text: str, exit_code: int = 0, codec: str = "ascii") -> datetime.datetime:
    return wmic.read_time(CommandResult(text.encode(codec), exit_code, wmic.local_time()))


@pytest.mark.parametrize(
    ("text", "time"),
    [
        # wmic ends its lines with two carriage returns.
        (
            "LocalDateTime                      \r\r\n20260314093045.123000+060  \r\r\n\r\r\n",
            "2026-03-14T09:30:45+01:00",
        ),
        ("LocalDateTime\r\r\n20261231235959.000000-300\r\r\n", "2026-12-31T23:59:59-05:00"),
        ("20260314093045.123000+000\r\n", "2026-03-14T09:30:45+00:00"),
        ("20260314093045.123000+345\r\n", "2026-03-14T09:30:45+05:45"),
    ],
)
def test_time(text: str, time: str) -> None:
    assert _read(text) == datetime.datetime.fromisoformat(time)
    assert _read("\ufeff" + text, codec="utf-16-le") == datetime.datetime.fromisoformat(time)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "printed no time"),
        ("'wmic' is not recognized as an internal or external command,\r\n", "printed no time"),
        ("LocalDateTime\r\r\n20260314093045.123000+060\r\r\n20260314093046.123000+060\r\r\n", "printed no time"),
        ("120260314093045.123000+060\r\n", "printed no time"),
        ("20260314093045.123000+0600\r\n", "printed no time"),
        ("20260314093045.123000\r\n", "printed no time"),
        ("20261314093045.123000+060\r\n", "can't be"),
    ],
)
def test_no_time(text: str, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        _read(text, 44135)
