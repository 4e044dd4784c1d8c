# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was not seen of Windows has a mark where the code relies on it, and a line that says how to check it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dev.assumptions import ROOT, assumptions

_NOT_SEEN = "not seen: "


def _lines() -> list[tuple[str, ...]]:
    """The cells of each line of the table."""
    text = (ROOT / "docs/verification.md").read_text(encoding="utf-8")
    table = text.partition("| assumption | check | source |\n")[2].splitlines()[1:]
    return [tuple(re.split(r" (?<!\\)\| ", line.strip("| "))) for line in table if line.startswith("|")]


def _named(source: str) -> list[str]:
    """The files that a source names behind "not seen"."""
    return re.findall(r"`([\w/.]+\.py)`", source.partition(_NOT_SEEN)[2])


@pytest.fixture(scope="module", name="marked")
def _marked() -> set[str]:
    return {one.path.as_posix() for one in assumptions()}


def test_every_line_has_a_source() -> None:
    lines = _lines()
    assert len(lines) > 100
    assert [line for line in lines if len(line) != 3 or not all(line)] == []


def test_what_was_not_seen_is_marked_in_the_files_that_the_line_names(marked: set[str]) -> None:
    unseen = [line for line in _lines() if "not seen" in line[-1]]
    assert [line[0] for line in unseen if not _named(line[-1])] == []
    names = {name for line in unseen for name in _named(line[-1])}
    assert sorted(name for name in names if sum(path.endswith(f"/{name}") for path in marked) != 1) == []


def test_every_mark_is_in_a_file_that_a_line_names(marked: set[str]) -> None:
    names = {name for line in _lines() for name in _named(line[-1])}
    assert sorted(path for path in marked if not any(path.endswith(f"/{name}") for name in names)) == []


def test_a_mark_is_a_sentence() -> None:
    assert [str(one) for one in assumptions() if not re.search(r"\.(?: |$)", one.text)] == []


def test_marks_are_found_in_comments_of_several_lines(tmp_path: Path) -> None:
    file = tmp_path / "plugins" / "one.py"
    file.parent.mkdir()
    file.write_text("x = 1\n    # Unseen: that this\n    # goes on.\n    # Not this.\ny = 2\n", encoding="utf-8")
    assert [(one.line, one.text) for one in assumptions(tmp_path)] == [(2, "that this goes on.")]
