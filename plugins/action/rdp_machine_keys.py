# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gives the documented rights on MachineKeys back. Documented in plugins/modules/rdp_machine_keys.py."""

from __future__ import annotations

import typing as t

from ..plugin_utils._action import TIMEOUT_ARGUMENT
from ..plugin_utils._rdp import probes
from ..plugin_utils._rdp.checks.machine_keys import MACHINE_KEYS_RIGHTS
from ..plugin_utils._rdp.model import Plan, Probe
from ..plugin_utils._rdp.repairs import machine_keys
from ..plugin_utils._rdp.repairs.run import RepairRun
from ..plugin_utils._rdp.state.host import Host
from ..plugin_utils._rdp.state.machine_keys import KEY_FILE
from ..plugin_utils._repair import BACKUP_COPY_ARGUMENT, RepairAction


class ActionModule(RepairAction):
    """Keeps the documented rights."""

    CHECK = MACHINE_KEYS_RIGHTS
    EXTRA_PROBES = (probes.PROGRAM_DATA,)
    ARGUMENTS: t.ClassVar = {
        **TIMEOUT_ARGUMENT,
        **BACKUP_COPY_ARGUMENT,
    }

    def extra_probes(self, host: Host, arguments: t.Mapping[str, t.Any]) -> tuple[Probe[t.Any], ...]:
        """Ask who owns the key file, before its rights are changed."""
        readings = host.readings
        key, program_data = readings.get(KEY_FILE), readings.get(probes.PROGRAM_DATA)
        return machine_keys.look_at_owner(key, program_data) if key and program_data else ()

    def plan(self, host: Host, run: RepairRun) -> Plan:
        """Grant what is missing, on the folder and the listener's key file alone."""
        readings, _arguments, folder = host.readings, dict(run.arguments), run.folder
        key, program_data = readings.of(KEY_FILE), readings.of(probes.PROGRAM_DATA)
        asked = machine_keys.look_at_owner(key, program_data)
        owner = readings.of(asked[0]) if asked else ""
        return machine_keys.plan(readings.of(probes.MACHINE_KEYS_DACL)[0], key, owner, program_data, folder)
