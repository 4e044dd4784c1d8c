# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A check reads nothing but what it asked for: alone it says the same as among all the others."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils import _recording
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import diagnosis
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.check import Check
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks import CHECKS
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.gathering import gather
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import (
    Command,
    CommandResult,
    Expectation,
    PortProbe,
    Probe,
)
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.recording.format import Recording
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.host import Host

HOSTS = sorted(path for path in (Path(__file__).parents[2] / "fixtures/hosts").iterdir() if path.is_dir())


class Noting(Readings):
    """Readings that note what is read."""

    def __init__(self, outputs: t.Mapping[Command, CommandResult]) -> None:
        super().__init__(outputs)
        self.read: set[Probe[t.Any]] = set()

    def of(self, probe: Probe[t.Any]) -> t.Any:
        """Return what a probe read."""
        self.read.add(probe)
        return super().of(probe)


def _gathered(checks: t.Sequence[Check], recording: Recording, expected: Expectation) -> dict[Command, CommandResult]:
    """Return what a recorded host says to what some checks ask, with what was left out of the recording."""
    answers = {answer.command: answer for answer in recording.commands if answer.data is not None}
    results: dict[Command, CommandResult] = {}

    def run(commands: t.Sequence[Command]) -> dict[Command, CommandResult]:
        found = {
            command: CommandResult(answers[command.line].data or b"", answers[command.line].exit_code, command)
            for command in commands
            if command.line in answers
        }
        results.update(found)
        return found

    gather(run, checks, expected)
    return results


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
@pytest.mark.parametrize("folder", HOSTS, ids=lambda folder: folder.name)
def test_check_reads_what_another_asked_for(folder: Path, check: Check) -> None:
    recording = _recording.load(folder)
    expected = Expectation(recording.listener, recording.port, now=recording.time)
    own = _gathered((check,), recording, expected)
    everything = Noting({**_gathered(CHECKS, recording, expected), **own})
    diagnosis.diagnose((check,), Host(everything, expected.listener), expected)
    borrowed = {
        probe.command.line
        for probe in everything.read
        # What the controller saw is taken along where another check asked: a handshake of its own would cost the host.
        if everything.has(probe) and probe.command not in own and not isinstance(probe.command, PortProbe)
    }
    assert not borrowed
