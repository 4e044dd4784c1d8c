# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one task remembers of its repair."""

from __future__ import annotations

import dataclasses

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs.run import RepairRun
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.host import Host


def test_at_the_beginning_nothing_was_planned_begun_or_verified() -> None:
    before = Host(Readings({}))
    run = RepairRun({"port": 3389}, check_mode=True, folder=r"C:\Backup\0001", before=before)
    assert (run.planned, run.begun, run.verification) == (None, False, None)
    assert run.before is before and run.arguments["port"] == 3389 and run.check_mode


def test_two_tasks_share_nothing() -> None:
    first, second = (RepairRun({}, check_mode=False, folder="x", before=Host(Readings({}))) for _ in range(2))
    first.begun = True
    assert not second.begun


def test_whoever_makes_one_names_what_it_is_about() -> None:
    # The rest has the value of a task that has done nothing yet.
    needed = [field.name for field in dataclasses.fields(RepairRun) if field.default is dataclasses.MISSING]
    assert needed == ["arguments", "check_mode", "folder", "before"]
