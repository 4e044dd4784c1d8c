# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's clock and the host's."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import CommandResult, Expectation
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state import clocks

NOW = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC)
DAY = 86400


def _readings(said: datetime.datetime | None) -> Readings:
    command = clocks.CLOCK.command
    text = f"{said:%Y-%m-%dT%H:%M:%S}.0000000+00:00\r\n" if said else "?"
    return Readings({command: CommandResult(text.encode(), 0, command)})


@pytest.mark.parametrize(
    ("ahead", "said", "host", "apart"),
    [
        (0, None, NOW, False),
        (-3 * DAY, NOW, NOW - datetime.timedelta(days=3), True),
        (None, NOW + datetime.timedelta(hours=23), NOW + datetime.timedelta(hours=23), False),
        (None, NOW + datetime.timedelta(days=2), NOW + datetime.timedelta(days=2), True),
        (None, None, None, False),
        (10**12, None, None, False),
    ],
)
def test_both(ahead: int | None, said: datetime.datetime | None, host: datetime.datetime | None, apart: bool) -> None:
    seen = None if ahead is None else {"ntlm": {"ahead_seconds": ahead}}
    both = clocks.read(Expectation(now=NOW), seen, _readings(said))
    assert both is not None and (both.controller, both.host, both.apart) == (NOW, host, apart)
    assert ("not known" in both.described()) == (host is None)


def test_time_that_does_not_matter() -> None:
    assert clocks.read(Expectation(), None, _readings(NOW)) is None
