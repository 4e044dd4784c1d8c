# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same cause on many hosts is one."""

from __future__ import annotations

import typing as t

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.causes import causes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.results import report_of

import made_results

SERVICE = made_results.FAULTS["service"]
PORT = made_results.FAULTS["port"]


def test_same_cause_counts_once_with_all_its_hosts() -> None:
    results: dict[str, t.Any] = {f"web{number:02}": made_results.result(SERVICE) for number in range(12)}
    results |= {
        "a": {"unreachable": True},
        "b": {"unreachable": True},
        "c": made_results.result(PORT),
        "d": made_results.result(),
    }
    found = causes(report_of(results))
    assert [(cause.key.state, cause.key.check, len(cause.hosts)) for cause in found] == [
        ("problem", "service", 12),
        ("unreachable", "", 2),
        ("warning", "port", 1),
    ]
    assert found[0].fix == "Use winops.rdp.rdp_service." and found[0].example and found[0].example.found


def test_a_fix_that_differs_is_not_told_as_that_of_all() -> None:
    other = (*SERVICE[:5], "Ask somebody.")
    (cause,) = causes(report_of({"a": made_results.result(SERVICE), "b": made_results.result(other)}))
    assert cause.hosts == ("a", "b") and cause.fix == ""
