# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes one report of many: the slices of a job, several sites, several days."""

from __future__ import annotations

import collections
import dataclasses
import typing as t

from .fleet import CheckInfo, Duplicate, FleetReport, HostReport, ReachMatrix, by_name
from .results import known_checks


def merge(parts: t.Sequence[FleetReport], title: str, checks: t.Sequence[CheckInfo] = ()) -> FleetReport:
    """Return one report with each host once: as it was found last.

    Args:
        parts: At least one. Of two entries of the same time, or without any, that of the later part counts.
        title: What the report is called.
        checks: The known checks in the order of the article.
    """
    entries: dict[str, list[HostReport]] = collections.defaultdict(list)
    for part in parts:
        for host in part.hosts:
            entries[host.name].append(_dated(host, part.time))
    hosts, duplicates = [], []
    told = {one for part in parts for one in part.duplicates}
    for name, found in entries.items():
        newest = max(enumerate(found), key=lambda entry: (entry[1].time or "", entry[0]))[1]
        hosts.append(newest)
        dropped = [host for host in found if host is not newest and _content(host) != _content(newest)]
        if dropped:
            origins = sorted(
                {(host.source, host.time) for host in dropped}, key=lambda one: (one[1] or "", one[0] or "")
            )
            duplicates.append(Duplicate(name, (newest.source, newest.time), tuple(origins)))
    named = [*checks, *(check for part in parts for check in part.checks)]
    return FleetReport(
        title=title,
        time=max((part.time for part in parts if part.time), default=None),
        checks=known_checks(tuple({check.id: check for check in reversed(named)}.values())[::-1], hosts),
        hosts=tuple(sorted(hosts, key=lambda host: by_name(host.name))),
        reach=tuple(_distinct([reach for part in parts for reach in part.reach])),
        duplicates=tuple(sorted({*told, *duplicates}, key=lambda one: (by_name(one.host), repr(one)))),
    )


def _dated(host: HostReport, time: str | None) -> HostReport:
    return host if host.time or not time else dataclasses.replace(host, time=time)


def _content(host: HostReport) -> HostReport:
    """Return a host without the file it comes from: the same file read twice says nothing new."""
    return dataclasses.replace(host, source=None)


def _distinct(matrices: t.Sequence[ReachMatrix]) -> list[ReachMatrix]:
    """Return the youngest first, none of them twice. They are not joined: each has its own vantages and time."""
    distinct: list[ReachMatrix] = []
    for reach in sorted(matrices, key=lambda one: (one.time or "", one.source or ""), reverse=True):
        if all(reach.matrix != other.matrix for other in distinct):
            distinct.append(reach)
    return distinct
