# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet in which many hosts are bad: one audit, with the real ansible-playbook, must judge all others rightly."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from lab import HostSpec, Lab

_WIRE = ("truncate:10", "truncate:256", "truncate:700", "garbage", "http-500", "http-401", "access-denied", "refuse")
_WIRE += ("drop-mid-batch:1", "drop-mid-batch:3")
_SICK = ("protocol-disabled", "service-stopped", "listener-key-missing", "firewall-rule-off", "gpo-local-blocks")


def audit(hosts: int, bad: int, seed: int) -> tuple[int, list[str]]:
    """Audit a fleet.

    Returns:
        How many hosts there were, and which of them were judged better than they are.
    """
    # Late, because the module is one of pytest's.
    from integration.conftest import Fleet

    chance = random.Random(seed)
    specs = []
    for number in range(hosts):
        faults = [chance.choice(_SICK)] if number % 3 == 0 else []
        wire = [chance.choice(_WIRE)] if number < bad else []
        specs.append(HostSpec.of(f"win-{number:03}", [*faults, *wire]))
    lab = Lab(specs, transports=("winrm",))
    lab.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            played = Fleet(lab, Path(folder), "winrm", "ntlm").playbook("winops.rdp.audit", "-f", "20")
    finally:
        lab.stop()
    results = played.results("rdp_info")
    fine = {spec.name for spec in specs if not spec.faults and not spec.transport_faults}
    healthy = {name for name, result in results.items() if result.get("healthy")}
    wrong = [f"{name} is healthy, with {lab_spec(specs, name)}" for name in sorted(healthy - fine)]
    wrong += [f"{name} is not healthy, and nothing is wrong with it" for name in sorted(fine - healthy)]
    return len(results), wrong


def lab_spec(specs: list[HostSpec], name: str) -> str:
    """Return what is wrong with a host."""
    spec = next(spec for spec in specs if spec.name == name)
    return "+".join((*spec.faults, *spec.transport_faults)) or "nothing"
