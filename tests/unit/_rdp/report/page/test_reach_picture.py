# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The picture of the matrix: what a vantage that sees connections alone says is neither proof nor blockade."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.reach.matrix import matrix
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.page.reach_picture import picture
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.results import report_of


@pytest.mark.parametrize(
    ("outcomes", "kinds"),
    [
        (("rdp", "open"), ["open", "open"]),
        (("timeout", "open"), ["shut", "open"]),
        (("no_certificate", "open"), ["shut", "shut"]),
        (("open", "no_connection"), ["open", "shut"]),
        (("open", "unknown"), ["open", "unknown"]),
    ],
)
def test_open_is_open_unless_nobody_gets_in(outcomes: tuple[str, ...], kinds: list[str]) -> None:
    looks = [
        {"vantage": f"v{index}", "targets": [{"host": "web01", "port": 3389, "outcome": outcome}]}
        for index, outcome in enumerate(outcomes)
    ]
    (reach,) = report_of({}, reach=matrix(looks, {})).reach
    (row,) = picture(reach).rows
    assert [box.kind for box in row.boxes] == kinds
    assert all(outcome in box.says for outcome, box in zip(outcomes, row.boxes, strict=True))
