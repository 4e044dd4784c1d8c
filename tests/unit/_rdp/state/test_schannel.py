# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why TLS breaks off: what a host logged a moment ago, and what of TLS is turned off."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state import schannel

from unit._rdp.state.outputs import DENIED, Output, listing, readings

NOW = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC)
CLOCK = f"{NOW:%Y-%m-%dT%H:%M:%S}.0000000+00:00\n"
REMOTE_DESKTOP = "Microsoft-Windows-TerminalServices-RemoteConnectionManager"
EVENTS, CLOCK_PROBE, SETTINGS = schannel.NEEDS


def _event(number: int, seconds_ago: int = 2, provider: str = "Schannel", **data: str) -> str:
    time = NOW - datetime.timedelta(seconds=seconds_ago)
    return (
        f"<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='{provider}' "
        f"Guid='{{1F678132-5938-4686-9FDC-C8FF68F15C85}}'/><EventID>{number}</EventID>"
        f"<TimeCreated SystemTime='{time:%Y-%m-%dT%H:%M:%S}.1234567Z'/></System><EventData>"
        + "".join(f"<Data Name='{name}'>{value}</Data>" for name, value in data.items())
        + "</EventData></Event>\n"
    )


def _seen(*events: str, clock: Output = CLOCK, settings: Output = (f"{DENIED}\n", 1)) -> Readings:
    return readings({EVENTS: "".join(events), CLOCK_PROBE: clock, SETTINGS: settings})


@pytest.mark.parametrize(
    ("events", "cause", "number"),
    [
        ((), "", ""),
        ((_event(36874),), "protocol", "36874"),
        ((_event(36871),), "protocol", "36871"),
        ((_event(36888, AlertDesc="40"),), "protocol", "36888"),
        ((_event(36888, AlertDesc="80"),), "", ""),
        ((_event(36870),), "key", "36870"),
        ((_event(36888, AlertDesc="40"), _event(36870)), "key", "36870"),
        # Not clear: a web server beside it may have logged the one or the other.
        ((_event(36870), _event(36874)), "protocol", "36874"),
        # Not at that time, before or after.
        ((_event(36870, 300),), "key", "36870"),
        ((_event(36870, 301),), "", ""),
        ((_event(36870, -301),), "", ""),
        # The newest of what Remote Desktop logged about its certificate, within a day.
        ((_event(1057, 86400, REMOTE_DESKTOP),), "key", "1057"),
        ((_event(1058, 3600, REMOTE_DESKTOP), _event(1056, 7200, REMOTE_DESKTOP)), "key", "1058"),
        ((_event(1056, 3600, REMOTE_DESKTOP), _event(1057, 7200, REMOTE_DESKTOP)), "", ""),
        ((_event(1057, 86401, REMOTE_DESKTOP),), "", ""),
        # The same number of another program.
        ((_event(1058, provider="Microsoft-Windows-GroupPolicy"),), "", ""),
        ((_event(36870, provider="Other"),), "", ""),
    ],
)
def test_what_the_log_tells(events: tuple[str, ...], cause: str, number: str) -> None:
    failure = schannel.read(_seen(*events))
    assert failure.cause == cause
    assert failure.told.startswith(f"event {number} of ") if number else "says nothing about it" in failure.told


def test_time_of_the_event_is_not_told() -> None:
    # The handshake leaves it, so it would be another one at every diagnosis.
    first, second = (schannel.read(_seen(_event(36870, seconds))) for seconds in (1, 2))
    assert first == second


@pytest.mark.parametrize(
    "seen",
    [
        readings({}),
        _seen(_event(36870), clock="Get-Date : The term 'Get-Date' is not recognized\n"),
        _seen("garbage\n"),
        readings({EVENTS: ("Zugriff verweigert\n", 5), CLOCK_PROBE: CLOCK}),
        readings({EVENTS: (_event(36870), None), CLOCK_PROBE: CLOCK}),
    ],
)
def test_log_or_clock_that_can_not_be_read_tells_nothing(seen: Readings) -> None:
    assert schannel.read(seen) == schannel.TlsFailure("", "the host's System log could not be read")


KEY = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL"


def test_what_is_turned_off_for_servers() -> None:
    settings = "".join(
        listing(rf"{KEY}\{below}", f"Enabled    REG_DWORD    {value}")
        for below, value in (
            (r"Protocols\TLS 1.2\Server", "0x0"),
            (r"Protocols\TLS 1.2\Client", "0x0"),
            (r"Protocols\TLS 1.3\Server", "0xffffffff"),
            (r"Ciphers\AES 128/128", "0x0"),
        )
    )
    off = (r"Protocols\TLS 1.2\Server", r"Ciphers\AES 128/128")
    assert schannel.read(_seen(settings=settings)).off == off
    # Whatever the log says, and even if it can't be read.
    assert schannel.read(_seen(_event(36874), settings=settings)).off == off
    assert schannel.read(_seen(clock="?\n", settings=settings)).off == off
    assert schannel.read(_seen()).off == ()
