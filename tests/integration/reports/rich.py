# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report that has everything a page can show."""

from __future__ import annotations

import copy
import typing as t

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.changes import Changes, compare
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.fleet import FleetReport
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.results import report_of

import made_results

CHECKS = made_results.KNOWN

#: Names that a page, a table or a shell would take for something else.
HOSTILE = "<script>hacked=1</script>"
HOSTILE_GPO = "'A|B \"<img src=x onerror=hacked=1>\" \u202egpj.exe'"
REPAIRED, PRINTED = "repaired01", "printed01"


def hostile_result() -> dict[str, t.Any]:
    """A host that a policy with a bad name blocks."""
    summary, found = f"The GPO {HOSTILE_GPO} turns Remote Desktop off.", "</script><script>hacked=1</script>&lt;"
    return made_results.result(("policy", "problem", summary, "<!-- nothing", found, "=HYPERLINK(1)"))


def rich_report() -> tuple[FleetReport, Changes]:
    """A report of some 200 hosts that has everything a page can show."""
    now = made_results.fleet(200)
    old = copy.deepcopy(now)
    names = list(now)
    for index, name in enumerate(names):
        if "findings" in old[name]:
            old[name]["time"] = "2026-02-21T08:00:00Z"
        if index % 9 == 0 and now[name].get("healthy"):
            old[name] = made_results.result(made_results.FAULTS["service"], time="2026-02-21T08:00:00Z")
        if index % 31 == 0 and not now[name].get("healthy"):
            old[name] = made_results.result(time="2026-02-21T08:00:00Z")
    del old[names[4]]
    old["retired01"] = made_results.result(time="2026-02-21T08:00:00Z")
    now[HOSTILE] = hostile_result()
    now[REPAIRED] = made_results.result()
    now[PRINTED] = {**made_results.result(), "outputs": {"qwinsta": " rdp-tcp   65536  Listen <b>\n"}}
    repair = {
        "check": "service",
        "before": {"TermService": "disabled"},
        "after": {"TermService": "manual"},
        "commands": ["sc config TermService start= demand", "net start TermService"],
        "backup": r"C:\Windows\winops.rdp\backup\0003-service",
    }
    report = report_of(
        now,
        before={REPAIRED: made_results.result(made_results.FAULTS["service"])},
        repairs={REPAIRED: [repair]},
        reach=made_results.matrix(4, 9),
        time=made_results.TIME,
        checks=CHECKS,
        title="Remote Desktop, Berlin & London",
    )
    return report, compare(report, report_of(old, checks=CHECKS, time="2026-02-21T08:00:00Z"), "last.json")
