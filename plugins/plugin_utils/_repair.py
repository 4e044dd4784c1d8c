# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way of every repair: look, plan, (check mode: show), save, apply, look again, verify.

Private to this collection.
"""

from __future__ import annotations

import abc
import time
import typing as t

from ansible.errors import AnsibleConnectionFailure

from ._action import HostAction, Result
from ._host import Ran, WindowsHost
from ._rdp import backup, probes
from ._rdp.doctor import Readings, diagnose
from ._rdp.doctor import probes as probes_of
from ._rdp.model import Check, Command, Expectation, Plan, Refused, Unreadable
from ._rdp.text import decode, lines

# Between two looks at a host that is on its way, in seconds.
_PAUSE = 2

# How much of what a failed command printed goes into a message, in characters.
_EXCERPT = 400


class RepairAction(HostAction):
    """A module that keeps a host in a wanted state.

    A module defines which CHECK judges that state and how ``plan`` gets there. A plan that is empty
    when it is made again after the repair is the proof that the repair holds.
    """

    CHECK: t.ClassVar[Check]

    @abc.abstractmethod
    def plan(self, readings: Readings, arguments: dict[str, t.Any], folder: str) -> Plan:
        """Plan from what was seen on the host.

        Args:
            readings: What CHECK needs, of the last look.
            arguments: The options of the task.
            folder: The folder on the host where to save what is going to change.

        Raises:
            Refused: No plan would be safe, or succeed.
            Unreadable: The state of the host could not be read.
        """

    def pending(self, readings: Readings) -> bool:
        """Whether the host is still on its way to its next state."""
        return False

    def obstacle(self, readings: Readings, arguments: dict[str, t.Any]) -> str:
        """Say what makes every repair of this module pointless, or nothing."""
        return ""

    def act(self, host: WindowsHost, arguments: dict[str, t.Any]) -> Result:
        """Repair the host, or in check mode say what would be done."""
        readings = self._look(host)
        if not self._task.check_mode:
            readings = self._wait(host, readings, arguments)
        try:
            if obstacle := self.obstacle(readings, arguments):
                return {**self._result(readings, Plan()), "failed": True, "msg": obstacle}
            folder = self._folder(readings)
            plan = self.plan(readings, arguments, folder)
            if not plan:
                return self._result(readings, plan)
            return self._repair(host, readings, plan, arguments, folder)
        except Unreadable as exc:
            raise Refused(
                f"Nothing was changed, because the host could not be judged: {exc.reason} {exc.line}"
            ) from exc

    def _repair(
        self, host: WindowsHost, readings: Readings, plan: Plan, arguments: dict[str, t.Any], folder: str
    ) -> Result:
        probes.refuse_unfinished_setup(readings.of(probes.SETUP))
        saves = backup.save(plan, folder, self._module)
        commands = [*(command.line for command in saves), *(change.command.line for change in plan.changes)]
        if self._task.check_mode:
            return self._result(readings, plan, commands, folder)
        self._save(host, saves, plan)
        try:
            ran = host.run([change.command.line for change in plan.changes])
            readings = self._wait(host, self._look(host), arguments)
        except AnsibleConnectionFailure as exc:
            raise AnsibleConnectionFailure(
                f"{exc} - in the middle of a repair: run it again, or {folder}\\{backup.UNDO} on the host to undo it."
            ) from exc
        result = self._result(readings, plan, commands, folder)
        if self._holds(readings, arguments):
            return result
        failed = [
            _said(change.command, one) for change, one in zip(plan.changes, ran, strict=True) if one.exit_code != 0
        ]
        message = ["The repair did not hold.", *failed, self._undo(host, plan), f"What was saved is in {folder}."]
        return {**result, "failed": True, "msg": " ".join(message)}

    @property
    def _module(self) -> str:
        return str(self._task.action).rpartition(".")[2]

    def _folder(self, readings: Readings) -> str:
        return backup.folder(readings.of(probes.SYSTEM_ROOT), readings.of(backup.LAST_BACKUP), self.CHECK.id)

    def _look(self, host: WindowsHost) -> Readings:
        return self.look(host, (*probes_of((self.CHECK,)), backup.LAST_BACKUP))

    def _wait(self, host: WindowsHost, readings: Readings, arguments: dict[str, t.Any]) -> Readings:
        """Look again until the host has arrived somewhere, as long as the user wants to wait."""
        end = time.monotonic() + arguments.get("wait", 0)
        while self.pending(readings) and time.monotonic() < end:
            time.sleep(_PAUSE)
            readings = self._look(host)
        return readings

    def _holds(self, readings: Readings, arguments: dict[str, t.Any]) -> bool:
        try:
            return not self.pending(readings) and not self.plan(readings, arguments, self._folder(readings))
        except (Unreadable, Refused):
            return False

    def _save(self, host: WindowsHost, saves: tuple[Command, ...], plan: Plan) -> None:
        ran = host.run([command.line for command in saves])
        for command, one in zip(saves, ran, strict=True):
            if one.exit_code != 0:
                raise Refused(f"Nothing was changed, because it could not be saved first: {_said(command, one)}")
        # The last of them prints the script. Writing it can fail without an exit code.
        written = [line.rstrip() for line in lines(ran[-1].data)]
        if written != list(backup.undo_script(plan, self._module)):
            raise Refused(f"Nothing was changed, because the script to undo it was cut: {_said(saves[-1], ran[-1])}")

    def _undo(self, host: WindowsHost, plan: Plan) -> str:
        commands = backup.undo_commands(plan)
        failed = [
            _said(command, one)
            for command, one in zip(commands, host.run([command.line for command in commands]), strict=True)
            if one.exit_code != 0
        ]
        return f"Not all of it could be undone: {' '.join(failed)}" if failed else "It was undone."

    def _result(self, readings: Readings, plan: Plan, commands: t.Sequence[str] = (), folder: str = "") -> Result:
        before, after = dict(plan.before), dict(plan.after)
        return {
            "changed": bool(plan),
            "finding": diagnose((self.CHECK,), readings, Expectation())[0].to_json(),
            "before": before,
            "after": after,
            "commands": list(commands),
            "backup": folder or None,
            "restarted": False,
            "diff": {"before": _as_text(before), "after": _as_text(after)},
        }


def _as_text(state: t.Mapping[str, t.Any]) -> str:
    return "".join(f"{name}: {'absent' if value is None else value}\n" for name, value in state.items())


def _said(command: Command, ran: Ran) -> str:
    """Return a failed command with what it printed, in the host's own language."""
    code = "did not end" if ran.exit_code is None else f"ended with exit code {ran.exit_code}"
    said = " ".join(decode(ran.data).split())[:_EXCERPT]
    return f"'{command.line}' {code}{': ' + said if said else ''}."
