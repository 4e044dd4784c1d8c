# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Made-up results of rdp_info in their real shape: as many hosts as a test needs, always the same ones.

Findings and facts were recorded: ``./run record-hosts`` writes fixtures/results.json. What follows from findings (the
cause, the next step, whether a host is healthy) comes from the core.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import diagnosis
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks import CHECKS
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import ARTICLE
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.reach.matrix import matrix as matrix_of
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.fleet import CheckInfo
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.json_value import JsonValue

TIME = "2026-02-28T09:30:00Z"
KNOWN = tuple(CheckInfo(check.id, check.title, check.url) for check in CHECKS)

_RECORDED = json.loads((Path(__file__).parent / "fixtures/results.json").read_text(encoding="utf-8"))
#: The findings of a healthy host, by check.
HEALTHY: dict[str, dict[str, Any]] = {finding["check"]: finding for finding in _RECORDED["findings"]}

#: Check, status, summary, expected, found, fix.
Fault = tuple[str, str, str, str, str, str]


def _recorded(finding: dict[str, Any]) -> Fault:
    check, status, summary, expected, found, fix = (
        finding[name] for name in ("check", "status", "summary", "expected", "found", "fix")
    )
    return check, status, summary, expected, found, fix


#: All that is not well on a host with a fault, by the check that tells most about it.
FAULTY_HOSTS: dict[str, tuple[Fault, ...]] = {
    name: tuple(map(_recorded, findings)) for name, findings in _RECORDED["faults"].items()
}
#: What that check says alone.
FAULTS: dict[str, Fault] = {
    name: next(fault for fault in faults if fault[0] == name) for name, faults in FAULTY_HOSTS.items()
}
# How often each is found in a fleet. Where another port is meant, the firewall lets it in.
_WEIGHTS = {"policy": 45, "service": 20, "cert": 9, "firewall": 12, "port": 8, "listener": 4}
_ALONE = {"port"}


def finding(check: str, status: str = "ok", summary: str = "", **more: str) -> dict[str, Any]:
    """One finding, as rdp_info returns it: that of a healthy host where nothing else is said."""
    elsewhere = {"section": f"{ARTICLE}#elsewhere", "summary": "All is well.", "commands": ["look"]}
    known = HEALTHY.get(check, elsewhere)
    texts = dict.fromkeys(("expected", "found", "fix"), "")
    return {**known, **texts, "check": check, "status": status, "summary": summary or known["summary"], **more}


def result(*faults: Fault, windows: int = 0, time: str = TIME) -> dict[str, Any]:
    """What rdp_info returns for a host with these faults.

    Args:
        faults: What is not well.
        windows: Which of the recorded Windows it runs.
        time: When it was looked at.
    """
    wrong = {
        check: finding(check, status, summary, expected=expected, found=found, fix=fix)
        for check, status, summary, expected, found, fix in faults
    }
    findings = []
    for check in CHECKS:
        blocking = [one.id for one in check.requires if wrong.get(one.id, {}).get("status") in ("problem", "unknown")]
        if check.id in wrong:
            findings.append(wrong[check.id])
        elif blocking:
            findings.append(finding(check.id, "skipped", f"not judged, because {blocking[0]} is not ok."))
        else:
            findings.append(HEALTHY[check.id])
    judged = JsonValue(findings).findings()
    cause = diagnosis.root_cause(judged, CHECKS)
    return {
        "changed": False,
        "time": time,
        "healthy": diagnosis.healthy(judged, CHECKS),
        "root_cause": cause.to_json() if cause else None,
        "next_step": diagnosis.next_step(judged, cause),
        "findings": findings,
        "facts": {**_RECORDED["facts"], "windows": _RECORDED["windows"][windows]},
    }


def fleet(count: int, seed: int = 1, time: str = TIME) -> dict[str, dict[str, Any]]:
    """The results of so many hosts, by name: three in four are well, a few could not be reached."""
    dice = random.Random(seed)
    hosts: dict[str, dict[str, Any]] = {}
    for index in range(count):
        name = f"{dice.choice(('web', 'app', 'sql', 'file'))}{index + 1:02}.{dice.choice(('ber', 'lon'))}.example.com"
        throw = dice.random()
        if throw < 0.02:
            error = f"ssl: HTTPSConnectionPool(host='{name}', port=5986): Max retries exceeded: timed out"
            hosts[name] = {"unreachable": True, "msg": error, "changed": False}
        elif throw < 0.03:
            hosts[name] = {"failed": True, "msg": "Access is denied. Connect as an administrator.", "changed": False}
        else:
            sick = dice.choices(list(_WEIGHTS), list(_WEIGHTS.values())) if throw < 0.25 else []
            faults = [fault for one in sick for fault in ([FAULTS[one]] if one in _ALONE else FAULTY_HOSTS[one])]
            made = result(*faults, windows=dice.choices(range(4), (50, 25, 15, 10))[0], time=time)
            hosts[name] = _renamed(made, name, index)
    return hosts


def _renamed(made: dict[str, Any], name: str, index: int) -> dict[str, Any]:
    """Give a result the address and the certificate of a host of its own, which its findings and facts name."""
    facts = _RECORDED["facts"]
    text = json.dumps(made)
    for said, instead in (
        (facts["reach"]["address"], f"10.{index >> 16}.{index >> 8 & 255}.{index & 255}"),
        (facts["certificate"]["thumbprint"], f"{index:040X}"),
        (f"CN={_RECORDED['name']}", f"CN={name}"),
    ):
        text = text.replace(said, instead)
    return dict(json.loads(text))


def matrix(vantages: int = 3, targets: int = 6) -> dict[str, Any]:
    """What reach_matrix returns: the first targets are blocked in one way or another, and one did not see the last."""
    names = [f"jump{number + 1}" for number in range(vantages)]
    blocked = {0: names, 1: names[:1], 2: names[:2]}
    observations = [
        {
            "vantage": name,
            "targets": [
                {
                    "host": f"web{index + 1:02}",
                    "port": 3389,
                    "outcome": "timeout" if name in blocked.get(index, ()) else "rdp",
                }
                for index in range(targets)
                if index < targets - 1 or name != names[-1] or vantages == 1
            ],
        }
        for name in names
    ]
    return matrix_of(observations, {})
