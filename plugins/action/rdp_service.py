# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starts the Remote Desktop services. Documented in plugins/modules/rdp_service.py."""

from __future__ import annotations

import typing as t

from ..plugin_utils._action import TIMEOUT_ARGUMENT, Result
from ..plugin_utils._rdp.checks.service import SERVICE
from ..plugin_utils._rdp.model import Plan
from ..plugin_utils._rdp.repairs import service
from ..plugin_utils._rdp.repairs.run import RepairRun
from ..plugin_utils._rdp.state.host import Host
from ..plugin_utils._rdp.state.service_start import SERVICES
from ..plugin_utils._repair import BACKUP_COPY_ARGUMENT, RepairAction


class ActionModule(RepairAction):
    """Keeps the services running."""

    CHECK = SERVICE
    ARGUMENTS: t.ClassVar = {
        "enable": {"type": "list", "elements": "str", "choices": list(SERVICES), "default": list(SERVICES)},
        "wait": {"type": "int", "default": 60},
        **TIMEOUT_ARGUMENT,
        **BACKUP_COPY_ARGUMENT,
    }

    def plan(self, host: Host, run: RepairRun) -> Plan:
        """Make them startable and start them, TermService first."""
        return service.plan(_request(run), host)

    def in_transition(self, host: Host) -> bool:
        """Whether TermService is starting or stopping. The others are not waited for."""
        return host.term_service.is_on_its_way

    def report(self, host: Host, run: RepairRun) -> Result:
        """Warn of a start type that may come back, and don't call a change what did not come to be."""
        warnings = service.warnings(run.planned, run.before)
        in_vain = not run.check_mode and service.without_effect(run.planned, _request(run), host)
        return {"warnings": warnings, **({"changed": False} if in_vain else {})}


def _request(run: RepairRun) -> service.ServiceRequest:
    return service.ServiceRequest(tuple(run.arguments["enable"]), run.folder, run.check_mode)
