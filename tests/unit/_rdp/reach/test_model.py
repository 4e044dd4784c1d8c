# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The article's answers: from how many vantage points a target is blocked."""

from __future__ import annotations

import pytest

from .rows import judged


@pytest.mark.parametrize(
    ("outcomes", "blocked"),
    [
        (("rdp", "rdp", "rdp"), "none"),
        (("rdp", "rdp", "timeout"), "one"),
        (("rdp", "timeout"), "one"),
        (("rdp", "timeout", "refused"), "some"),
        (("timeout", "timeout", "timeout"), "all"),
        (("timeout",), "all"),
        # A computer that could not look says nothing about the target.
        (("rdp", "unknown"), "none"),
        (("timeout", "unknown"), "all"),
        (("timeout", None), "all"),
        (("unknown", "unknown"), "unknown"),
        # A port that takes connections is a way in, unless somebody sees that no working Remote Desktop is behind it.
        (("open", "open"), "none"),
        (("rdp", "open"), "none"),
        (("open", "timeout"), "one"),
        (("open", "no_connection", "timeout"), "some"),
        (("rdp", "open", "timeout"), "one"),
        (("no_connection", "no_connection"), "all"),
        (("open", "not_rdp"), "all"),
        (("open", "no_answer", "timeout"), "all"),
        (("open", "rdp", "no_certificate"), "one"),
    ],
)
def test_the_articles_answers(outcomes: tuple[str, ...], blocked: str) -> None:
    assert judged(*outcomes)["blocked"] == blocked
