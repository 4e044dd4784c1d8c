# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every folder of tests/fixtures/hosts is a recorded host, and has the diagnosis that its expected.json says."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils import _recording
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import diagnosis, probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks import CHECKS
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Command, CommandResult, Expectation, Probe
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.recording.format import Recording

HOSTS = sorted(path for path in (Path(__file__).parents[1] / "fixtures/hosts").iterdir() if path.is_dir())
# An answer that isn't in the recording is asked for again and again.
_ROUNDS = 5


def diagnosed(recording: Recording) -> dict[str, t.Any]:
    """What a person would want to check: each judgement, what was found, and what to do."""
    wanted = Expectation(listener=recording.listener, port=recording.port, now=recording.time)
    answers = {answer.command: answer for answer in recording.answers}
    readings = Readings({}, "is not in this recording")
    asked: tuple[Probe[t.Any], ...] = (*probes.HOST, *diagnosis.probes(CHECKS))
    for _ in range(_ROUNDS):
        commands = [probe.command for probe in asked]
        readings = readings.with_more({one: found for one in commands if (found := _output(one, answers, recording))})
        asked = diagnosis.follow_ups(CHECKS, readings, wanted)
    findings = diagnosis.diagnose(CHECKS, readings, wanted)
    cause = diagnosis.root_cause(findings, CHECKS)
    return {
        "root_cause": cause.check if cause else None,
        "next_step": diagnosis.next_step(findings, cause),
        "findings": {one.check: {"status": one.status, "summary": one.summary, "found": one.found} for one in findings},
    }


def _output(command: Command, answers: t.Mapping[str, t.Any], recording: Recording) -> CommandResult | None:
    answer = answers.get(command.line)
    if answer is None or answer.data is None:
        return None
    return CommandResult(answer.data, answer.exit_code, command, recording.code_page)


def test_there_are_no_recorded_hosts() -> None:
    assert HOSTS


@pytest.mark.parametrize("folder", HOSTS, ids=lambda folder: folder.name)
def test_recorded_host_is_diagnosed_as_expected(folder: Path) -> None:
    found = diagnosed(_recording.load(folder))
    path = folder / "expected.json"
    shown = json.dumps(found, indent=2, ensure_ascii=False)
    assert path.is_file(), f"if this is what is wrong with the host, put it into {path}:\n{shown}"
    expected = json.loads(path.read_text(encoding="utf-8"))
    # A check that is younger than the recording says that it can't judge, and nothing else.
    for check in set(found["findings"]) - set(expected["findings"]):
        assert found["findings"].pop(check)["status"] in ("unknown", "skipped", "ok"), check
    assert found == expected, shown


@pytest.mark.parametrize("folder", HOSTS, ids=lambda folder: folder.name)
def test_recorded_host_has_its_names(folder: Path) -> None:
    recording = _recording.load(folder)
    assert recording.redacted and recording.host in ("", "host1")
