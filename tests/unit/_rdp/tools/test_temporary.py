# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Temporary files lie where no user can put one first, and no two runs share one."""

from __future__ import annotations

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import facts
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks import CHECKS
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.diagnosis import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import temporary

from dev import record_cmd

LOOK = [probe.command.line for probe in (*probes(CHECKS), *facts.SCRIPTED)]


def test_no_command_names_a_folder_that_users_can_write_to() -> None:
    everywhere = [*LOOK, record_cmd.script()]
    for variable in ("%TEMP%", "%TMP%", "%PUBLIC%", "%ProgramData%\\winops", r"%SystemRoot%\Temp"):
        assert not [line for line in everywhere if variable.casefold() in line.casefold()], variable


def test_files_that_are_written_have_a_name_of_the_run() -> None:
    writing = [line for line in LOOK if "/save" in line or " /X " in line or "-encode" in line]
    assert writing
    for line in writing:
        assert temporary.PLACEHOLDER in line and temporary.PLACEHOLDER not in temporary.chosen(line, "0a1b2c3d")


def test_script_that_records_chooses_names_of_its_own() -> None:
    run = [line for line in record_cmd.script().splitlines() if line.startswith("cmd.exe") and "/save" in line]
    assert run and all(r"%%SystemRoot%%\winops.rdp-%unique%." in line for line in run)
    # What a person and rdp_info read is the command as the collection knows it.
    assert any("command: icacls" in line and temporary.PLACEHOLDER in line for line in record_cmd.script().splitlines())
