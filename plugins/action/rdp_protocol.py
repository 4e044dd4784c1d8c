# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turns Remote Desktop on or off. Documented in plugins/modules/rdp_protocol.py."""

from __future__ import annotations

import typing as t

from ..plugin_utils._action import TIMEOUT_ARGUMENT, Result
from ..plugin_utils._rdp.checks.policy import POLICY
from ..plugin_utils._rdp.checks.protocol import PROTOCOL
from ..plugin_utils._rdp.model import Plan, Probe
from ..plugin_utils._rdp.probes import WINSTATIONS
from ..plugin_utils._rdp.repairs import protocol
from ..plugin_utils._rdp.repairs.run import RepairRun
from ..plugin_utils._rdp.state.host import Host, known
from ..plugin_utils._rdp.state.policy import gpo_list
from ..plugin_utils._repair import BACKUP_COPY_ARGUMENT, RepairAction


class ActionModule(RepairAction):
    """Keeps the switch of Remote Desktop as the task says."""

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

    def extra_probes(self, host: Host, arguments: t.Mapping[str, t.Any]) -> tuple[Probe[t.Any], ...]:
        """Ask when policies were applied last, where this task lets that be done again."""
        key = known(lambda: host.terminal_server)
        differs = key is not None and bool(protocol.changes_of(arguments["state"], key))
        refreshes = self._memory is not None and self._memory.planned and arguments["state"] == "enabled"
        return (gpo_list.FINISHED,) if arguments["refresh"] and (differs or refreshes) else ()

    def precondition_failure(self, host: Host, run: RepairRun) -> str:
        """A policy that says the opposite wins over the switch."""
        said = protocol.overruled(run.arguments["state"], host) if run.arguments["on_policy"] == "fail" else ""
        return f"Nothing was changed: {said}" if said else ""

    def plan(self, host: Host, run: RepairRun) -> Plan:
        """Set the switch, open those beside it, and let the policies come back, if the task asks for that."""
        return protocol.plan(_request(run), host)

    def verify(self, host: Host, run: RepairRun) -> str:
        """A policy that came with the refresh wins over the switch, too."""
        said = _overruled(host, run, "fail")
        return f"Now that the policies were applied again, {said}" if said else ""

    def report(self, host: Host, run: RepairRun) -> Result:
        """Return who decides by policy, and warn where the switch alone has no effect."""
        said = _overruled(host, run, "warn")
        warnings = [f"The switch has no effect: {said}"] if said else []
        if run.planned and not run.check_mode:
            warnings += protocol.not_refreshed(_request(run), run.before, host)
        return {"policy": host.known_source.to_json(), "warnings": warnings}


def _request(run: RepairRun) -> protocol.ProtocolRequest:
    names = ("state", "refresh", "force", "disconnect", "require_nla")
    return protocol.ProtocolRequest(folder=run.folder, begun=run.begun, **{name: run.arguments[name] for name in names})


def _overruled(host: Host, run: RepairRun, on_policy: str) -> str:
    """Say which policy makes the switch pointless, where the task asks for that. Unreadable ones are in the finding."""
    if run.arguments["on_policy"] != on_policy:
        return ""
    return known(lambda: protocol.overruled(run.arguments["state"], host)) or ""
