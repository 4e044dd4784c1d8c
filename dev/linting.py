# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the linters side by side, one line each; what a failing one printed is shown in full."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace

from dev import building, sanity
from dev.console import Ended, Failed, run_quietly, say
from dev.places import ROOT, tool, tool_environment

_SHELL_SCRIPTS = (("/bin/sh", "run"), ("/bin/bash", ".ci/run"))


@dataclass(frozen=True)
class Linter:
    """A name and what runs it."""

    name: str
    run: Callable[[], Ended]
    #: Too slow, or too much on the network, for every time: runs only if it is named.
    on_demand: bool = False


def _timed(linter: Linter) -> Ended:
    started = time.monotonic()
    try:
        ended = linter.run()
    except Failed as failed:
        ended = Ended(1, f"{failed}\n", 0.0)
    return replace(ended, seconds=time.monotonic() - started)


def _program(*command: str) -> Callable[[], Ended]:
    def run() -> Ended:
        program = [command[0] if "/" in command[0] else tool(command[0]), *command[1:]]
        return run_quietly(program, env=tool_environment(), cwd=ROOT)

    return run


def _shell_syntax() -> Ended:
    """Every shell script with the shell it asks for, without running it."""
    ended = [run_quietly([shell, "-n", script], cwd=ROOT) for shell, script in _SHELL_SCRIPTS]
    return Ended(max(each.code for each in ended), "".join(each.output for each in ended), 0.0)


def _archive() -> Ended:
    building.build_archive()
    return Ended(0, "", 0.0)


#: The slowest first, so that the short ones fill the other core meanwhile.
LINTERS = (
    # Without --offline it would install a copy of this collection into the clone and lint against that.
    Linter("ansible-lint", _program("ansible-lint", "--offline", "--strict", "--nocolor", "-q")),
    Linter("mypy", _program("mypy")),
    Linter("archive", _archive),
    Linter("yamllint", _program("yamllint", "--strict", ".")),
    Linter("changelog", _program("antsibull-changelog", "lint")),
    Linter("ruff-check", _program("ruff", "check", "--output-format=concise", ".")),
    Linter("ruff-format", _program("ruff", "format", "--check", "--output-format=concise", ".")),
    Linter("shell", _shell_syntax),
    Linter("ansible-test", sanity.check, on_demand=True),
)


def lint(arguments: list[str]) -> int:
    """Run the named linters, or all but those on demand; 1 if one complains."""
    names = [linter.name for linter in LINTERS]
    unknown = [name for name in arguments if name not in names]
    if unknown:
        raise Failed(f"no linter {', '.join(unknown)}; there are: {', '.join(names)}")
    chosen = [linter for linter in LINTERS if (linter.name in arguments if arguments else not linter.on_demand)]
    failed = []
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        running = {pool.submit(_timed, linter): linter for linter in chosen}
        for future in as_completed(running):
            linter, ended = running[future], future.result()
            say(f"{linter.name:<14} {'FAILED' if ended.code else 'ok':<7} {ended.seconds:5.1f} s")
            if ended.code:
                failed.append(linter.name)
                say(ended.output.rstrip())
    verdict = f", failed: {', '.join(failed)}" if failed else ""
    say(f"lint: {len(chosen) - len(failed)} of {len(chosen)} passed{verdict}")
    return 1 if failed else 0


def mend(arguments: list[str]) -> int:
    """ruff's formatter and its safe repairs on the whole clone."""
    if arguments:
        raise Failed("format takes nothing.")
    for command in (("ruff", "check", "--fix", "."), ("ruff", "format", ".")):
        ended = _program(*command)()
        say(ended.output.rstrip())
        if ended.code:
            return ended.code
    return 0
