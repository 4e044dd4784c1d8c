# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many hosts in one process: addresses, life and death, inventory, control."""

from __future__ import annotations

import ipaddress
import json
import os
import socket
import stat
import threading
import typing as t
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import yaml

from lab.faults import FAULTS
from lab.fleet.lab import Lab
from lab.fleet.specs import HostSpec, UnknownFaultError
from lab.transports.faults import TransportFaults, UnknownTransportFaultError, parse
from unit.lab_transports.conftest import Target
from unit.lab_transports.fake_machine import FakeMachine

A_FAULT = sorted(FAULTS)[0]


def lab_of(*names: str, **options: t.Any) -> Lab:
    return Lab([HostSpec(name) for name in names], make_machine=FakeMachine, **options)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_every_host_has_an_address_of_its_own_and_labs_keep_apart() -> None:
    with lab_of("a", "b") as one, lab_of("a", "b") as two:
        addresses = [*one.addresses.values(), *two.addresses.values()]
        assert len(set(addresses)) == 4
        assert all(ipaddress.ip_address(address) in ipaddress.ip_network("127.64.0.0/10") for address in addresses)
        assert one.password != two.password
        assert one["a"] is not two["a"]


def test_nothing_is_left_behind() -> None:
    with lab_of("warm"):
        pass
    threads, files = threading.active_count(), open_files()
    lab = lab_of("a", "b", transports=("winrm", "ssh"))
    with lab:
        address = lab.addresses["a"]
        held = [socket.create_connection((address, port), timeout=3) for port in (5985, lab.ssh_ports("a")["cmd"])]
        lab.network("a").listen(3389, "rdp", {})
        lab.network("b").listen(3389, "rdp", {"blocked": True})
        lab.transport_fault("b", "refuse")
        lab.stop()
    for sock in held:
        sock.close()
    assert (threading.active_count(), open_files()) == (threads, files)
    for port in (5985, 3389):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((address, port), timeout=3)


def test_a_lab_can_be_started_again() -> None:
    lab = lab_of("a")
    for _ in range(2):
        with lab:
            assert socket.create_connection((lab.addresses["a"], 5985), timeout=3).close() is None


def test_a_lab_that_fails_to_start_leaves_nothing() -> None:
    def broken(name: str, **options: t.Any) -> FakeMachine:
        if name == "b":
            raise RuntimeError("no b")
        return FakeMachine(name, **options)

    with lab_of("warm"):
        pass
    threads, files = threading.active_count(), open_files()
    with pytest.raises(RuntimeError, match="no b"):
        Lab([HostSpec("a"), HostSpec("b")], make_machine=broken).start()
    assert (threading.active_count(), open_files()) == (threads, files)


