# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same cause on many hosts is one cause."""

from __future__ import annotations

import collections
import dataclasses

from ..model import Finding
from .fleet import STATES, Host, Report, State

UNREACHABLE = "Could not be reached."
FAILED = "Could not be examined."


@dataclasses.dataclass(frozen=True)
class Cause:
    """Why hosts are in a state.

    Attributes:
        state: That state.
        check: The check that says so. Empty for hosts about which nothing is known.
        summary: What is wrong.
        fix: What to do, where it is the same on all of them.
        section: The section of the article.
        example: The finding of the first host. None for hosts about which nothing is known.
        hosts: Their names, in the order of the report.
    """

    state: State
    check: str
    summary: str
    fix: str
    section: str
    example: Finding | None
    hosts: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The cause as one line."""
        return f"{self.check}: {self.summary}" if self.check else self.summary


Key = tuple[State, str, str]


def cause_of(host: Host) -> Key | None:
    """Return what groups the hosts: state, check and summary. None for a healthy host."""
    if host.state == "unreachable":
        return host.state, "", UNREACHABLE
    if host.state == "failed":
        return host.state, "", FAILED
    if host.state == "healthy":
        return None
    finding = host.telling
    return (host.state, finding.check, finding.summary) if finding else (host.state, "", "Nothing was judged.")


def causes(report: Report) -> tuple[Cause, ...]:
    """Return the causes: the worst state first, the most hosts first."""
    hosts: dict[Key, list[Host]] = collections.defaultdict(list)
    for host in report.hosts:
        if key := cause_of(host):
            hosts[key].append(host)
    order = sorted(hosts, key=lambda key: (STATES.index(key[0]), -len(hosts[key]), key))
    return tuple(_cause(key, hosts[key]) for key in order)


def _cause(key: Key, hosts: list[Host]) -> Cause:
    example = hosts[0].telling if key[1] else None
    fixes = {finding.fix for host in hosts if key[1] and (finding := host.telling)}
    return Cause(
        *key,
        fix=fixes.pop() if len(fixes) == 1 else "",
        section=example.section if example else "",
        example=example,
        hosts=tuple(host.name for host in hosts),
    )
