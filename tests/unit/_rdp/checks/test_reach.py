# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the view from the controller says about a host."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.module_utils.rdp_result import VERDICTS
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import doctor
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks.reach import REACH
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Expectation, Finding, Output
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.probes import WINSTATIONS, WINSTATIONS_KEY, outside

STATUSES = {
    "rdp": "ok",
    "no_certificate": "problem",
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


def _readings(port: int | None = 3389) -> doctor.Readings:
    lines = [WINSTATIONS_KEY, rf"{WINSTATIONS_KEY}\RDP-Tcp", ""]
    if port is not None:
        lines += [rf"{WINSTATIONS_KEY}\RDP-Tcp", f"    PortNumber    REG_DWORD    {port:#x}", ""]
    text = "\r\n".join(lines).replace("HKLM", "HKEY_LOCAL_MACHINE").encode()
    return doctor.Readings({WINSTATIONS.command: Output(WINSTATIONS.command, text, 0)})


def _finding(seen: t.Any, port: int = 3389, wanted: int = 3389, *, proof: bool = False) -> Finding:
    command = outside(port).command
    readings = _readings(port).with_more({command: Output(command, json.dumps(seen).encode(), 0)})
    return doctor.diagnose((REACH,), readings, Expectation(port=wanted, proof=proof))[0]


@pytest.mark.parametrize("verdict", [*VERDICTS, "not_tried"])
def test_each_verdict_is_judged(verdict: str) -> None:
    finding = _finding({"verdict": verdict, "summary": "This was seen."})
    assert finding.status == STATUSES[verdict]
    assert "this was seen." in f"{finding.summary} {finding.found}".casefold()
    assert bool(finding.fix) is (finding.status in ("problem", "warning"))
    assert finding.commands[-1] == "ansible localhost -m winops.rdp.rdp_reach -a targets=HOST:3389"


@pytest.mark.parametrize("verdict", [*VERDICTS, "not_tried"])
def test_nothing_but_an_answer_is_a_proof(verdict: str) -> None:
    finding = _finding({"verdict": verdict, "summary": "This was seen."}, proof=True)
    healthy = {"rdp": True, "not_tried": True}.get(verdict, False)
    assert doctor.healthy((finding,), (REACH,)) is healthy, finding
    assert finding.status == {"warning": "unknown"}.get(STATUSES[verdict], STATUSES[verdict])


@pytest.mark.parametrize(
    "seen", [None, [], {"verdict": "rdp"}, {"verdict": 1, "summary": "x"}, {"verdict": "new", "summary": "x"}]
)
def test_what_is_not_understood_is_never_ok(seen: t.Any) -> None:
    assert _finding(seen).status == "unknown"


@pytest.mark.parametrize(
    ("configured", "wanted", "knocked"), [(3389, 3389, 3389), (3390, 3389, 3390), (3389, 3390, 3390)]
)
def test_knocks_where_clients_look(configured: int, wanted: int, knocked: int) -> None:
    asked = doctor.follow_ups((REACH,), _readings(configured), Expectation(port=wanted))
    assert [probe.command for probe in asked] == [outside(knocked).command]


def test_port_that_can_not_be_read_is_not_knocked_at() -> None:
    command = WINSTATIONS.command
    denied = doctor.Readings({command: Output(command, b"ERROR: Access is denied.\r\n", 1)})
    assert doctor.follow_ups((REACH,), denied, Expectation()) == ()
    assert doctor.diagnose((REACH,), denied, Expectation())[0].status == "unknown"


def test_what_was_not_tried_does_not_make_a_host_sick() -> None:
    finding = _finding({"verdict": "not_tried", "summary": "Not tried."})
    assert doctor.healthy((finding,), (REACH,))
    assert not doctor.healthy((finding,), ())
