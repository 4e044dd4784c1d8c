# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One report of many."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.fleet import Duplicate, FleetReport
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.merge import merge
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.results import report_of

import made_results

SERVICE = made_results.FAULTS["service"]
CERT = made_results.FAULTS["cert"]
MONDAY, TUESDAY = "2026-02-23T08:00:00Z", "2026-02-24T08:00:00Z"


def _part(time: str, source: str, **hosts: t.Any) -> FleetReport:
    return report_of({name: {**said, "time": time} if said.get("findings") else said for name, said in hosts.items()},
                     time=time, source=source)  # fmt: skip


def test_slices_become_one_fleet() -> None:
    parts = [
        _part(MONDAY, "2.json", web2=made_results.result(), web10=made_results.result()),
        _part(TUESDAY, "1.json", web1=made_results.result(SERVICE)),
    ]
    merged = merge(parts, "All")
    assert [(host.name, host.source) for host in merged.hosts] == [
        ("web1", "1.json"),
        ("web2", "2.json"),
        ("web10", "2.json"),
    ]
    assert merged.time == TUESDAY and merged.title == "All" and merged.duplicates == ()
    assert merge(parts[::-1], "All") == merged


def test_the_youngest_entry_of_a_host_counts_and_it_is_said() -> None:
    monday = _part(MONDAY, "monday.json", a=made_results.result(SERVICE), b=made_results.result())
    tuesday = _part(TUESDAY, "tuesday.json", a=made_results.result(), b={"unreachable": True, "msg": "timed out"})
    for parts in ([monday, tuesday], [tuesday, monday]):
        merged = merge(parts, "")
        assert [host.state for host in merged.hosts] == ["healthy", "unreachable"]
        assert merged.duplicates == tuple(
            Duplicate(name, ("tuesday.json", TUESDAY), (("monday.json", MONDAY),)) for name in "ab"
        )


def test_of_the_same_time_the_later_file_counts() -> None:
    first = _part(MONDAY, "1.json", a=made_results.result(SERVICE))
    second = _part(MONDAY, "2.json", a=made_results.result(CERT))
    assert merge([first, second], "").hosts[0].cause == "cert"
    assert merge([second, first], "").hosts[0].cause == "service"


def test_the_same_file_twice_is_no_news() -> None:
    part = _part(MONDAY, "1.json", a=made_results.result(SERVICE))
    again = dataclasses.replace(part, hosts=tuple(dataclasses.replace(host, source="2.json") for host in part.hosts))
    assert merge([part, again], "").duplicates == ()


def test_matrices_are_all_kept_but_not_twice() -> None:
    one, other = made_results.matrix(2), made_results.matrix(3)
    parts = [
        report_of({}, reach=one, time=MONDAY, source="1.json"),
        report_of({}, reach=other, time=TUESDAY, source="2.json"),
        report_of({}, reach=one, time=MONDAY, source="3.json"),
    ]
    assert [reach.time for reach in merge(parts, "").reach] == [TUESDAY, MONDAY]
