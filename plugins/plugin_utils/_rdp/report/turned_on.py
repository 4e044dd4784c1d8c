# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""On how many hosts Remote Desktop is turned on: what an owner of the hosts wants to know before everything else.

That it is off is Windows' own default, and may be somebody's decision.
"""

from __future__ import annotations

from .fleet import FleetReport, HostReport

# The checks whose repairs do so, and the value that both write.
_REPAIRS = {"protocol": "winops.rdp.rdp_protocol", "policy": "winops.rdp.rdp_policy"}
_DENY = "fDenyTSConnections"


def turned_on(report: FleetReport) -> tuple[str, ...]:
    """Return the hosts on which a repair turned Remote Desktop on, or in check mode would do so."""
    return tuple(host.name for host in report.hosts if _was(host))


def would_be_turned_on(report: FleetReport) -> tuple[str, ...]:
    """Return the hosts on which Remote Desktop is off, and on which a repair turns it on."""
    return tuple(host.name for host in report.hosts if not host.repairs and not host.refusals and _would(host))


def turned_on_sentence(report: FleetReport, *, predicted: bool = False) -> str:
    """Return what to say first, or nothing where there is nothing of the kind.

    Args:
        report: The hosts.
        predicted: Whether the repairs are what would be done.
    """
    did, would = turned_on(report), would_be_turned_on(report)
    if did or any(host.repairs or host.refusals for host in report.hosts):
        return f"Hosts on which Remote Desktop {'would be' if predicted else 'was'} turned on: {len(did):,}."
    return f"Hosts on which a repair would turn Remote Desktop on: {len(would):,}." if would else ""


def _was(host: HostReport) -> bool:
    return any(
        repair.check in _REPAIRS
        and _DENY in repair.after
        and repair.before.get(_DENY) != 0
        and repair.after[_DENY] in (0, None)
        for repair in host.repairs
    )


def _would(host: HostReport) -> bool:
    return any(
        finding.status == "problem"
        and finding.repair == _REPAIRS.get(finding.check)
        and (finding.check == "policy" or _DENY in finding.expected)
        for finding in host.findings
    )
