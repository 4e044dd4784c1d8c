# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Takes Remote Desktop to a port, and back when that fails. Documented in plugins/modules/rdp_port.py."""

from __future__ import annotations

import itertools
import typing as t

from ..plugin_utils._action import LISTENER_ARGUMENT, PORT_ARGUMENT, PROFILES_ARGUMENT, TIMEOUT_ARGUMENT, Result
from ..plugin_utils._rdp import diagnosis, probes
from ..plugin_utils._rdp.check import Check
from ..plugin_utils._rdp.checks.firewall import FIREWALL
from ..plugin_utils._rdp.checks.listener import LISTENER
from ..plugin_utils._rdp.checks.port import PORT
from ..plugin_utils._rdp.checks.port_conflict import PORT_CONFLICT
from ..plugin_utils._rdp.checks.protocol import PROTOCOL
from ..plugin_utils._rdp.checks.service import SERVICE
from ..plugin_utils._rdp.errors import OptionError, RefusedError, UnreadableError
from ..plugin_utils._rdp.facts import port_facts
from ..plugin_utils._rdp.model import Plan, Probe
from ..plugin_utils._rdp.readings import Readings
from ..plugin_utils._rdp.repairs import firewall, port, restart, stoppable
from ..plugin_utils._rdp.repairs.run import RepairRun
from ..plugin_utils._rdp.state import port_owner
from ..plugin_utils._rdp.state.excluded_ports import EXCLUDED_IPV4, EXCLUDED_IPV6
from ..plugin_utils._rdp.state.host import Host
from ..plugin_utils._rdp.state.services import on_its_way, startable
from ..plugin_utils._repair import BACKUP_COPY_ARGUMENT, DISCONNECT_ARGUMENTS, RepairAction
from ..plugin_utils._verification import Verification, detour, verify


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

    _verification: Verification | None = None
    _comes_back: tuple[str, ...] = ()

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
        readings = host.readings
        try:
            services = stoppable.services_of(port_owner.strangers(self._owners(readings)))
        except UnreadableError:
            return ()
        return tuple(itertools.chain.from_iterable(map(stoppable.probes, services)))

    def in_transition(self, host: Host) -> bool:
        """Whether TermService is starting or stopping."""
        readings = host.readings
        return on_its_way(readings.get(probes.TERM_SERVICE_STATE))

    def precondition_failure(self, host: Host, run: RepairRun) -> str:
        """Another program on the port, which the user doesn't want to be stopped."""
        readings, arguments = host.readings, dict(run.arguments)
        return "" if arguments["service"] else self._conflict(readings)

    def plan(self, host: Host, run: RepairRun) -> Plan:
        """Open the port, free it, name it, restart TermService, and close the old one."""
        readings, arguments, folder = host.readings, dict(run.arguments), run.folder
        seen = port.Seen(
            readings.of(probes.WINSTATIONS),
            self._owners(readings),
            (readings.of(EXCLUDED_IPV4), readings.of(EXCLUDED_IPV6)),
        )
        restarts = self._restarts(readings)
        if arguments["disconnect"] != "never":
            port.refuse_unprovable(diagnosis.diagnose(self._before_the_port(readings), host, self.expected))
        port.refuse_port(arguments["port"], arguments["listener"], seen)
        service = self._service_to_stop(readings, seen.on_port)
        port.refuse_excluded(arguments["port"], seen)
        old = port.current(seen, arguments["listener"])
        opening = firewall.plan(firewall.Request(arguments["port"], tuple(arguments["profiles"]), folder), host)
        closing = firewall.closing(host.firewall, old) if old else ()
        plan = port.plan(arguments["port"], arguments["listener"], seen, opening, closing, service, restarts, folder)
        if plan.restart and arguments["verify_from_controller"] and (way := detour(self._connection)):
            raise RefusedError(
                f"Nothing was changed: Ansible reaches this host through {way}, so a handshake from here would prove "
                "nothing. Use 'verify_from_controller: false' to go by what the host itself says."
            )
        return plan

    def verify(self, host: Host, run: RepairRun) -> str:
        """Try the handshake at the new port."""
        _readings, arguments = host.readings, dict(run.arguments)
        if not arguments["verify_from_controller"] or arguments["disconnect"] == "never":
            return ""
        self._verification = verify(self._connection, arguments["port"])
        return "" if self._verification.holds else port.unproven(self._verification.summary)

    def report(self, host: Host, run: RepairRun) -> Result:
        """Return who listens on the port, the verification, and what speaks against this port."""
        _readings, arguments = host.readings, dict(run.arguments)
        return {
            "port": port_facts(host, arguments["port"]),
            "verification": self._verification.to_json() if self._verification else None,
            "warnings": [*port.advice(arguments["port"]), *self._comes_back],
        }

    def _owners(self, readings: Readings) -> tuple[port_owner.Owner, ...]:
        return port_owner.owners(
            self._arguments["port"],
            readings.of(probes.SOCKETS),
            readings.of(probes.TERM_SERVICE_STATE),
            readings.of(probes.PROCESSES),
        )

    def _before_the_port(self, readings: Readings) -> tuple[Check, ...]:
        """Return the checks that have to be ok. A stopped service is not in the way: it is started with the port."""
        states = (readings.get(probes.TERM_SERVICE_STATE), readings.get(probes.TERM_SERVICE_CONFIG))
        return (PROTOCOL,) if startable(*states) else (PROTOCOL, SERVICE)

    def _restarts(self, readings: Readings) -> tuple[t.Any, ...]:
        if self._arguments["disconnect"] == "never":
            return ()
        return restart.term_service(readings.of(probes.TERM_SERVICE_STATE), readings.of(probes.UM_RDP_SERVICE_STATE))

    def _conflict(self, readings: Readings) -> str:
        others = port_owner.strangers(self._owners(readings))
        configs = {name: readings.get(stoppable.probes(name)[0]) for name in stoppable.services_of(others)}
        return port.conflict(self._arguments["port"], others, configs)

    def _service_to_stop(self, readings: Readings, on_port: tuple[port_owner.Owner, ...]) -> str:
        """Return the service that keeps TermService from the port, if the user named it. Nothing without a conflict."""
        others = port_owner.strangers(on_port)
        service = str(self._arguments["service"] or "")
        if not others:
            return ""
        if not service:
            raise RefusedError(self._conflict(readings))
        config, state, dependents = map(readings.get, stoppable.probes(service))
        seen = stoppable.Seen(config, state, dependents)
        stoppable.refuse_unstoppable(service, others, self._arguments["port"], seen)
        self._comes_back = (stoppable.return_of(service, config),)
        return service
