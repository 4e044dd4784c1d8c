# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gathers what checks need to know of a host: the first look, and whatever that leads to.

Knows no Ansible. Whoever calls it says how commands are run: on a host, or from the recording of one.
"""

from __future__ import annotations

import dataclasses
import typing as t

from . import diagnosis, probes
from .check import Check
from .model import Command, CommandResult, Expectation, Probe
from .readings import Readings
from .state.host import Host
from .state.windows import REDIRECTED, is_emulated, is_redirected, oem_code_page

#: Upper bound on the rounds of follow-ups. Those of a check take a few at most.
MAX_ROUNDS = 10

#: Runs commands that only look, and returns what became of each. One that is left out was not run.
Run = t.Callable[[t.Sequence[Command]], t.Mapping[Command, CommandResult]]


def gather(
    run: Run,
    checks: t.Sequence[Check],
    expected: Expectation,
    also: t.Iterable[Probe[t.Any]] = (),
    *,
    missing: str = "was not run on the host",
    more: t.Callable[[Host], t.Iterable[Probe[t.Any]]] = lambda host: (),
    started: t.Callable[[Readings], None] = lambda readings: None,
) -> Host:
    """Look at a host until the checks know all that they ask for.

    Args:
        run: Runs commands.
        checks: What is to be judged.
        expected: What the user expects of the host.
        also: Probes in addition to those of the checks.
        missing: What is said of a command that was not run, behind its line.
        more: Names further probes in each round, in addition to those of the checks.
        started: Called after the first look. What it raises ends the gathering.
    """
    first = dict.fromkeys((*probes.HOST, *diagnosis.probes(checks), *also))
    tried = set(first)
    readings = further(run, Readings({}, missing), first)
    started(readings)
    for _round in range(MAX_ROUNDS):
        host = Host(readings, expected.listener)
        named = dict.fromkeys((*diagnosis.follow_ups(checks, host, expected), *more(host)))
        asked = [probe for probe in named if probe not in tried and not readings.has(probe)]
        if not asked:
            return host
        tried.update(asked)
        readings = further(run, readings, asked)
    return Host(readings, expected.listener)


def further(run: Run, readings: Readings, asked: t.Iterable[Probe[t.Any]]) -> Readings:
    """Run the commands of some probes, each once, and return the readings with theirs."""
    results = run(list(dict.fromkeys(probe.command for probe in asked)))
    # The code page, and whether the shell is an emulated one, are in the results themselves, in ASCII.
    seen = readings.with_more(results)
    code_page, emulated = oem_code_page(seen.get(probes.CODE_PAGE)), is_emulated(seen)
    return readings.with_more(
        {command: _in_place(one, command, code_page, emulated) for command, one in results.items()}
    )


def _in_place(result: CommandResult, command: Command, code_page: int | None, emulated: bool) -> CommandResult:
    """Return a result with what it takes to read it. What an emulated shell prints of another place is lost."""
    result = dataclasses.replace(result, command=command, code_page=code_page)
    if emulated and is_redirected(command.line):
        return dataclasses.replace(result, exit_code=None, lost=REDIRECTED)
    return result
