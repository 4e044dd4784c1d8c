# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the view from the controller says about a host."""

from __future__ import annotations

import datetime
import json
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.module_utils.rdp_result import OUTCOMES
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import diagnosis
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks.reach import REACH
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import CommandResult, Expectation, Finding
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.probes import WINSTATIONS, WINSTATIONS_KEY, outside
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state import schannel
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.host import Host

STATUSES = {
    "rdp": "ok",
    "no_certificate": "problem",
    "tls_failed": "problem",
    "not_rdp": "problem",
    "no_answer": "problem",
    "reset": "problem",
    "refused": "problem",
    "prohibited": "warning",
    "timeout": "warning",
    "unreachable": "warning",
    "name": "unknown",
    "unknown": "unknown",
    "not_tried": "skipped",
}


def _readings(port: int | None = 3389) -> Readings:
    lines = [WINSTATIONS_KEY, rf"{WINSTATIONS_KEY}\RDP-Tcp", ""]
    if port is not None:
        lines += [rf"{WINSTATIONS_KEY}\RDP-Tcp", f"    PortNumber    REG_DWORD    {port:#x}", "", ""]
    text = "\r\n".join(lines).replace("HKLM", "HKEY_LOCAL_MACHINE").encode()
    return Readings({WINSTATIONS.command: CommandResult(text, 0, WINSTATIONS.command)})


def _finding(seen: t.Any, port: int = 3389, expected: int = 3389, *, must_answer: bool = False) -> Finding:
    command = outside(port).command
    readings = _readings(port).with_more({command: CommandResult(json.dumps(seen).encode(), 0, command)})
    return diagnosis.diagnose((REACH,), Host(readings), Expectation(port=expected, must_answer=must_answer))[0]


def test_every_outcome_that_the_controller_can_see_is_here() -> None:
    # Windows' own tools see no more of a connection than these two.
    assert set(STATUSES) == {*OUTCOMES, "not_tried"} - {"open", "no_connection"}


@pytest.mark.parametrize("outcome", STATUSES)
def test_each_outcome_is_judged(outcome: str) -> None:
    finding = _finding({"outcome": outcome, "summary": "This was seen."})
    assert finding.status == STATUSES[outcome]
    assert "this was seen." in f"{finding.summary} {finding.found}".casefold()
    assert bool(finding.fix) is (finding.status in ("problem", "warning"))
    assert "ansible localhost -m winops.rdp.rdp_reach_info -a targets=HOST:3389" in finding.commands


@pytest.mark.parametrize("outcome", STATUSES)
def test_after_a_repair_nothing_but_an_answer_counts(outcome: str) -> None:
    finding = _finding({"outcome": outcome, "summary": "This was seen."}, must_answer=True)
    healthy = {"rdp": True, "not_tried": True}.get(outcome, False)
    assert diagnosis.healthy((finding,), (REACH,)) is healthy, finding
    assert finding.status == {"warning": "unknown"}.get(STATUSES[outcome], STATUSES[outcome])


@pytest.mark.parametrize(
    "seen", [None, [], {"outcome": "rdp"}, {"outcome": 1, "summary": "x"}, {"outcome": "new", "summary": "x"}]
)
def test_what_is_not_understood_is_never_ok(seen: t.Any) -> None:
    assert _finding(seen).status == "unknown"


@pytest.mark.parametrize(
    ("configured", "expected", "probed"), [(3389, 3389, 3389), (3390, 3389, 3390), (3389, 3390, 3390)]
)
def test_probes_where_clients_connect(configured: int, expected: int, probed: int) -> None:
    asked = diagnosis.follow_ups((REACH,), Host(_readings(configured)), Expectation(port=expected))
    assert [probe.command for probe in asked] == [outside(probed).command]


def test_port_that_can_not_be_read_is_not_probed() -> None:
    command = WINSTATIONS.command
    denied = Readings({command: CommandResult(b"ERROR: Access is denied.\r\n", 1, command)})
    assert diagnosis.follow_ups((REACH,), Host(denied), Expectation()) == ()
    assert diagnosis.diagnose((REACH,), Host(denied), Expectation())[0].status == "unknown"


def test_what_was_not_tried_does_not_make_a_host_sick() -> None:
    finding = _finding({"outcome": "not_tried", "summary": "Not tried."})
    assert diagnosis.healthy((finding,), (REACH,))
    assert not diagnosis.healthy((finding,), ())


NOW = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC)
REMOTE_DESKTOP = "Microsoft-Windows-TerminalServices-RemoteConnectionManager"


