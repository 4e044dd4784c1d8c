# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Open a port in the firewall: turn on Windows' own rules for Remote Desktop, or add one for another port.

The firewall itself, its profiles, policies and rules that block are never changed.
"""

from __future__ import annotations

from ..backup import export
from ..firewall.opening import OwnRule, opening, own_rules
from ..firewall.policy import Firewall
from ..model import Change, Command, Plan, Refused
from ..probes import FIREWALL_RULES_KEY
from ..tools import netsh, powershell

_PROGRAM = r"%SystemRoot%\system32\svchost.exe"
_SERVICE = "TermService"


def plan(firewall: Firewall, port: int, folder: str, instead_of: int | None = None) -> Plan:
    """Plan how to let Remote Desktop in through a TCP port, and UDP along with it.

    Args:
        firewall: The policy of the host.
        port: The port.
        folder: Where to save the rules.
        instead_of: The port that it replaces, if it does: what is limited there is not opened wide here.

    Raises:
        Refused: It would not help, or somebody meant it to be closed.
        Unreadable: Something that was not understood could decide.
    """
    try:
        found = opening(firewall, port, instead_of)
    except Refused as exc:
        raise Refused(f"Nothing was changed. {exc}") from exc
    changes: list[Change] = []
    before: dict[str, str | None] = {}
    after: dict[str, str | None] = {}
    if found.switch_on:
        changes.append(
            Change(
                powershell.switch_firewall_rules(found.switch_on, on=True),
                why="Turn on Windows' own rules for Remote Desktop.",
                undo=(powershell.switch_firewall_rules(found.switch_on, on=False),),
            )
        )
        before |= dict.fromkeys(found.switch_on, "off")
        after |= dict.fromkeys(found.switch_on, "on")
    if found.group:
        group = netsh.REMOTE_DESKTOP_GROUP
        changes.append(
            Change(
                netsh.switch_group(group, on=True),
                why="Turn on Windows' own rules for Remote Desktop.",
                undo=(netsh.switch_group(group, on=False),),
            )
        )
        before[group], after[group] = "off", "on"
    for rule in found.add:
        changes.append(
            Change(
                _add(rule, _PROGRAM),
                why=f"Let {rule.protocol} port {rule.port} in to TermService, and to nothing else.",
                undo=(netsh.delete_rule(rule.name),),
            )
        )
        before[rule.name], after[rule.name] = None, _described(rule)
    return Plan(
        tuple(changes),
        saves=(export(FIREWALL_RULES_KEY, folder),) if changes else (),
        before=before,
        after=after,
    )


def closing(firewall: Firewall, port: int) -> tuple[Change, ...]:
    """Return how to take the rules away that were added for a port, nothing where there are none."""
    # Nothing is expanded in a script that puts things back, so the program is named in full there.
    program = _PROGRAM.replace("%SystemRoot%", firewall.system_root)
    return tuple(
        Change(
            netsh.delete_rule(rule.name),
            why=f"Close {rule.protocol} port {rule.port} again, which nobody uses any more.",
            undo=(_add(rule, program),),
        )
        for rule in own_rules(firewall, port)
    )


def _add(rule: OwnRule, program: str) -> Command:
    return netsh.add_rule(
        rule.name,
        protocol=rule.protocol,
        port=rule.port,
        program=program,
        service=_SERVICE,
        profiles=rule.profiles,
        more=dict(rule.limits),
    )


def _described(rule: OwnRule) -> str:
    limits = (f"{word} {','.join(values)}" for word, values in (("profile", rule.profiles), *rule.limits) if values)
    return ", ".join((f"allow {rule.protocol} port {rule.port}", *limits))
