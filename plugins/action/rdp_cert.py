# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renews the listener's self-signed certificate. Documented in plugins/modules/rdp_cert.py."""

from __future__ import annotations

import typing as t

from ..plugin_utils._action import LISTENER_ARGUMENT, TIMEOUT_ARGUMENT, Result
from ..plugin_utils._host import WindowsHost
from ..plugin_utils._rdp import probes
from ..plugin_utils._rdp.checks.cert import CERT
from ..plugin_utils._rdp.checks.reach import seen
from ..plugin_utils._rdp.model import Change, Plan, Probe
from ..plugin_utils._rdp.readings import Readings
from ..plugin_utils._rdp.repairs import cert, restart
from ..plugin_utils._rdp.repairs.run import RepairRun
from ..plugin_utils._rdp.state import clocks
from ..plugin_utils._rdp.state.certificate import InUse, described, in_use
from ..plugin_utils._rdp.state.host import Host
from ..plugin_utils._rdp.state.listener import configured_port, listener_key
from ..plugin_utils._rdp.state.registry import listed
from ..plugin_utils._repair import BACKUP_COPY_ARGUMENT, DISCONNECT_ARGUMENTS, RepairAction
from ..plugin_utils._verification import probe_port


class ActionModule(RepairAction):
    """Keeps a valid certificate, or makes a new one."""

    CHECK = CERT
    EXTRA_PROBES = (
        probes.STORE_DACL,
        probes.SESSION_ENV_STATE,
        probes.SESSION_ENV_CONFIG,
        probes.TERM_SERVICE_STATE,
        probes.UM_RDP_SERVICE_STATE,
    )
    FAILURE_ADVICE = "The article's next step are the rights on MachineKeys: winops.rdp.rdp_machine_keys."
    ARGUMENTS: t.ClassVar = {
        "state": {"type": "str", "choices": ["valid", "renewed"], "default": "valid"},
        **LISTENER_ARGUMENT,
        "verify_from_controller": {"type": "bool", "default": True},
        **DISCONNECT_ARGUMENTS,
        **TIMEOUT_ARGUMENT,
        **BACKUP_COPY_ARGUMENT,
    }

    _old: InUse | None = None
    _port: int | None = None

    def act(self, host: WindowsHost, arguments: dict[str, t.Any]) -> Result:
        """Renew the certificate, and see from outside whether that helped.

        If it didn't, the new one stays: SessionEnv makes its key in the place of the old one's.
        """
        result = super().act(host, arguments)
        asked = result["changed"] and not result.get("failed") and not self._task.check_mode
        if not asked or not arguments["verify_from_controller"] or self._port is None:
            return result
        doubt = cert.unproven(probe_port(self._connection, self._port), arguments["state"])
        return {**result, "failed": True, "msg": doubt} if doubt else result

    def extra_probes(self, host: Host, arguments: t.Mapping[str, t.Any]) -> tuple[Probe[t.Any], ...]:
        """Ask for the host's clock before a certificate is made by it."""
        return (clocks.CLOCK,) if cert.may_renew(self.finding(host), arguments["state"]) else ()

    def plan(self, host: Host, run: RepairRun) -> Plan:
        """Delete the old one, if it is SessionEnv's own, and restart SessionEnv."""
        readings, arguments, folder = host.readings, dict(run.arguments), run.folder
        used = self._used(readings)
        self._old = self._old or used
        if not cert.needs_repair(self.finding(host), arguments["state"], used, self._old):
            return Plan()
        cert.leave_alone(used, readings.get(probes.STORE_DACL))
        cert.refuse_wrong_clock(clocks.read(self.expected, seen(self.expected, readings), readings))
        parent = listed(readings.of(probes.WINSTATIONS), probes.WINSTATIONS_KEY)
        session_env = readings.of(probes.SESSION_ENV_STATE)
        cert.refuse_without_session_env(session_env, readings.of(probes.SESSION_ENV_CONFIG))
        return cert.plan(used, parent.get("SelfSignedCertStore"), folder, running=restart.runs(session_env))

    def fallback(self, host: Host, run: RepairRun) -> tuple[Change, ...]:
        """Where SessionEnv alone makes no certificate, a restart of TermService asks it to."""
        readings = host.readings
        if self._arguments["disconnect"] == "never" or not restart.runs(readings.get(probes.SESSION_ENV_STATE)):
            return ()
        return restart.term_service(readings.of(probes.TERM_SERVICE_STATE), readings.of(probes.UM_RDP_SERVICE_STATE))

    def advice(self, host: Host) -> str:
        """Where SessionEnv does not run, that is the reason, and not the rights on MachineKeys."""
        readings = host.readings
        return cert.why_not_running(readings.get(probes.SESSION_ENV_STATE)) or self.FAILURE_ADVICE

    def report(self, host: Host, run: RepairRun) -> Result:
        """Return the certificate in use."""
        readings, arguments = host.readings, dict(run.arguments)
        key = listener_key(readings.of(probes.WINSTATIONS), str(arguments["listener"]))
        self._port = configured_port(key)
        return {"certificate": described(self._used(readings))}

    def _used(self, readings: Readings) -> InUse:
        return in_use(
            str(self._arguments["listener"]),
            readings.of(probes.WINSTATIONS),
            readings.of(probes.SELF_SIGNED),
            readings.of(probes.STORES),
            readings.of(probes.PERSONAL),
        )
