# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The marks are complete and distinct, and no other file of a report has a table of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import STATUSES
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report import marks
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.changes import KINDS
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.fleet import STATES

ROOM = Path(marks.__file__).parent
SIGNS = {*marks.MARKS.values(), *marks.STATE_MARKS.values(), *marks.TERMINAL_MARKS.values()} - {"!", "?", "–"}


@pytest.mark.parametrize("table", [marks.MARKS, marks.TERMINAL_MARKS, marks.LETTERS])
def test_each_status_has_a_mark_of_its_own(table: dict[str, str]) -> None:
    assert set(table) == set(STATUSES) == set(marks.MEANINGS) == set(marks.WORST_FIRST)
    assert len(set(table.values())) == len(table) and len({len(mark) for mark in table.values()}) == 1
    assert marks.NO_FINDING not in marks.LETTERS.values()


def test_each_state_and_each_change_has_a_word() -> None:
    assert list(marks.STATE_MARKS) == list(marks.STATE_WORDS) == list(marks.STATE_STATUSES) == list(STATES)
    assert len(set(marks.STATE_MARKS.values())) == len(STATES)
    assert list(marks.CHANGE_TITLES) == list(marks.CHANGE_MARKS) == list(marks.CHANGE_STATES) == list(KINDS)
    assert len(set(marks.CHANGE_MARKS.values())) == len(KINDS)


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(ROOM.rglob("*.*")) if path.suffix in (".py", ".js", ".css", ".j2")],
    ids=lambda path: path.name,
)
def test_file_with_a_mark_of_its_own(path: Path) -> None:
    if path.name != "marks.py":
        assert not [sign for sign in SIGNS if sign in path.read_text(encoding="utf-8")]
