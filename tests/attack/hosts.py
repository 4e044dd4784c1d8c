# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What hosts answered: those of tests/fixtures/hosts, and the emulated ones with each fault. Nothing is asked again."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import typing as t
from pathlib import Path

from ansible_collections.winops.rdp.plugins.plugin_utils import _recording
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import diagnosis, facts, probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks import CHECKS
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import (
    Command,
    CommandResult,
    Expectation,
    Finding,
    PortProbe,
    Probe,
)
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.recording import format, redact
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.host import Host

from lab import FAULTS, Machine

FIXTURES = Path(__file__).parents[1] / "fixtures/hosts"
# One look leads to the next. An answer that isn't there is asked for again and again.
_ROUNDS = 6
_LANGUAGES = ("en-US", "de-DE", "ja-JP", "fr-FR")

Answers = t.Mapping[Command, CommandResult]


@dataclasses.dataclass(frozen=True, eq=False)
class Seen:
    """A host at one time.

    Attributes:
        name: Where it comes from.
        answers: What each command printed.
        wanted: What is expected of it.
    """

    name: str
    answers: Answers
    wanted: Expectation
    _read: dict[Probe[t.Any], t.Any] = dataclasses.field(default_factory=dict, repr=False)

    @functools.cached_property
    def truth(self) -> dict[str, Finding]:
        """The findings by check, of what the host answered."""
        return self.diagnose()

    @property
    def size(self) -> int:
        """How much it answered, in bytes."""
        return sum(len(output.data) for output in self.answers.values())

    @property
    def is_sick(self) -> bool:
        """Whether something keeps people out."""
        return any(finding.status == "problem" for finding in self.truth.values())

    def forget(self) -> None:
        """Forget what was parsed. It is parsed again when it is needed."""
        self._read.clear()

    def diagnose(self, damaged: Answers | None = None) -> dict[str, Finding]:
        """Judge the host.

        Args:
            damaged: What was answered instead, by command.

        Returns:
            The findings by check.

        Raises:
            Exception: One part took the whole result along.
        """
        damaged = damaged or {}
        whole = {probe: one for probe, one in self._read.items() if probe.command not in damaged}
        readings = look(lambda command: damaged.get(command, self.answers.get(command)), self.wanted, whole)
        # What is damaged is read anew, and never kept.
        self._read.update({probe: one for probe, one in readings._read.items() if probe.command not in damaged})
        facts.facts(Host(readings), self.wanted)
        return {one.check: one for one in diagnosis.diagnose(CHECKS, Host(readings), self.wanted)}


def look(
    ask: t.Callable[[Command], CommandResult | None],
    wanted: Expectation,
    read: t.Mapping[Probe[t.Any], t.Any] | None = None,
) -> Readings:
    """Look at a host as rdp_info does.

    Args:
        ask: Returns what a command printed, None if nothing is known of that.
        wanted: What is expected of the host.
        read: What probes read before in the same answers.
    """
    answers: dict[Command, CommandResult] = {}
    asked: tuple[Probe[t.Any], ...] = tuple(dict.fromkeys((*probes.HOST, *diagnosis.probes(CHECKS), *facts.SEEN)))
    for _ in range(_ROUNDS):
        more = {probe.command: found for probe in asked if (found := ask(probe.command))}
        readings = Readings({**answers, **more}, "is not in this recording")
        readings._read.update({probe: one for probe, one in (read or {}).items() if readings.has(probe)})
        answers.update(more)
        asked = diagnosis.follow_ups(CHECKS, Host(readings), wanted)
        if not more:
            break
    return readings


def from_folder(folder: Path) -> Seen:
    """Return a recorded host."""
    recording = _recording.load(folder)
    answers = {
        Command(one.command): CommandResult(one.data, one.exit_code, Command(one.command), recording.code_page)
        for one in recording.commands
        if one.data is not None
    }
    return Seen(folder.name, answers, Expectation(recording.listener, recording.port, now=recording.time))


def from_machine(name: str, machine: Machine) -> Seen:
    """Look at an emulated host once."""
    wanted = Expectation(now=datetime.datetime.now(tz=datetime.UTC))
    answers: dict[Command, CommandResult] = {}

    def ask(command: Command) -> CommandResult | None:
        if isinstance(command, PortProbe):
            return None
        ran = machine.create_process(f'cmd.exe /d /v:on /s /c "{command.line} <nul 2>&1"', code_page=65001)
        answers[command] = CommandResult(ran.stdout, ran.exit_code, command)
        return answers[command]

    look(ask, wanted)
    return Seen(name, answers, wanted)


@functools.cache
def everyone() -> tuple[Seen, ...]:
    """Return the recorded hosts, and an emulated one with each fault, in one of the languages each."""
    emulated = []
    for number, (name, fault) in enumerate(FAULTS.items()):
        language = _LANGUAGES[number % len(_LANGUAGES)]
        machine = Machine("host", seed=7, language=language)
        fault.apply(machine)
        emulated.append(from_machine(f"{name} ({language})", machine))
    return (*(from_folder(path) for path in sorted(FIXTURES.iterdir()) if path.is_dir()), *emulated)


def without_names(host: Seen, damaged: Answers | None = None) -> Seen:
    """Return a host as its recording is without names, and with the damaged answers in it."""
    answers = {**host.answers, **(damaged or {})}
    recorded = tuple(format.RecordedCommand(one.command.line, one.data, one.exit_code) for one in answers.values())
    page = next((one.code_page for one in answers.values() if one.code_page), None)
    recording = format.Recording(recorded, host.wanted.now, "host", code_page=page)
    clean = redact.redacted(recording)
    told = {
        Command(one.command): CommandResult(one.data, one.exit_code, Command(one.command), page)
        for one in clean.commands
        if one.data is not None
    }
    return Seen(f"{host.name}, without names", told, host.wanted)
