# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a batch of native commands on a Windows host, in one round trip where they fit one line.

Private to this collection. Knows the task's connection and nothing about Remote Desktop.
"""

from __future__ import annotations

import dataclasses
import re
import secrets
import time
import typing as t

from ansible.errors import AnsibleConnectionFailure, AnsibleError

from ._deadline import Late, abandon, arrived, deadline
from ._rdp.errors import HostError
from ._rdp.model import CommandResult

# cmd.exe stops at 8,191 characters. winrm wraps the line into base64 of UTF-16 inside another
# command line of that length, which leaves about 3,040.
_WINRM_BUDGET = 2900
_BUDGET = 8000

# Transports that hand the line to PowerShell, whatever their shell plugin calls itself: since
# ansible-core 2.21 winrm's says "cmd" and still runs PowerShell.
_POWERSHELL_TRANSPORTS = frozenset({"winrm", "psrp"})

# Windows PowerShell hands an argument on as it is, quotes within it included: NativeCommandParameterBinder.cs of
# github.com/PowerShell/PowerShell.
# It takes the typographic quotes for the ASCII one, and all of them are doubled to be literal.
# https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
_SINGLE_QUOTES = re.compile("(['\u2018\u2019\u201a\u201b])")

# How much of an unexpected answer goes into an error message, in characters.
_EXCERPT = 300

# How much of an answer is read, in bytes: 50 times what any host was seen to answer. More costs memory in each fork.
MAX_ANSWER = 32 << 20

# The default time for all commands together, in seconds.
SECONDS = 120.0


# What became of a command that was not sent, or of which nothing came back, before the time was up.
NOT_BEGUN = CommandResult(b"", None, late=True, begun=False)
_NOT_RUN = CommandResult(b"", None, begun=False)


class Execute(t.Protocol):
    """What runs a line on the host."""

    def __call__(self, cmd: str, /, *, sudoable: bool) -> dict[str, t.Any]: ...


class WindowsHost:
    """The host behind a task's connection.

    Args:
        connection: The task's connection plugin.
        execute: The action's ``_low_level_execute_command``.
        rewritten: What each command is turned into before it is sent, such as one with names of this run.

    Raises:
        HostError: The connection doesn't lead to a Windows shell that this collection can use.
    """

    def __init__(
        self, connection: t.Any, execute: Execute, rewritten: t.Callable[[str], str] = lambda command: command
    ) -> None:
        self._connection = connection
        self._execute = execute
        transport = str(connection.transport).rpartition(".")[2]
        self._outer = _outer_shell(transport, connection._shell)
        self._budget = _WINRM_BUDGET if transport == "winrm" else _BUDGET
        self._rewritten = rewritten
        self.round_trips = 0

    def run(
        self, commands: t.Sequence[str], seconds: float = SECONDS, guards: t.Collection[int] = ()
    ) -> list[CommandResult]:
        """Run commands one after the other, whatever the exit codes of those that are no guards.

        Args:
            commands: Lines for cmd.exe. They must not read standard input: it is closed.
            seconds: How long they may take altogether. Then the session is given up, and with it what still runs on the
                host; the next call opens a new one.
            guards: The places of those behind which nothing is run if they fail. The host itself stops there.

        Returns:
            One CommandResult for each command, in order. When the time was up, the first one that is late is the one
            that was
            running, if it is known to have begun. No line is sent after one that was late.

        Raises:
            AnsibleConnectionFailure: The host could not be reached, or the connection broke.
            HostError: The host answered without running the line, or a command is too long for it, in which case
                nothing was sent.
        """
        until = time.monotonic() + seconds
        ran: list[CommandResult] = []
        for batch in self.batches(commands, guards):
            remaining = until - time.monotonic()
            here = {place - len(ran) for place in guards}
            if remaining <= 0 or (ran and ran[-1].late):
                ran += [NOT_BEGUN] * len(batch)
            elif _failed(ran, guards) is not None:
                ran += [_NOT_RUN] * len(batch)
            else:
                ran += self._run_line(batch, remaining, here)
        if (failed := _failed(ran, guards)) is not None and not ran[failed].late:
            ran[failed + 1 :] = [_NOT_RUN] * (len(ran) - failed - 1)
        return ran

    def query(self, commands: t.Sequence[str], seconds: float) -> list[CommandResult]:
        """Run commands that change nothing, as ``run`` does."""
        return self.run(commands, seconds)

    def batches(self, commands: t.Sequence[str], guards: t.Collection[int] = ()) -> list[list[str]]:
        """Return the commands as they fit into lines. ``guards`` are those of run().

        Raises:
            HostError: One of them doesn't fit into any line.
        """
        return list(self._split(commands, guards))

    @property
    def longest_command(self) -> int:
        """How many characters a command can have, in a line of its own and without quotes of PowerShell."""
        return self._budget - len(self._line([""], "0" * 8))

    def _split(self, commands: t.Sequence[str], guards: t.Collection[int]) -> t.Iterator[list[str]]:
        batch: list[str] = []
        # As if all of them were guards, if any is: the few characters don't matter there.
        places = range(len(commands)) if guards else ()
        for command in commands:
            if len(self._line([command], "0" * 8, places)) > self._budget:
                raise HostError(
                    f"A command of {len(command)} characters does not fit a line of this connection: {command[:80]}"
                )
            if batch and len(self._line([*batch, command], "0" * 8, places)) > self._budget:
                yield batch
                batch = []
            batch.append(command)
        if batch:
            yield batch

    def _line(self, commands: list[str], nonce: str, guards: t.Collection[int] = ()) -> str:
        parts = [f"echo @{nonce} b 0@"]
        for index, command in enumerate(commands):
            parts += [f"{self._rewritten(command)} <nul 2>&1", f"echo @{nonce} {index} !errorlevel!@"]
            if index in guards:
                # In brackets: what stands behind an `if` belongs to it, to the end of the line.
                # Unseen: `exit` within brackets ends our cmd.exe there over each connection; Wine's does.
                parts.append("(if !errorlevel! neq 0 exit 0)")
        # Whatever the commands' exit codes: with 0, a non-zero one tells that the transport failed.
        line = " & ".join([*parts, "exit 0"])
        if self._outer == "powershell":
            return "cmd.exe /d /v:on /s /c '" + _SINGLE_QUOTES.sub(r"\1\1", line) + "'"
        return f'cmd.exe /d /v:on /s /c "{line}"'

    def _run_line(self, commands: list[str], seconds: float, guards: t.Collection[int] = ()) -> list[CommandResult]:
        nonce = secrets.token_hex(4)
        self.round_trips += 1
        try:
            with deadline(seconds, MAX_ANSWER):
                answer = self._execute(self._line(commands, nonce, guards), sudoable=False)
        except Late as late:
            data = arrived(late, b"@%s b 0@" % nonce.encode("ascii"))
            abandon(self._connection, late)
            return _cut_late(data, nonce, len(commands), seconds)
        except AnsibleConnectionFailure:
            raise
        except AnsibleError as exc:
            if "timed out" not in str(exc):
                raise
            raise AnsibleConnectionFailure(str(exc)) from exc
        except Exception as exc:
            # requests, urllib3, pywinrm and pypsrp let errors of their own escape, which Ansible would
            # report as a failed module with a traceback.
            raise AnsibleConnectionFailure(f"the connection broke: {type(exc).__name__}: {exc}") from exc
        # Ansible decodes UTF-8 and leaves every other byte as a surrogate: this gives the bytes back.
        data = str(answer["stdout"]).encode("utf-8", "surrogateescape")
        answers = _cut(data, nonce, len(commands))
        if answers is None:
            said = f"{answer['stdout']}\n{answer['stderr']}".strip()
            said = " ".join(said.encode("utf-8", "replace").decode().split())[:_EXCERPT]
            # What isn't an answer of ours may be anything, and goes to a terminal.
            said = "".join(character if character.isprintable() else "?" for character in said)
            raise HostError(
                "The host did not run the commands through cmd.exe "
                f"(exit code {answer['rc']}). It answered: {said or 'nothing'}"
            )
        return _without_floods(answers)


def _failed(ran: t.Sequence[CommandResult], guards: t.Collection[int]) -> int | None:
    """Return the place of the first guard that failed, None if none did."""
    return next((place for place, one in enumerate(ran) if place in guards and one.exit_code != 0), None)


def is_windows(connection: t.Any) -> bool:
    """Whether a task's connection leads to Windows: Ansible knows by the transport or by the shell."""
    transport = str(connection.transport).rpartition(".")[2]
    return transport in _POWERSHELL_TRANSPORTS or bool(getattr(connection._shell, "_IS_WINDOWS", False))


