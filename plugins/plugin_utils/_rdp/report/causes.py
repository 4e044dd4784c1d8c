# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same cause on many hosts is one cause."""

from __future__ import annotations

import collections
import dataclasses
import typing as t

from ..model import Finding
from .fleet import STATES, FleetReport, HostReport, State

UNREACHABLE = "Could not be reached."
FAILED = "Could not be examined."


class CauseKey(t.NamedTuple):
    """What hosts with the same cause have in common. The check is empty where nothing is known about a host."""

    state: State
    check: str
    summary: str

    @property
    def sentence(self) -> str:
        """The cause as one line."""
        return f"{self.check}: {self.summary}" if self.check else self.summary


@dataclasses.dataclass(frozen=True)
class CauseGroup:
    """Why hosts are in a state.

    Attributes:
        key: What they have in common.
        fix: What to do, where it is the same on all of them.
        section: The section of the article.
        example: The finding of the first host. None for hosts about which nothing is known.
        hosts: Their names, in the order of the report.
    """

    key: CauseKey
    fix: str
    section: str
    example: Finding | None
    hosts: tuple[str, ...]


def cause_of(host: HostReport) -> CauseKey | None:
    """Return what groups the hosts. None for a healthy host."""
    if host.state == "unreachable":
        return CauseKey(host.state, "", UNREACHABLE)
    if host.state == "failed":
        return CauseKey(host.state, "", FAILED)
    if host.state == "healthy":
        return None
    finding = host.telling
    return CauseKey(host.state, *((finding.check, finding.summary) if finding else ("", "Nothing was judged.")))


def causes(report: FleetReport) -> tuple[CauseGroup, ...]:
    """Return the causes: the worst state first, the most hosts first."""
    hosts: dict[CauseKey, list[HostReport]] = collections.defaultdict(list)
    for host in report.hosts:
        if key := cause_of(host):
            hosts[key].append(host)
    order = sorted(hosts, key=lambda key: (STATES.index(key.state), -len(hosts[key]), key))
    return tuple(_group(key, hosts[key]) for key in order)


def _group(key: CauseKey, hosts: list[HostReport]) -> CauseGroup:
    example = hosts[0].telling if key.check else None
    fixes = {finding.fix for host in hosts if key.check and (finding := host.telling)}
    return CauseGroup(
        key,
        fix=fixes.pop() if len(fixes) == 1 else "",
        section=example.section if example else "",
        example=example,
        hosts=tuple(host.name for host in hosts),
    )
