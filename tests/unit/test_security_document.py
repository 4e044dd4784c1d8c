# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/security.md names tests that exist, and the marks of assumptions are sentences that ./run assumptions lists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dev.assumptions import Assumption, assumptions

ROOT = Path(__file__).resolve().parents[2]
NAMED = sorted(set(re.findall(r"`(tests/[^`]+)`", (ROOT / "docs/security.md").read_text(encoding="utf-8"))))


@pytest.mark.parametrize("test", NAMED)
def test_test_that_holds_a_promise_exists(test: str) -> None:
    path, _, name = test.partition("::")
    assert (ROOT / path).exists()
    assert not name or re.search(rf"^def {name}\(", (ROOT / path).read_text(encoding="utf-8"), re.M)


def test_attacks_run_tests_that_exist() -> None:
    named = re.findall(r'"(tests/[^"]+)"', (ROOT / "tests/attack/__main__.py").read_text(encoding="utf-8"))
    assert len(named) > 12 and all((ROOT / path).exists() for path in named)


def test_every_promise_has_a_test() -> None:
    rows = re.findall(r"^\| (?!it can't|he can't|---)(.+) \|$", (ROOT / "docs/security.md").read_text("utf-8"), re.M)
    assert len(rows) > 15 and all("`tests/" in row for row in rows)


def test_marks_are_sentences_and_are_listed() -> None:
    found = list(assumptions())
    assert len(found) >= 20
    assert not [str(one) for one in found if len(one.text) < 15 or not one.text.endswith(".")]


def test_mark_of_two_lines_is_one_assumption(tmp_path: Path) -> None:
    place = tmp_path / "tests/lab/tool.py"
    place.parent.mkdir(parents=True)
    place.write_text("x = 1\n    # Unseen: what it prints\n    # when nothing is there.\n    # Another thing.\n")
    expected = Assumption(Path("tests/lab/tool.py"), 2, "what it prints when nothing is there.")
    assert list(assumptions(tmp_path)) == [expected]
