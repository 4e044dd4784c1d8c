# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Open a port in the firewall: turn on Windows' own rules for Remote Desktop, or add one for another port.

The firewall itself, its profiles, policies and rules that block are never changed.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..errors import RefusedError
from ..model import Change, Command, Plan
from ..probes import FIREWALL_RULES_KEY
from ..quoting import quoted
from ..state.firewall.matching import shortened
from ..state.firewall.opening import OwnRule, SwitchedOn, opening, own_rules
from ..state.firewall.settings import Firewall
from ..state.host import Host
from ..tools import netsh, powershell, reg

_PROGRAM = r"%SystemRoot%\system32\svchost.exe"
_SERVICE = "TermService"


@dataclasses.dataclass(frozen=True)
class FirewallRequest:
    """What somebody asks of the firewall.

    Attributes:
        port: The port to open, None for the listener's own.
        profiles: In which profiles it may be opened.
        folder: Where to save the rules.
    """

    port: int | None
    profiles: tuple[str, ...]
    folder: str


def plan(request: FirewallRequest, host: Host) -> Plan:
    """Plan how to let Remote Desktop in through a TCP port, and UDP along with it.

    What is limited at the listener's own port is not opened wide at another one.

    Raises:
        RefusedError: It would not help, or somebody meant it to be closed.
        UnreadableError: Something that was not understood could decide.
    """
    own = host.port
    port = request.port or own
    if port is None:
        raise RefusedError(
            f"Nothing was changed: the listener {host.listener_name} has no valid PortNumber. Name the port to open "
            "with 'port'."
        )
    try:
        found = opening(host.firewall, port, own if own != port else None, request.profiles)
    except RefusedError as exc:
        raise RefusedError(f"Nothing was changed. {exc}") from exc
    changes: list[Change] = []
    before: dict[str, str | None] = {}
    after: dict[str, str | None] = {}
    for group in _alike(found.switch_on):
        ids = [rule.id for rule in group]
        before |= dict.fromkeys(ids, "off")
        after |= dict.fromkeys(ids, f"on for {', '.join(group[0].narrowed)}" if group[0].narrowed else "on")
        changes.append(_switch_on(ids, group[0]))
    for rule in found.add:
        changes.append(
            Change(
                _add(rule, _PROGRAM),
                why=f"Let {rule.protocol} port {rule.port} in to TermService, and to nothing else.",
                undo=(netsh.delete_rule(rule.name),),
            )
        )
        before[rule.name], after[rule.name] = None, _described(rule)
    # Only the rules that change: the key of all of them is 100 MB on a host for remote sessions.
    saves = tuple(_save(rule.id, request.folder) for rule in found.switch_on)
    return Plan(tuple(changes), saves=saves, before=before, after=after)


def _alike(rules: t.Sequence[SwitchedOn]) -> list[list[SwitchedOn]]:
    """Return rules in groups, each of which one command can turn on and another one off again."""
    groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[SwitchedOn]] = {}
    for rule in rules:
        groups.setdefault((rule.narrowed, rule.before if rule.narrowed else ()), []).append(rule)
    return list(groups.values())


def _switch_on(ids: t.Sequence[str], like: SwitchedOn) -> Change:
    if not like.narrowed:
        return Change(
            powershell.switch_firewall_rules(ids, on=True),
            why="Turn on Windows' own rules for Remote Desktop.",
            undo=(powershell.switch_firewall_rules(ids, on=False),),
        )
    return Change(
        powershell.limit_firewall_rules(ids, like.narrowed, on=True),
        why=f"Turn on Windows' own rules for Remote Desktop, for the profiles {' and '.join(like.narrowed)} only.",
        undo=(powershell.limit_firewall_rules(ids, like.before, on=False),),
    )


def _save(id: str, folder: str) -> Command:
    shown = reg.query(FIREWALL_RULES_KEY, value=id)
    return Command(f"{shown.line} >{quoted(f'{folder}{chr(92)}{id}.txt')}")


def closing(firewall: Firewall, port: int) -> tuple[Change, ...]:
    """Return how to delete the rules that were added for a port, nothing where there are none."""
    # The undo script expands no variables, so it names the program in full.
    program = _PROGRAM.replace("%SystemRoot%", firewall.system_root)
    return tuple(
        Change(
            netsh.delete_rule(rule.name),
            why=f"Close {rule.protocol} port {rule.port}: it is no longer in use.",
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
    limits = (f"{word} {shortened(values)}" for word, values in (("profile", rule.profiles), *rule.limits) if values)
    return ", ".join((f"allow {rule.protocol} port {rule.port}", *limits))
