# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is different from an older report."""

from __future__ import annotations

import typing as t

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.changes import compare
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.fleet import FleetReport
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.results import report_of

import made_results

SERVICE = made_results.FAULTS["service"]
CERT = made_results.FAULTS["cert"]
PORT = made_results.FAULTS["port"]
MONDAY, TUESDAY = "2026-02-23T08:00:00Z", "2026-02-24T08:00:00Z"


def _part(time: str, source: str, **hosts: t.Any) -> FleetReport:
    return report_of({name: {**said, "time": time} if said.get("findings") else said for name, said in hosts.items()},
                     time=time, source=source)  # fmt: skip


def test_every_kind_of_change() -> None:
    before = _part(
        MONDAY,
        "monday.json",
        stays_well=made_results.result(),
        stays_sick=made_results.result(SERVICE),
        breaks=made_results.result(PORT),
        fixed=made_results.result(CERT),
        other=made_results.result(SERVICE),
        lost=made_results.result(SERVICE),
        gone=made_results.result(),
    )
    after = _part(
        TUESDAY,
        "tuesday.json",
        stays_well=made_results.result(),
        stays_sick=made_results.result(SERVICE),
        breaks=made_results.result(SERVICE, PORT),
        fixed=made_results.result(),
        other=made_results.result(CERT),
        lost={"unreachable": True},
        new=made_results.result(),
    )
    changes = compare(after, before, "monday.json")
    assert [(change.kind, change.host) for change in changes.hosts] == [
        ("broken", "breaks"),
        ("changed", "lost"),
        ("changed", "other"),
        ("new", "new"),
        ("gone", "gone"),
        ("fixed", "fixed"),
    ]
    assert changes.since == MONDAY and changes.source == "monday.json"
    by_name = {change.host: change for change in changes.hosts}
    assert ("service", "ok", "problem") in by_name["breaks"].checks
    assert by_name["breaks"].cause_after.startswith("service: ") and by_name["fixed"].cause_after == ""
    assert by_name["lost"].checks == () and by_name["new"].before is None and by_name["gone"].after is None
    assert compare(after, after).hosts == ()
