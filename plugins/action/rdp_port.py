# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Takes Remote Desktop to a port, and back when that fails. Documented in plugins/modules/rdp_port.py."""

from __future__ import annotations

import typing as t

from ..plugin_utils._action import LISTENER_ARGUMENT, PORT_ARGUMENT, PROFILES_ARGUMENT, TIMEOUT_ARGUMENT, Result
from ..plugin_utils._rdp import diagnosis, probes
from ..plugin_utils._rdp.checks.firewall import FIREWALL
from ..plugin_utils._rdp.checks.listener import LISTENER
from ..plugin_utils._rdp.checks.port import PORT
from ..plugin_utils._rdp.checks.port_conflict import PORT_CONFLICT
from ..plugin_utils._rdp.errors import OptionError
from ..plugin_utils._rdp.facts import port_facts
from ..plugin_utils._rdp.model import Plan, Probe
from ..plugin_utils._rdp.repairs import port, stoppable
from ..plugin_utils._rdp.repairs.run import RepairRun
from ..plugin_utils._rdp.state.host import Host, known
from ..plugin_utils._rdp.state.services import on_its_way
from ..plugin_utils._repair import BACKUP_COPY_ARGUMENT, DISCONNECT_ARGUMENTS, RepairAction
from ..plugin_utils._verification import detour


class ActionModule(RepairAction):
    """Keeps Remote Desktop on a port."""

    CHECK = PORT
    RELATED_CHECKS = (PORT_CONFLICT, FIREWALL)
    EXTRA_PROBES = (*diagnosis.probes((LISTENER,)), probes.UM_RDP_SERVICE_STATE)
    ARGUMENTS: t.ClassVar = {
        **PORT_ARGUMENT,
        **LISTENER_ARGUMENT,
        **PROFILES_ARGUMENT,
        "on_conflict": {"type": "str", "choices": ["report", "stop_service"], "default": "report"},
        "service": {"type": "str"},
        "verify_from_controller": {"type": "bool", "default": True},
        **DISCONNECT_ARGUMENTS,
        **TIMEOUT_ARGUMENT,
        **BACKUP_COPY_ARGUMENT,
    }

    def check_arguments(self, arguments: dict[str, t.Any]) -> None:
        """A service is named exactly where one may be stopped."""
        if (arguments["on_conflict"] == "stop_service") != bool(arguments["service"]):
            raise OptionError(
                f"The value {arguments['service']!r} of option 'service' does not fit that of option 'on_conflict', "
                f"{arguments['on_conflict']!r}: 'stop_service' needs the name of the one service that may be stopped, "
                "and 'report' takes none."
            )

    def extra_probes(self, host: Host, arguments: t.Mapping[str, t.Any]) -> tuple[Probe[t.Any], ...]:
        """How the services behind another program on the port are started, and what depends on them."""
        return port.conflict_probes(arguments["port"], host)

    def in_transition(self, host: Host) -> bool:
        """Whether TermService is starting or stopping."""
        return on_its_way(known(lambda: host.term_service.state))

    def precondition_failure(self, host: Host, run: RepairRun) -> str:
        """Another program on the port, which the user doesn't want to be stopped."""
        return "" if run.arguments["service"] else port.conflict(run.arguments["port"], host)

    def plan(self, host: Host, run: RepairRun) -> Plan:
        """Open the port, free it, name it, restart TermService, and close the old one."""
        options = run.arguments
        request = port.PortRequest(
            self.expected,
            run.folder,
            may_restart=options["disconnect"] != "never",
            service=str(options["service"] or ""),
            detour=detour(self._connection) if options["verify_from_controller"] else "",
        )
        return port.plan(request, host)

    def handshake_port(self, host: Host, run: RepairRun) -> int | None:
        """Try the handshake at the new port, once TermService listens there."""
        options = run.arguments
        return options["port"] if options["verify_from_controller"] and options["disconnect"] != "never" else None

    def verify(self, host: Host, run: RepairRun) -> str:
        """Remote Desktop has to answer where the handshake was tried."""
        seen = run.verification
        return port.unverified(seen.summary) if seen and not seen.holds else ""

    def report(self, host: Host, run: RepairRun) -> Result:
        """Return who listens on the port, the verification, and what speaks against this port."""
        number, service, seen = run.arguments["port"], run.arguments["service"], run.verification
        warnings = list(port.advice(number))
        if service and run.planned and service in run.planned.before:
            warnings.append(stoppable.return_of(service, stoppable.named(service, run.before).config))
        return {
            "port": port_facts(host, number),
            "verification": seen.to_json() if seen else None,
            "warnings": warnings,
        }
