# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report in one sentence, and in numbers."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.headline import counts, headline
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.results import report_of

import made_results

SERVICE = made_results.FAULTS["service"]
PORT = made_results.FAULTS["port"]


@pytest.mark.parametrize(
    ("results", "sentence"),
    [
        ({}, "No host was looked at."),
        ({"a": made_results.result()}, "Remote Desktop works on the one host that was looked at."),
        ({"a": made_results.result(), "b": made_results.result(PORT)}, "Remote Desktop works on all 2 hosts that were"),
        ({"a": made_results.result(SERVICE)}, "Remote Desktop works on none of 1 host; 1 keeps people out."),
        (
            {"a": made_results.result(SERVICE), "b": {"unreachable": True}, "c": {}, "d": made_results.result()},
            "works on 1 of 4 hosts; 1 keeps people out, 1 could not be reached and 1 could not be examined.",
        ),
    ],
)
def test_the_headline_is_one_true_sentence(results: dict[str, t.Any], sentence: str) -> None:
    report = report_of(results)
    assert sentence in headline(report)
    count = counts(report)
    assert count.pop("hosts") == sum(count.values()) == len(results)
