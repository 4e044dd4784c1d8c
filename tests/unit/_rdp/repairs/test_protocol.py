# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the switch is turned, and when it is not."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks.policy import POLICY
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks.protocol import PROTOCOL
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import RefusedError, UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs import protocol
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.host import Host

from unit._rdp.checks.test_protocol import by_policy, switch, with_value, without_nla
from unit._rdp.hosts import host_of

ON, OFF = (protocol.ProtocolRequest(state, "C:\\saved") for state in ("enabled", "disabled"))


def host(**outputs: t.Any) -> Host:
    """A host as the repair sees it first."""
    return host_of((PROTOCOL, POLICY), also=(probes.WINSTATIONS, probes.SESSIONS), **outputs)


def after(request: protocol.ProtocolRequest, seen: Host) -> dict[str, t.Any]:
    """What a plan leaves, which is the same when it is made again."""
    plan = protocol.plan(request, seen)
    assert plan == protocol.plan(request, seen)
    return dict(plan.after)


def test_switch_is_turned_only_where_it_differs() -> None:
    assert after(ON, host()) == {} and after(OFF, host(terminal_server=switch)) == {}
    assert after(ON, host(terminal_server=switch)) == {"fDenyTSConnections": 0}
    assert after(OFF, host()) == {"fDenyTSConnections": 1}
    closed = host(terminal_server=with_value("TSEnabled    REG_DWORD    0x0"))
    assert after(ON, closed) == {"TSEnabled": 1}


def test_policies_are_applied_again_behind_the_switch_and_only_where_it_is_turned_on() -> None:
    refresh = dataclasses.replace(ON, refresh=True)
    lines = [command.line for command in protocol.plan(refresh, host(terminal_server=switch)).commands]
    assert len(lines) == 2 and lines[-1].startswith("gpupdate")
    off = protocol.plan(dataclasses.replace(OFF, refresh=True), host())
    assert not any(command.line.startswith("gpupdate") for command in off.commands)


def test_logon_screen_is_shown_to_nobody_unasked() -> None:
    open_to_all = host(terminal_server=switch, winstations=without_nla)
    with pytest.raises(RefusedError, match="require_nla: false"):
        protocol.plan(ON, open_to_all)
    assert after(dataclasses.replace(ON, require_nla=False), open_to_all)
    # What this task has changed itself is judged no more.
    assert after(dataclasses.replace(ON, begun=True), open_to_all)


def test_nobody_is_disconnected_unasked() -> None:
    unread = host(sessions=("", 5))
    with pytest.raises(RefusedError, match="who is connected"):
        protocol.plan(OFF, unread)
    assert after(dataclasses.replace(OFF, disconnect="always"), unread)


def test_nothing_is_planned_for_what_can_not_be_read() -> None:
    with pytest.raises(UnreadableError):
        protocol.plan(ON, host(terminal_server=("", 1)))


@pytest.mark.parametrize(("number", "against", "other"), [(1, "enabled", "disabled"), (0, "disabled", "enabled")])
def test_policy_overrules_the_switch(number: int, against: t.Any, other: t.Any) -> None:
    seen = host(policies=by_policy(number))
    assert f"decides, fDenyTSConnections = {number} in" in protocol.overruled(against, seen)
    assert protocol.overruled(other, seen) == "" and protocol.overruled(against, host()) == ""
