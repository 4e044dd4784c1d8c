# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes the local policy, and says who set the others. Documented in plugins/modules/rdp_policy.py."""

from __future__ import annotations

import typing as t

from ..plugin_utils._action import TIMEOUT_ARGUMENT, Result
from ..plugin_utils._host import WindowsHost
from ..plugin_utils._rdp import probes
from ..plugin_utils._rdp.checks.policy import POLICY
from ..plugin_utils._rdp.errors import OptionError, RefusedError, UnreadableError
from ..plugin_utils._rdp.formats import gpt_ini, registry_pol
from ..plugin_utils._rdp.model import Change, Plan, Probe
from ..plugin_utils._rdp.readings import Readings
from ..plugin_utils._rdp.repairs import policy
from ..plugin_utils._rdp.repairs.run import RepairRun
from ..plugin_utils._rdp.state.host import Host
from ..plugin_utils._rdp.state.nla import refuse_without
from ..plugin_utils._rdp.state.policy import collect, gpo_list
from ..plugin_utils._rdp.state.policy.catalog import ALLOW_CONNECTIONS
from ..plugin_utils._rdp.state.policy.decides import allow_connections, known_source
from ..plugin_utils._rdp.state.registry import listed
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

    # Whether this task has changed something already, and the version that it gives to gpt.ini.
    _changed = False
    _version: int | None = None

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
        readings = host.readings
        root = readings.get(probes.SYSTEM_ROOT)
        if root is None:
            # The plan meets the same, and says so.
            return ()
        folder = policy.folder_of(root)
        return (
            *collect.fetching(readings, policy.settings_file(folder)),
            *collect.fetching(readings, policy.ini_file(folder)),
            *((gpo_list.FINISHED,) if arguments["refresh"] else ()),
        )

    def plan(self, host: Host, run: RepairRun) -> Plan:
        """Change the two files and refresh, or only refresh what was not applied yet."""
        readings, arguments, folder = host.readings, dict(run.arguments), run.folder
        place = policy.folder_of(readings.of(probes.SYSTEM_ROOT))
        local = policy.LocalPolicy(
            place,
            collect.fetched(readings, policy.settings_file(place), registry_pol.parse),
            collect.fetched(readings, policy.ini_file(place), gpt_ini.parse),
        )
        wait, force = arguments["wait"], arguments["force"]
        plan = policy.plan(arguments["local_policy"], local, folder, wait, force=force)
        if plan and not self._changed and arguments["require_nla"] and policy.opens(plan, self._switch(readings)):
            refuse_without(readings, self.expected.listener, "require_nla")
        if plan and not self._changed:
            self._version = plan.after[policy.VERSION]
        if not plan and self._version is not None and (local.ini is None or local.ini.version != self._version):
            # A refresh asks for the version.
            raise RefusedError(f"{policy.ini_file(place)} was not written.")
        if not plan and self._left_behind(readings, local):
            # Windows has applied all that there is and the value is another one: it goes by force alone.
            stray = collect.is_applied(local.machine_version, readings)
            plan = Plan(restart=(policy.refresh(wait, force=force or stray),))
        if plan:
            self._refuse_to_disconnect(readings)
            self._announce(plan.restart)
            self._changed = True
        return plan

    def report(self, host: Host, run: RepairRun) -> Result:
        """Return who decides now, and warn of what later refreshes may do."""
        readings, _arguments = host.readings, dict(run.arguments)
        try:
            may_disconnect = policy.may_disconnect(self._switch(readings), allow_connections(readings).value)
        except UnreadableError:
            may_disconnect = False
        return {
            "source": known_source(readings).to_json(),
            "warnings": [policy.WARNING] if may_disconnect else [],
        }

    def _left_behind(self, readings: Readings, local: policy.LocalPolicy) -> bool:
        """Whether the registry doesn't hold yet what the GPOs say, or still what none says any more."""
        source = allow_connections(readings)
        decides = collect.gpos_decide(ALLOW_CONNECTIONS, readings)
        if source.pending:
            # What MDM is going to set, no refresh brings.
            return decides
        if source.kind == "stray":
            return self._changed or not collect.is_applied(local.machine_version, readings)
        # Without a decision of any GPO, the local one that makes one was not applied yet.
        return source.kind == "none" and local.says is not None and not decides

    def _switch(self, readings: Readings) -> t.Any:
        switch = listed(readings.of(probes.TERMINAL_SERVER), probes.TERMINAL_SERVER_KEY).get(DENY)
        return switch.data if switch else None

    def _refuse_to_disconnect(self, readings: Readings) -> None:
        policy.refuse_to_disconnect(self._switch(readings), allow_connections(readings).value)

    def _announce(self, changes: tuple[Change, ...]) -> None:
        if changes and not self._task.check_mode and not self._changed:
            wait = self._arguments["wait"]
            self.tell(f"{self.host_name}: policies are refreshed, which may take up to {wait} s", quiet=False)

    def _refresh(self, host: WindowsHost, arguments: dict[str, t.Any]) -> Result:
        """Run gpupdate, and say what that changed."""
        seen = self.begin(host, arguments)
        readings = seen.readings
        try:
            run = self.run_of(seen)
            before = allow_connections(readings)
            self._refuse_to_disconnect(readings)
        except UnreadableError as exc:
            raise RefusedError(
                f"Nothing was changed, because the host could not be judged: {exc.reason} {exc.line}"
            ) from exc
        change = policy.refresh(arguments["wait"], force=arguments["force"])
        failed: list[str] = []
        doubts: list[str] = []
        if not self._task.check_mode:
            self._announce((change,))
            finished = readings.get(gpo_list.FINISHED)
            failed = run_commands(host, [change.command])
            seen = self.begin(host, arguments)
            readings = seen.readings
            now = readings.get(gpo_list.FINISHED)
            # gpupdate doesn't tell by its exit code that it has no rights, or that it waits no longer.
            if now is None:
                doubts = ["Whether the policies were applied could not be read."]
            elif not failed and now == finished:
                failed = [f"Windows has not applied the policies within {arguments['wait']} s."]
        after = known_source(readings)
        done = Plan(restart=(change,), before={DENY: before.value}, after={DENY: after.value})
        result = self._result(seen, done, run)
        result |= {"changed": before.value != after.value, "warnings": [*result["warnings"], *doubts]}
        return {**result, "failed": True, "msg": " ".join([*failed, self.FAILURE_ADVICE])} if failed else result
