# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Generated tests: the same examples whenever CI runs, and no time limit that a slow machine misses."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dev.places import ROOT

PRINTS = "import conftest; from hypothesis import settings; print(settings().derandomize, settings().deadline)"


@pytest.mark.parametrize(("ci", "said"), [("true", "True None"), ("", "False None")])
def test_examples_are_the_same_ones_in_ci_only(ci: str, said: str) -> None:
    environment = {**os.environ, "CI": ci}
    ran = subprocess.run(
        [sys.executable, "-c", PRINTS], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == said


def test_the_fixed_profile_makes_the_same_examples_twice() -> None:
    def examples() -> list[int]:
        seen: list[int] = []

        @settings(settings.get_profile("fixed"), max_examples=20)
        @given(st.integers())
        def look(number: int) -> None:
            seen.append(number)

        look()
        return seen

    assert examples() == examples()
