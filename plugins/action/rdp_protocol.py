# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turns Remote Desktop on or off. Documented in plugins/modules/rdp_protocol.py."""

from __future__ import annotations

import typing as t

from ..plugin_utils._action import TIMEOUT_ARGUMENT, Result
from ..plugin_utils._rdp.checks.policy import POLICY
from ..plugin_utils._rdp.checks.protocol import PROTOCOL
from ..plugin_utils._rdp.errors import UnreadableError
from ..plugin_utils._rdp.model import Plan, Probe
from ..plugin_utils._rdp.probes import (
    POLICIES,
    POLICIES_PARENT,
    SESSIONS,
    TERMINAL_SERVER,
    TERMINAL_SERVER_KEY,
    WINSTATIONS,
)
from ..plugin_utils._rdp.readings import Readings
from ..plugin_utils._rdp.repairs import protocol
from ..plugin_utils._rdp.repairs.restart import refuse_while_connected
from ..plugin_utils._rdp.repairs.run import RepairRun
from ..plugin_utils._rdp.state.host import Host, known
from ..plugin_utils._rdp.state.nla import refuse_without
from ..plugin_utils._rdp.state.policy import gpo_list
from ..plugin_utils._rdp.state.policy.catalog import ALLOW_CONNECTIONS
from ..plugin_utils._rdp.state.policy.decides import advice, allow_connections, known_source, subject
from ..plugin_utils._rdp.state.registry import listed
from ..plugin_utils._rdp.state.switch import DENY, overruling
from ..plugin_utils._rdp.tools import gpupdate
from ..plugin_utils._repair import BACKUP_COPY_ARGUMENT, RepairAction

_NOT_REFRESHED = (
    "The policies were not applied again: what would revert the switch may still do so. Look at what this says on the "
    "host:"
)


class ActionModule(RepairAction):
    """Keeps the switch of Remote Desktop as it is wanted."""

    CHECK = PROTOCOL
    RELATED_CHECKS = (POLICY,)
    EXTRA_PROBES = (WINSTATIONS,)
    ARGUMENTS: t.ClassVar = {
        "state": {"type": "str", "choices": ["enabled", "disabled"], "default": "enabled"},
        "on_policy": {"type": "str", "choices": ["fail", "warn", "ignore"], "default": "fail"},
        "refresh": {"type": "bool", "default": False},
        "force": {"type": "bool", "default": False},
        "disconnect": {"type": "str", "choices": ["when_idle", "always"], "default": "when_idle"},
        "require_nla": {"type": "bool", "default": True},
        **TIMEOUT_ARGUMENT,
        **BACKUP_COPY_ARGUMENT,
    }

    # Whether this task has found something to do: what it undoes is judged by what it found.
    _begun = False

    # When policies were applied last, before this task lets them be applied again.
    _refreshing = False
    _finished: int | None = None

    def extra_probes(self, host: Host, arguments: t.Mapping[str, t.Any]) -> tuple[Probe[t.Any], ...]:
        """Look when policies were applied last, where this task lets that be done again."""
        key = known(lambda: host.terminal_server)
        differs = key is not None and bool(protocol.plan(arguments["state"], key, ""))
        refreshes = arguments["refresh"] and (self._refreshing or differs)
        return (gpo_list.FINISHED,) if refreshes else ()

    def precondition_failure(self, host: Host, run: RepairRun) -> str:
        """A policy that says the opposite wins over the switch."""
        readings, arguments = host.readings, dict(run.arguments)
        if arguments["on_policy"] != "fail" or not (said := self._overruled(readings, arguments)):
            return ""
        return f"Nothing was changed: {said}"

    def plan(self, host: Host, run: RepairRun) -> Plan:
        """Set the switch, open those beside it, and let the policies come back, if that is wanted."""
        readings, arguments, folder = host.readings, dict(run.arguments), run.folder
        key = listed(readings.of(TERMINAL_SERVER), TERMINAL_SERVER_KEY)
        enable = arguments["state"] == "enabled"
        # With the switch at "deny", a refresh could disconnect whom a policy lets in (KB2083411).
        refreshes = protocol.Refresh(arguments["force"]) if enable and arguments["refresh"] else None
        plan = protocol.plan(arguments["state"], key, folder, refresh=refreshes)
        if DENY in plan.after and enable and arguments["require_nla"] and not self._begun:
            refuse_without(readings, self.expected.listener, "require_nla")
        self._begun = self._begun or (bool(plan) and not self._task.check_mode)
        if plan and not enable:
            refuse_while_connected(arguments["disconnect"], readings.get(SESSIONS), "turning Remote Desktop off")
        if plan and not self._refreshing and readings.has(gpo_list.FINISHED):
            self._refreshing, self._finished = enable, readings.get(gpo_list.FINISHED)
        return plan

    def verify(self, host: Host, run: RepairRun) -> str:
        """A policy that came with the refresh wins over the switch, too."""
        readings, arguments = host.readings, dict(run.arguments)
        try:
            said = self._overruled(readings, arguments) if arguments["on_policy"] == "fail" else ""
        except UnreadableError:
            # The finding says so.
            said = ""
        return f"Now that the policies were applied again, {said}" if said else ""

    def report(self, host: Host, run: RepairRun) -> Result:
        """Return who decides by policy, and warn where the switch alone has no effect."""
        readings, arguments = host.readings, dict(run.arguments)
        try:
            said = self._overruled(readings, arguments) if arguments["on_policy"] == "warn" else ""
        except UnreadableError:
            # The finding says so.
            said = ""
        warnings = [f"The switch has no effect: {said}"] if said else []
        refreshed = self._task.check_mode or readings.get(gpo_list.FINISHED) != self._finished
        if self._refreshing and not refreshed:
            said_by = gpupdate.refresh(protocol.WAIT, force=arguments["force"]).line
            warnings.append(f"{_NOT_REFRESHED} {said_by}")
        return {"policy": known_source(readings).to_json(), "warnings": warnings}

    def _overruled(self, readings: Readings, arguments: dict[str, t.Any]) -> str:
        """Say which policy makes the wanted state of the switch pointless, or nothing."""
        value = overruling(arguments["state"], readings.of(POLICIES), readings.of(POLICIES_PARENT))
        if not value:
            return ""
        source = allow_connections(readings)
        who = subject(source)
        who = who[0].lower() + who[1:] if who.startswith(("A ", "The ")) else who
        change = advice(ALLOW_CONNECTIONS, source) if arguments["state"] == "enabled" else "Change that policy first."
        return f"{who} decides, {value}. {change}"
