# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every folder of tests/fixtures/hosts is a recorded host, and has the diagnosis that its expected.json says."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils import _recording
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import diagnosis
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks import CHECKS
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.gathering import gather
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Command, CommandResult, Expectation
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.recording.format import Recording

HOSTS = sorted(path for path in (Path(__file__).parents[1] / "fixtures/hosts").iterdir() if path.is_dir())


def diagnosed(recording: Recording) -> dict[str, t.Any]:
    """What a person would want to check: each judgement, what was found, and what to do."""
    expected = Expectation(listener=recording.listener, port=recording.port, now=recording.time)
    answers = {answer.command: answer for answer in recording.commands}

    def run(commands: t.Sequence[Command]) -> dict[Command, CommandResult]:
        kept = {command: answers[command.line] for command in commands if command.line in answers}
        return {
            command: CommandResult(answer.data, answer.exit_code)
            for command, answer in kept.items()
            if answer.data is not None
        }

    host = gather(run, CHECKS, expected, missing="is not in this recording")
    findings = diagnosis.diagnose(CHECKS, host, expected)
    cause = diagnosis.root_cause(findings, CHECKS)
    return {
        "root_cause": cause.check if cause else None,
        "next_step": diagnosis.next_step(findings, cause),
        "findings": {one.check: {"status": one.status, "summary": one.summary, "found": one.found} for one in findings},
    }


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