@pytest.mark.parametrize("count", [300])
def test_hundreds_of_hosts(count: int) -> None:
    names = [f"h{number}" for number in range(count)]
    with lab_of(*names) as lab:
        for name in (names[0], names[count // 2], names[-1]):
            socket.create_connection((lab.addresses[name], 5985), timeout=3).close()


def test_names_and_faults_are_checked_before_anything_starts() -> None:
    with pytest.raises(ValueError, match="used twice: a"):
        lab_of("a", "b", "a")
    with pytest.raises(ValueError, match="unknown transports"):
        lab_of("a", transports=("telnet",))
    with pytest.raises(UnknownFaultError, match=rf"'nope'.*{A_FAULT}.*drop-mid-batch"):
        Lab([HostSpec("a", faults=("nope",))])
    with lab_of("a") as lab, pytest.raises(KeyError, match="no host 'x'"):
        lab["x"]


def test_faults_are_told_apart() -> None:
    spec = HostSpec.of("a", [A_FAULT, "slow:2", "truncate"], "de-DE")
    assert spec == HostSpec("a", (A_FAULT,), "de-DE", "server2022", ("slow:2", "truncate:256"))


@pytest.mark.parametrize(
    "text", ["slow", "slow:", "slow:x", "slow:-1", "slow:nan", "refuse:1", "nope", "", "truncate:1e9"]
)
def test_transport_faults_with_a_wrong_number_are_refused(text: str) -> None:
    with pytest.raises(UnknownTransportFaultError):
        parse(text)


def test_transport_faults_can_be_switched() -> None:
    faults = TransportFaults(("slow:0.5",))
    faults.enable("slow:2")
    faults.enable("garbage")
    assert faults.active() == ("garbage", "slow:2")
    assert (faults.get("slow"), faults.get("garbage"), faults.get("refuse")) == (2, 0, None)
    faults.disable("slow")
    faults.disable("slow:9")
    with pytest.raises(UnknownTransportFaultError):
        faults.disable("nope")


@pytest.mark.parametrize("connection", ["winrm", "psrp", "ssh-cmd", "ssh-powershell"])
@pytest.mark.parametrize("auth", ["basic", "ntlm"])
def test_the_inventory(fleet: Lab, tmp_path: Path, connection: str, auth: str) -> None:
    path = fleet.write_inventory(tmp_path / "inventory.yml", connection=connection, auth=auth)
    windows = yaml.safe_load(path.read_text())["windows"]
    assert {name: host["ansible_host"] for name, host in windows["hosts"].items()} == fleet.addresses
    variables = windows["vars"]
    assert variables["ansible_user"] == "Administrator"
    assert variables["ansible_connection"] == connection.partition("-")[0]
    if connection == "psrp":
        assert variables["ansible_psrp_message_encryption"] == {"basic": "never", "ntlm": "auto"}[auth]
    if connection.startswith("ssh"):
        assert variables["ansible_port"] == fleet.ssh_ports("h0")[connection.removeprefix("ssh-")]
        key = Path(variables["ansible_ssh_private_key_file"])
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    else:
        assert variables["ansible_password"] == fleet.password
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.with_name("inventory.yml.lab.json").read_text())["pid"] == os.getpid()


def test_a_connection_without_its_transport_is_refused(tmp_path: Path) -> None:
    with lab_of("a") as lab, pytest.raises(ValueError, match="needs the transport 'ssh'"):
        lab.write_inventory(tmp_path / "x.yml", connection="ssh-cmd")


def ask(lab: Lab, path: str, post: object = None) -> t.Any:
    data = None if post is None else post if isinstance(post, bytes) else json.dumps(post).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(f"{lab.control.url}/{path}", data=data), timeout=5) as response:
        return json.load(response)


def refusal(lab: Lab, path: str, post: object = None) -> tuple[int, str]:
    with pytest.raises(urllib.error.HTTPError) as error:
        ask(lab, path, post)
    with error.value:
        return error.value.code, json.load(error.value)["error"]


def test_control_shows_hosts(target: Target) -> None:
    target.session().run_cmd("tool")
    summary = next(host for host in ask(target.lab, "hosts") if host["name"] == target.name)
    assert (summary["address"], summary["traffic"]["requests"]) == (target.address, 5)
    details = ask(target.lab, f"hosts/{target.name}")
    assert details["log"] == [{"line": "tool", "exit_code": 0, "understood": True}]
    assert details["snapshot"] == {"name": target.name}
    assert details["state_hash"] == target.machine.state_hash()
    assert details["errors"] == []


def test_control_switches_faults(target: Target) -> None:
    path = f"hosts/{target.name}/faults"
    assert ask(target.lab, path, {"on": ["refuse", "slow:1"]})["transport_faults"] == ["refuse", "slow:1"]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((target.address, 5985), timeout=3)
    assert ask(target.lab, path, {"off": ["refuse", "slow"]})["transport_faults"] == []
    assert target.session().run_cmd("tool").status_code == 0


def test_control_runs_gpupdate(target: Target) -> None:
    assert ask(target.lab, f"hosts/{target.name}/gpupdate", {})["output"] == "<gpupdate /force|65001>\r\n"


def test_control_refuses_clearly(target: Target) -> None:
    lab, path = target.lab, f"hosts/{target.name}/faults"
    assert refusal(lab, "hosts/nobody") == (404, "no host 'nobody' in this lab")
    assert refusal(lab, "nothing")[0] == 404
    assert refusal(lab, path, {"apply": ["nope"]})[0] == 400
    assert refusal(lab, path, {"on": ["nope"]})[0] == 400
    assert refusal(lab, path, {"what": []})[0] == 400
    assert refusal(lab, path, b"{")[0] == 400
    assert refusal(lab, path, [])[0] == 400
    url = lab.control.url
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(url.rpartition("/")[0] + "/guess/hosts", timeout=5)
    with error.value:
        assert error.value.code == 403


def test_control_asks_the_lab_to_stop() -> None:
    with lab_of("a") as lab:
        assert not lab.wait(0)
        assert ask(lab, "shutdown", {}) == {"stopping": True}
        assert lab.wait(5)
