# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way of every repair: look, plan, (check mode: show), save, apply, look again, verify, prove.

Private to this collection.
"""

from __future__ import annotations

import abc
import dataclasses
import datetime
import functools
import secrets
import time
import typing as t

from ansible.errors import AnsibleConnectionFailure

from ._action import MAX_LOOKS, ArgumentSpec, HostAction, Result
from ._backup_copy import copy as backup_copy
from ._host import WindowsHost
from ._rdp import probes
from ._rdp.diagnosis import diagnose
from ._rdp.errors import HostError, LeftAloneError, RefusedError, UnreadableError
from ._rdp.model import Change, Check, Expectation, Finding, Plan, Probe
from ._rdp.readings import Readings
from ._rdp.repairs import backup, restart
from ._rdp.state import windows
from ._rdp.state.windows import refuse_unfinished_setup
from ._rdp.tools import net
from ._saving import Saving
from ._services import LOOK, bring_up, running, stopped
from ._steps import complaints, run_all, run_commands, run_steps

# Options of the modules that restart TermService. Their documentation is in plugins/doc_fragments/rdp.py.
DISCONNECT_ARGUMENTS: ArgumentSpec = {
    "disconnect": {"type": "str", "choices": ["when_idle", "always", "never"], "default": "when_idle"},
    "wait": {"type": "int", "default": 60},
}

# An option of every repair, documented there too.
BACKUP_COPY_ARGUMENT: ArgumentSpec = {"backup_copy": {"type": "path"}}

# Between two looks at a host that is on its way, in seconds.
_PAUSE = 2

# Between two words to the user about that, in seconds.
_TELL_EVERY = 10

_DID_NOT_HOLD = "The repair did not hold."


class RepairAction(HostAction):
    """A module that keeps a host in a wanted state.

    A module defines which CHECK judges that state and how ``plan`` gets there. A plan that is empty
    when it is made again after the repair is the proof that the repair holds.
    """

    CHECK: t.ClassVar[Check]
    # The checks that judge the wanted state as well.
    BESIDE: t.ClassVar[tuple[Check, ...]] = ()
    # What ``plan`` reads beside what the checks need.
    ALSO: t.ClassVar[tuple[Probe[t.Any], ...]] = ()
    # What a person can do when the repair did not hold.
    ADVICE: t.ClassVar[str] = ""
    # Whether the host may still arrive after one of its commands has failed, as a service may that starts late.
    HOPES: t.ClassVar[bool] = True

    # The copy of what was saved, on the controller.
    _copied: str | None = None

    @abc.abstractmethod
    def plan(self, readings: Readings, arguments: dict[str, t.Any], folder: str) -> Plan:
        """Plan from what was seen on the host.

        Args:
            readings: What the checks and ALSO need, of the last look.
            arguments: The options of the task.
            folder: The folder on the host where to save what is going to change.

        Raises:
            RefusedError: No plan would be safe, or succeed.
            UnreadableError: The state of the host could not be read.
        """

    def further(self, readings: Readings, arguments: dict[str, t.Any]) -> tuple[Probe[t.Any], ...]:
        """Return what else to look at, as far as what was seen so far tells. Asked again after each look."""
        return ()

    def prove(self, readings: Readings, arguments: dict[str, t.Any]) -> str:
        """Prove from outside that a repair holds which the host itself says does.

        Returns:
            What is wrong, as sentences: the repair is then undone. Nothing when it is proven.
        """
        return ""

    def pending(self, readings: Readings) -> bool:
        """Whether the host is still on its way to its next state."""
        return False

    def obstacle(self, readings: Readings, arguments: dict[str, t.Any]) -> str:
        """Say what makes every repair of this module pointless, or nothing."""
        return ""

    def escalation(self, readings: Readings) -> tuple[Change, ...]:
        """Return what else to do when the plan alone didn't bring the host where it should be."""
        return ()

    def advice(self, readings: Readings) -> str:
        """Say what a person can do when the repair did not hold, by the last look before it was taken back."""
        return self.ADVICE

    def report(self, readings: Readings, arguments: dict[str, t.Any]) -> Result:
        """Return what the module's result holds beside that of every repair."""
        return {}

    @property
    def wanted(self) -> Expectation:
        """What the task wants the host to be."""
        return Expectation(
            listener=str(self._arguments.get("listener", Expectation.listener)),
            port=self._arguments.get("port", Expectation.port),
            profiles=tuple(self._arguments.get("profiles", Expectation.profiles)),
            now=self._now,
        )

    def finding(self, readings: Readings) -> Finding:
        """Judge the wanted state: the first judgement of several that is not ok."""
        found = self.findings((self.CHECK, *self.BESIDE), readings)
        return next((finding for finding in found if finding.status not in ("ok", "skipped")), found[0])

    def findings(self, checks: tuple[Check, ...], readings: Readings) -> tuple[Finding, ...]:
        """Judge what the task's options expect."""
        return diagnose(checks, readings, self.wanted)

    def act(self, host: WindowsHost, arguments: dict[str, t.Any]) -> Result:
        """Repair the host, or in check mode say what would be done."""
        readings = self.begin(host, arguments)
        if not self._task.check_mode:
            readings = self._wait(host, readings, lambda seen: not self.pending(seen))
        try:
            if obstacle := self.obstacle(readings, arguments):
                return {**self._result(readings, Plan()), "failed": True, "msg": obstacle}
            folder = self._folder(readings)
            plan = self.plan(readings, arguments, folder)
            if not plan:
                return self._result(readings, plan)
            return self._repair(host, readings, plan, folder)
        except LeftAloneError as exc:
            return {**self._result(readings, Plan()), "warnings": [str(exc)]}
        except RefusedError as exc:
            waits = self.CHECK.requires and self.finding(readings).status == "skipped"
            if not (self._task.check_mode and waits):
                raise
            # An earlier task may repair what this one requires. In check mode it only said so.
            return {**self._result(readings, Plan()), "warnings": [str(exc)]}
        except UnreadableError as exc:
            raise RefusedError(
                f"Nothing was changed, because the host could not be judged: {exc.reason} {exc.line}"
            ) from exc

    def begin(self, host: WindowsHost, arguments: dict[str, t.Any]) -> Readings:
        """Look at the host with the options of the task."""
        self._arguments = arguments
        self._now = datetime.datetime.now(tz=datetime.UTC)
        self._unique = secrets.token_hex(2)
        return self._look(host)

    def _repair(self, host: WindowsHost, readings: Readings, plan: Plan, folder: str) -> Result:
        refuse_unfinished_setup(readings.of(probes.SETUP))
        windows.refuse_emulated(readings)
        if restart.disconnects(plan.commands):
            self._refuse_restart(host, readings)
        saving = Saving.of(plan, folder, self._module)
        # What doesn't fit is found out before anything is sent.
        sent = (*saving.commands, *plan.commands, *backup.undo_commands(plan))
        host.batches([command.line for command in sent], range(len(sent)))
        if self._task.check_mode:
            return self._result(readings, plan, saving)
        saving.run(host)
        if directory := self._arguments.get("backup_copy"):
            self._copied = str(backup_copy(host, self.host_name, saving, directory))
        try:
            return self._change(host, readings, plan, saving)
        except AnsibleConnectionFailure as exc:
            raise AnsibleConnectionFailure(
                f"{exc} - in the middle of a repair: run it again, or {folder}\\{backup.UNDO} on the host to undo it."
            ) from exc

    def _change(self, host: WindowsHost, before: Readings, plan: Plan, saving: Saving) -> Result:
        """Do what a plan says and prove it, or take it back."""
        readings, done, wrong, folder = before, plan, None, saving.folder
        try:
            readings, done, wrong = self._apply(host, plan, folder)
        except HostError as exc:
            # It answered until now, so it may do so again.
            wrong = [str(exc)]
        if wrong is None:
            failed = run_commands(host, [change.command for change in plan.last])
            result = self._result(readings, dataclasses.replace(done, last=plan.last), saving)
            return {**result, "warnings": [*result.get("warnings", ()), *failed]}
        try:
            undone = self._take_back(host, done, before)
        except HostError as exc:
            undone = f"It could not be undone: {exc} Run {folder}\\{backup.UNDO} on the host, as administrator."
        message = [*wrong, undone, f"What was saved is in {folder}.", self.advice(readings)]
        result = self._result(readings, done, saving)
        return {**result, "failed": True, "msg": " ".join(filter(None, message))}

    def _refuse_restart(self, host: WindowsHost, readings: Readings) -> None:
        """Refuse to restart TermService where that would disconnect people, or stop what depends on it."""
        when = self._arguments.get("disconnect", "when_idle")
        restart.refuse_while_connected(when, readings.get(probes.SESSIONS))
        seen = self.look_further(host, readings, (probes.TERM_SERVICE_DEPENDENTS,))
        restart.refuse_other_dependents(seen.get(probes.TERM_SERVICE_DEPENDENTS))

    def _apply(self, host: WindowsHost, plan: Plan, folder: str) -> tuple[Readings, Plan, list[str] | None]:
        """Run a plan up to its proof.

        Returns:
            The last look, what was done of the plan, and what is wrong with it as sentences, None if it is proven.
        """
        done = dataclasses.replace(plan, changes=(), restart=(), last=())
        if plan.first:
            failed, begun = self._run_changes(host, plan.first)
            readings = self._look(host)
            if (doubt := self._unprepared(readings, folder)) is not None:
                done = dataclasses.replace(done, first=plan.first[:begun])
                return readings, done, [_DID_NOT_HOLD, *failed, doubt]
        failed, begun = self._run_changes(host, plan.changes, plan.restart)
        # What the restart is undone by stands at one of its commands, so it was done as a whole or not at all.
        restarted = plan.restart if begun > len(plan.changes) else ()
        done = dataclasses.replace(plan, changes=plan.changes[:begun], restart=restarted, last=())
        readings = self._look(host)
        if self.HOPES or not failed:
            readings = self._wait(host, readings, self._holds)
        if not self._holds(readings) and (more := self._permitted_escalation(host, readings)):
            done = dataclasses.replace(done, restart=(*done.restart, *more))
            failed = run_commands(host, [change.command for change in more])
            readings = self._wait(host, self._look(host), self._holds)
        if not self._holds(readings):
            return readings, done, [_DID_NOT_HOLD, *failed]
        doubt = self.prove(readings, self._arguments)
        return readings, done, [doubt] if doubt else None

    def _run_changes(
        self, host: WindowsHost, changes: t.Sequence[Change], after: t.Sequence[Change] = ()
    ) -> tuple[list[str], int]:
        """Run changes, and what is to be run after them.

        A change that failed stops what is behind it, on the host itself: no service is stopped for a key that could not
        be imported. A service that is started may fail to say so in time, and stops nothing.

        Returns:
            What went wrong, as sentences, and how many were begun.
        """
        commands = [change.command for change in (*changes, *after)]
        guards = [place for place, one in enumerate(changes) if not (one.optional or net.starts(one.command))]
        ran = run_steps(host, commands, guards)
        # Of what is late and not known to have begun, nobody knows: it counts as done, so that it is undone.
        return complaints(commands, ran), sum(one.begun or one.late for one in ran)

    def _unprepared(self, readings: Readings, folder: str) -> str | None:
        """Say why the changes of ``first`` have not brought what the others need, None if they have."""
        try:
            return "" if self.plan(readings, self._arguments, folder).first else None
        except (LeftAloneError, RefusedError, UnreadableError) as exc:
            return str(exc)

    def _take_back(self, host: WindowsHost, done: Plan, before: Readings) -> str:
        """Undo what was done, look, and say how that went.

        Args:
            host: Where.
            done: What was done.
            before: The host as it was seen before that.
        """
        undo = backup.undo_commands(done)
        failed = complaints(undo, run_all(host, undo))
        readings = self._wait(host, self._look(host), lambda seen: not self.pending(seen))
        wanted = running(before)
        said = bring_up(host, wanted, lambda: self.look(host, LOOK), self._arguments.get("wait", 0))
        doubt = self._not_as_before(self._look(host) if stopped(wanted, readings) else readings, done)
        if not said and not doubt:
            return "It was undone."
        return " ".join(["NOT ALL OF IT COULD BE UNDONE:", *said, *([doubt] if doubt else []), *failed])

    def _not_as_before(self, readings: Readings, done: Plan) -> str:
        """Say how the host differs from where the plan began, or nothing."""
        try:
            plan = self.plan(readings, self._arguments, self._folder(readings))
        except (LeftAloneError, RefusedError) as exc:
            return str(exc)
        except UnreadableError as exc:
            return f"The host could not be judged: {exc.reason} {exc.line}".rstrip() + "."
        if not plan or plan.before == done.before:
            # Nothing left to be done is where it should have been brought.
            return ""
        names = [name for name in {**done.before, **plan.before} if plan.before.get(name) != done.before.get(name)]
        return " ".join(f"{name} was {done.before.get(name)}, and is {plan.before.get(name)}." for name in names)

    def _permitted_escalation(self, host: WindowsHost, readings: Readings) -> tuple[Change, ...]:
        try:
            more = self.escalation(readings)
            if more:
                self._refuse_restart(host, readings)
            return more
        except (RefusedError, UnreadableError):
            return ()

    @property
    def _module(self) -> str:
        return str(self._task.action).rpartition(".")[2]

    def _folder(self, readings: Readings) -> str:
        last = readings.of(backup.LAST_BACKUP)
        return backup.folder(readings.of(probes.SYSTEM_ROOT), last, self.CHECK.id, self._unique)

    def _look(self, host: WindowsHost) -> Readings:
        also = (*self.ALSO, probes.SESSIONS, backup.LAST_BACKUP)
        readings = self.examine(host, (self.CHECK, *self.BESIDE), self.wanted, also)
        for _round in range(MAX_LOOKS):
            more = [probe for probe in self.further(readings, self._arguments) if not readings.has(probe)]
            if not more:
                break
            readings = self.look_further(host, readings, more)
        return readings

    def _wait(self, host: WindowsHost, readings: Readings, arrived: t.Callable[[Readings], bool]) -> Readings:
        """Look again until the host has arrived, as long as the user wants to wait."""
        wait = self._arguments.get("wait", 0)
        start = told = time.monotonic()
        while not arrived(readings) and (now := time.monotonic()) < start + wait:
            if now - told >= _TELL_EVERY:
                self.tell(f"{self.host_name}: {self._module} has waited {now - start:.0f} of {wait} s", quiet=False)
                told = now
            time.sleep(_PAUSE)
            readings = self._look(host)
        return readings

    def _holds(self, readings: Readings) -> bool:
        try:
            if self.pending(readings):
                return False
            return not self.plan(readings, self._arguments, self._folder(readings)).required
        except (LeftAloneError, RefusedError, UnreadableError):
            return False

    def _result(self, readings: Readings, plan: Plan, saving: Saving | None = None) -> Result:
        """Return the result of a plan that was done, or in check mode would be.

        Args:
            readings: The last look.
            plan: What was done.
            saving: How the old state was saved before, None if it was not.
        """
        before, after = dict(plan.before), dict(plan.after)
        # What a name ends with that nobody knows before is not foretold.
        folder = saving.folder if saving else ""
        commands = (*(saving.commands if saving else ()), *plan.commands)
        shown = functools.partial(backup.foretold, path=folder if self._task.check_mode else "")
        return {
            "changed": bool(plan),
            "finding": self.finding(readings).to_json(),
            "before": before,
            "after": after,
            "steps": [{"why": one.why, "command": shown(one.command.line)} for one in plan.steps],
            "commands": [shown(command.line) for command in commands],
            "backup": shown(folder) or None,
            "backup_copy": self._copied,
            "restarted": restart.disconnects(plan.commands),
            "diff": {
                "before_header": f"{self.host_name}, {self.CHECK.id}",
                "after_header": f"{self.host_name}, {self.CHECK.id}",
                "before": _as_text(before),
                "after": _as_text(after),
            },
            **self.report(readings, self._arguments),
        }


def _as_text(state: t.Mapping[str, t.Any]) -> str:
    """Return a state as lines. What doesn't exist has none."""
    return "".join(f"{name}: {value}\n" for name, value in state.items() if value is not None)
