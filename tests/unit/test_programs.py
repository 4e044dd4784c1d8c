# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A test that could not run is never silent."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import programs

_CONFTEST = """
import programs

pytest_plugins = ["programs_plugin"]
programs.PROGRAMS = (
    programs.Program("shell", ("sh",), ("dash",), "is everywhere"),
    programs.Program("moonlight", ("no-such-executable",), ("moonlight", "moonlight-data"), "is nowhere"),
)
"""
_TESTS = """
import pytest

@pytest.mark.needs_program("shell")
def test_here(): pass

@pytest.mark.needs_program("shell", "moonlight")
def test_not_here(): raise AssertionError("ran")

@pytest.fixture
def server(): raise AssertionError("started for nothing")

@pytest.mark.needs_program("moonlight")
def test_with_server(server): raise AssertionError("ran")

def test_recordings(corpus): assert (corpus / "INDEX.tsv").is_file()
"""


@pytest.fixture
def clone(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A clone with one program too few and no corpus."""
    monkeypatch.setenv("PYTHONPATH", str(Path(programs.__file__).parent))
    monkeypatch.delenv(programs.REQUIRE, raising=False)
    monkeypatch.setenv(programs.CORPUS, str(pytester.path / "nowhere"))
    pytester.makeconftest(_CONFTEST)
    pytester.makepyfile(_TESTS)
    return pytester


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "xdist"])
def test_what_did_not_run_is_named_with_its_remedy(clone: pytest.Pytester, workers: tuple[str, ...]) -> None:
    result = clone.runpytest_subprocess(*workers)
    result.assert_outcomes(passed=1, skipped=3)
    result.stdout.fnmatch_lines(
        [
            "*NOT RUN on this machine*",
            "moonlight is missing, so 2 test(s) did not run:",
            "    *::test_not_here",
            "    *::test_with_server",
            "the corpus is missing, so 1 test(s) did not run:",
            "    *::test_recordings",
            "To run them:  apt-get install --no-install-recommends moonlight moonlight-data",
            "The corpus*RDP_CORPUS*",
        ]
    )


def test_lacking_programs_fail_where_they_are_required(clone: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(programs.REQUIRE, "1")
    result = clone.runpytest_subprocess()
    result.assert_outcomes(passed=1, errors=2, skipped=1)
    result.stdout.fnmatch_lines(["*RDP_REQUIRE_PROGRAMS=1, but this test needs moonlight: apt-get install *"])


def test_nothing_is_said_when_nothing_lacks(clone: pytest.Pytester) -> None:
    result = clone.runpytest_subprocess("-k", "test_here")
    result.assert_outcomes(passed=1, deselected=3)
    result.stdout.no_fnmatch_line("*NOT RUN*")


def test_a_corpus_is_found_where_the_variable_says(clone: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(programs.CORPUS, str(clone.path))
    (clone.path / "INDEX.tsv").touch()
    clone.runpytest_subprocess("-k", "recordings").assert_outcomes(passed=1, deselected=3)


def test_a_program_that_is_not_in_the_table_stops_the_run(clone: pytest.Pytester) -> None:
    clone.makepyfile(test_typo="import pytest\n@pytest.mark.needs_program('moonlite')\ndef test_it(): pass\n")
    result = clone.runpytest_subprocess()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*has no program 'moonlite'; it has: shell, moonlight*"])


def test_only_packages_of_lacking_programs_are_to_be_installed(tmp_path: Path) -> None:
    """Node.js' own package has an npm and conflicts with Debian's: apt-get would refuse all of them."""
    npm = tmp_path / "npm"
    npm.touch(mode=0o755)
    root = Path(programs.__file__).parent.parent
    command = [sys.executable, root / "dev/run.py", "programs", "--apt"]
    listed = subprocess.run(command, env={"PATH": str(tmp_path)}, text=True, capture_output=True, check=True)
    packages = listed.stdout.split()
    assert "npm" not in packages
    assert {"wine", "wine64"} <= set(packages)


def _needed_by(path: Path) -> set[str]:
    """The programs that a test file asks for, wherever the marker stands in it."""
    return {
        argument.value
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "needs_program"
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


def test_the_table_names_only_what_tests_need() -> None:
    """Nobody is told to install what no test uses, and CI doesn't either."""
    files = [path for path in Path(programs.__file__).parent.rglob("test_*.py") if path != Path(__file__)]
    needed = set().union(*map(_needed_by, files))
    assert {program.name for program in programs.PROGRAMS} == needed
