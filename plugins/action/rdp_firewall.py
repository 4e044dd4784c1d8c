# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lets Remote Desktop in through the firewall. Documented in plugins/modules/rdp_firewall.py."""

from __future__ import annotations

import dataclasses
import typing as t

from ..plugin_utils._action import LISTENER_ARGUMENT, PROFILES_ARGUMENT, TIMEOUT_ARGUMENT
from ..plugin_utils._rdp.checks.firewall import FIREWALL
from ..plugin_utils._rdp.model import Expectation, Plan
from ..plugin_utils._rdp.repairs import firewall
from ..plugin_utils._rdp.repairs.run import RepairRun
from ..plugin_utils._rdp.state.host import Host
from ..plugin_utils._repair import BACKUP_COPY_ARGUMENT, RepairAction


class ActionModule(RepairAction):
    """Keeps a port of TermService open."""

    CHECK = FIREWALL
    ARGUMENTS: t.ClassVar = {
        "port": {"type": "int"},
        **PROFILES_ARGUMENT,
        **LISTENER_ARGUMENT,
        **TIMEOUT_ARGUMENT,
        **BACKUP_COPY_ARGUMENT,
    }

    @property
    def expected(self) -> Expectation:
        """What the task expects: the port that it names open, or else the listener's own."""
        return dataclasses.replace(super().expected, open_port=self._arguments["port"])

    def plan(self, host: Host, run: RepairRun) -> Plan:
        """Turn on Windows' own rules, or add one for this port."""
        options = run.arguments
        return firewall.plan(firewall.FirewallRequest(options["port"], tuple(options["profiles"]), run.folder), host)
