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
        return machine_keys.follow_up(host)

    def plan(self, host: Host, run: RepairRun) -> Plan:
        """Grant what is missing, on the folder and the listener's key file alone."""
        return machine_keys.plan(machine_keys.MachineKeysRequest(run.folder), host)
