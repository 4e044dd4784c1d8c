# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Diagnoses a host. Documented in plugins/modules/rdp_info.py."""

from __future__ import annotations

import datetime
import functools
import typing as t

from ..plugin_utils._action import LISTENER_ARGUMENT, PORT_ARGUMENT, HostAction, Result
from ..plugin_utils._host import WindowsHost
from ..plugin_utils._rdp import doctor
from ..plugin_utils._rdp.checks import CHECKS
from ..plugin_utils._rdp.facts import SEEN, facts, host_name
from ..plugin_utils._rdp.model import Expectation
from ..plugin_utils._rdp.report.terminal import host_report


class ActionModule(HostAction):
    """Looks once, judges everything, changes nothing."""

    ARGUMENTS: t.ClassVar = {
        "checks": {"type": "list", "elements": "str", "choices": [check.id for check in CHECKS]},
        "fail_on": {"type": "str", "choices": ["never", "problem", "unknown", "warning"], "default": "never"},
        "outputs": {"type": "bool", "default": False},
        "quiet": {"type": "bool", "default": False},
        **LISTENER_ARGUMENT,
        **PORT_ARGUMENT,
    }

    def act(self, host: WindowsHost, arguments: dict[str, t.Any]) -> Result:
        """Return the findings with the cause, the next step and the facts."""
        chosen = arguments["checks"]
        checks = [check for check in CHECKS if chosen is None or check.id in chosen]
        now = datetime.datetime.now(tz=datetime.UTC)
        wanted = Expectation(listener=str(arguments["listener"]), port=arguments["port"], now=now)
        readings = self.examine(host, checks, wanted, SEEN)
        diagnosis = doctor.diagnose(checks, readings, wanted)
        seen = facts(readings, wanted)
        findings = [finding.to_json() for finding in diagnosis]
        cause = doctor.root_cause(diagnosis, checks)
        report = functools.partial(host_report, self.host_name, host_name(seen["windows"]), diagnosis)
        self.tell(report, quiet=arguments["quiet"])
        result: Result = {
            "changed": False,
            "healthy": doctor.healthy(diagnosis, checks),
            "root_cause": cause.to_json() if cause else None,
            "next_step": doctor.next_step(diagnosis, cause),
            "findings": findings,
            "facts": seen,
            "report": report(),
            "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        if arguments["outputs"]:
            result["outputs"] = readings.printed()
        if failing := doctor.failing(diagnosis, arguments["fail_on"]):
            result.update(failed=True, msg=f"Remote Desktop on this host: {'; '.join(failing)}")
        return result
