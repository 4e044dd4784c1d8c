# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes the local policy, and says who set the others. Documented in plugins/modules/rdp_policy.py."""

from __future__ import annotations

import dataclasses
import typing as t

from ..plugin_utils._action import TIMEOUT_ARGUMENT, Result
from ..plugin_utils._host import WindowsHost
from ..plugin_utils._rdp import probes
from ..plugin_utils._rdp.checks.policy import POLICY
from ..plugin_utils._rdp.errors import OptionError, RefusedError, UnreadableError
from ..plugin_utils._rdp.model import Plan, Probe
from ..plugin_utils._rdp.repairs import policy
from ..plugin_utils._rdp.repairs.run import RepairRun
from ..plugin_utils._rdp.state.host import Host
from ..plugin_utils._rdp.state.policy import gpo_list
from ..plugin_utils._rdp.state.switch import DENY
from ..plugin_utils._repair import BACKUP_COPY_ARGUMENT, RepairAction
from ..plugin_utils._steps import run_commands


class ActionModule(RepairAction):
    """Keeps the local policy from turning Remote Desktop off."""

    CHECK = POLICY
    EXTRA_PROBES = (probes.TERMINAL_SERVER, probes.WINSTATIONS)
    FAILURE_ADVICE = (
        "Look at what gpupdate says in an elevated Command Prompt on the host: a domain controller has to be reachable."
    )
    # gpupdate ends when the policies are applied, or can't be.
    WAIT_AFTER_FAILURE = False
    ARGUMENTS: t.ClassVar = {
        "local_policy": {"type": "str", "choices": ["not_configured", "enabled"]},
        "refresh": {"type": "bool", "default": False},
        "force": {"type": "bool", "default": False},
        "require_nla": {"type": "bool", "default": True},
        "wait": {"type": "int", "default": 120},
        **TIMEOUT_ARGUMENT,
        **BACKUP_COPY_ARGUMENT,
    }

    def check_arguments(self, arguments: dict[str, t.Any]) -> None:
        """One of both is to be done."""
        if arguments["local_policy"] is None and not arguments["refresh"]:
            raise OptionError(
                "There is nothing to do: set option 'local_policy' to 'not_configured' or 'enabled', or option "
                "'refresh' to true. To look only, use winops.rdp.rdp_info."
            )
        if arguments["wait"] < 1:
            # gpupdate would not wait at all, and nothing could be proven.
            raise OptionError("The value 0 of option 'wait' is not allowed. Allowed are 1 to 3600 seconds.")

    def act(self, host: WindowsHost, arguments: dict[str, t.Any]) -> Result:
        """Change the local policy, or refresh the policies alone."""
        if arguments["local_policy"] is None:
            return self._refresh(host, arguments)
        result = super().act(host, arguments)
        # A change was followed by a refresh already.
        settled = result["changed"] or result.get("failed") or not arguments["refresh"]
        return result if settled else self._refresh(host, arguments)

    def extra_probes(self, host: Host, arguments: t.Mapping[str, t.Any]) -> tuple[Probe[t.Any], ...]:
        """Fetch the files of the local policy, and when policies were applied last."""
        fetching = host.local_policy_probes
        return (*fetching, gpo_list.FINISHED) if fetching and arguments["refresh"] else fetching

    def plan(self, host: Host, run: RepairRun) -> Plan:
        """Change the two files and refresh, or only refresh what was not applied yet."""
        names = ("local_policy", "wait", "force", "require_nla")
        version = run.planned.after.get(policy.VERSION) if run.planned else None
        options = {name: run.arguments[name] for name in names}
        return policy.plan(policy.PolicyRequest(folder=run.folder, begun=run.begun, version=version, **options), host)

    def announce(self, plan: Plan, run: RepairRun) -> None:
        """Tell that policies are refreshed."""
        wait = run.arguments["wait"]
        self.tell(f"{self.host_name}: policies are refreshed, which may take up to {wait} s", quiet=False)

    def report(self, host: Host, run: RepairRun) -> Result:
        """Return who decides now, and warn of what later refreshes may do."""
        return {"source": host.known_source.to_json(), "warnings": policy.warnings(host)}

    def _refresh(self, host: WindowsHost, arguments: dict[str, t.Any]) -> Result:
        """Run gpupdate, and say what that changed."""
        before = now = self.begin(host, arguments)
        try:
            run = self.run_of(before)
            value = before.allow_connections.value
            policy.refuse_to_disconnect(before)
        except UnreadableError as exc:
            raise RefusedError(
                f"Nothing was changed, because the host could not be judged: {exc.reason} {exc.line}"
            ) from exc
        wait = arguments["wait"]
        plan = Plan(restart=(policy.refresh(wait, force=arguments["force"]),))
        failed: list[str] = []
        doubts: list[str] = []
        if not run.check_mode:
            self.announce(plan, run)
            failed = run_commands(host, plan.commands)
            now = self.begin(host, arguments)
            failed, doubts = failed or policy.failures(before, now, wait), policy.doubts(now)
        after = now.known_source.value
        done = dataclasses.replace(plan, before={DENY: value}, after={DENY: after})
        result = self._result(now, done, run)
        result |= {"changed": value != after, "warnings": [*result["warnings"], *doubts]}
        return {**result, "failed": True, "msg": " ".join([*failed, self.FAILURE_ADVICE])} if failed else result
