# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmark `audit`: one full audit over winrm, beside Ansible's floor and a look by hand."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import playbooks
from benchmarks.module_answers import AnsweringMachine
from benchmarks.playing import Cost, Look, play
from dev.console import say
from lab.fleet.lab import Lab
from lab.fleet.specs import HostSpec

DEBUG = Look("debug", content=playbooks.DEBUG, signs_in=False)
# It fails unless every check is ok: an audit that could not look would be cheap.
AUDIT = Look("winops.rdp.audit", options=("-e", "troubleshoot_fail_on=warning"))
BY_HAND = Look("ansible.windows", content=playbooks.BY_HAND)

AUTHS = ("basic", "ntlm")


@dataclass(frozen=True)
class Row:
    """What a look cost on a fleet, run by run. `auth` is empty for a look that doesn't sign in."""

    hosts: int
    look: str
    auth: str
    runs: list[Cost]


def measure(
    fleets: Sequence[int], auths: Sequence[str], repeat: int, forks: int, ansible_windows: Path | None
) -> Iterator[list[Row]]:
    """Measure every look, fleet by fleet. The looks take turns, so that a busy moment hits them all.

    Args:
        fleets: how many hosts.
        auths: how to sign in, of AUTHS.
        repeat: how often everything is run.
        forks: at most so many hosts at once.
        ansible_windows: the collection path with ansible.windows; without it, the look by hand is left out.
    """
    collections = [ansible_windows] if ansible_windows else []
    for hosts in fleets:
        fleet = [Row(hosts, look.name, auth, []) for look, auth in _columns(auths, bool(ansible_windows))]
        specs = [HostSpec(f"win-{number:03}") for number in range(1, hosts + 1)]
        with (
            tempfile.TemporaryDirectory(prefix="rdp-bench-") as folder,
            Lab(specs, make_machine=AnsweringMachine) as lab,
        ):
            inventories = {auth: lab.write_inventory(Path(folder) / f"{auth}.yml", auth=auth) for auth in auths}
            for run in range(1, repeat + 1):
                for row, (look, auth) in zip(fleet, _columns(auths, bool(ansible_windows)), strict=True):
                    cost = play(lab, look, inventories[auth or auths[0]], forks, collections)
                    row.runs.append(cost)
                    say(f"  hosts {hosts:>3}, run {run} of {repeat}: {look.name} {auth} {cost.wall_s:.1f} s")
        yield fleet


def _columns(auths: Sequence[str], by_hand: bool) -> Iterator[tuple[Look, str]]:
    yield DEBUG, ""
    for look in (AUDIT, BY_HAND) if by_hand else (AUDIT,):
        for auth in auths:
            yield look, auth
