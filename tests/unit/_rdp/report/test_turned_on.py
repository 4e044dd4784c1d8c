# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every report begins with the number of hosts on which Remote Desktop is turned on."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.as_markdown import to_markdown
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.fleet import FleetReport
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.headline import headline
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.page.as_html import to_html
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.results import report_of
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.saved import to_json
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.terminal import fleet_summary

REPAIR = {"check": "protocol", "before": {"fDenyTSConnections": 1}, "after": {"fDenyTSConnections": 0}}
OTHER = {"check": "protocol", "before": {"TSUserEnabled": 1}, "after": {"TSUserEnabled": 0}}
SERVICE = {"check": "service", "before": {"TermService": "stopped"}, "after": {"TermService": "running"}}


def _result(
    repair: str | None = "winops.rdp.rdp_protocol", expected: str = "fDenyTSConnections = 0"
) -> dict[str, t.Any]:
    finding = {
        "check": "protocol", "status": "problem", "summary": "Remote Desktop is turned off.", "expected": expected,
        "found": "fDenyTSConnections = 1", "fix": "Do something.", "repair": repair,
        "section": "https://learn.microsoft.com/x#y", "commands": [],
    }  # fmt: skip
    return {"findings": [finding], "root_cause": finding, "next_step": finding["fix"], "healthy": False}


def _report(results: dict[str, t.Any], repairs: dict[str, t.Any] | None = None) -> FleetReport:
    return report_of(results, repairs=repairs, title="Remote Desktop")


def test_an_audit_says_where_a_repair_would_turn_it_on() -> None:
    report = _report({"a": _result(), "b": _result(), "c": _result(None), "d": _result(expected="x")})
    said = "Hosts on which a repair would turn Remote Desktop on: 2."
    assert fleet_summary(report).startswith(said)
    assert said in to_markdown(report) and said in to_html(report)
    assert json.loads(to_json(report))["turned_on"] == {"done": [], "would_be": ["a", "b"]}


def test_a_repair_says_where_it_did_and_check_mode_where_it_would() -> None:
    report = _report({"a": _result(), "b": _result(), "c": _result()}, {"a": [REPAIR], "b": [OTHER], "c": [SERVICE]})
    assert fleet_summary(report).startswith("Hosts on which Remote Desktop was turned on: 1.")
    assert fleet_summary(report, predicted=True).startswith("Hosts on which Remote Desktop would be turned on: 1.")
    assert json.loads(to_json(report))["turned_on"] == {"done": ["a"], "would_be": []}


def test_a_host_that_may_be_off_is_not_said_to_work() -> None:
    on = {"check": "protocol", "status": "ok", "summary": "It is enabled."}
    off = {"check": "protocol", "status": "ok", "summary": "It is off, as it is meant to be."}
    rest = {"check": "service", "summary": "x"}
    report = _report(
        {
            "a": {"findings": [on, rest | {"status": "ok"}], "healthy": True},
            "b": {"findings": [off, rest | {"status": "skipped"}], "healthy": True},
        }
    )
    said = "Remote Desktop works on all 2 hosts that were looked at; on 1 of them it is off, as it may be."
    assert headline(report) == said


def test_nothing_is_said_where_nothing_is_off() -> None:
    assert fleet_summary(_report({"a": {}})).startswith("Remote Desktop on 1 host")
