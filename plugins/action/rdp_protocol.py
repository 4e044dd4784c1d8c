# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turns Remote Desktop on or off. Documented in plugins/modules/rdp_protocol.py."""

from __future__ import annotations

import typing as t

from ..plugin_utils._rdp.checks.protocol import PROTOCOL, policy_obstacle
from ..plugin_utils._rdp.doctor import Readings
from ..plugin_utils._rdp.model import Plan
from ..plugin_utils._rdp.probes import (
    POLICIES,
    POLICIES_PARENT,
    SESSIONS,
    TERMINAL_SERVER,
    TERMINAL_SERVER_KEY,
    listed,
)
from ..plugin_utils._rdp.remedies import protocol
from ..plugin_utils._rdp.restart import refuse_while_connected
from ..plugin_utils._repair import RepairAction


class ActionModule(RepairAction):
    """Keeps the switch of Remote Desktop as it is wanted."""

    CHECK = PROTOCOL
    ARGUMENTS: t.ClassVar = {
        "state": {"type": "str", "choices": ["enabled", "disabled"], "default": "enabled"},
        "disconnect": {"type": "str", "choices": ["when_idle", "always"], "default": "when_idle"},
    }

    def obstacle(self, readings: Readings, arguments: dict[str, t.Any]) -> str:
        """A policy that says the opposite wins over the switch, and reverts it."""
        return policy_obstacle(arguments["state"], readings.of(POLICIES), readings.of(POLICIES_PARENT))

    def plan(self, readings: Readings, arguments: dict[str, t.Any], folder: str) -> Plan:
        """Set the switch, and open those beside it."""
        plan = protocol.plan(arguments["state"], listed(readings.of(TERMINAL_SERVER), TERMINAL_SERVER_KEY), folder)
        if plan and arguments["state"] == "disabled":
            refuse_while_connected(arguments["disconnect"], readings.get(SESSIONS), "turning Remote Desktop off")
        return plan
