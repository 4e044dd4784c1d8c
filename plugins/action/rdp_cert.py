# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renews the listener's self-signed certificate. Documented in plugins/modules/rdp_cert.py."""

from __future__ import annotations

import typing as t

from ..plugin_utils._action import LISTENER_ARGUMENT, TIMEOUT_ARGUMENT, Result
from ..plugin_utils._rdp import probes, restart
from ..plugin_utils._rdp.checks.cert import CERT
from ..plugin_utils._rdp.doctor import Readings
from ..plugin_utils._rdp.in_use import InUse, described, in_use
from ..plugin_utils._rdp.model import Change, Plan
from ..plugin_utils._rdp.remedies import cert
from ..plugin_utils._repair import BACKUP_COPY_ARGUMENT, RESTART_ARGUMENTS, RepairAction


class ActionModule(RepairAction):
    """Keeps a valid certificate, or makes a new one."""

    CHECK = CERT
    ALSO = (
        probes.STORE_DACL,
        probes.SESSION_ENV_STATE,
        probes.TERM_SERVICE_STATE,
        probes.UM_RDP_SERVICE_STATE,
    )
    ADVICE = "The article's next step are the rights on MachineKeys: winops.rdp.rdp_machine_keys."
    ARGUMENTS: t.ClassVar = {
        "state": {"type": "str", "choices": ["valid", "renewed"], "default": "valid"},
        **LISTENER_ARGUMENT,
        **RESTART_ARGUMENTS,
        **TIMEOUT_ARGUMENT,
        **BACKUP_COPY_ARGUMENT,
    }

    _old: InUse | None = None

    def plan(self, readings: Readings, arguments: dict[str, t.Any], folder: str) -> Plan:
        """Delete the old one, if it is SessionEnv's own, and restart SessionEnv."""
        used = self._used(readings)
        self._old = self._old or used
        if not cert.needs_repair(self.finding(readings), arguments["state"], used, self._old):
            return Plan()
        cert.leave_alone(used, readings.get(probes.STORE_DACL))
        parent = probes.listed(readings.of(probes.WINSTATIONS), probes.WINSTATIONS_KEY)
        session_env = readings.of(probes.SESSION_ENV_STATE)
        return cert.plan(
            used, parent.get("SelfSignedCertStore"), folder, restart.session_env(restart.runs(session_env))
        )

    def escalation(self, readings: Readings) -> tuple[Change, ...]:
        """Where SessionEnv alone makes no certificate, a restart of TermService asks it to."""
        if self._arguments["restart"] == "never":
            return ()
        return restart.term_service(readings.of(probes.TERM_SERVICE_STATE), readings.of(probes.UM_RDP_SERVICE_STATE))

    def report(self, readings: Readings, arguments: dict[str, t.Any]) -> Result:
        """Return the certificate in use."""
        return {"certificate": described(self._used(readings))}

    def _used(self, readings: Readings) -> InUse:
        return in_use(
            str(self._arguments["listener"]),
            readings.of(probes.WINSTATIONS),
            readings.of(probes.SELF_SIGNED),
            readings.of(probes.STORES),
            readings.of(probes.PERSONAL),
        )
