# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A whole report in one sentence, and in six numbers."""

from __future__ import annotations

import collections

from ..phrases import names, number
from .fleet import GOOD, STATES, FleetReport, HostReport

# How a sentence goes on after "Remote Desktop works on 3 of 9 hosts": one host, many hosts.
_REST = {
    "problem": ("{} keeps people out", "{} keep people out"),
    "unknown": ("{} could not be judged", "{} could not be judged"),
    "unreachable": ("{} could not be reached", "{} could not be reached"),
    "failed": ("{} could not be examined", "{} could not be examined"),
}


def counts(report: FleetReport) -> dict[str, int]:
    """Return the number of hosts, and of those in each state."""
    count = collections.Counter(host.state for host in report.hosts)
    return {"hosts": len(report.hosts), **{state: count[state] for state in STATES}}


def headline(report: FleetReport) -> str:
    """Return what matters as one sentence."""
    off = sum(map(_is_off_as_it_may_be, report.hosts))
    # Such a host is healthy, and nobody gets in there.
    return _works(report)[:-1] + f"; on {off:,} of them it is off, as it may be." if off else _works(report)


def _is_off_as_it_may_be(host: HostReport) -> bool:
    """Whether only the check protocol was judged, and found that nothing else matters."""
    judged = [finding.check for finding in host.findings if finding.status != "skipped"]
    return host.state in GOOD and judged == ["protocol"] and len(host.findings) > 1


def _works(report: FleetReport) -> str:
    count = counts(report)
    hosts, good = count["hosts"], sum(count[state] for state in GOOD)
    if not hosts:
        return "No host was looked at."
    if good == hosts:
        every = "the one host that was" if hosts == 1 else f"all {hosts:,} hosts that were"
        return f"Remote Desktop works on {every} looked at."
    rest = [words[count[state] > 1].format(f"{count[state]:,}") for state, words in _REST.items() if count[state]]
    begin = f"Remote Desktop works on {f'{good:,}' if good else 'none'} of {number(hosts, 'host')}"
    return f"{begin}; {names(rest)}."
