# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks a host on which a program hangs: what does not hang is answered, in bounded time.

Sick hosts are those where a program hangs, because it asks a service that does. All commands go in one batch at first.
When that is late, those that are not answered go again: what reads the registry and the services in one batch, because
that does not hang, and then each program in a batch of its own.

Private to this collection. Only for commands that change nothing: they may be run twice.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import re
import time
import typing as t

from ansible.errors import AnsibleConnectionFailure

from ._host import NOT_BEGUN, WindowsHost
from ._rdp.errors import HostError
from ._rdp.model import CommandResult

# How long a program may take in a batch of its own, in seconds. Those that were slow on healthy hosts took a few.
_ALONE = 15.0

# How long a host may take for a command that needs nothing but cmd.exe, in seconds, after a batch was late.
_SIGN_OF_LIFE = 10.0

# What stands before the first program of a loop. It may print something first.
_LOOP = re.compile(r"^for /f .* do @?\(?(?:echo [^&|]*&)?")

# Programs that depend on nothing that can hang while the host still takes commands: the registry and the services.
_STEADY = frozenset({"echo", "ver", "reg", "sc"})


class PatientHost(WindowsHost):
    """A host that is asked within a time, whatever hangs there. It takes what WindowsHost takes."""

    @functools.cached_property
    def _hung(self) -> dict[str, float]:
        """The programs that hang, with how long they were waited for."""
        return {}

    def query(self, commands: t.Sequence[str], seconds: float) -> list[CommandResult]:
        """Run commands that change nothing.

        Args:
            commands: Lines for cmd.exe.
            seconds: How long all of it may take.

        Returns:
            One CommandResult for each command, in order. What is late and has begun was waited for. What is late and
            has not
            begun was not asked: its program was waited for before, or the time was up.

        Raises:
            AnsibleConnectionFailure: The host could not be reached, or took commands and did not run any.
            HostError: The host answered without running the line, or a command is too long for it.
        """
        until = time.monotonic() + seconds
        answers: dict[str, CommandResult] = {}
        at_once = [line for line in commands if program_of(line) not in self._hung]
        if at_once:
            self._ask(at_once, seconds / 2, answers)
        if any(one.late for one in answers.values()):
            if not any(one.begun for one in answers.values()):
                self._ask_for_a_sign(min(_SIGN_OF_LIFE, until - time.monotonic()))
            self._ask_again(commands, until, answers)
        else:
            self._ask_alone([line for line in commands if line not in answers], until, answers)
        return [answers[line] if line in answers else self._unasked(line) for line in commands]

    def _unasked(self, line: str) -> CommandResult:
        """Return what became of a command that was not asked because of its program, or for want of time."""
        return dataclasses.replace(NOT_BEGUN, waited=self._hung.get(program_of(line), 0.0))

    def _ask(self, lines: list[str], seconds: float, answers: dict[str, CommandResult]) -> None:
        """Run commands in one batch, and note what came of them."""
        for line, ran in zip(lines, self.run(lines, seconds), strict=True):
            answers[line] = self._unasked(line) if ran == NOT_BEGUN else ran
            if _hangs(ran) and program_of(line) not in _STEADY:
                self._hung.setdefault(program_of(line), ran.waited)

    def _ask_for_a_sign(self, seconds: float) -> None:
        """Find out whether the host runs anything.

        Raises:
            AnsibleConnectionFailure: It does not.
        """
        if self.run(["ver"], max(seconds, 1.0))[0].late:
            raise AnsibleConnectionFailure(
                "The host takes commands and does not answer: not even 'ver' was answered "
                f"within {max(seconds, 1.0):.0f} s. The connection timed out."
            )

    def _ask_again(self, commands: t.Sequence[str], until: float, answers: dict[str, CommandResult]) -> None:
        """Ask again for what has no answer, without what hangs.

        What reads the registry was more likely slow than hanging, so it gets another chance.
        """
        left = [line for line in commands if answers.get(line, NOT_BEGUN).late]
        try:
            for _round in range(2):
                steady = [line for line in left if program_of(line) in _STEADY and answers.get(line, NOT_BEGUN).late]
                if steady and (remaining := until - time.monotonic()) > 0:
                    self._ask(steady, remaining / 2, answers)
            others = [line for line in left if program_of(line) not in _STEADY]
            self._ask_alone([line for line in others if not _hangs(answers.get(line, NOT_BEGUN))], until, answers)
        except (AnsibleConnectionFailure, HostError):
            # What was answered before counts. The rest stays without an answer.
            return

    def _ask_alone(self, lines: list[str], until: float, answers: dict[str, CommandResult]) -> None:
        """Ask each program in a batch of its own. Those that have hung before come last."""
        lines = sorted(lines, key=lambda line: (program_of(line) in self._hung, program_of(line)))
        groups = [list(group) for _program, group in itertools.groupby(lines, key=program_of)]
        for number, group in enumerate(groups):
            remaining = until - time.monotonic()
            if remaining <= 0:
                return
            self._ask(group, min(_ALONE, remaining / (len(groups) - number)), answers)


def _hangs(ran: CommandResult) -> bool:
    """Whether a command was running when its time was up."""
    return ran.late and ran.begun


def program_of(line: str) -> str:
    """Return the program that a command line begins with, or its loop, without its folder and ``.exe``."""
    line = _LOOP.sub("", line.lstrip(" @(")).lstrip(" @(")
    name = line[1:].partition('"')[0] if line.startswith('"') else line.partition(" ")[0]
    return name.rpartition("\\")[2].lower().removesuffix(".exe")
