# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starts the Remote Desktop services. Documented in plugins/modules/rdp_service.py."""

from __future__ import annotations

import typing as t

from ..plugin_utils._rdp.checks.service import SERVICE, on_its_way
from ..plugin_utils._rdp.doctor import Readings
from ..plugin_utils._rdp.model import Plan
from ..plugin_utils._rdp.probes import (
    SESSION_ENV_CONFIG,
    TERM_SERVICE_CONFIG,
    TERM_SERVICE_STATE,
    UM_RDP_SERVICE_CONFIG,
    UM_RDP_SERVICE_STATE,
)
from ..plugin_utils._rdp.remedies import service
from ..plugin_utils._repair import RepairAction


class ActionModule(RepairAction):
    """Keeps the services running."""

    CHECK = SERVICE
    ARGUMENTS: t.ClassVar = {
        "state": {"type": "str", "choices": ["running"], "default": "running"},
        "wait": {"type": "int", "default": 60},
    }

    def plan(self, readings: Readings, arguments: dict[str, t.Any], folder: str) -> Plan:
        """Make them startable and start them, TermService first."""
        return service.plan(
            (readings.of(TERM_SERVICE_STATE), readings.of(TERM_SERVICE_CONFIG)),
            (readings.of(UM_RDP_SERVICE_STATE), readings.of(UM_RDP_SERVICE_CONFIG)),
            readings.of(SESSION_ENV_CONFIG),
            folder,
        )

    def pending(self, readings: Readings) -> bool:
        """Whether a service is starting or stopping."""
        return any(on_its_way(readings.get(probe)) for probe in (TERM_SERVICE_STATE, UM_RDP_SERVICE_STATE))
