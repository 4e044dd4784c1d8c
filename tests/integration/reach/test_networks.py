# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real firewalls, routes and losses between real vantages and targets: outcomes, who is to blame, and the matrix."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from integration.reach import networks as net
from integration.reach.networks import World

pytestmark = pytest.mark.needs_program("ip", "nft")


def test_open_and_every_way_to_be_blocked(networks: World) -> None:
    seen = networks.look("vantage1", _EXPECTED, timeout=4.5)
    assert {address: (each["outcome"], each["reported_by"]) for address, each in seen.items()} == _EXPECTED


#: A host that is absent is told apart from a firewall after three seconds, by its router.
_EXPECTED = {
    net.OPEN: ("rdp", None),
    net.OPEN_V6: ("rdp", None),
    net.DROPPED: ("timeout", None),
    net.DROPPED_V6: ("timeout", None),
    net.RESET: ("refused", None),
    net.FORBIDDEN: ("prohibited", net.ROUTER_SIDE),
    net.FORBIDDEN_V6: ("prohibited", net.ROUTER_SIDE_V6),
    net.REJECTED: ("prohibited", net.ROUTER_SIDE),
    net.ABSENT: ("unreachable", net.ROUTER_SIDE),
    net.NO_ROUTE: ("unreachable", net.ROUTER_SIDE),
    net.PROHIBITED_ROUTE: ("prohibited", net.ROUTER_SIDE),
    net.UNREACHABLE_ROUTE: ("unreachable", net.ROUTER_SIDE),
    net.BLACKHOLE_ROUTE: ("timeout", None),
    net.OWN_NO_ROUTE: ("unreachable", None),
    net.OWN_PROHIBITED: ("prohibited", None),
    net.OWN_UNREACHABLE: ("unreachable", None),
    net.OWN_BLACKHOLE: ("unreachable", None),
    net.OWN_FIREWALL: ("prohibited", "10.77.1.2"),
}


def test_a_timeout_under_three_seconds_can_t_tell_an_absent_host_from_a_firewall(networks: World) -> None:
    assert networks.look("vantage4", [net.ABSENT], timeout=1)[net.ABSENT]["outcome"] == "timeout"


def test_a_closed_port_is_refused_without_anybody_in_between(networks: World) -> None:
    seen = networks.look("vantage1", ["10.77.1.1", "fd77:1::1"])
    assert {(each["outcome"], each["reported_by"]) for each in seen.values()} == {("refused", None)}


def test_a_quarter_of_the_packets_is_lost(networks: World) -> None:
    # The kernel would send a lost packet again after a second.
    seen = networks.look("vantage3", [net.LOSSY], timeout=0.6, tries=8)[net.LOSSY]
    assert (seen["outcome"], seen["loss_percent"]) == ("rdp", 25.0)
    assert [each["outcome"] for each in seen["tries"]].count("timeout") == 2
    patient = networks.look("vantage3", [net.LOSSY], timeout=5, tries=4)[net.LOSSY]
    assert patient["loss_percent"] == 0.0
    assert sorted(each["retransmits"] for each in patient["tries"]) in ([0, 0, 0, 1], [0, 0, 1, 1])
    assert max(each["connect_ms"] for each in patient["tries"]) > 900


_PLAYBOOK = [
    {
        "name": "Look from everywhere",
        "hosts": "vantages",
        "gather_facts": False,
        "tasks": [
            {
                "name": "Look",
                "winops.rdp.rdp_reach_info": {"targets": "{{ watched }}", "timeout": 1.5, "tries": 2},
                "register": "reach",
            },
            {
                "name": "Write the matrix",
                "vars": {
                    "looks": "{{ ansible_play_hosts_all | winops.rdp.by_host(hostvars, 'reach.targets', default=[])"
                    " | dict2items(key_name='vantage', value_name='targets') }}",
                },
                "ansible.builtin.copy": {
                    "content": "{{ looks | winops.rdp.reach_matrix(hosts=told) | to_json }}",
                    "dest": "{{ matrix_file }}",
                    "mode": "0600",
                },
                "delegate_to": "localhost",
                "run_once": True,
            },
        ],
    }
]

#: What the article's question is answered with, from four vantages.
_BLOCKED = {
    net.OPEN: "none",
    net.DROPPED: "all",
    net.RESET: "all",
    net.FORBIDDEN: "all",
    net.ONE_BLOCKED: "one",
    net.SOME_BLOCKED: "some",
    net.OPEN_V6: "none",
    net.NO_ROUTE: "all",
    net.BLACKHOLE_ROUTE: "all",
    # A packet that is lost is sent again after a second.
    net.LOSSY: "none",
}


