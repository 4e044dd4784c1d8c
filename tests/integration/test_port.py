# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Another port, with a real ansible-playbook and real handshakes. Every way it can go wrong: actions/test_port.py."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.module_utils.rdp_scan import scan_target

from lab import HostSpec, Lab, Machine

from .conftest import through_a_relay

RULES = r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules"


def _seen(machine: Machine, port: int) -> str:
    """What a client sees."""
    return str(scan_target(machine.address, port, timeout=3)["outcome"])


def _has_rule(machine: Machine, name: str) -> bool:
    listed = machine.create_process(f"reg query {RULES}", code_page=437)
    return f"Name={name}|".encode() in listed.stdout


@pytest.mark.parametrize("connection", ["winrm", "psrp", "ssh-cmd"])
def test_there_and_back_again(fleet: t.Callable[..., t.Any], connection: str) -> None:
    hosts = fleet(HostSpec("host", language="de-DE"), connection=connection)
    machine = hosts["host"]
    before = hosts.hashes()
    would = hosts.task("rdp_port", {"port": 3390}, "--check", "--diff").results("rdp_port")["host"]
    assert hosts.hashes() == before
    did = hosts.task("rdp_port", {"port": 3390}).results("rdp_port")["host"]
    assert not did["failed"] and did["verification"]["outcome"] == "rdp", did
    assert did["verification"]["address"] == machine.address
    for key in ("changed", "commands", "steps", "before", "after", "backup", "diff"):
        name = did["backup"].rpartition("\\")[2]
        assert str(would[key]) == str(did[key]).replace(name, f"{name[:-4]}????"), key
    assert (_seen(machine, 3390), _seen(machine, 3389)) == ("rdp", "timeout")
    assert _has_rule(machine, "winops.rdp TCP 3390")
    assert hosts.task("rdp_port", {"port": 3390}).results("rdp_port")["host"]["changed"] is False
    back = hosts.task("rdp_port").results("rdp_port")["host"]
    assert back["changed"] and not back["failed"], back
    assert (_seen(machine, 3389), _seen(machine, 3390)) == ("rdp", "refused")
    assert not _has_rule(machine, "winops.rdp TCP 3390") and not _has_rule(machine, "winops.rdp UDP 3390")
    hosts.assert_understood()


def test_undo_of_the_way_back_opens_the_old_port_again(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(host=())
    machine = hosts["host"]
    hosts.task("rdp_port", {"port": 3390})
    hosts.task("rdp_port")
    undone = hosts.task("rdp_restore").results("rdp_restore")["host"]
    assert not undone["failed"], undone
    assert _has_rule(machine, "winops.rdp TCP 3390") and _seen(machine, 3390) == "rdp"
    hosts.assert_understood()


def test_port_taken_by_a_service(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(host=("port-taken",))
    machine = hosts["host"]
    assert _seen(machine, 3389) != "rdp"
    before = hosts.hashes()
    reported = hosts.task("rdp_port").results("rdp_port")["host"]
    assert reported["failed"] and "httpd.exe with the services Apache2.4" in reported["msg"]
    assert "starts with Windows" in reported["msg"] and hosts.hashes() == before
    stopped = hosts.task("rdp_port", {"on_conflict": "stop_service", "service": "Apache2.4"})
    result = stopped.results("rdp_port")["host"]
    assert not result["failed"] and any("starts with Windows" in text for text in result["warnings"]), result
    assert _seen(machine, 3389) == "rdp"
    assert machine.services.plain()["Apache2.4"]["start"] == 2, "how it starts is not changed"
    hosts.assert_understood()


def _closed_on_the_way(lab: Lab, name: str, port: int) -> None:
    """The host listens, and nothing of it gets out."""
    network = lab.network(name)
    listen = network.listen

    def closed(number: int, kind: str, data: object) -> bool:
        return True if number == port else listen(number, kind, data)

    vars(network)["listen"] = closed


def test_what_does_not_answer_the_controller_is_taken_back(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(host=())
    machine = hosts["host"]
    _closed_on_the_way(hosts.lab, "host", 3390)
    before = machine.snapshot()["registry"]
    result = hosts.task("rdp_port", {"port": 3390}).results("rdp_port")["host"]
    assert result["failed"] and result["verification"]["outcome"] == "refused", result
    assert "It was undone." in result["msg"] and "verify_from_controller: false" in result["msg"]
    assert machine.snapshot()["registry"] == before
    assert _seen(machine, 3389) == "rdp" and machine.rdp_ports() == {3389}
    alone = hosts.task("rdp_port", {"port": 3390, "verify_from_controller": False}).results("rdp_port")["host"]
    assert alone["changed"] and not alone["failed"] and machine.rdp_ports() == {3390}
    hosts.assert_understood()


def test_port_that_term_service_does_not_get(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(host=())
    machine = hosts["host"]
    # Somebody takes it between the look and the restart.
    assert hosts.lab.network("host").listen(3390, "silent", None)
    before = machine.snapshot()["registry"]
    result = hosts.task("rdp_port", {"port": 3390, "wait": 2}).results("rdp_port")["host"]
    assert result["failed"] and result["msg"].startswith("The repair did not hold. It was undone."), result["msg"]
    assert result["verification"] is None and machine.snapshot()["registry"] == before
    assert _seen(machine, 3389) == "rdp"


def test_way_through_a_proxy_is_refused(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(host=(), connection="ssh-cmd")
    before = hosts.hashes()
    played = hosts.task("rdp_port", {"port": 3390}, vars=through_a_relay(hosts.folder))
    result = played.results("rdp_port")["host"]
    assert result["failed"] and "jump host" in result["msg"], result
    assert hosts.hashes() == before
