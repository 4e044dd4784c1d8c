# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the matrix share: targets as rdp_reach_info returns them, and the row that comes of them."""

from __future__ import annotations

import typing as t

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.reach.matrix import matrix

Json = dict[str, t.Any]


def target(outcome: str, **more: t.Any) -> Json:
    return {"host": "web03", "port": 3389, "outcome": outcome, "address": "192.0.2.3", **more}


def judged(*outcomes: str | Json | None, host: Json | None = None) -> Json:
    """The only row of a matrix in which v1, v2 and so on saw these outcomes."""
    looks = [
        {"vantage": f"v{index}", "targets": [] if seen is None else [seen if isinstance(seen, dict) else target(seen)]}
        for index, seen in enumerate(outcomes, 1)
    ]
    (row,) = matrix(looks, {"web03": host} if host else {})["targets"]
    return t.cast("Json", row)


def finding(check: str, status: str) -> Json:
    return {"check": check, "status": status}
