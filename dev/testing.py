# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the tests and the benchmarks, and say which real programs the tests use."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from dev.console import Failed, say
from dev.places import LAB_PATH, ROOT, tool, tool_environment

#: Tests wait as well as compute: for a port that is silent, for programs and for services.
_WORKERS_A_CORE = 2
#: Beyond this many processes the integration tests' servers wait for each other more than they gain.
_MOST_WORKERS = 8


#: The one argument with which all tests still run as they do without any.
_EXHAUSTIVE = "--exhaustive"


def test(arguments: list[str]) -> int:
    """All tests on all cores, with ``--exhaustive`` every case of them; given other arguments, pytest with these."""
    if arguments in ([], [_EXHAUSTIVE]):
        # A file's tests stay together, as they share a lab. The small files come last, so that no worker is left alone
        # with a long one.
        workers = min((os.cpu_count() or 1) * _WORKERS_A_CORE, _MOST_WORKERS)
        spread = ["-n", str(workers), "--dist", "loadfile", "--no-loadscope-reorder"]
        arguments = ["-q", *arguments, *spread, "tests/integration", "tests/unit"]
    named_from_here = any(Path(argument.partition("::")[0]).exists() for argument in arguments)
    directory = Path.cwd() if named_from_here else ROOT
    return subprocess.run([tool("pytest"), *arguments], cwd=directory, env=tool_environment(), check=False).returncode


def bench(arguments: list[str]) -> int:
    """The package tests/benchmarks; its own help says what it takes."""
    if not (ROOT / "tests/benchmarks/__main__.py").exists():
        raise Failed("There are no benchmarks yet: tests/benchmarks/__main__.py is not there.")
    command = [tool("python"), "-m", "benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, env=tool_environment(PYTHONPATH=str(LAB_PATH)), check=False).returncode


def programs(arguments: list[str]) -> int:
    """The table of tests/programs.py for this machine; with --apt only the packages that it lacks, for a script."""
    sys.path.insert(0, str(LAB_PATH))
    from programs import PROGRAMS, packages_of  # the tests' own table: standard library only, not on the path before

    if arguments == ["--apt"]:
        # A program from elsewhere counts: Debian's package beside it may be a conflict (npm, from Node.js's own).
        say(" ".join(packages_of(program for program in PROGRAMS if program.find() is None)))
        return 0
    if arguments:
        raise Failed("programs takes --apt or nothing.")
    for program in PROGRAMS:
        place = program.find()
        say(f"{program.name:<12} {place or 'not here: apt-get install ' + ' '.join(program.packages)}")
    return 0
