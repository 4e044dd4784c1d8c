# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words of the core: frozen values that every other part shares."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

ARTICLE = "https://learn.microsoft.com/troubleshoot/windows-server/remote/rdp-error-general-troubleshooting"

Status = t.Literal["ok", "warning", "problem", "unknown", "skipped"]
STATUSES: tuple[Status, ...] = ("ok", "warning", "problem", "unknown", "skipped")

#: Whether Remote Desktop is meant to be on, or off, or whether either is fine.
Expect = t.Literal["enabled", "disabled", "any"]
EXPECTS: tuple[Expect, ...] = t.get_args(Expect)

T = t.TypeVar("T")
T_co = t.TypeVar("T_co", covariant=True)


@dataclasses.dataclass(frozen=True)
class Command:
    """One line for cmd.exe, exactly as a person can repeat it in an elevated Command Prompt."""

    line: str


@dataclasses.dataclass(frozen=True)
class PortProbe(Command):
    """A look from the controller at a TCP port of the host. Nothing is run on the host."""

    port: int


@dataclasses.dataclass(frozen=True)
class CommandResult:
    """What became of one command.

    Attributes:
        data: Its standard output and standard error as they came, not decoded.
        exit_code: Its own exit code, or None when the host did not get that far.
        command: The command itself, once its result is read.
        code_page: The host's OEM code page, for text that is not UTF-8. None when not known.
        lost: Why there is no exit code, as a sentence, where that is known.
        late: The time was up before it had ended, or before its result was there. It may have had its effect.
        begun: Whether the host is known to have begun it. What is late may not have, nor what stood behind a guard.
        waited: How long its line had been given when it was late, in seconds, or that in which its program hung before.
        flood: It printed more than is read. What it printed is not kept.
    """

    data: bytes
    exit_code: int | None
    command: Command = Command("")
    code_page: int | None = None
    lost: str = ""
    late: bool = False
    begun: bool = True
    waited: float = dataclasses.field(default=0.0, compare=False)
    flood: bool = False


@dataclasses.dataclass(frozen=True)
class Probe(t.Generic[T_co]):
    """A command that only looks, with the parser of what it prints.

    ``read`` raises UnreadableError when the output doesn't say what was asked.
    """

    command: Command
    read: t.Callable[[CommandResult], T_co]


@dataclasses.dataclass(frozen=True)
class Expectation:
    """What the user wants this host to be.

    Attributes:
        listener: Name of the listener's key below WinStations.
        port: TCP port on which Remote Desktop is expected, 1 to 65535.
        open_port: TCP port that the firewall should let in, None for the listener's own.
        profiles: The profiles of the firewall in which a repair may open a port.
        rights: Find out who may log on through Remote Desktop by policy, which takes seconds on the host.
        expect: What Remote Desktop is meant to be on this host.
        must_answer: Remote Desktop has to answer the controller, whatever is in between.
        now: The time by the controller's clock with its time zone, None if it doesn't matter.
    """

    listener: str = "RDP-Tcp"
    port: int = 3389
    open_port: int | None = None
    profiles: tuple[str, ...] = ("domain", "private")
    rights: bool = False
    expect: Expect = "enabled"
    must_answer: bool = False
    now: datetime.datetime | None = None


@dataclasses.dataclass(frozen=True)
class Verdict:
    """A judgement, without the name of the check that made it.

    Attributes:
        status: What it comes to.
        summary: The judgement as a sentence.
        expected: What a healthy host has.
        found: What this host has.
        fix: What to do about it, in words.
        repair: The module that repairs it, by its full name. Empty where none does.
        settles: It says all about this host: whether the rest works doesn't matter.
    """

    status: Status
    summary: str
    expected: str = ""
    found: str = ""
    fix: str = ""
    repair: str = ""
    settles: bool = False


def ok(summary: str, *, found: str = "") -> Verdict:
    """Everything is as it should be."""
    return Verdict("ok", summary, found=found)


def warning(summary: str, *, expected: str, found: str, fix: str = "", repair: str = "") -> Verdict:
    """It works, and Microsoft advises against it."""
    return _advised("warning", summary, expected, found, fix, repair)


def problem(summary: str, *, expected: str, found: str, fix: str = "", repair: str = "") -> Verdict:
    """This keeps people out."""
    return _advised("problem", summary, expected, found, fix, repair)


def unknown(summary: str, *, expected: str = "", found: str = "", fix: str = "") -> Verdict:
    """Could not look, or could not read what was seen."""
    return Verdict("unknown", summary, expected, found, fix)


def skipped(summary: str) -> Verdict:
    """Not judged, because of another check or of the host's role."""
    return Verdict("skipped", summary)


def use(repair: str) -> str:
    """Return the advice to use a module."""
    return f"Use {repair}."


def _advised(status: Status, summary: str, expected: str, found: str, fix: str, repair: str) -> Verdict:
    return Verdict(status, summary, expected, found, fix or (use(repair) if repair else ""), repair)


@dataclasses.dataclass(frozen=True)
class Finding:
    """A verdict with everything that a person needs to repeat and to repair it."""

    check: str
    status: Status
    summary: str
    expected: str
    found: str
    fix: str
    repair: str
    section: str
    commands: tuple[str, ...]

    def to_json(self) -> dict[str, t.Any]:
        """Return plain JSON types, in the order in which people read them."""
        return {**dataclasses.asdict(self), "repair": self.repair or None, "commands": list(self.commands)}


@dataclasses.dataclass(frozen=True)
class Change:
    """One command that changes the host.

    Attributes:
        command: What is run.
        why: What it is for, as a sentence.
        undo: The commands that take it back, as a person would type them, first to last.
        optional: The repair holds without it: a failure is reported, and nothing is undone for it.
    """

    command: Command
    why: str
    undo: tuple[Command, ...] = ()
    optional: bool = False


@dataclasses.dataclass(frozen=True)
class TextFile:
    """An ASCII file that a repair writes into its backup folder, and reads back before it uses it."""

    path: str
    lines: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a repair would do. Nothing to do is an empty plan.

    Attributes:
        changes: The commands in the order in which they run.
        restart: The commands that restart a service afterwards. What they are undone by runs after that of the changes.
        saves: The commands that put what is going to change into the backup folder, before anything changes.
        files: The files that the changes use.
        before: The state that the plan changes, by name.
        after: The state that the plan leaves, by the same names.
        first: Changes that must have taken effect before the others are run: the host is looked at in between.
        last: Changes that clear up, and are run when the repair has been proven.
    """

    changes: tuple[Change, ...] = ()
    restart: tuple[Change, ...] = ()
    saves: tuple[Command, ...] = ()
    files: tuple[TextFile, ...] = ()
    before: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    after: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    first: tuple[Change, ...] = ()
    last: tuple[Change, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.first or self.changes or self.restart)

    @property
    def required(self) -> bool:
        """Whether there is anything to do without which a repair does not hold."""
        return bool(self.first or self.restart) or not all(change.optional for change in self.changes)

    @property
    def steps(self) -> tuple[Change, ...]:
        """Everything that changes the host, in its order."""
        return (*self.first, *self.changes, *self.restart, *self.last)

    @property
    def commands(self) -> tuple[Command, ...]:
        """The commands of the steps."""
        return tuple(change.command for change in self.steps)
