# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of every repair: gather, plan, (check mode: show), save, apply, gather again, plan again, verify.

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

from ._action import ArgumentSpec, HostAction, Result
from ._backup_copy import copy as backup_copy
from ._host import WindowsHost
from ._rdp import probes
from ._rdp.check import Check
from ._rdp.diagnosis import diagnose
from ._rdp.errors import HostError, LeftAloneError, RefusedError, UnreadableError
from ._rdp.model import Change, Expectation, Finding, Plan, Probe
from ._rdp.repairs import backup, restart
from ._rdp.repairs.run import RepairRun
from ._rdp.state import windows
from ._rdp.state.host import Host
from ._rdp.state.windows import refuse_unfinished_setup
from ._rdp.tools import net
from ._saving import Saving
from ._services import LOOK, bring_up, running, stopped
from ._steps import complaints, run_all, run_commands, run_steps
from ._verification import verify as handshake

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
    # Checks that judge the wanted state in addition to CHECK.
    RELATED_CHECKS: t.ClassVar[tuple[Check, ...]] = ()
    # Probes that `plan` needs in addition to those of the checks.
    EXTRA_PROBES: t.ClassVar[tuple[Probe[t.Any], ...]] = ()
    # What a person can do when the repair did not hold.
    FAILURE_ADVICE: t.ClassVar[str] = ""
    # Keep waiting after a failed command: a service may start late.
    WAIT_AFTER_FAILURE: t.ClassVar[bool] = True

    # The repair in hand, None before it can begin.
    _memory: RepairRun | None = None

    # The copy of what was saved, on the controller.
    _copied: str | None = None

    @abc.abstractmethod
    def plan(self, host: Host, run: RepairRun) -> Plan:
        """Plan what brings a host into the wanted state. Changes nothing, here or there.

        Args:
            host: What is known of the host.
            run: The options, and what this task has done so far.

        Raises:
            LeftAloneError: Somebody means it to be as it is.
            RefusedError: No plan would be safe, or succeed.
            UnreadableError: The state of the host could not be read.
        """

    def extra_probes(self, host: Host, arguments: t.Mapping[str, t.Any]) -> tuple[Probe[t.Any], ...]:
        """Return what else to look at, as far as what is known so far tells. Asked again after each look."""
        return ()

    def handshake_port(self, host: Host, run: RepairRun) -> int | None:
        """Return the port at which a handshake verifies a repair that the host itself says holds, None for none.

        What the handshake shows is in ``run.verification`` when ``verify`` is called.
        """
        return None

    def verify(self, host: Host, run: RepairRun) -> str:
        """Verify from outside that a repair holds which the host itself says does.

        Returns:
            What is wrong, as sentences: the repair is then undone. Nothing when it is verified.
        """
        return ""

    def doubt(self, host: Host, run: RepairRun) -> str:
        """Say from outside what speaks against a repair that is done and can't be taken back, or nothing."""
        return ""

    def in_transition(self, host: Host) -> bool:
        """Whether the host is still on its way to its next state."""
        return False

    def precondition_failure(self, host: Host, run: RepairRun) -> str:
        """Say what makes every repair of this module pointless, or nothing."""
        return ""

    def fallback(self, host: Host, run: RepairRun) -> tuple[Change, ...]:
        """Return what else to do when the plan alone didn't bring the host where it should be."""
        return ()

    def advice(self, host: Host) -> str:
        """Say what a person can do when the repair did not hold, by the last look before it was taken back."""
        return self.FAILURE_ADVICE

    def announce(self, plan: Plan, run: RepairRun) -> None:
        """Tell people what is going to take long, before it begins."""

    def report(self, host: Host, run: RepairRun) -> Result:
        """Return what the module's result holds in addition to that of every repair."""
        return {}

    @property
    def expected(self) -> Expectation:
        """What the task wants the host to be."""
        return Expectation(
            listener=str(self._arguments.get("listener", Expectation.listener)),
            port=self._arguments.get("port", Expectation.port),
            profiles=tuple(self._arguments.get("profiles", Expectation.profiles)),
            now=self._now,
        )

    def finding(self, host: Host) -> Finding:
        """Judge the wanted state: the first judgement of several that is not ok."""
        found = diagnose((self.CHECK, *self.RELATED_CHECKS), host, self.expected)
        return next((finding for finding in found if finding.status not in ("ok", "skipped")), found[0])

    def act(self, host: WindowsHost, arguments: dict[str, t.Any]) -> Result:
        """Repair the host, or in check mode say what would be done."""
        seen = self.begin(host, arguments)
        if not self._task.check_mode:
            seen = self._wait(host, seen, lambda now: not self.in_transition(now))
        run = self.run_of(seen)
        try:
            if failure := self.precondition_failure(seen, run):
                return {**self._result(seen, Plan(), run), "failed": True, "msg": failure}
            plan = self.plan(seen, run)
            if not plan:
                return self._result(seen, plan, run)
            run.planned = plan
            return self._repair(host, seen, plan, run)
        except LeftAloneError as exc:
            return {**self._result(seen, Plan(), run), "warnings": [str(exc)]}
        except RefusedError as exc:
            waits = self.CHECK.requires and self.finding(seen).status == "skipped"
            if not (self._task.check_mode and waits):
                raise
            # An earlier task may repair what this one requires. In check mode it only said so.
            return {**self._result(seen, Plan(), run), "warnings": [str(exc)]}
        except UnreadableError as exc:
            raise RefusedError(
                f"Nothing was changed, because the host could not be judged: {exc.reason} {exc.line}"
            ) from exc

    def begin(self, host: WindowsHost, arguments: dict[str, t.Any]) -> Host:
        """Look at the host with the options of the task."""
        self._arguments = arguments
        self._now = datetime.datetime.now(tz=datetime.UTC)
        self._unique = secrets.token_hex(2)
        return self._gather(host)

    def run_of(self, seen: Host) -> RepairRun:
        """Return the memory of a repair that begins with what is known of the host now.

        Raises:
            UnreadableError: No folder for a backup can be named.
        """
        last = seen.readings.of(backup.LAST_BACKUP)
        folder = backup.folder(seen.system_root, last, self.CHECK.id, self._unique)
        self._memory = RepairRun(self._arguments, bool(self._task.check_mode), folder, seen)
        return self._memory

    def _repair(self, host: WindowsHost, seen: Host, plan: Plan, run: RepairRun) -> Result:
        refuse_unfinished_setup(seen.readings.of(probes.SETUP))
        windows.refuse_emulated(seen.readings)
        if restart.disconnects(plan.commands):
            self._refuse_to_disconnect_people(host, seen)
        saving = Saving.of(plan, run.folder, self._module)
        # What doesn't fit is found out before anything is sent.
        sent = (*saving.commands, *plan.commands, *backup.undo_commands(plan))
        host.batches([command.line for command in sent], range(len(sent)))
        if run.check_mode:
            return self._result(seen, plan, run, saving)
        saving.run(host)
        if directory := self._arguments.get("backup_copy"):
            self._copied = str(backup_copy(host, self.host_name, saving, directory))
        self.announce(plan, run)
        run.begun = True
        try:
            return self._change(host, seen, plan, run, saving)
        except AnsibleConnectionFailure as exc:
            raise AnsibleConnectionFailure(
                f"{exc} - in the middle of a repair: run it again, or {run.folder}\\{backup.UNDO} on the host to undo "
                "it."
            ) from exc

    def _change(self, host: WindowsHost, before: Host, plan: Plan, run: RepairRun, saving: Saving) -> Result:
        """Do what a plan says and verify it, or take it back."""
        seen, done, wrong = before, plan, None
        try:
            seen, done, wrong = self._apply(host, plan, run)
        except HostError as exc:
            # It answered until now, so it may do so again.
            wrong = [str(exc)]
        if wrong is None:
            failed = run_commands(host, [change.command for change in plan.last])
            result = self._result(seen, dataclasses.replace(done, last=plan.last), run, saving)
            result["warnings"] = [*result.get("warnings", ()), *failed]
            doubt = self.doubt(seen, run)
            return {**result, "failed": True, "msg": doubt} if doubt else result
        try:
            undone = self._take_back(host, done, before, run)
        except HostError as exc:
            undone = f"It could not be undone: {exc} Run {run.folder}\\{backup.UNDO} on the host, as administrator."
        message = [*wrong, undone, f"What was saved is in {run.folder}.", self.advice(seen)]
        result = self._result(seen, done, run, saving)
        return {**result, "failed": True, "msg": " ".join(filter(None, message))}

    def _refuse_to_disconnect_people(self, host: WindowsHost, seen: Host) -> None:
        """Ask who is connected, and what else would have to be stopped with TermService, where it is about to be.

        Raises:
            RefusedError: Somebody would lose more than the task's options allow.
        """
        restart.refuse_while_connected(
            self._arguments.get("disconnect", "when_idle"), seen.readings.get(probes.SESSIONS)
        )
        found = self.gather_more(host, seen.readings, (probes.TERM_SERVICE_DEPENDENTS,))
        restart.refuse_other_dependents(found.get(probes.TERM_SERVICE_DEPENDENTS))

    def _apply(self, host: WindowsHost, plan: Plan, run: RepairRun) -> tuple[Host, Plan, list[str] | None]:
        """Run a plan up to its verification.

        Returns:
            The last look, what was done of the plan, and what is wrong with it as sentences, None if it is verified.
        """
        done = dataclasses.replace(plan, changes=(), restart=(), last=())
        if plan.first:
            failed, begun = self._run_changes(host, plan.first)
            seen = self._gather(host)
            if (doubt := self._unprepared(seen, run)) is not None:
                done = dataclasses.replace(done, first=plan.first[:begun])
                return seen, done, [_DID_NOT_HOLD, *failed, doubt]
        failed, begun = self._run_changes(host, plan.changes, plan.restart)
        # What the restart is undone by stands at one of its commands, so it was done as a whole or not at all.
        restarted = plan.restart if begun > len(plan.changes) else ()
        done = dataclasses.replace(plan, changes=plan.changes[:begun], restart=restarted, last=())
        seen = self._gather(host)
        holds = functools.partial(self._holds, run)
        if self.WAIT_AFTER_FAILURE or not failed:
            seen = self._wait(host, seen, holds)
        if not holds(seen) and (more := self._permitted_fallback(host, seen, run)):
            done = dataclasses.replace(done, restart=(*done.restart, *more))
            failed = run_commands(host, [change.command for change in more])
            seen = self._wait(host, self._gather(host), holds)
        if not holds(seen):
            return seen, done, [_DID_NOT_HOLD, *failed]
        run.held = True
        if (port := self.handshake_port(seen, run)) is not None:
            run.verification = handshake(self._connection, port)
        doubt = self.verify(seen, run)
        return seen, done, [doubt] if doubt else None

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
        # Whether what is late has begun is not known: it counts as done, so that it is undone.
        return complaints(commands, ran), sum(one.begun or one.late for one in ran)

    def _unprepared(self, seen: Host, run: RepairRun) -> str | None:
        """Say why the changes of ``first`` have not brought what the others need, None if they have."""
        try:
            return "" if self.plan(seen, run).first else None
        except (LeftAloneError, RefusedError, UnreadableError) as exc:
            return str(exc)

    def _take_back(self, host: WindowsHost, done: Plan, before: Host, run: RepairRun) -> str:
        """Undo what was done, look, and say how that went.

        Args:
            host: Where.
            done: What was done.
            before: The host as it was seen before that.
            run: The repair.
        """
        undo = backup.undo_commands(done)
        failed = complaints(undo, run_all(host, undo))
        seen = self._wait(host, self._gather(host), lambda now: not self.in_transition(now))
        services = running(before.readings)
        said = bring_up(host, services, lambda: self.gather_probes(host, LOOK), self._arguments.get("wait", 0))
        doubt = self._not_as_before(self._gather(host) if stopped(services, seen.readings) else seen, done, run)
        if not said and not doubt:
            return "It was undone."
        return " ".join(["NOT ALL OF IT COULD BE UNDONE:", *said, *([doubt] if doubt else []), *failed])

    def _not_as_before(self, seen: Host, done: Plan, run: RepairRun) -> str:
        """Say how the host differs from where the plan began, or nothing."""
        try:
            plan = self.plan(seen, run)
        except (LeftAloneError, RefusedError) as exc:
            return str(exc)
        except UnreadableError as exc:
            return f"The host could not be judged: {exc.reason} {exc.line}".rstrip() + "."
        if not plan or plan.before == done.before:
            # Nothing left to be done is where it should have been brought.
            return ""
        names = [name for name in {**done.before, **plan.before} if plan.before.get(name) != done.before.get(name)]
        return " ".join(f"{name} was {done.before.get(name)}, and is {plan.before.get(name)}." for name in names)

    def _permitted_fallback(self, host: WindowsHost, seen: Host, run: RepairRun) -> tuple[Change, ...]:
        try:
            more = self.fallback(seen, run)
            if more:
                self._refuse_to_disconnect_people(host, seen)
            return more
        except (RefusedError, UnreadableError):
            return ()

    @property
    def _module(self) -> str:
        return str(self._task.action).rpartition(".")[2]

    def _gather(self, host: WindowsHost) -> Host:
        checks = (self.CHECK, *self.RELATED_CHECKS)
        also = (*self.EXTRA_PROBES, probes.SESSIONS, backup.LAST_BACKUP)
        return self.gather(host, checks, self.expected, also, lambda seen: self.extra_probes(seen, self._arguments))

    def _wait(self, host: WindowsHost, seen: Host, arrived: t.Callable[[Host], bool]) -> Host:
        """Look again until the host has arrived, as long as the user wants to wait."""
        wait = self._arguments.get("wait", 0)
        start = told = time.monotonic()
        while not arrived(seen) and (now := time.monotonic()) < start + wait:
            if now - told >= _TELL_EVERY:
                self.tell(f"{self.host_name}: {self._module} has waited {now - start:.0f} of {wait} s", quiet=False)
                told = now
            time.sleep(_PAUSE)
            seen = self._gather(host)
        return seen

    def _holds(self, run: RepairRun, seen: Host) -> bool:
        try:
            return not self.in_transition(seen) and not self.plan(seen, run).required
        except (LeftAloneError, RefusedError, UnreadableError):
            return False

    def _result(self, seen: Host, plan: Plan, run: RepairRun, saving: Saving | None = None) -> Result:
        """Return the result of a plan that was done, or in check mode would be.

        Args:
            seen: The last look.
            plan: What was done.
            run: The repair.
            saving: How the old state was saved before, None if it was not.
        """
        before, after = dict(plan.before), dict(plan.after)
        # The random part of a folder's name is not predicted.
        folder = saving.folder if saving else ""
        commands = (*(saving.commands if saving else ()), *plan.commands)
        shown = functools.partial(backup.foretold, path=folder if run.check_mode else "")
        return {
            "changed": bool(plan),
            "finding": self.finding(seen).to_json(),
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
            **self.report(seen, run),
        }


def _as_text(state: t.Mapping[str, t.Any]) -> str:
    """Return a state as lines. What doesn't exist has none."""
    return "".join(f"{name}: {value}\n" for name, value in state.items() if value is not None)