def _event(number: int, seconds_ago: int = 2, provider: str = "Schannel", **data: str) -> str:
    time = NOW - datetime.timedelta(seconds=seconds_ago)
    return (
        f"<Event xmlns='x'><System><Provider Name='{provider}'/><EventID>{number}</EventID>"
        f"<TimeCreated SystemTime='{time:%Y-%m-%dT%H:%M:%S}.1234567Z'/></System><EventData>"
        + "".join(f"<Data Name='{name}'>{value}</Data>" for name, value in data.items())
        + "</EventData></Event>\r\n"
    )


def _broken(*events: str, clock: str = f"{NOW:%Y-%m-%dT%H:%M:%S}.0000000+00:00", schannel_key: str = "") -> Finding:
    seen = {"outcome": "tls_failed", "summary": "TLS breaks off."}
    probe = outside(3389).command
    texts = {schannel.EVENTS: "".join(events), schannel.NEEDS[1]: clock, schannel.SETTINGS: schannel_key}
    outputs = {probe.command: CommandResult(text.encode(), 0, probe.command) for probe, text in texts.items()}
    readings = _readings().with_more({probe: CommandResult(json.dumps(seen).encode(), 0, probe), **outputs})
    return diagnosis.diagnose((REACH,), Host(readings), Expectation())[0]


@pytest.mark.parametrize(
    ("events", "fix"),
    [
        # H4: an alert or a reset is no bad certificate, whatever else is missing.
        ((), "Schannel's events"),
        ((_event(36888, AlertDesc="40", ErrorState="1205"), _event(36874)), "SCHANNEL's keys"),
        ((_event(36888, AlertDesc="40", ErrorState="1205"),), "SCHANNEL's keys"),
        ((_event(36871),), "SCHANNEL's keys"),
        # Not at that time, or not clear: another program's.
        ((_event(36870, seconds_ago=3600),), "Schannel's events"),
        ((_event(36870), _event(36874)), "SCHANNEL's keys"),
        ((_event(1058, provider="Microsoft-Windows-GroupPolicy"),), "Schannel's events"),
        ((_event(1056, provider=REMOTE_DESKTOP), _event(1057, 60, REMOTE_DESKTOP)), "Schannel's events"),
        ((_event(1057, 90000, REMOTE_DESKTOP),), "Schannel's events"),
        (("garbage",), "Schannel's events"),
        # The key's own events.
        ((_event(36870, ErrorCode="0x8009030d"),), "winops.rdp.rdp_cert"),
        ((_event(36888, AlertDesc="80"), _event(36870)), "winops.rdp.rdp_cert"),
        ((_event(1057, 3600, REMOTE_DESKTOP),), "winops.rdp.rdp_cert"),
        ((_event(1058, 3600, REMOTE_DESKTOP), _event(1056, 7200, REMOTE_DESKTOP)), "winops.rdp.rdp_cert"),
    ],
)
def test_tls_that_breaks_off_costs_a_certificate_only_for_its_key(events: tuple[str, ...], fix: str) -> None:
    finding = _broken(*events)
    assert finding.status == "problem"
    assert fix in finding.fix and finding.repair == (fix if fix == "winops.rdp.rdp_cert" else ""), finding
    assert "TLS breaks off." in finding.found


def test_events_without_a_clock_to_compare_them_with_prove_nothing() -> None:
    assert "36870 means" in _broken(_event(36870), clock="The term 'Get-Date' is not recognized").fix


def test_what_schannel_turns_off_is_named() -> None:
    top = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL"
    text = "".join(
        f"\r\n{top}{below}\r\n    Enabled    REG_DWORD    {value}\r\n"
        for below, value in (
            (r"\Protocols\TLS 1.2\Server", "0x0"),
            (r"\Protocols\TLS 1.2\Client", "0x0"),
            (r"\Protocols\TLS 1.3\Server", "0xffffffff"),
            (r"\Ciphers\AES 128/128", "0x0"),
        )
    )
    found = _broken(_event(36874), schannel_key=text).found
    assert r"turned off below SCHANNEL: Protocols\TLS 1.2\Server, Ciphers\AES 128/128." in found


def test_broken_tls_is_asked_about_once() -> None:
    probe = outside(3389).command
    seen = {"outcome": "tls_failed", "summary": "TLS breaks off."}
    readings = _readings().with_more({probe: CommandResult(json.dumps(seen).encode(), 0, probe)})
    asked = {probe.command.line.split()[0] for probe in diagnosis.follow_ups((REACH,), Host(readings), Expectation())}
    assert asked == {"wevtutil", "powershell.exe", "reg"}
