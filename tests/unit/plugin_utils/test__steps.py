# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps that hang: what is still run, how long that is waited for, and when a host counts as dead."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils import _steps
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Command, CommandResult

NOT_BEGUN = CommandResult(b"", None, late=True, begun=False)


class Host:
    """Answers as WindowsHost does. What hangs is known to have begun, unless the host is mute."""

    def __init__(self, hanging: t.Collection[str] = (), *, mute: bool = False, dead: bool = False) -> None:
        self.hanging, self.mute, self.dead = hanging, mute, dead
        self.sent: list[list[str]] = []
        self.seconds = 0.0

    def run(self, commands: t.Sequence[str], seconds: float, guards: t.Collection[int] = ()) -> list[CommandResult]:
        self.sent.append(list(commands))
        late = next((place for place, line in enumerate(commands) if line in self.hanging), None)
        if self.dead or late is not None:
            self.seconds += seconds
        if self.dead or (self.mute and late is not None):
            return [NOT_BEGUN] * len(commands)
        if late is None:
            return [CommandResult(b"", 0)] * len(commands)
        return (
            [CommandResult(b"", 0)] * late
            + [CommandResult(b"", None, late=True)]
            + [NOT_BEGUN] * (len(commands) - late - 1)
        )


def _all(host: Host, *lines: str) -> list[CommandResult]:
    return _steps.run_all(t.cast("t.Any", host), [Command(line) for line in lines])


LINES = ("reg import x", "net stop a", "net stop b", "net start b")


@pytest.mark.parametrize("mute", [False, True])
@pytest.mark.parametrize("hanging", [LINES[:1], LINES[1:3], LINES, ()])
def test_everything_else_is_run_all_the_same(hanging: tuple[str, ...], mute: bool) -> None:
    host = Host(hanging, mute=mute)
    ran = _all(host, *LINES)
    assert [one.exit_code for one in ran] == [None if line in hanging else 0 for line in LINES]
    assert {line for lines in host.sent for line in lines} - {"ver"} == set(LINES)
    # A handful of minutes, whatever hangs.
    assert host.seconds <= 1000


def test_dead_host_is_left_alone_soon() -> None:
    host = Host(dead=True)
    ran = _all(host, *LINES)
    assert all(one.late and not one.begun for one in ran) and host.sent[1:] == [["ver"]]
    assert _steps.complaints([Command(line) for line in LINES], ran) == ["The host does not answer."]


def test_how_long_a_step_may_take() -> None:
    assert _steps.seconds_for(Command("gpupdate /target:computer /wait:600")) > 600
    assert _steps.seconds_for(Command("net stop TermService")) > _steps.seconds_for(Command("reg add x"))
    host = Host(LINES[1:2])
    _all(host, *LINES[:2])
    assert host.seconds < 2 * _steps.seconds_for(Command("net stop a"))
