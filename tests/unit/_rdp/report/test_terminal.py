# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text on a terminal of 100 columns."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Finding
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.as_markdown import to_markdown
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.changes import compare
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.fleet import FleetReport
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.marks import TERMINAL_MARKS
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.merge import merge
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.results import report_of
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.terminal import (
    Style,
    fleet_summary,
    host_report,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from unit._rdp.report.hostile import reports


def _finding(check: str, status: str, summary: str = "Something is so.", **more: str) -> Finding:
    texts = {"expected": "", "found": "", "fix": "", "repair": "", "section": f"https://example.com/#{check}", **more}
    return Finding(check, t.cast("t.Any", status), summary, commands=(f"look {check}",), **texts)


PROBLEM = _finding("service", "problem", "TermService is stopped.", expected="running", found="stopped", fix="start it")


def test_host_report_details_only_what_is_wrong() -> None:
    report = host_report("web03", "Server 2022, build 20348", [_finding("protocol", "ok"), PROBLEM])
    assert report == (
        "RDP on web03 (Server 2022, build 20348)\n"
        "[ok] protocol: Something is so.\n"
        "[XX] service: TermService is stopped.\n"
        "     expected  running\n"
        "     found     stopped\n"
        "     fix       start it\n"
        "     see       https://example.com/#service\n"
        "1 problem found in 2 checks."
    )


def test_nothing_found_and_nothing_judged_do_not_look_alike() -> None:
    assert host_report("a", "", [_finding("x", "ok")]).endswith("No problem found in 1 check.")
    report = host_report("a", "", [_finding("x", "unknown"), _finding("y", "skipped"), _finding("z", "warning")])
    assert report.endswith("No problem found, 1 warning, 2 of 3 checks not judged.")
    assert "command   look x" in report and "look z" not in report


def test_lines_stay_within_100_columns_but_a_url_stays_whole() -> None:
    text = host_report(
        "a", "", [_finding("x", "problem", "word " * 60, found="word " * 60, section="https://" + "u" * 150)]
    )
    assert all(len(line) <= 100 or "https://" in line for line in text.splitlines())
    assert "https://" + "u" * 150 in text


def _result(*findings: Finding) -> dict[str, t.Any]:
    problems = [finding.to_json() for finding in findings if finding.status == "problem"]
    return {"root_cause": problems[0] if problems else None, "findings": [finding.to_json() for finding in findings]}


def test_fleet_summary_groups_the_same_cause_and_names_everybody_once() -> None:
    hosts: dict[str, t.Any] = {f"web{n:02}": _result(PROBLEM) for n in range(12)}
    hosts |= {"db1": _result(_finding("protocol", "ok")), "db2": None, "db3": {"unreachable": True}}
    hosts |= {
        "db4": _result(_finding("listener", "unknown", "Could not judge.")),
        "db5": _result(_finding("x", "warning")),
    }
    summary = fleet_summary(report_of(hosts))
    assert summary.splitlines()[0] == (
        "Remote Desktop on 17 hosts: 2 healthy, 12 with problems, 1 not judged, 1 not reached, 1 not examined"
    )
    assert f"   12  {TERMINAL_MARKS['problem']} service: TermService is stopped.\n" in summary
    assert "fix  start it" in summary and "web07 and 4 more" in summary
    assert all(f"{name}\n" in f"{summary}\n" for name in ("db2", "db3", "db4", "db5")) and "db1" not in summary


def test_fleet_of_nobody() -> None:
    assert fleet_summary(report_of({})) == "Remote Desktop on 0 hosts: nothing examined"


def test_summary_tells_what_was_repaired_and_what_was_not() -> None:
    def done(*checks: str) -> list[dict[str, t.Any]]:
        return [{"check": check, "before": {}, "after": {}, "commands": ["x"], "backup": None} for check in checks]

    report = report_of(
        {name: {"findings": [], "healthy": True} for name in ("a", "b", "c", "d")},
        repairs={"a": done("service"), "b": done("protocol", "firewall", "protocol"), "c": done("service"), "d": []},
        refusals={"c": ["port: no"], "d": ["port: no"]},
    )
    assert fleet_summary(report).splitlines()[-6:] == [
        "    2  [->] Repaired: service",
        "            a, c",
        "    1  [->] Repaired: protocol, firewall",
        "            b",
        "    2  [XX] Not repaired: port: no",
        "            c, d",
    ]
    assert "[->] Would be repaired: service" in fleet_summary(report, predicted=True)
    text = to_markdown(report)
    assert (
        "- Repaired: protocol, firewall (1 host: `b`)" in text
        and "- Not repaired: port: no (2 hosts: `c`, `d`)" in text
    )


def test_summary_tells_what_changed_and_who_was_there_twice() -> None:
    now = report_of({"a": _result(PROBLEM), "b": _result(_finding("x", "ok"))}, time="2026-02-02T00:00:00Z")
    old = report_of({"a": _result(_finding("x", "ok")), "b": _result(PROBLEM)}, time="2026-02-01T00:00:00Z")
    summary = fleet_summary(merge([old, now], ""), compare(now, old))
    assert "Since 2026-02-01T00:00:00Z: 1 newly broken, 1 fixed" in summary
    assert "newly broken: a" in summary and "fixed: b" in summary
    assert "the youngest counts: a, b" in summary


def test_colours_are_on_the_marks_alone() -> None:
    painted = Style(paint=lambda text, status: f"<{status}>{text}</>")
    lines = host_report("a", "", [_finding("x", "ok"), PROBLEM], painted).splitlines()
    assert lines[1] == "<ok>[ok]</> x: Something is so."
    assert lines[2].startswith("<problem>[XX]</> service: ")
    assert "    1  <problem>[XX]</> service: TermService" in fleet_summary(
        report_of({"a": _result(PROBLEM)}), None, painted
    )


@settings(deadline=None)
@given(reports, st.integers(80, 120))
def test_nothing_steers_the_terminal_and_lines_fit(report: FleetReport, width: int) -> None:
    findings = [finding for host in report.hosts for finding in host.findings]
    for text in (fleet_summary(report, style=Style(width)), host_report("a", "", findings, Style(width))):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
        # Only what can't be broken, because somebody copies it, is longer than a line.
        long = [line for line in text.splitlines() if len(line) > width]
        assert all(max(map(len, line.split())) > width - 40 for line in long)
