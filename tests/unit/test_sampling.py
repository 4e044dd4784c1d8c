# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sample leaves no fault out, is the same everywhere, and nobody can take it for everything."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import pytest

import sampling

FAULTS = [f"fault-{number}" for number in range(41)]
LANGUAGES = ("en-US", "de-DE")
PAIRS = list(itertools.combinations(FAULTS, 2))


@pytest.fixture(autouse=True)
def usual(monkeypatch: pytest.MonkeyPatch) -> None:
    """A usual run, whatever this one is; what is sampled here is no part of its own record."""
    monkeypatch.delenv(sampling.EXHAUSTIVE, raising=False)
    monkeypatch.delenv(sampling.SEED, raising=False)
    monkeypatch.setattr(sampling, "_record", sampling.defaultdict(dict))


def test_each_fault_is_dealt_to_one_language_and_to_the_other_with_the_next_seed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = sampling.dealt("faults", FAULTS, LANGUAGES)
    monkeypatch.setenv(sampling.SEED, "2")
    second = sampling.dealt("faults", FAULTS, LANGUAGES)
    assert [fault for fault, _ in first] == [fault for fault, _ in second] == FAULTS
    assert {*first, *second} == set(itertools.product(FAULTS, LANGUAGES))
    for language in LANGUAGES:
        assert len([one for _, one in first if one == language]) > len(FAULTS) // 4


@pytest.mark.parametrize("count", [0, 30, 100])
def test_what_has_to_be_there_is_there_however_few_are_taken(count: int) -> None:
    chosen = sampling.some("pairs", PAIRS, count, covers=lambda pair: pair)
    assert {fault for pair in chosen for fault in pair} == set(FAULTS)
    assert count <= len(chosen) <= max(count, len(FAULTS))
    assert chosen == sorted(set(chosen), key=PAIRS.index)
    assert chosen == sampling.some("pairs", PAIRS, count, covers=lambda pair: pair)


def test_sequences_begin_elsewhere_and_seeds_in_a_row_take_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len({tuple(sampling.one_in(4, "cuts", fault, range(40))) for fault in FAULTS}) == 4
    assert sampling.one_in(4, "cuts", "short", [7]) == [7] and sampling.one_in(4, "cuts", "none", []) == []
    taken = set()
    for seed in range(1, 5):
        monkeypatch.setenv(sampling.SEED, str(seed))
        taken |= set(sampling.one_in(4, "cuts", "fault", range(40)))
    assert taken == set(range(40))


def test_everything_is_taken_on_request_and_no_part_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(sampling.EXHAUSTIVE, "1")
    assert sampling.some("pairs", PAIRS, 3) == PAIRS
    assert sampling.one_in(4, "cuts", "fault", range(40)) == list(range(40))
    assert sampling.dealt("faults", FAULTS, LANGUAGES) == list(itertools.product(FAULTS, LANGUAGES))
    assert sampling.record() == {}


def test_choice_is_the_same_in_every_process() -> None:
    program = (
        "import sampling; print(sampling.some('numbers', range(1000), 5), sampling.one_in(9, 'x', 'y', range(50)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(sampling.__file__).parent, capture_output=True, text=True, check=True
    )
    here = f"{sampling.some('numbers', range(1000), 5)} {sampling.one_in(9, 'x', 'y', range(50))}"
    assert ran.stdout.strip() == here


_TESTS = """
import pytest, sampling

@pytest.mark.parametrize("pair", sampling.some("pairs of faults", range(325), 40))
def test_pair(pair): pass

@pytest.mark.parametrize("fault", ["a", "b"])
def test_cuts(fault):
    assert len(sampling.one_in(5, "cuts", fault, range(10))) in (2, 10)
"""


@pytest.fixture
def clone(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A clone with tests that take a sample, one when they are collected, one when they run."""
    monkeypatch.setenv("PYTHONPATH", str(Path(sampling.__file__).parent))
    pytester.makeconftest('pytest_plugins = ["sampling_plugin"]')
    pytester.makepyfile(_TESTS)
    return pytester


@pytest.mark.parametrize("workers", [(), ("-n", "2", "--dist", "load")], ids=["one process", "xdist"])
def test_run_says_what_it_left_out(clone: pytest.Pytester, workers: tuple[str, ...]) -> None:
    result = clone.runpytest_subprocess(*workers)
    result.assert_outcomes(passed=42)
    result.stdout.fnmatch_lines(
        [
            "sampling: seed 1 (RDP_SEED); * takes everything.",
            "*SAMPLED with seed 1: not everything was run*",
            "4 of 20 cuts",
            "40 of 325 pairs of faults",
            "*--exhaustive*takes everything.",
        ]
    )


@pytest.mark.parametrize("workers", [(), ("-n", "2", "--dist", "load")], ids=["one process", "xdist"])
def test_exhaustive_run_takes_everything_and_says_so(clone: pytest.Pytester, workers: tuple[str, ...]) -> None:
    result = clone.runpytest_subprocess("--exhaustive", *workers)
    result.assert_outcomes(passed=327)
    result.stdout.fnmatch_lines(["sampling: none, everything is taken"])
    result.stdout.no_fnmatch_line("*SAMPLED*")
