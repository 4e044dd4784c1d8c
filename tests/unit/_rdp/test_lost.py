# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a command has no answer reaches the finding of the check that needs it, and no other."""

from __future__ import annotations

import dataclasses

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import lost
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks.port_conflict import PORT_CONFLICT
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.diagnosis import diagnose
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import CommandResult, Expectation
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.probes import PROCESSES
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.host import Host


def test_sentences_name_the_command_the_time_and_who_is_waited_for() -> None:
    assert lost.hangs("qwinsta", "qwinsta", 59.6, again=False) == (
        "'qwinsta' did not answer in time (60 s): it asks the session manager (LSM), which seems to hang."
    )
    assert lost.hangs("tasklist /svc", "tasklist", 60, again=True) == (
        "'tasklist /svc' was not answered, as 'tasklist' hangs on this host: it asks WMI, which seems to hang."
    )
    assert lost.hangs("other x", "other", 60, again=False) == "'other x' did not answer in time (60 s)."
    assert "(120 s) was up" in lost.not_asked("ver", 120)
    assert lost.flood("netstat -ano", 32 << 20) == "'netstat -ano' printed too much to be read: more than 32 MB."


def test_reason_is_in_the_finding() -> None:
    why = lost.hangs(PROCESSES.command.line, "tasklist", 60, again=False)
    outputs = {probe.command: CommandResult(b"", None, probe.command, None, why) for probe in PORT_CONFLICT.needs}
    (finding,) = diagnose((dataclasses.replace(PORT_CONFLICT, requires=()),), Host(Readings(outputs)), Expectation())
    assert (finding.status, finding.summary) == ("unknown", f"Could not judge: {why}")
