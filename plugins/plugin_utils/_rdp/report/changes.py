# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is different from an older report."""

from __future__ import annotations

import dataclasses
import typing as t

from .causes import cause_of
from .fleet import GOOD, FleetReport, HostReport, Json, State, by_name

Kind = t.Literal["broken", "changed", "new", "gone", "fixed"]
#: What needs attention first.
KINDS: tuple[Kind, ...] = t.get_args(Kind)


@dataclasses.dataclass(frozen=True)
class HostChange:
    """How a host is different.

    Attributes:
        host: Its name.
        kind: broken (people got in, and don't any more), changed (something else is wrong now, or is advised
            against), new, gone, fixed (people get in again).
        before: Its state before. None if it was not there.
        after: Its state now. None if it isn't there any more.
        cause_before: Why, before. Empty if it was healthy.
        cause_after: Why, now.
        checks: Each check with another status, as (check, before, after). Empty for a check that was not judged.
    """

    host: str
    kind: Kind
    before: State | None
    after: State | None
    cause_before: str
    cause_after: str
    checks: tuple[tuple[str, str, str], ...]


@dataclasses.dataclass(frozen=True)
class Changes:
    """What is different since a time, by host."""

    since: str | None
    source: str | None
    hosts: tuple[HostChange, ...]

    def of(self, kind: Kind) -> tuple[HostChange, ...]:
        """Return the changes of one kind."""
        return tuple(change for change in self.hosts if change.kind == kind)

    def to_json(self) -> Json:
        """Return plain JSON types."""
        return {
            "since": self.since,
            "source": self.source,
            "hosts": [
                {
                    **dataclasses.asdict(change),
                    "checks": [
                        {"check": check, "before": before or None, "after": after or None}
                        for check, before, after in change.checks
                    ],
                }
                for change in self.hosts
            ],
        }


def compare(report: FleetReport, previous: FleetReport, source: str | None = None) -> Changes:
    """Return what is different in a report from an older one.

    Args:
        report: The report of now.
        previous: The older one.
        source: Its file.
    """
    before = {host.name: host for host in previous.hosts}
    after = {host.name: host for host in report.hosts}
    order = [check.id for check in report.checks]
    found = (_change(name, before.get(name), after.get(name), order) for name in before.keys() | after.keys())
    changes = [change for change in found if change]
    changes.sort(key=lambda change: (KINDS.index(change.kind), by_name(change.host)))
    return Changes(previous.time, source, tuple(changes))


def _change(
    name: str, before: HostReport | None, after: HostReport | None, order: t.Sequence[str]
) -> HostChange | None:
    checks = _checks(before, after, order)
    causes = tuple(_sentence(host) for host in (before, after))
    states = tuple(host.state if host else None for host in (before, after))
    kind: Kind
    if before is None or after is None:
        kind = "new" if before is None else "gone"
    elif (before.state in GOOD) != (after.state in GOOD):
        kind = "fixed" if after.state in GOOD else "broken"
    elif states[0] != states[1] or causes[0] != causes[1] or checks:
        kind = "changed"
    else:
        return None
    return HostChange(name, kind, states[0], states[1], causes[0], causes[1], checks)


def _checks(
    before: HostReport | None, after: HostReport | None, order: t.Sequence[str]
) -> tuple[tuple[str, str, str], ...]:
    """Return the checks with another status. Of a host that was not examined on one side, nothing can be said."""
    if not before or not after or not before.findings or not after.findings:
        return ()
    old, new = ({finding.check: finding.status for finding in host.findings} for host in (before, after))
    names = [*order, *sorted(old.keys() - set(order))]
    return tuple(
        (name, old.get(name, ""), new.get(name, "")) for name in names if old.get(name, "") != new.get(name, "")
    )


def _sentence(host: HostReport | None) -> str:
    cause = cause_of(host) if host else None
    return cause.sentence if cause else ""
