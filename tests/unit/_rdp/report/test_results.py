# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""From results to the hosts of a report, and what they come to."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.fleet import CheckInfo, by_name
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.results import NO_RESULT, report_of

import made_results

SERVICE = made_results.FAULTS["service"]
PORT = made_results.FAULTS["port"]
LISTENER = made_results.FAULTS["listener"]


def _states(results: dict[str, t.Any]) -> dict[str, str]:
    return {host.name: host.state for host in report_of(results).hosts}


def test_each_host_is_in_the_state_that_its_result_means() -> None:
    skipped = {"findings": [made_results.finding("cert", "skipped", "not judged on this role.")]}
    gate = {**made_results.result(SERVICE), "failed": True, "msg": "fail_on"}
    assert _states(
        {
            "well": made_results.result(),
            "sick": made_results.result(SERVICE),
            "advised": made_results.result(PORT),
            "unread": made_results.result(LISTENER),
            "both": made_results.result(LISTENER, PORT),
            "skipped": skipped,
            "skipped_on_purpose": {**skipped, "healthy": True},
            "gate": gate,
            "nothing": {"findings": []},
            "gone": {"unreachable": True, "msg": "timed out"},
            "denied": {"failed": True, "msg": "Access is denied."},
            "never": {},
            "none": None,
        }
    ) == {
        "well": "healthy",
        "sick": "problem",
        "advised": "warning",
        "unread": "unknown",
        "both": "unknown",
        "skipped": "unknown",
        "skipped_on_purpose": "healthy",
        "gate": "problem",
        "nothing": "unknown",
        "gone": "unreachable",
        "denied": "failed",
        "never": "failed",
        "none": "failed",
    }


def test_an_error_is_kept_and_silence_is_one() -> None:
    hosts = {host.name: host for host in report_of({"a": {"failed": True, "msg": "No."}, "b": {}}).hosts}
    assert hosts["a"].error == "No." and hosts["b"].error == NO_RESULT


def test_hosts_are_in_the_order_of_people_and_the_same_whatever_came_first() -> None:
    names = ["web10", "web2", "Web1", "a", "web02b", "9", "web"]
    results = {name: made_results.result() for name in names}
    report = report_of(results, time=made_results.TIME)
    assert [host.name for host in report.hosts] == ["9", "a", "web", "Web1", "web2", "web02b", "web10"]
    assert report == report_of(dict(reversed(list(results.items()))), time=made_results.TIME)
    assert sorted(["1a", "a1", "", "10", "é2"], key=by_name)


def test_the_time_is_the_result_s_own_or_the_given_one() -> None:
    report = report_of(
        {"a": {**made_results.result(), "time": "2026-01-02T04:04:05+01:00"}, "b": {"unreachable": True}},
        time="2026-01-03T00:00:00",
    )
    assert [host.time for host in report.hosts] == ["2026-01-02T03:04:05Z", "2026-01-03T00:00:00Z"]
    assert report.time == "2026-01-03T00:00:00Z"


def test_known_checks_keep_the_order_of_the_article_and_strangers_come_last() -> None:
    known = [CheckInfo("service"), CheckInfo("protocol"), CheckInfo("never_judged")]
    findings = [made_results.finding(check) for check in ("zebra", "protocol", "aardvark", "service")]
    report = report_of({"a": {"findings": findings}}, checks=known)
    assert [check.id for check in report.checks] == ["service", "protocol", "aardvark", "zebra"]


@pytest.mark.parametrize(
    ("results", "place"),
    [
        ([], "results is []"),
        ({"a": "text"}, "results['a']"),
        ({"a": {"findings": "x"}}, "results['a'].findings is 'x', not a list"),
        ({"a": {"findings": [{"check": "x y"}]}}, "results['a'].findings[0].check is 'x y'"),
        ({"a": {"findings": [{"check": "}</style>"}]}}, ".check"),
        ({"a": {"findings": [{"check": "x", "status": "fine"}]}}, ".status is 'fine', not one of ok, warning"),
        ({"a": {"findings": [{**made_results.finding("x"), "section": "javascript:alert(1)"}]}}, ".section"),
        ({"a": {"findings": [{**made_results.finding("x"), "section": 'https://a/"onclick'}]}}, ".section"),
        ({"a": {**made_results.result(), "time": "soon"}}, "results['a'].time is 'soon'"),
    ],
)
def test_what_is_no_result_is_named_with_its_place(results: t.Any, place: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        report_of(results or results)
    assert place in caught.value.reason
