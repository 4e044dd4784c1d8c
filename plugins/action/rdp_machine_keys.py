# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gives the documented rights on MachineKeys back. Documented in plugins/modules/rdp_machine_keys.py."""

from __future__ import annotations

import typing as t

from ..plugin_utils._action import TIMEOUT_ARGUMENT
from ..plugin_utils._rdp import probes
from ..plugin_utils._rdp.checks.machine_keys import MACHINE_KEYS_RIGHTS
from ..plugin_utils._rdp.doctor import Readings
from ..plugin_utils._rdp.model import Plan
from ..plugin_utils._rdp.remedies import machine_keys
from ..plugin_utils._repair import RepairAction


class ActionModule(RepairAction):
    """Keeps the documented rights."""

    CHECK = MACHINE_KEYS_RIGHTS
    ALSO = (probes.PROGRAM_DATA,)
    ARGUMENTS: t.ClassVar = {
        "state": {"type": "str", "choices": ["documented"], "default": "documented"},
        **TIMEOUT_ARGUMENT,
    }

    def plan(self, readings: Readings, arguments: dict[str, t.Any], folder: str) -> Plan:
        """Grant what is missing, on the folder and the listener's key file alone."""
        return machine_keys.plan(
            readings.of(probes.MACHINE_KEYS_DACL)[0],
            readings.of(probes.KEY_FILE_DACL),
            readings.of(probes.PROGRAM_DATA),
            folder,
        )
