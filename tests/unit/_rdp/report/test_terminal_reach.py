# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The matrix on a terminal: all of a few targets, what is not fine of many, never too wide."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.reach.matrix import matrix
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.terminal_reach import reach_report

Seen = t.Callable[[int, int], str | None]


def report(targets: int, vantages: int, seen: Seen, **more: t.Any) -> str:
    """The text about targets that are seen as ``seen(target, vantage)`` says."""
    looks = [
        {
            "vantage": f"jump{vantage}",
            "targets": [
                {"host": f"host{index:04}.example.com", "port": 3389, "outcome": outcome}
                for index in range(targets)
                if (outcome := seen(index, vantage))
            ],
        }
        for vantage in range(vantages)
    ]
    return reach_report(matrix(looks, more.get("hosts"), more.get("called")))


def widest(text: str) -> int:
    """The longest line that is no address of the article."""
    return max(len(line) for line in text.splitlines() if "https://" not in line)


def test_few_targets_are_all_shown_beside_their_vantages() -> None:
    text = report(3, 2, lambda index, vantage: "timeout" if (index, vantage) == (1, 1) else "rdp")
    assert text.splitlines()[0] == (
        "Remote Desktop on 3 targets, seen from 2 computers: 2 reached from everywhere, 1 from all but one"
    )
    assert text.splitlines()[2:6] == [
        "                           jump0  jump1",
        "host0000.example.com:3389  rdp    rdp",
        "host0001.example.com:3389  rdp    timeout",
        "host0002.example.com:3389  rdp    rdp",
    ]
    assert text.count("[XX]") == 1 and "blocks one computer (jump1)" in text
    assert "     fix       Ask the network administrators" in text
    assert "     see       https://learn.microsoft.com/" in text


def test_of_a_fleet_only_what_is_not_fine_is_listed_with_counts() -> None:
    text = report(1000, 3, lambda index, vantage: "refused" if index % 50 == 7 else "rdp")
    assert "980 reached from everywhere, 20 from nowhere" in text.replace("\n  ", " ")
    assert "host0007.example.com:3389 and 19 more  refused  refused  refused" in text
    assert "host0000" not in text and text.count("[XX]") == 1
    assert "host0407.example.com:3389 and 11 more" in text
    assert len(text.splitlines()) < 20


def test_a_fleet_that_is_fine_is_one_line() -> None:
    assert report(500, 2, lambda *_: "rdp") == (
        "Remote Desktop on 500 targets, seen from 2 computers: 500 reached from everywhere"
    )


def test_different_reasons_are_told_apart() -> None:
    outcomes = ("rdp", "timeout", "refused", "no_certificate", "unknown")
    text = report(100, 2, lambda index, _: outcomes[index % 5])
    assert (text.count("[XX]"), text.count("[ ?]")) == (3, 1)
    assert "20 reached from everywhere, 60 from nowhere, 20 not looked at" in text.replace("\n  ", " ")


def test_a_connection_alone_is_not_called_fine() -> None:
    text = report(2, 1, lambda *_: "open")
    assert "2 of them not proven to be Remote Desktop" in text.replace("\n  ", " ") and "[ !]" in text
    told = report(2, 1, lambda *_: "open", hosts={f"host000{n}.example.com": {"listening": True} for n in (0, 1)})
    assert "not proven" not in told and "[ !]" not in told


def test_names_instead_of_addresses() -> None:
    text = report(1, 1, lambda *_: "refused", called={"host0000.example.com": "web01"})
    assert "web01:3389" in text and "host0000" not in text


@pytest.mark.parametrize("vantages", [1, 2, 5, 6, 9, 40])
@pytest.mark.parametrize("targets", [1, 20, 21, 300])
def test_it_is_never_too_wide(targets: int, vantages: int) -> None:
    text = report(targets, vantages, lambda index, vantage: "no_certificate" if (index + vantage) % 3 else "rdp")
    assert widest(text) <= 100
    assert all(line == line.rstrip() for line in text.splitlines())


def test_many_vantages_are_listed_by_what_they_see() -> None:
    text = report(1, 40, lambda _, vantage: "timeout" if vantage == 3 else "rdp")
    assert "and 31 more; timeout from jump3" in text.replace("\n  ", " ")


def test_nobody_looked() -> None:
    assert reach_report(matrix([], None)) == ("Remote Desktop on 0 targets, seen from 0 computers: nothing looked at")