def _outer_shell(transport: str, shell: t.Any) -> t.Literal["powershell", "cmd"]:
    if transport in _POWERSHELL_TRANSPORTS:
        return "powershell"
    family = getattr(shell, "SHELL_FAMILY", "")
    if getattr(shell, "_IS_WINDOWS", False) and family in ("powershell", "cmd"):
        return t.cast('t.Literal["powershell", "cmd"]', family)
    raise HostError(
        f"The connection '{transport}' with the shell '{family or 'unknown'}' does not lead to a Windows shell. "
        "This module examines Windows hosts: use the connection winrm or psrp, or for ssh set "
        "'ansible_shell_type' to 'cmd' or 'powershell', whichever is the login shell there."
    )


def _cut(data: bytes, nonce: str, count: int) -> list[CommandResult] | None:
    """Cut an answer at its markers. None if not even the first one arrived."""
    # Windows' exit codes have 32 bits. What has more digits is none of our marks.
    mark = re.compile(rb"@%s (b|\d{1,9}) (-?\d{1,10})@ ?(?:\r?\n)?" % nonce.encode("ascii"))
    marks = list(mark.finditer(data))
    if not marks or marks[0].group(1) != b"b":
        return None
    ran = [CommandResult(b"", None)] * count
    start, done = marks[0].end(), 0
    for found in marks[1:]:
        if done == count or found.group(1) != b"%d" % done:
            # Not what cmd.exe prints after the commands before: from here on nothing is certain.
            return ran
        ran[done] = CommandResult(data[start : found.start()], int(found.group(2)))
        start = found.end()
        done += 1
    if done < count:
        # What the first command without an end had printed so far helps to explain why it has none.
        ran[done] = CommandResult(data[start:], None)
    return ran


def _without_floods(ran: list[CommandResult]) -> list[CommandResult]:
    """Drop what one command prints too much, and keep the others' answers."""
    kept, room = [], MAX_ANSWER
    for one in ran:
        fits = len(one.data) <= room
        room -= len(one.data) if fits else 0
        kept.append(one if fits else dataclasses.replace(one, data=b"", exit_code=None, flood=True))
    return kept


def _cut_late(data: bytes, nonce: str, count: int, seconds: float) -> list[CommandResult]:
    """Cut what had arrived of an answer when the time was up. The first one without an end was running then."""
    cut = _cut(data, nonce, count)
    if cut is None:
        return [NOT_BEGUN] * count
    cut = _without_floods(cut)
    ended = sum(one.exit_code is not None for one in cut)
    return [
        one if index < ended else dataclasses.replace(one, late=True, begun=index == ended, waited=seconds)
        for index, one in enumerate(cut)
    ]
