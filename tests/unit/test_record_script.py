# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The script that records without Ansible, and what else goes with every probe."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import facts
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.recording import format, redact

from dev import record_cmd
from dev.places import ROOT

COMMANDS = list(dict.fromkeys(probe.command.line for probe in facts.SCRIPTED))


def test_probe_is_missing_in_record_rdp_cmd() -> None:
    shipped = record_cmd.SCRIPT.read_bytes().replace(b"\r\n", b"\n")
    assert shipped == record_cmd.script().encode("ascii").replace(b"\r\n", b"\n"), "run ./run record-cmd"


def test_record_rdp_cmd_lost_its_carriage_returns() -> None:
    script = record_cmd.SCRIPT.read_bytes()
    assert script.count(b"\r\n") == script.count(b"\n") > 100


def test_line_of_record_rdp_cmd_is_too_long() -> None:
    # https://learn.microsoft.com/troubleshoot/windows-client/shell-experience/command-line-string-limitation
    assert max(len(line) for line in record_cmd.script().splitlines()) < 8000


@pytest.mark.parametrize("command", COMMANDS)
def test_probe_has_no_rule_for_its_names(command: str) -> None:
    assert redact.rule_of(command), "say in redact/__init__.py how names are taken out of its output"


def test_version_is_forgotten() -> None:
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
    assert galaxy["version"] == format.VERSION
