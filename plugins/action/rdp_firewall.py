# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lets Remote Desktop in through the firewall. Documented in plugins/modules/rdp_firewall.py."""

from __future__ import annotations

import dataclasses
import typing as t

from ..plugin_utils._action import LISTENER_ARGUMENT, PROFILES_ARGUMENT, TIMEOUT_ARGUMENT
from ..plugin_utils._rdp.checks.firewall import FIREWALL
from ..plugin_utils._rdp.errors import RefusedError
from ..plugin_utils._rdp.model import Expectation, Plan
from ..plugin_utils._rdp.probes import WINSTATIONS
from ..plugin_utils._rdp.repairs import firewall
from ..plugin_utils._rdp.repairs.run import RepairRun
from ..plugin_utils._rdp.state.firewall.collect import look
from ..plugin_utils._rdp.state.host import Host
from ..plugin_utils._rdp.state.listener import configured_port, listener_key
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
        """What the task wants: the port that it names, or else the listener's own."""
        return dataclasses.replace(super().expected, open_port=self._arguments["port"])

    def plan(self, host: Host, run: RepairRun) -> Plan:
        """Turn on Windows' own rules, or add one for this port."""
        readings, arguments, folder = host.readings, dict(run.arguments), run.folder
        name = str(arguments["listener"])
        own = configured_port(listener_key(readings.of(WINSTATIONS), name))
        port = arguments["port"] or own
        if port is None:
            raise RefusedError(
                f"Nothing was changed: the listener {name} has no valid PortNumber. Name the port to open with 'port'."
            )
        seen = look(readings)
        instead_of = own if own != port else None
        return firewall.plan(seen, port, folder, instead_of, tuple(arguments["profiles"]))
