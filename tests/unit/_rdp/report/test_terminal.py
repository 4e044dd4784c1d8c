# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text on a terminal of 100 columns."""

from __future__ import annotations

import typing as t

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.terminal import MARKS, fleet_summary, host_report


def _finding(check: str, status: str, summary: str = "Something is so.", **more: str) -> dict[str, t.Any]:
    texts = {"expected": "", "found": "", "fix": "", "section": f"https://example.com/#{check}", **more}
    return {"check": check, "status": status, "summary": summary, "commands": [f"look {check}"], **texts}


PROBLEM = _finding("service", "problem", "TermService is stopped.", expected="running", found="stopped", fix="start it")


def test_host_report_details_only_what_is_wrong() -> None:
    report = host_report("web03", "Windows Server 10.0.20348", [_finding("protocol", "ok"), PROBLEM])
    assert report == (
        "RDP on web03 (Windows Server 10.0.20348)\n"
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


def _result(*findings: dict[str, t.Any]) -> dict[str, t.Any]:
    problems = [finding for finding in findings if finding["status"] == "problem"]
    return {
        "healthy": all(finding["status"] in ("ok", "warning") for finding in findings),
        "root_cause": problems[0] if problems else None,
        "findings": list(findings),
    }


def test_fleet_summary_groups_the_same_cause_and_names_everybody_once() -> None:
    hosts: dict[str, t.Any] = {f"web{n:02}": _result(PROBLEM) for n in range(12)}
    hosts |= {"db1": _result(_finding("protocol", "ok")), "db2": None, "db3": {"unreachable": True}}
    hosts |= {
        "db4": _result(_finding("listener", "unknown", "Could not judge.")),
        "db5": _result(_finding("x", "warning")),
    }
    summary = fleet_summary(hosts)
    assert summary.splitlines()[0] == (
        "Remote Desktop on 17 hosts: 2 healthy, 12 with problems, 1 not judged, 2 not reached"
    )
    assert f"   12  {MARKS['problem']} service: TermService is stopped." in summary
    assert "web07 and 4 more" in summary and "db2, db3" in summary and "db4" in summary and "db5" in summary
    assert all(len(line) <= 100 for line in summary.splitlines())


def test_fleet_of_nobody() -> None:
    assert fleet_summary({}) == "Remote Desktop on 0 hosts: nothing examined"
