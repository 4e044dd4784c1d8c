# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs commands that change a host: each has its time, and what failed is said in words.

Private to this collection.
"""

from __future__ import annotations

import re
import typing as t

from ._host import WindowsHost
from ._rdp.model import Command, CommandResult
from ._rdp.text import decode

# How long commands may take, in seconds. Those that are not here are quick.
_QUICK = 20.0
# The time for each command in addition to the slowest of a line: not all of them are slow at once.
_BESIDE = 15.0
_SLOW = {
    # "The service control manager waits for the time that is specified by the wait hint", and net.exe with it. Services
    # of their own accord take up to two minutes: https://learn.microsoft.com/windows/win32/services/service-servicemain-function
    "net": 120.0,
    # A large key, onto a slow disk.
    "reg export": 120.0,
    "powershell.exe": 60.0,
    "netsh": 60.0,
}
_WAITS = re.compile(r"^gpupdate .*/wait:(\d{1,5})\b")
# gpupdate reads the list of GPOs from a domain controller before it begins to wait.
_BESIDE_THE_WAIT = 60.0
# The shortest command of all, which tells whether a host answers.
_SIGN_OF_LIFE = "ver"

# How much of what a failed command printed goes into a message, in characters.
_EXCERPT = 400


def seconds_for(command: Command) -> float:
    """Return how long a command may take before it counts as one that hangs, in seconds."""
    if waits := _WAITS.match(command.line):
        return float(waits[1]) + _BESIDE_THE_WAIT
    return next((seconds for start, seconds in _SLOW.items() if command.line.startswith(f"{start} ")), _QUICK)


def run_steps(host: WindowsHost, commands: t.Sequence[Command], guards: t.Collection[int] = ()) -> list[CommandResult]:
    """Run commands one after the other, in one round trip where they fit a line. None is run behind one that hangs.

    Args:
        host: Where.
        commands: What.
        guards: The places of those behind which nothing is run if they fail.
    """
    if not commands:
        return []
    seconds = max(map(seconds_for, commands)) + _BESIDE * (len(commands) - 1)
    return host.run([one.line for one in commands], seconds, guards)


def run_all(host: WindowsHost, commands: t.Sequence[Command]) -> list[CommandResult]:
    """Run all commands, whatever their results: one that hangs is abandoned, and the next ones still run.

    Where the host does not even answer the shortest command, nothing more is sent.
    """
    ran: list[CommandResult] = []
    while len(ran) < len(commands):
        got = run_steps(host, commands[len(ran) :])
        late = next((place for place, one in enumerate(got) if one.late), None)
        if late is None:
            return ran + got
        if not got[late].begun and not late:
            # Which of them hangs is not known: each has a line of its own.
            return ran + _one_by_one(host, commands[len(ran) :])
        ran += got[: late + 1] if got[late].begun else got[:late]
    return ran


def _one_by_one(host: WindowsHost, commands: t.Sequence[Command]) -> list[CommandResult]:
    ran: list[CommandResult] = []
    for command in commands:
        if (not ran or ran[-1].late) and not _answers(host):
            return ran + [CommandResult(b"", None, late=True, begun=False)] * (len(commands) - len(ran))
        ran += run_steps(host, (command,))
    return ran


def _answers(host: WindowsHost) -> bool:
    return not host.run([_SIGN_OF_LIFE], _QUICK)[0].late


def run_commands(host: WindowsHost, commands: t.Sequence[Command]) -> list[str]:
    """Run commands and return what went wrong, as sentences."""
    return complaints(commands, run_steps(host, commands))


def complaints(commands: t.Sequence[Command], ran: t.Sequence[CommandResult]) -> list[str]:
    """Return what went wrong with commands, as sentences. Those that were not begun are left out.

    Args:
        commands: What was run.
        ran: What became of each.
    """
    wrong = [pair for pair in zip(commands, ran, strict=True) if pair[1].exit_code != 0]
    begun = [said(command, one) for command, one in wrong if one.begun]
    return begun or (["The host does not answer."] if wrong else [])


def said(command: Command, ran: CommandResult) -> str:
    """Return a failed command with what it printed, in the host's own language, as a sentence."""
    if ran.late:
        code = f"was not done within {ran.waited or seconds_for(command):.0f} s"
    else:
        code = "did not end" if ran.exit_code is None else f"ended with exit code {ran.exit_code}"
    text = " ".join(decode(ran.data).split())[:_EXCERPT].rstrip(".")
    return f"'{command.line}' {code}{': ' + text if text else ''}."
