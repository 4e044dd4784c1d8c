# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two clocks: the controller's and the host's."""

from __future__ import annotations

import datetime
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Expectation
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.clocks import CLOCK, Clocks, read

from unit._rdp.state.outputs import Output, readings

NOW = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC)
EXPECTED = Expectation(now=NOW)


def _read(
    clock: Output | None = None, seen: dict[str, t.Any] | None = None, expected: Expectation = EXPECTED
) -> Clocks:
    found = read(expected, seen, readings({} if clock is None else {CLOCK: clock}))
    assert found is not None
    return found


def test_time_that_does_not_matter() -> None:
    assert (
        read(Expectation(), {"ntlm": {"ahead_seconds": 5}}, readings({CLOCK: "2026-03-01T12:00:00.0000000+00:00\n"}))
        is None
    )


@pytest.mark.parametrize(
    ("clock", "host"),
    [
        ("2026-03-01T13:30:00.1234567+01:00\n", NOW.replace(minute=30)),
        ("2026-03-01T12:00:00.0000000+00:00\n", NOW),
        ("2019-12-31T23:00:00.0000000-05:00\n", datetime.datetime(2020, 1, 1, 4, tzinfo=datetime.UTC)),
        ("Get-Date : The term 'Get-Date' is not recognized\n", None),
        ("2026-02-30T12:00:00.0000000+00:00\n", None),
        # Its zone leads out of all years.
        ("0001-01-01T00:00:00.0000000+10:00\n", None),
        (("2026-03-01T12:00:00.0000000+00:00\n", None), None),
        (None, None),
    ],
)
def test_what_the_host_itself_prints(clock: Output | None, host: datetime.datetime | None) -> None:
    assert _read(clock) == Clocks(NOW, host)


@pytest.mark.parametrize(
    ("seen", "ahead"),
    [
        ({"ntlm": {"ahead_seconds": 90}}, 90),
        ({"ntlm": {"ahead_seconds": -86401}}, -86401),
        # It tells no time, so what PowerShell printed counts.
        ({"ntlm": {"ahead_seconds": None}}, 3600),
        ({"ntlm": {"ahead_seconds": True}}, 3600),
        ({"ntlm": None}, 3600),
        ({}, 3600),
    ],
)
def test_handshake_tells_the_time_before_powershell(seen: dict[str, t.Any], ahead: int) -> None:
    found = _read("2026-03-01T13:00:00.0000000+00:00\n", seen)
    assert found.host == NOW + datetime.timedelta(seconds=ahead)


def test_time_that_no_calendar_has_is_not_known() -> None:
    assert _read(seen={"ntlm": {"ahead_seconds": 10000 * 366 * 86400}}).host is None


def test_controller_in_another_time_zone() -> None:
    zone = datetime.timezone(datetime.timedelta(hours=9))
    found = _read(expected=Expectation(now=NOW.astimezone(zone)))
    assert found.controller == NOW and found.controller.utcoffset() == datetime.timedelta(0)


@pytest.mark.parametrize(
    ("seconds", "apart"), [(0, False), (86400, False), (-86400, False), (86401, True), (-86401, True)]
)
def test_a_time_zone_that_somebody_forgot_is_not_apart(seconds: int, apart: bool) -> None:
    assert Clocks(NOW, NOW + datetime.timedelta(seconds=seconds)).apart is apart


def test_clock_that_is_not_known_is_not_apart() -> None:
    clocks = Clocks(NOW, None)
    assert not clocks.apart
    assert clocks.described() == "the host's clock: not known UTC, the controller's: 2026-03-01 12:00 UTC"
    assert "the host's clock: 2026-03-01 12:00 UTC" in Clocks(NOW, NOW).described()
