# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was repaired, and what was not, with the hosts of which the same can be said."""

from __future__ import annotations

import collections
import typing as t

from .fleet import FleetReport

Group = tuple[str, tuple[str, ...]]


def repaired(report: FleetReport) -> tuple[Group, ...]:
    """Return the checks that were repaired together, each with its hosts, what hits most of them first."""
    return _groups(
        (", ".join(dict.fromkeys(repair.check for repair in host.repairs)), host.name)
        for host in report.hosts
        if host.repairs
    )


def refused(report: FleetReport) -> tuple[Group, ...]:
    """Return why something could not be repaired, each with its hosts, what hits most of them first."""
    return _groups((refusal, host.name) for host in report.hosts for refusal in host.refusals)


def _groups(said: t.Iterable[tuple[str, str]]) -> tuple[Group, ...]:
    names: dict[str, list[str]] = collections.defaultdict(list)
    for text, name in said:
        names[text].append(name)
    return tuple((text, tuple(names[text])) for text in sorted(names, key=lambda text: (-len(names[text]), text)))
