# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A saved report is as its schema says, reads back as it was, and a broken one says where."""

from __future__ import annotations

import copy
import dataclasses
import json
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.changes import compare
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.fleet import FleetReport
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.results import report_of
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.saved import VERSION, from_json, to_json
from hypothesis import given, settings
from jsonschema import ValidationError

import made_results
import reports_schema
from unit._rdp.report.hostile import reports


def _report(hosts: int = 40) -> FleetReport:
    return report_of(
        made_results.fleet(hosts), reach=made_results.matrix(), time=made_results.TIME, title="Remote Desktop"
    )


def _without_source(report: FleetReport) -> FleetReport:
    return dataclasses.replace(
        report,
        hosts=tuple(dataclasses.replace(host, source=None) for host in report.hosts),
        reach=tuple(dataclasses.replace(reach, source=None) for reach in report.reach),
    )


def test_what_is_written_is_what_the_schema_says() -> None:
    report = _report()
    older = report_of(made_results.fleet(30, seed=2), time="2026-01-01T00:00:00Z")
    reports_schema.validate(json.loads(to_json(report, compare(report, older, "older.json"))))
    document = json.loads(to_json(report))
    del document["hosts"][0]["state"]
    with pytest.raises(ValidationError):
        reports_schema.validate(document)


@settings(deadline=None)
@given(reports)
def test_anything_is_saved_validly_and_read_back_as_it_was(report: FleetReport) -> None:
    text = to_json(report)
    data = text.encode("utf-8")  # which no half character survives
    reports_schema.validate(json.loads(data))
    assert _without_source(from_json(data, "x.json")) == report
    assert to_json(report) == text
    assert "\u202e" not in text and "\x1b" not in text and "\u2028" not in text


def test_a_merged_file_knows_where_a_host_is_from() -> None:
    first = from_json(to_json(_report(2)).encode(), "slice-1.json")
    assert {host.source for host in first.hosts} == {"slice-1.json"}
    again = from_json(to_json(first).encode(), "merged.json")
    assert {host.source for host in again.hosts} == {"slice-1.json"}


def test_version_0_is_what_a_plain_copy_of_the_results_saved() -> None:
    results = made_results.fleet(20)
    report = from_json(json.dumps(results).encode(), "old.json")
    assert _without_source(report) == report_of(results)


def test_a_later_version_with_more_in_it_is_read_within_the_same_version() -> None:
    document = json.loads(to_json(_report()))
    document["more"] = document["hosts"][0]["more"] = {"anything": 1}
    assert from_json(json.dumps(document).encode(), "x.json") == from_json(to_json(_report()).encode(), "x.json")


def _broken(change: t.Callable[[dict[str, t.Any]], t.Any]) -> bytes:
    document = copy.deepcopy(json.loads(to_json(_report(4))))
    change(document)
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is not JSON"),
        (b'{"format": "winops.rdp.report",\n "version": }', "line 2, column 13"),
        (b"\xff\xfe\x00", "is not UTF-8"),
        (b"[]", "is not a saved result: the whole is []"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a": ' * 400 + b"1" + b"}" * 400, "nested too deeply"),
        (b'{"web1": {"findings": [], "time": ' + b"7" * 5000 + b"}}", "number that is too long"),
        (b'{"plays": [], "stats": {}, "custom_stats": {"a": 1}}', "['custom_stats']"),
        (b'{"format": "another"}', "format is 'another'"),
        (b'{"format": "winops.rdp.report", "version": true}', "version is True"),
        (_broken(lambda one: one.update(version=VERSION + 1)), f"knows {VERSION} at most"),
        (_broken(lambda one: one["hosts"][2].update(state="fine")), "hosts[2].state is 'fine'"),
        (_broken(lambda one: one["hosts"][2].update(name="")), "hosts[2].name"),
        (_broken(lambda one: one["hosts"].append(one["hosts"][0])), "is there twice"),
        (_broken(lambda one: one["reach"][0]["targets"][1].update(blocked="maybe")), "reach[0].targets[1].blocked"),
    ],
)
def test_a_broken_file_is_named_with_the_place(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        from_json(data, "slice-7.json")
    assert "slice-7.json" in caught.value.reason and reason in caught.value.reason
