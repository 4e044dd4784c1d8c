# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renews the listener's self-signed certificate. Documented in plugins/modules/rdp_cert.py."""

from __future__ import annotations

import typing as t

from ..plugin_utils._action import LISTENER_ARGUMENT, TIMEOUT_ARGUMENT, Result
from ..plugin_utils._rdp import probes
from ..plugin_utils._rdp.checks.cert import CERT
from ..plugin_utils._rdp.model import Change, Plan, Probe
from ..plugin_utils._rdp.repairs import cert
from ..plugin_utils._rdp.repairs.run import RepairRun
from ..plugin_utils._rdp.state.certificate import described
from ..plugin_utils._rdp.state.host import Host
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

    def extra_probes(self, host: Host, arguments: t.Mapping[str, t.Any]) -> tuple[Probe[t.Any], ...]:
        """Ask for the host's clock before a certificate is made by it."""
        return cert.follow_up(self.expected, arguments["state"], host)

    def plan(self, host: Host, run: RepairRun) -> Plan:
        """Delete the old one, if it is SessionEnv's own, and restart SessionEnv."""
        old = run.before.certificate.thumbprint
        return cert.plan(cert.CertRequest(self.expected, run.arguments["state"], old, run.folder), host)

    def fallback(self, host: Host, run: RepairRun) -> tuple[Change, ...]:
        """Restart TermService as well, where people may be disconnected."""
        return () if run.arguments["disconnect"] == "never" else cert.fallback(host)

    def doubt(self, host: Host, run: RepairRun) -> str:
        """See from outside whether it helped. If not, the new one stays: its key took the place of the old one's."""
        if not run.arguments["verify_from_controller"] or host.port is None:
            return ""
        return cert.unverified(probe_port(self._connection, host.port), run.arguments["state"])

    def advice(self, host: Host) -> str:
        """Where SessionEnv does not run, that is the reason, and not the rights on MachineKeys."""
        return cert.why_not_running(host) or self.FAILURE_ADVICE

    def report(self, host: Host, run: RepairRun) -> Result:
        """Return the certificate in use."""
        return {"certificate": described(host.certificate)}
