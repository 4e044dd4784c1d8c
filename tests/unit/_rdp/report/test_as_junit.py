# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""JUnit: a case for each host and check, read by a program that knows the format."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import junitparser
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.as_junit import to_junit
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.fleet import FleetReport
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.safe_text import one_line
from hypothesis import given, settings

from unit._rdp.report.hostile import HIDDEN, fleet_report, reports


def test_junit_has_a_case_for_each_host_and_check() -> None:
    report = fleet_report()
    suites = junitparser.JUnitXml.fromstring(to_junit(report).encode())
    assert [suite.name for suite in suites] == [host.name for host in report.hosts]
    count = {"failure": 0, "error": 0, "skipped": 0, "output": 0}
    for suite, host in zip(suites, report.hosts, strict=True):
        cases = list(suite)
        assert [case.classname for case in cases] == ["rdp.host", *(f"rdp.{check.id}" for check in report.checks)]
        assert len({(case.classname, case.name) for case in cases}) == len(cases)
        assert suite.tests == len(cases) and suite.hostname == host.name
        for case in cases:
            for one in case.result:
                count[{"Failure": "failure", "Error": "error", "Skipped": "skipped"}[type(one).__name__]] += 1
            count["output"] += bool(case.system_out)
    statuses = [finding.status for host in report.hosts for finding in host.findings]
    unseen = [host for host in report.hosts if not host.findings]
    assert unseen
    assert count == {
        "failure": statuses.count("problem"),
        "error": statuses.count("unknown") + len(unseen),
        "skipped": statuses.count("skipped") + len(unseen) * len(report.checks),
        "output": statuses.count("warning"),
    }
    assert (suites.failures, suites.errors, suites.skipped) == (count["failure"], count["error"], count["skipped"])


@settings(deadline=None)
@given(reports)
def test_junit_is_xml_whatever_is_in_it(report: FleetReport) -> None:
    text = to_junit(report)
    root = ET.fromstring(text.encode("utf-8"))
    assert {element.tag for element in root.iter()} <= {
        *("testsuites", "testsuite", "testcase", "failure", "error", "skipped", "system-out"),
    }
    assert [suite.get("name") for suite in root] == [one_line(host.name) for host in report.hosts]
    assert not HIDDEN.search(text)
