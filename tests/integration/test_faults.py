# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with a task is said before anything is sent; what is wrong with the wire is never healthy."""

from __future__ import annotations

import typing as t

import pytest

import sampling
from lab import HostSpec

from .conftest import Count, Cut

BAD_OPTIONS: list[tuple[str, dict[str, t.Any], tuple[str, ...]]] = [
    ("rdp_info", {"checks": ["listner"]}, ("checks", "listner", "listener", "port_conflict")),
    ("rdp_info", {"port": 0}, ("port", "0", "1 to 65535")),
    ("rdp_info", {"port": 70000}, ("port", "70000", "1 to 65535")),
    ("rdp_info", {"port": "abc"}, ("port", "abc", "int")),
    ("rdp_info", {"listener": 'RDP"Tcp'}, ("listener", 'RDP"Tcp', "not allowed")),
    ("rdp_info", {"listener": "a & b"}, ("listener", "&", "not allowed")),
    ("rdp_info", {"listener": "..\\RDP-Tcp"}, ("listener", "WinStations")),
    ("rdp_info", {"fail_on": "always"}, ("fail_on", "always", "never")),
    ("rdp_info", {"prot": 3389}, ("prot", "port")),
    ("rdp_port", {"port": 0}, ("port", "0", "1 to 65535")),
    ("rdp_port", {"on_conflict": "kill"}, ("on_conflict", "kill", "stop_service")),
    ("rdp_port", {"on_conflict": "stop_service"}, ("service", "stop_service")),
    ("rdp_port", {"service": "Apache2.4"}, ("service", "Apache2.4", "report")),
    ("rdp_port", {"on_conflict": "stop_service", "service": "a & b"}, ("service", "&", "not allowed")),
    ("rdp_port", {"verify_from_controller": "perhaps"}, ("verify_from_controller", "perhaps")),
    ("rdp_protocol", {"state": "on"}, ("state", "on", "enabled", "disabled")),
    ("rdp_service", {"wait": "long"}, ("wait", "long")),
]


def test_bad_options_name_option_value_and_what_is_allowed(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(web=())
    results = hosts.mistakes(*((module, options) for module, options, _ in BAD_OPTIONS))
    for (_, options, words), result in zip(BAD_OPTIONS, results, strict=True):
        assert result["failed"] and all(word in result["msg"] for word in words), (options, result["msg"])
    assert hosts.lab.traffic["web"].requests == 0


def test_become_is_refused_and_environment_is_warned_about(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(web=())
    become = hosts.task("rdp_info", become=True, become_method="ansible.builtin.runas", become_user="SYSTEM")
    assert "become" in become.results("rdp_info")["web"]["msg"] and become.code == 2
    assert hosts.lab.traffic["web"].requests == 0
    warned = hosts.task("rdp_info", environment={"A": "b"})
    assert any("environment" in text for text in warned.results("rdp_info")["web"]["warnings"])


def test_async_is_refused(fleet: t.Callable[..., t.Any]) -> None:
    played = fleet(web=()).task("rdp_info", {}, **{"async": 10, "poll": 0})
    assert played.code == 2 and "async" in played.stdout


def test_linux_target_and_ssh_without_shell_type_get_a_hint(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(web=())
    linux = hosts.task("rdp_info", vars={"ansible_connection": "local"})
    assert "ansible_shell_type" in linux.results("rdp_info")["web"]["msg"]
    ssh = hosts.task("rdp_info", vars={"ansible_connection": "ssh"})
    assert "ansible_shell_type" in ssh.results("rdp_info")["web"]["msg"]
    assert hosts.lab.traffic["web"].requests == 0


WIRE = {
    "refuse": "unreachable",
    "http-401": "unreachable",
    "http-500": "unreachable",
    "access-denied": "unreachable",
    "drop-mid-batch:3": "unreachable",
    "garbage": "failed",
    "truncate:700": "ok",
    "truncate:10": "failed",
}


def test_faults_of_the_wire_are_never_healthy(fleet: t.Callable[..., t.Any]) -> None:
    names = {fault: fault.replace(":", "_") for fault in WIRE}
    hosts = fleet(HostSpec("good"), *(HostSpec(name, transport_faults=(fault,)) for fault, name in names.items()))
    played = hosts.playbook("winops.rdp.audit")
    expected = {"good": "ok", **{names[fault]: outcome for fault, outcome in WIRE.items()}}
    assert played.outcomes("rdp_info") == expected, played.stdout
    results = played.results("rdp_info")
    assert [name for name, result in results.items() if result.get("healthy")] == ["good"]
    assert results["truncate_700"]["findings"][-1]["status"] == "unknown"
    assert "Remote Desktop on 9 hosts: 1 healthy, 1 not judged, 5 not reached, 2 not examined" in played.stdout


def test_wrong_password(fleet: t.Callable[..., t.Any]) -> None:
    played = fleet(web=()).task("rdp_info", vars={"ansible_password": "wrong"})
    assert played.outcomes("rdp_info") == {"web": "unreachable"} and played.code == 4


@pytest.mark.parametrize(
    ("fault", "module"), [("protocol-disabled", "rdp_protocol"), ("service-disabled", "rdp_service")]
)
def test_wire_cut_before_each_command_of_a_repair(fleet: t.Callable[..., t.Any], fault: str, module: str) -> None:
    healed = fleet(host=(fault,))
    healed["host"].before_command = counted = Count()
    healed.task(module)
    # All of them, without ansible-playbook: actions/test_repairs.py.
    commands = range(1, counted.commands + 1)
    cuts = sampling.one_in(4, "wire cuts before a command of a repair by ansible-playbook", fault, commands)
    hosts = fleet(*(HostSpec(f"cut{n:03}", (fault,)) for n in cuts))
    for number, machine in zip(cuts, hosts.machines.values(), strict=True):
        machine.before_command = Cut(number)
    broken = hosts.task(module, {}, "--forks", "20")
    assert [name for name, outcome in broken.outcomes(module).items() if outcome != "unreachable"] == []
    repaired = hosts.task(module, {}, "--forks", "20")
    assert set(repaired.outcomes(module).values()) == {"ok"}, repaired.stdout
    healthy = hosts.task("rdp_info", {"quiet": True}, "--forks", "20").results("rdp_info")
    assert {name for name, result in healthy.items() if result["healthy"]} == set(hosts.machines)
