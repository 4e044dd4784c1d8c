# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The firewall over the wire: a port that is dropped is named and opened, and a real connection proves it."""

from __future__ import annotations

import socket
import typing as t

import pytest

from lab import HostSpec, Machine
from lab.state.firewall import POLICY, POLICY_RULES
from lab.state.registry import dword, sz

from .conftest import Fleet

TCP, UDP = "RemoteDesktop-UserMode-In-TCP", "RemoteDesktop-UserMode-In-UDP"
BLOCK = r"v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=3389|Name=No Remote Desktop|"


def _rule_off(machine: Machine) -> None:
    for name in (TCP, UDP):
        machine.firewall.switch(name, on=False)


def _rule_gone(machine: Machine) -> None:
    for name in (TCP, UDP):
        machine.firewall.remove(name)


def _policy_blocks(machine: Machine) -> None:
    machine.registry.set(POLICY_RULES, "{Block}", sz(BLOCK))


def _local_rules_ignored(machine: Machine) -> None:
    machine.registry.set(rf"{POLICY}\DomainProfile", "AllowLocalPolicyMerge", dword(0))


REPAIRED = {"rule_off": _rule_off, "rule_gone": _rule_gone}
LEFT = {
    "policy_blocks": (_policy_blocks, "Blocked by the rule {Block} 'No Remote Desktop' of a group policy"),
    "local_ignored": (_local_rules_ignored, "has to come from a policy"),
}


def _connect(address: str, port: int = 3389) -> str:
    """What a client sees: rdp, nothing within the time, or no connection."""
    try:
        with socket.create_connection((address, port), timeout=2) as connection:
            connection.sendall(bytes.fromhex("030000130ee00000000000010008000b000000"))
            return "rdp" if connection.recv(4) == b"\x03\x00\x00\x13" else "other"
    except TimeoutError:
        return "timeout"
    except OSError:
        return "refused"


def _fleet(fleet: t.Callable[..., Fleet], connection: str, breaks: dict[str, t.Callable[[Machine], None]]) -> Fleet:
    specs = [HostSpec(f"{name}_{number}", (), language) for name in breaks for number, language in _LANGUAGES]
    hosts = fleet(*specs, connection=connection)
    for name, machine in hosts.machines.items():
        with machine.lock:
            breaks[name.rpartition("_")[0]](machine)
            machine.filter_network()
        assert _connect(machine.address) == "timeout", name
    return hosts


_LANGUAGES = tuple(enumerate(("en-US", "de-DE")))


@pytest.mark.parametrize("connection", ["winrm", "ssh-cmd"])
def test_blocked_port_is_named_opened_and_proven(fleet: t.Callable[..., Fleet], connection: str) -> None:
    hosts = _fleet(fleet, connection, REPAIRED)
    before = hosts.hashes()
    for name, result in hosts.playbook("winops.rdp.audit").results("rdp_info").items():
        assert result["root_cause"]["check"] == "firewall", result["report"]
        assert result["next_step"] == "winops.rdp.rdp_firewall", name
        assert set(result["facts"]["firewall"]["tcp"]) == {"domain"}
    predicted = hosts.playbook("winops.rdp.repair", "--check", "--diff")
    assert predicted.code == 0 and hosts.hashes() == before, predicted.stdout
    repaired = hosts.playbook("winops.rdp.repair")
    assert repaired.code == 0, repaired.stdout
    for name, did in repaired.results("rdp_firewall").items():
        would = predicted.results("rdp_firewall")[name]
        assert did["changed"] and would["commands"] == did["commands"] and would["backup"] == did["backup"], name
        assert (would["before"], would["after"], would["diff"]) == (did["before"], did["after"], did["diff"])
        assert repaired.results("rdp_info")[name]["healthy"], repaired.results("rdp_info")[name]["report"]
        assert _connect(hosts[name].address) == "rdp"
    again = hosts.playbook("winops.rdp.repair")
    assert all(counts["changed"] == 0 and counts["failed"] == 0 for counts in again.recap.values())
    undone = hosts.playbook("winops.rdp.rollback")
    assert undone.code == 0, undone.stdout
    assert {_connect(machine.address) for machine in hosts.machines.values()} == {"timeout"}
    hosts.assert_understood()


def test_what_a_policy_decides_is_named_and_refused(fleet: t.Callable[..., Fleet]) -> None:
    hosts = _fleet(fleet, "winrm", {name: change for name, (change, _) in LEFT.items()})
    before = hosts.hashes()
    played = hosts.task("rdp_firewall")
    diagnosed = hosts.playbook("winops.rdp.repair").results("rdp_info")
    for name, result in played.results("rdp_firewall").items():
        why = LEFT[name.rpartition("_")[0]][1]
        assert result["failed"] and result["msg"].startswith("Nothing was changed.") and why in result["msg"], result
        assert diagnosed[name]["root_cause"]["check"] == "firewall" and why in diagnosed[name]["next_step"]
    assert hosts.hashes() == before
    hosts.assert_understood()


@pytest.mark.parametrize(("port", "shown"), [(0, "0"), (65536, "65536"), ("x", "x")])
def test_port_that_is_none_is_refused_before_anything_is_sent(
    fleet: t.Callable[..., Fleet], port: object, shown: str
) -> None:
    hosts = fleet(web=())
    result = hosts.task("rdp_firewall", {"port": port}).results("rdp_firewall")["web"]
    assert result["failed"] and "port" in result["msg"] and shown in result["msg"]
    assert hosts.lab.traffic["web"].requests == 0