def test_the_matrix_from_a_playbook_over_several_vantages(networks: World, tmp_path: Path) -> None:
    hosts = {
        vantage: {"ansible_connection": "local", "ansible_python_interpreter": str(networks.python(vantage, tmp_path))}
        for vantage in net.VANTAGES
    }
    told = {
        net.DROPPED: {"listening": True, "firewall_allows": True, "port": 3389},
        net.RESET: {"listening": False},
        net.SOME_BLOCKED: {"listening": True, "firewall_allows": True, "firewall_scoped": True},
    }
    matrix_file = tmp_path / "matrix.json"
    variables = {"watched": list(_BLOCKED), "told": told, "matrix_file": str(matrix_file)}
    ran = _play(tmp_path, {"vantages": {"hosts": hosts, "vars": variables}})
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("ok: [vantage") == 4, "looking changes nothing"
    matrix = json.loads(matrix_file.read_text(encoding="utf-8"))
    rows = {row["host"]: row for row in matrix["targets"]}
    assert {host: row["blocked"] for host, row in rows.items()} == _BLOCKED
    assert matrix["blocked"] == {"all": 5, "some": 1, "one": 1, "none": 3, "unknown": 0}
    assert rows[net.ONE_BLOCKED]["blocked_from"] == ["vantage2"]
    assert rows[net.SOME_BLOCKED]["blocked_from"] == ["vantage2", "vantage3"]
    assert {host: row["where"] for host, row in rows.items()} == {
        net.OPEN: "nowhere",
        net.OPEN_V6: "nowhere",
        net.DROPPED: "path",
        net.RESET: "host",
        net.FORBIDDEN: "path",
        net.ONE_BLOCKED: "path",
        net.SOME_BLOCKED: "host_firewall",
        net.NO_ROUTE: "path",
        net.BLACKHOLE_ROUTE: "host_or_path",
        net.LOSSY: "nowhere",
    }
    assert any("were lost" in note or "tries failed" in note for note in rows[net.LOSSY]["notes"])
    devices = "reported by 10.77.1.1, 10.77.2.1, 10.77.3.1 and 10.77.4.1"
    assert devices in rows[net.FORBIDDEN]["reason"]


def test_the_playbook_shows_who_reaches_whom(networks: World, tmp_path: Path) -> None:
    hosts = {
        vantage: {"ansible_connection": "local", "ansible_python_interpreter": str(networks.python(vantage, tmp_path))}
        for vantage in net.VANTAGES
    }
    variables = {
        "troubleshoot_reach_targets": [*_BLOCKED],
        "troubleshoot_reach_timeout": 1.5,
        "troubleshoot_reach_tries": 2,
        "troubleshoot_vantage": "vantages",
    }
    inventory = {"vantages": {"hosts": hosts}, "windows": {"hosts": {}}}
    ran = _play(tmp_path, inventory, "winops.rdp.reach", "-e", json.dumps(variables))
    assert ran.returncode == 0 and "changed=1" not in ran.stdout, ran.stdout + ran.stderr
    lines = ran.stdout.splitlines()
    shown = {words[0]: words[1:] for line in lines if (words := line.split()) and words[0].endswith(":3389")}
    assert shown[f"{net.OPEN}:3389"] == ["rdp"] * 4
    assert shown[f"{net.FORBIDDEN}:3389"] == ["prohibited"] * 4
    assert shown[f"{net.ONE_BLOCKED}:3389"] == ["rdp", "timeout", "rdp", "rdp"]
    assert shown[f"[{net.OPEN_V6}]:3389"] == ["rdp"] * 4
    text = " ".join(ran.stdout.split())
    assert "10 targets, seen from 4 computers: 3 reached from everywhere, 5 from nowhere, 1 from some only, 1" in text
    assert f"{net.SOME_BLOCKED}:3389 blocks some computers (vantage2 and vantage3)" in text
    start = next(index for index, line in enumerate(lines) if line.startswith("Remote Desktop on"))
    report = lines[start : next(index for index, line in enumerate(lines) if line.startswith("PLAY RECAP"))]
    assert max(len(line) for line in report if "https://" not in line and "***" not in line) <= 100


def _play(
    folder: Path, inventory: dict[str, t.Any], playbook: str = "reach.yml", *options: str
) -> subprocess.CompletedProcess[str]:
    """Run a playbook over an inventory."""
    (folder / "inventory.yml").write_text(yaml.safe_dump(inventory), encoding="utf-8")
    (folder / "reach.yml").write_text(yaml.safe_dump(_PLAYBOOK), encoding="utf-8")
    program = Path(sys.executable).parent / "ansible-playbook"
    return subprocess.run(
        [str(program), "-i", "inventory.yml", playbook, *options],
        cwd=folder, capture_output=True, text=True, check=False, timeout=120, stdin=subprocess.DEVNULL,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_REMOTE_TMP": str(folder / "remote")},
    )  # fmt: skip
