# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report as JUnit XML: one test suite for each host, one test case for each check.

======================================  ==========================================================================
the check is                            the test case
======================================  ==========================================================================
ok                                      passes
warning                                 passes, with the finding as its output: JUnit knows no warnings
problem                                 has a failure
unknown                                 has an error
skipped, or not judged on this host     is skipped
======================================  ==========================================================================

Each suite has one more case, ``host``: an error if the host could not be reached or examined.
All hosts have the same cases, so that a CI system can follow each over time. The name of a case names the host, and its
class the check: a class is cut at its dots by Jenkins, which would take the name of a host apart.
"""

from __future__ import annotations

import typing as t
import xml.etree.ElementTree as ET

from ..model import Finding
from .causes import FAILED, UNREACHABLE
from .fleet import UNSEEN, FleetReport, HostReport
from .safe_text import one_line, visible

CLASS = "rdp"
HOST_CASE = "host"


def to_junit(report: FleetReport) -> str:
    """Return the report as XML."""
    root = ET.Element("testsuites", name=one_line(report.title) or "Remote Desktop")
    count: dict[str, int] = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for host in report.hosts:
        suite = _suite(host, [check.id for check in report.checks])
        root.append(suite)
        for name in count:
            count[name] += int(suite.get(name, "0"))
    for name, number in count.items():
        root.set(name, str(number))
    ET.indent(root, " ")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suite(host: HostReport, checks: t.Sequence[str]) -> ET.Element:
    name = one_line(host.name)
    suite = ET.Element("testsuite", name=name, hostname=name)
    cases = [_host_case(host), *_check_cases(host, checks)]
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("tests", str(len(cases)))
    suite.set("time", "0")
    if host.time:
        # The schema of JUnit has no time zone: it is UTC.
        suite.set("timestamp", host.time.removesuffix("Z"))
    suite.extend(cases)
    return suite


def _host_case(host: HostReport) -> ET.Element:
    case = _case(HOST_CASE, host)
    if host.state in UNSEEN:
        summary = UNREACHABLE if host.state == "unreachable" else FAILED
        _say(case, "error", summary, host.state, host.error)
    return case


def _check_cases(host: HostReport, checks: t.Sequence[str]) -> t.Iterator[ET.Element]:
    findings = {finding.check: finding for finding in host.findings}
    for check in checks:
        case = _case(check, host)
        finding = findings.get(check)
        if finding is None:
            _say(case, "skipped", "Not judged on this host.")
        elif finding.status == "skipped":
            _say(case, "skipped", finding.summary)
        elif finding.status in ("problem", "unknown"):
            tag = "failure" if finding.status == "problem" else "error"
            _say(case, tag, finding.summary, finding.status, _details(finding))
        elif finding.status == "warning":
            ET.SubElement(case, "system-out").text = visible(f"warning: {finding.summary}\n{_details(finding)}")
        yield case


def _case(check: str, host: HostReport) -> ET.Element:
    return ET.Element("testcase", classname=f"{CLASS}.{check}", name=f"{check} on {one_line(host.name)}", time="0")


def _say(case: ET.Element, tag: str, message: str, kind: str = "", text: str = "") -> None:
    element = ET.SubElement(case, tag, message=one_line(message))
    if kind:
        element.set("type", kind)
    element.text = visible(text) or None


def _details(finding: Finding) -> str:
    pairs = (
        ("expected", finding.expected),
        ("found", finding.found),
        ("fix", finding.fix),
        ("see", finding.section),
        *(("command", command) for command in finding.commands),
    )
    return "\n".join(f"{label:<9} {text}" for label, text in pairs if text)
