# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starts the Remote Desktop services. Documented in plugins/modules/rdp_service.py."""

from __future__ import annotations

import typing as t

from ..plugin_utils._action import TIMEOUT_ARGUMENT, Result
from ..plugin_utils._rdp.checks.service import SERVICE
from ..plugin_utils._rdp.errors import LeftAloneError, RefusedError, UnreadableError
from ..plugin_utils._rdp.model import Plan
from ..plugin_utils._rdp.probes import TERM_SERVICE_STATE
from ..plugin_utils._rdp.repairs import service
from ..plugin_utils._rdp.repairs.run import RepairRun
from ..plugin_utils._rdp.state.host import Host
from ..plugin_utils._rdp.state.service_start import SERVICES, START_TYPES
from ..plugin_utils._rdp.state.services import on_its_way
from ..plugin_utils._repair import BACKUP_COPY_ARGUMENT, RepairAction

_WHO_IS_UNKNOWN = (
    "Whether a GPO sets the start type could not be read. If one does, it will do so again: look at System Services in "
    "gpresult /SCOPE COMPUTER /H report.html"
)


class ActionModule(RepairAction):
    """Keeps the services running."""

    CHECK = SERVICE
    ARGUMENTS: t.ClassVar = {
        "enable": {"type": "list", "elements": "str", "choices": list(SERVICES), "default": list(SERVICES)},
        "wait": {"type": "int", "default": 60},
        **TIMEOUT_ARGUMENT,
        **BACKUP_COPY_ARGUMENT,
    }

    # What was planned first, and whether nobody could tell who sets the start type that it changes.
    _first: Plan | None = None
    _unasked = False

    def plan(self, host: Host, run: RepairRun) -> Plan:
        """Make them startable and start them, TermService first."""
        readings, arguments, folder = host.readings, dict(run.arguments), run.folder
        if self._task.check_mode and self.in_transition(host):
            # Outside of check mode that is waited for.
            raise LeftAloneError("TermService is on its way to another state. What comes after that is not known.")
        plan = service.plan(readings, arguments["enable"], folder)
        if self._first is None:
            self._first = plan
            self._unasked = bool(plan.saves) and readings.get(START_TYPES) is None
        return plan

    def in_transition(self, host: Host) -> bool:
        """Whether TermService is starting or stopping. The others are not waited for."""
        readings = host.readings
        return on_its_way(readings.get(TERM_SERVICE_STATE))

    def report(self, host: Host, run: RepairRun) -> Result:
        """Warn of a start type that may come back, and don't call a change what did not come to be."""
        readings, arguments = host.readings, dict(run.arguments)
        result: Result = {"warnings": [_WHO_IS_UNKNOWN] if self._unasked else []}
        plan = self._first
        if self._task.check_mode or not plan or plan.required:
            return result
        try:
            left = service.plan(readings, arguments["enable"], "").before
        except (RefusedError, UnreadableError):
            return result
        return result | ({"changed": False} if dict(left) == dict(plan.before) else {})
