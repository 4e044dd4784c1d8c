# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook reach: who reaches whom, joined with what the hosts say of themselves."""

from __future__ import annotations

import json
import typing as t


def test_from_the_controller_alone(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(web01=(), web02=("service-stopped",), web03=("certificate-missing",))
    before = hosts.hashes()
    played = hosts.playbook("winops.rdp.reach")
    assert played.code == 0 and "changed=1" not in played.stdout, played.stdout + played.stderr
    summary = played.results("rdp_report")["localhost"]["summary"]
    assert "3 targets, seen from 1 computer: 1 reached from everywhere, 2 from nowhere" in " ".join(summary.split())
    assert "web02:3389 blocks the one computer that tried: Remote Desktop does not listen on the host" in summary
    assert "web03:3389 blocks the one computer that tried: from localhost, Remote Desktop answers" in summary
    assert "fix       On the host: TermService is stopped. Use winops.rdp.rdp_service." in summary
    assert summary in played.stdout
    assert hosts.hashes() == before


def test_a_host_that_can_t_be_asked_is_still_looked_at(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(web01=(), web02=())
    unreachable = ("-e", '{"ansible_winrm_transport": "basic"}', "-e", "ansible_password=wrong")
    played = hosts.playbook("winops.rdp.reach", *unreachable)
    summary = played.results("rdp_report")["localhost"]["summary"]
    assert "2 targets, seen from 1 computer: 2 reached from everywhere" in " ".join(summary.split())


def test_targets_that_are_not_in_the_inventory(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(web01=())
    address = hosts["web01"].address
    options = json.dumps(
        {
            "troubleshoot_target": "nobody",
            "troubleshoot_reach_targets": [address, f"{address}:3390"],
            "troubleshoot_reach_timeout": 2,
        }
    )
    played = hosts.playbook("winops.rdp.reach", "-e", options)
    assert played.code == 0, played.stdout + played.stderr
    summary = played.results("rdp_report")["localhost"]["summary"]
    assert f"{address}:3389  rdp" in summary and f"{address}:3390  refused" in summary


def test_without_asking_the_hosts(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(web01=("service-stopped",))
    played = hosts.playbook("winops.rdp.reach", "-e", "troubleshoot_reach_ask=false")
    assert played.code == 0, played.stdout + played.stderr
    summary = " ".join(played.results("rdp_report")["localhost"]["summary"].split())
    assert "Nothing comes back: nothing listens there, which the Windows Firewall hides, or the host's own" in summary
    assert hosts["web01"].log == []


def test_reports_hold_the_matrix_and_what_the_hosts_say(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(web01=(), web02=("service-stopped",))
    played = hosts.playbook("winops.rdp.reach", "-e", "troubleshoot_report=reach.json,reach.html")
    assert played.code == 0, played.stdout + played.stderr
    report = json.loads((hosts.folder / "reach.json").read_text(encoding="utf-8"))
    assert {host["name"]: host["state"] for host in report["hosts"]} == {"web01": "healthy", "web02": "problem"}
    (matrix,) = report["reach"]
    assert {row["target"]: row["blocked"] for row in matrix["targets"]} == {"web01:3389": "none", "web02:3389": "all"}
    assert "web02:3389 blocks the one computer" in (hosts.folder / "reach.html").read_text(encoding="utf-8")
    assert "Remote Desktop on 2 hosts: 1 healthy, 1 with problems" in played.stdout
    alone = hosts.playbook(
        "winops.rdp.reach", "-e", "troubleshoot_report=alone.json", "-e", "troubleshoot_reach_ask=false"
    )
    assert alone.code == 0, alone.stdout + alone.stderr
    report = json.loads((hosts.folder / "alone.json").read_text(encoding="utf-8"))
    assert report["hosts"] == [] and len(report["reach"][0]["targets"]) == 2
