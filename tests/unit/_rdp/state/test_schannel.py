# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why TLS breaks off, by what the host logged. The check reach has a test of each event."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import CommandResult
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state import schannel

NOW = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC)


def _event(number: int, seconds_ago: int = 2) -> str:
    time = NOW - datetime.timedelta(seconds=seconds_ago)
    return (
        f"<Event xmlns='x'><System><Provider Name='Schannel'/><EventID>{number}</EventID>"
        f"<TimeCreated SystemTime='{time:%Y-%m-%dT%H:%M:%S}.1234567Z'/></System><EventData></EventData></Event>\r\n"
    )


def _failure(*texts: str) -> schannel.TlsFailure:
    asked = zip(schannel.NEEDS, texts, strict=False)
    results = {probe.command: CommandResult(text.encode(), 0, probe.command) for probe, text in asked}
    return schannel.read(Readings(results))


@pytest.mark.parametrize(
    ("events", "cause"),
    [
        ((36870,), "key"),
        ((36874,), "protocol"),
        ((36871,), "protocol"),
        ((36870, 36874), "protocol"),
        ((), ""),
    ],
)
def test_cause(events: tuple[int, ...], cause: str) -> None:
    failure = _failure("".join(map(_event, events)), f"{NOW:%Y-%m-%dT%H:%M:%S}.0000000+00:00", "\r\n")
    assert failure.cause == cause
    assert failure.told == "the host's System log says nothing about it" or cause


def test_old_event_and_one_without_a_clock_say_nothing() -> None:
    clock = f"{NOW:%Y-%m-%dT%H:%M:%S}.0000000+00:00"
    assert _failure(_event(36870, 3600), clock).cause == ""
    assert "could not be read" in _failure(_event(36870), "?").told
    assert "could not be read" in _failure().told
