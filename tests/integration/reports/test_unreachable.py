# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run in which nobody can be reached still ends with a summary and a report, and fails."""

from __future__ import annotations

import json
import typing as t

import pytest
import yaml

import reports_schema
from dev.places import ROOT
from lab import HostSpec, Machine, WireCut


def _document(fleet: t.Any) -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", json.loads((fleet.folder / "rdp.json").read_text(encoding="utf-8")))


def _states(fleet: t.Any) -> dict[str, str]:
    document = _document(fleet)
    reports_schema.validate(document)
    assert all(host["error"] for host in document["hosts"] if host["state"] == "unreachable")
    return {host["name"]: host["state"] for host in document["hosts"]}


@pytest.mark.parametrize("playbook", ["audit", "repair", "record"])
def test_report_names_the_hosts_although_none_of_them_answers(fleet: t.Callable[..., t.Any], playbook: str) -> None:
    names = ("web01", "web02", "web03")
    hosts = fleet(*(HostSpec(name, transport_faults=("refuse",)) for name in names))
    played = hosts.playbook(f"winops.rdp.{playbook}", "-e", "troubleshoot_report=rdp.json")
    assert _states(hosts) == dict.fromkeys(names, "unreachable")
    assert "Remote Desktop on 3 hosts: 3 not reached" in played.stdout and "web01, web02, web03" in played.stdout
    assert played.code == 4
    assert {name: (count["unreachable"], count["failed"]) for name, count in played.recap.items()} == dict.fromkeys(
        names, (1, 0)
    )


def test_batch_in_which_none_answers_is_not_the_last_one(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(HostSpec("web01", transport_faults=("refuse",)), web02=())
    play = yaml.safe_load((ROOT / "playbooks/audit.yml").read_text(encoding="utf-8"))
    play[0]["serial"] = 1
    (hosts.folder / "serial.yml").write_text(yaml.safe_dump(play), encoding="utf-8")
    played = hosts.playbook(str(hosts.folder / "serial.yml"), "-e", "troubleshoot_report=rdp.json")
    assert _states(hosts) == {"web01": "unreachable", "web02": "healthy"}
    assert played.code == 4 and "Remote Desktop on 2 hosts: 1 not reached, 1 not examined" in played.stdout


def test_unreachable_host_costs_the_others_nothing(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(HostSpec("gone", transport_faults=("refuse",)), web01=("service-stopped",))
    played = hosts.playbook("winops.rdp.repair", "-e", "troubleshoot_report=rdp.json")
    assert _states(hosts) == {"gone": "unreachable", "web01": "healthy"}
    assert [one["check"] for one in _document(hosts)["hosts"][1]["repairs"]] == ["service"]
    assert "[->] Repaired: service" in played.stdout
    assert played.code == 4
    assert [(count["unreachable"], count["failed"]) for count in played.recap.values()] == [(1, 0), (0, 0)]


def test_host_that_answers_only_after_the_summary_fails_the_play(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(web01=())
    inventory = yaml.safe_load(hosts.inventory.read_text(encoding="utf-8"))
    inventory["windows"]["vars"]["ansible_port"] = f"{{{{ 5985 if '{hosts.folder}/rdp.json' is exists else 1 }}}}"
    hosts.inventory.write_text(yaml.safe_dump(inventory), encoding="utf-8")
    played = hosts.playbook("winops.rdp.audit", "-e", "troubleshoot_report=rdp.json")
    assert _states(hosts) == {"web01": "unreachable"}
    assert hosts.lab.traffic["web01"].requests > 0, "it was not looked at again"
    assert played.code == 2 and played.recap["web01"]["failed"] == 1


def test_host_that_is_lost_in_a_repair_is_not_taken_for_repaired(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(web01=("service-stopped", "protocol-disabled"))

    def cut(machine: Machine, line: str) -> None:
        if line.lstrip().startswith("net start"):
            raise WireCut(line)

    hosts["web01"].before_command = cut
    played = hosts.playbook("winops.rdp.repair")
    assert played.code == 4 and played.recap["web01"]["unreachable"] == 1
    assert "Give up" not in played.stdout and "rescued=1" not in played.stdout
