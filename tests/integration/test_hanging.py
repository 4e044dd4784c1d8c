# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host on which a program hangs, or that floods its client, costs findings: never the others, and never the run."""

from __future__ import annotations

import time
import typing as t

import pytest

from lab import HostSpec

# What a look may take here, in seconds, and the whole run, with slack for a machine that does something else as well.
TIMEOUT = 30
BOUND = 150.0

# What can't be judged where something hangs. Everything else is, and a listener that listens without qwinsta.
HANGS = {
    "good": ((), ()),
    "sessions": (("hangs-qwinsta",), ("listener",)),
    "wmi": (("hangs-tasklist", "hangs-powershell", "hangs-wmic"), ("port_conflict",)),
    "firewall": (("hangs-netsh",), ("port_conflict", "firewall")),
    "keys": (("hangs-icacls",), ("machine_keys", "cert")),
    "flood": (("flood:50",), ("listener", "port_conflict")),
}


@pytest.mark.parametrize("connection", ["winrm", "psrp", "ssh-cmd"])
def test_what_hangs_costs_its_own_findings(fleet: t.Callable[..., t.Any], connection: str) -> None:
    hosts = fleet(
        *(HostSpec(name, transport_faults=faults) for name, (faults, _) in HANGS.items()),
        HostSpec("dead", transport_faults=("hangs-echo",)),
        connection=connection,
    )
    start = time.monotonic()
    played = hosts.playbook("winops.rdp.audit", "-e", f"troubleshoot_timeout={TIMEOUT}", "--forks", "7")
    assert time.monotonic() - start < BOUND
    assert played.outcomes("rdp_info") == {**dict.fromkeys(HANGS, "ok"), "dead": "unreachable"}
    assert "Remote Desktop on 7 hosts: 2 healthy, 4 not judged, 1 not reached" in played.stdout
    for name, (_, unknown) in HANGS.items():
        findings = played.results("rdp_info")[name]["findings"]
        unclear = [finding for finding in findings if finding["status"] != "ok"]
        assert {finding["check"] for finding in unclear} <= set(unknown), name
        for finding in unclear:
            assert finding["status"] == ("warning" if name == "sessions" else "unknown"), finding
            assert name == "flood" or "seems to hang" in finding["summary"] + finding["found"], finding
        assert bool(unclear) == bool(unknown), name
    # What hung was told to stop.
    assert {name: hosts.lab.served(name).hanging for name in hosts.machines} == dict.fromkeys(hosts.machines, 0)
