# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vocabulary of a report: hosts in a state, with what was found on them. Frozen values."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ..model import Finding
from .windows_names import windows_and_build, windows_name

State = t.Literal["problem", "unknown", "unreachable", "failed", "warning", "healthy"]
#: The worst first, which is the order of a report.
STATES: tuple[State, ...] = t.get_args(State)
#: People get in.
GOOD: tuple[State, ...] = ("healthy", "warning")
#: Nothing is known about the host's Remote Desktop.
UNSEEN: tuple[State, ...] = ("unreachable", "failed")

Json = dict[str, t.Any]

_DIGITS = re.compile(r"([0-9]{1,15})")


@dataclasses.dataclass(frozen=True)
class CheckInfo:
    """A check that a report shows.

    Attributes:
        id: Its name, lower-case letters, digits and underscores.
        title: The state of health, as a sentence.
        section: The section of the article.
    """

    id: str
    title: str = ""
    section: str = ""


@dataclasses.dataclass(frozen=True)
class RepairRecord:
    """What was repaired on a host.

    Attributes:
        check: The check whose finding it was.
        before: The values before, by name.
        after: The values after.
        commands: What was run, or in check mode what would have been run.
        backup: The folder on the host with what was saved.
    """

    check: str
    before: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    after: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    commands: tuple[str, ...] = ()
    backup: str | None = None


@dataclasses.dataclass(frozen=True)
class HostReport:
    """One host at one time.

    Attributes:
        name: As the inventory calls it.
        state: What it comes to.
        time: When it was looked at, as ``2026-02-28T09:30:00Z``. None if that isn't known.
        source: The file that says so. None for a result of this play.
        error: Why it could not be examined.
        cause: The check that explains the others.
        next_step: What to do now.
        findings: In the order of the article.
        facts: What else was seen.
        outputs: What the commands printed, by command.
        before: The findings before a repair. None without a repair.
        repairs: What was repaired, in order.
        refusals: What could not be repaired, and why.
    """

    name: str
    state: State
    time: str | None = None
    source: str | None = None
    error: str = ""
    cause: str | None = None
    next_step: str = ""
    findings: tuple[Finding, ...] = ()
    facts: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    outputs: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    before: tuple[Finding, ...] | None = None
    repairs: tuple[RepairRecord, ...] = ()
    refusals: tuple[str, ...] = ()

    @property
    def telling(self) -> Finding | None:
        """The finding that says most: the cause, else the first that could not be judged, else the first warning."""
        for finding in self.findings:
            if finding.check == self.cause:
                return finding
        # A host with a warning is healthy, so what was skipped there was skipped on purpose.
        for status in ("warning",) if self.state == "warning" else ("problem", "unknown", "skipped"):
            for finding in self.findings:
                if finding.status == status:
                    return finding
        return None

    @property
    def windows(self) -> str:
        """What it runs: 'Server 2022, build 20348'. Empty if that isn't known."""
        return windows_and_build(self.facts.get("windows"))

    @property
    def windows_name(self) -> str:
        """The same without the build."""
        return windows_name(self.facts.get("windows"))


@dataclasses.dataclass(frozen=True)
class Duplicate:
    """A host that was there more than once: which entry counts, and which don't, each as (source, time)."""

    host: str
    kept: tuple[str | None, str | None]
    dropped: tuple[tuple[str | None, str | None], ...]


@dataclasses.dataclass(frozen=True)
class TargetRow:
    """One row of a reach matrix, as the filter reach_matrix documents it."""

    name: str
    blocked: str
    outcomes: t.Mapping[str, str]
    where: str
    reason: str
    next_step: str
    section: str
    notes: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class ReachMatrix:
    """Who reaches whom.

    Attributes:
        matrix: What the filter reach_matrix returned.
        vantages: The computers that looked.
        targets: What they saw.
        time: When.
        source: The file that says so. None for a matrix of this play.
    """

    matrix: t.Mapping[str, t.Any]
    vantages: tuple[str, ...] = ()
    targets: tuple[TargetRow, ...] = ()
    time: str | None = None
    source: str | None = None


@dataclasses.dataclass(frozen=True)
class FleetReport:
    """Everything that a report tells.

    Attributes:
        title: What it is called.
        time: When the youngest of its hosts was looked at.
        checks: The checks that any of its hosts was judged by, in the order of the article.
        hosts: By name, web2 before web10.
        reach: The matrices, the youngest first.
        duplicates: By host.
    """

    title: str
    time: str | None
    checks: tuple[CheckInfo, ...]
    hosts: tuple[HostReport, ...]
    reach: tuple[ReachMatrix, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()


def by_name(name: str) -> tuple[t.Any, ...]:
    """Return the key that sorts names as people do: web2 before web10."""
    parts = _DIGITS.split(name.casefold())
    return tuple(int(part) if at % 2 else part for at, part in enumerate(parts)), name
