# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Counts, lists of names and labelled lines."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.phrases import (
    labelled,
    names,
    number,
    shortened,
    wrapped,
)


@pytest.mark.parametrize(("count", "phrase"), [(0, "0 hosts"), (1, "1 host"), (2, "2 hosts"), (5000, "5,000 hosts")])
def test_one_is_the_only_singular(count: int, phrase: str) -> None:
    assert number(count, "host") == phrase


def test_names_as_in_a_sentence() -> None:
    assert [names(list(items)) for items in ("", "a", "ab", "abc")] == ["", "a", "a and b", "a, b and c"]
    assert names(list("abcdefgh")) == "a, b, c, d, e and 3 more"


def test_a_list_says_how_many_it_leaves_out_and_nothing_if_it_leaves_out_none() -> None:
    assert [shortened(list(items), 2) for items in ("", "a", "ab", "abc")] == ["", "a", "a, b", "a, b and 1 more"]
    assert shortened(["x"] * 2000, 1, "; ") == "x and 1,999 more"


def test_a_wrapped_name_stays_whole() -> None:
    lines = wrapped("see web-01.example.com and web-02.example.com", 24, "  ")
    assert lines == ["see web-01.example.com", "  and web-02.example.com"]
    assert wrapped("", 24) == [""] and wrapped("x" * 30, 24) == ["x" * 30]


def test_a_label_stands_before_its_text_and_an_address_beside_it() -> None:
    assert labelled("fix", "start the service and look again", 35) == [
        "     fix       start the service",
        "               and look again",
    ]
    address = "https://example.com/" + "a" * 100
    assert labelled("see", address, 35) == [f"     see       {address}"]
