# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One host as a transport sees it: a machine, who may log on, what is wrong with the wire, what was counted."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import random
import threading
from collections.abc import Callable, Iterator

from ..machine import Machine
from ..process import Hanging, LoggedCommand, ProcessResult, StartInfo, WireCut
from ..programs import split_program
from .faults import TransportFaults
from .reactor import Reactor

#: STATUS_CONTROL_C_EXIT, the exit code of a console process ended by Ctrl-C, as a signed number
#: https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-erref/596a1078-e883-4972-9bbc-49e60bebca55
CONTROL_C_EXIT = -1073741510


#: one line of what a host prints that floods its client
FLOOD = b"  TCP    10.20.30.40:50000" + b"0" * 65000 + b"\r\n"


class Traffic:
    """What went over the sockets of one host: HTTP requests, and bytes with heads and bodies."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.requests = 0
        self.bytes_up = 0
        self.bytes_down = 0

    def count_request(self, size: int) -> None:
        with self._lock:
            self.requests += 1
            self.bytes_up += size

    def count_up(self, size: int) -> None:
        with self._lock:
            self.bytes_up += size

    def count_down(self, size: int) -> None:
        with self._lock:
            self.bytes_down += size

    def reset(self) -> None:
        with self._lock:
            self.requests = self.bytes_up = self.bytes_down = 0

    def as_dict(self) -> dict[str, int]:
        with self._lock:
            return {"requests": self.requests, "bytes_up": self.bytes_up, "bytes_down": self.bytes_down}


class Stopped(WireCut):
    """The client signalled the command to stop, and it was stopped before its next step."""


class RunControl:
    """The handle by which a transport stops one running command."""

    def __init__(self) -> None:
        self.stopped = False
        self._event = asyncio.Event()

    def stop(self) -> None:
        """Ask the command to stop before its next step (in the loop)."""
        self.stopped = True
        self._event.set()

    async def wait(self) -> None:
        """Wait until the command is stopped."""
        await self._event.wait()

    async def delay(self, seconds: float) -> None:
        """Wait, but not longer than until the command is stopped."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), seconds)


@dataclasses.dataclass
class ServedHost:
    """A machine with the account that may reach it and the faults of the wire in between."""

    machine: Machine
    address: str
    user: str
    password: str
    reactor: Reactor
    faults: TransportFaults
    traffic: Traffic = dataclasses.field(default_factory=Traffic)
    #: called after every run, because it may have changed what the host's network should do
    after_run: Callable[[], None] = lambda: None
    #: exceptions of the lab itself, as text; a test of the lab must find this empty
    failures: list[str] = dataclasses.field(default_factory=list)
    #: commands that hang at this moment, because no client has stopped them
    hanging: int = 0
    _runs: threading.Lock = dataclasses.field(default_factory=threading.Lock)

    @property
    def name(self) -> str:
        return self.machine.name

    async def execute(
        self, work: Callable[[], ProcessResult], control: RunControl, printed: Callable[[bytes], None] = lambda _: None
    ) -> ProcessResult:
        """Run `work` (a call of the machine) in the pool, with the faults of the wire applied to it.

        `printed` is called with what a command has written to standard output before it hangs.

        Raises WireCut when the connection is to be dropped without an answer.
        """
        slow = self.faults.get("slow")
        if slow is not None:
            await control.delay(slow)
        if control.stopped:
            return ProcessResult(b"", b"", CONTROL_C_EXIT)
        try:
            ran = await self.reactor.in_pool(lambda: self._run(work, control))
        except Stopped:
            return ProcessResult(b"", b"", CONTROL_C_EXIT)
        except Hanging as hanging:
            await self._hang(hanging, control, printed)
            return ProcessResult(b"", b"", CONTROL_C_EXIT)
        except WireCut:
            raise
        except Exception as error:  # a defect of the lab: never a silent success, and it must be found
            self.failures.append(f"{type(error).__name__}: {error}")
            note_error(self.machine, "a command", f"the lab failed: {type(error).__name__}: {error}")
            return ProcessResult(b"", f"lab: {type(error).__name__}: {error}\r\n".encode(), -1)
        return self._spoil(ran)

    async def _hang(self, hanging: Hanging, control: RunControl, printed: Callable[[bytes], None]) -> None:
        self.hanging += 1
        try:
            printed(hanging.stdout)
            await control.wait()
        finally:
            self.hanging -= 1

    def _run(self, work: Callable[[], ProcessResult], control: RunControl) -> ProcessResult:
        with self._runs, self._hooked(control):
            try:
                return work()
            finally:
                self.after_run()

    @contextlib.contextmanager
    def _hooked(self, control: RunControl) -> Iterator[None]:
        """Put the wire's own hook before every command of this run; a hook that is there already goes on working."""
        machine = self.machine
        before = machine.before_command
        drop_at = self.faults.get("drop-mid-batch")
        seen = 0

        def hook(of: Machine, line: str) -> None:
            nonlocal seen
            if control.stopped:
                raise Stopped(line)
            if self.faults.get(f"hangs-{_program(line)}") is not None:
                raise Hanging(line)
            if not _is_echo(line):
                seen += 1
                if drop_at is not None and seen >= drop_at:
                    raise WireCut(f"dropped before: {line}")
            if before is not None:
                before(of, line)

        machine.before_command = hook
        try:
            with self._flooding(machine):
                yield
        finally:
            if machine.before_command is hook:
                machine.before_command = before

    @contextlib.contextmanager
    def _flooding(self, machine: Machine) -> Iterator[None]:
        """Let netstat print as much as the fault says."""
        megabytes = self.faults.get("flood")
        if megabytes is None:
            yield
            return
        original = machine.run_program

        def run_program(start: StartInfo) -> int:
            if start.program.name == "netstat":
                start.handles.stdout.write(FLOOD * int(megabytes * 1e6 / len(FLOOD)))
            return original(start)

        vars(machine)["run_program"] = run_program
        try:
            yield
        finally:
            del vars(machine)["run_program"]

    def _spoil(self, ran: ProcessResult) -> ProcessResult:
        stdout = ran.stdout
        if self.faults.get("garbage") is not None:
            stdout = random.Random(self.name).randbytes(max(64, len(stdout)))
        limit = self.faults.get("truncate")
        if limit is not None:
            stdout = stdout[: int(limit)]
        return ran if stdout is ran.stdout else ProcessResult(stdout, ran.stderr, ran.exit_code)


def _program(line: str) -> str:
    """The program that a command line names, without its folder."""
    return split_program(line.lstrip(" @("))[0].rpartition("\\")[2].lower().removesuffix(".exe")


def _is_echo(line: str) -> bool:
    """Whether the command only writes a text: the markers between the commands of a batch don't count."""
    return line.lstrip(" @(").lower().startswith("echo")


def note_error(machine: Machine, line: str, reason: str, exit_code: int = 1) -> None:
    """Log something that the lab did not understand, so that `machine.errors()` names it."""
    machine.log.append(LoggedCommand(line, exit_code, False, reason=reason))
