# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Repairs: predicted by check mode, proven from outside, undone without Ansible."""

from __future__ import annotations

import re
import socket
import typing as t

import pytest

import sampling
from lab import HostSpec, Machine
from lab.faults.policy import BLOCKING_GPO_GUID

REPAIRED = {
    "protocol-disabled": "rdp_protocol",
    "users-denied": "rdp_protocol",
    "policy-allows-local-denies": "rdp_protocol",
    "gpo-local-blocks": "rdp_policy",
    "service-stopped": "rdp_service",
    "service-disabled": "rdp_service",
    "umrdp-stopped": "rdp_service",
    "listener-key-missing": "rdp_listener",
    "listener-damaged": "rdp_listener",
    "listener-disabled": "rdp_listener",
    "listener-wrong-values": "rdp_listener",
    "listener-vendor-left": "rdp_listener",
    "logon-disabled": "rdp_listener",
    "machinekeys-denied": "rdp_machine_keys",
    "certificate-missing": "rdp_cert",
    "certificate-expired": "rdp_cert",
    "certificate-store-unnamed": "rdp_cert",
    "keyfile-denied": "rdp_cert",
    "keyfile-missing": "rdp_cert",
    "firewall-rule-off": "rdp_firewall",
    "firewall-rule-missing": "rdp_firewall",
}


SERVICES = ("TermService", "UmRdpService")
WARNINGS_TOO = ("-e", "troubleshoot_repair_warnings=true")


def _rdp_answers(address: str, port: int = 3389) -> bool:
    """Whether something that speaks X.224 listens there."""
    try:
        with socket.create_connection((address, port), timeout=5) as connection:
            connection.sendall(bytes.fromhex("030000130ee00000000000010008000b000000"))
            return connection.recv(4) == b"\x03\x00\x00\x13"
    except OSError:
        return False


def _undo(machine: Machine, folder: str) -> None:
    ran = machine.create_process(f'cmd.exe /d /c "{folder}\\undo.cmd"', code_page=437)
    assert ran.exit_code == 0, ran


def _state(machine: Machine) -> dict[str, t.Any]:
    """What a repair may change: the registry, and which services run."""
    snapshot = machine.snapshot()
    return {
        "registry": snapshot["registry"],
        "running": {name: machine.services.plain()[name]["state"] for name in SERVICES},
    }


def test_repair_heals_what_check_mode_predicts(fleet: t.Callable[..., t.Any]) -> None:
    pairs = sampling.dealt("faults repaired, each in two languages", REPAIRED, ("en-US", "de-DE"))
    sick = {f"{fault.replace('-', '_')}_{language[:2]}": (fault, language) for fault, language in pairs}
    hosts = fleet(
        HostSpec("healthy", language="de-DE"),
        HostSpec("two_faults", ("protocol-disabled", "service-disabled"), "de-DE"),
        HostSpec("policy_and_switch", ("gpo-local-blocks", "protocol-disabled")),
        *(HostSpec(name, (fault,), language) for name, (fault, language) in sick.items()),
    )
    before = hosts.hashes()
    predicted = hosts.playbook("winops.rdp.repair", "--check", "--diff", *WARNINGS_TOO)
    assert predicted.code == 0, predicted.stdout
    assert hosts.hashes() == before, "check mode changed something"
    repaired = hosts.playbook("winops.rdp.repair", *WARNINGS_TOO)
    assert repaired.code == 0, repaired.stdout
    for name, (fault, _) in sick.items():
        module = REPAIRED[fault]
        would, did = predicted.results(module)[name], repaired.results(module)[name]
        name_there = did["backup"].rpartition("\\")[2]
        foretold = str(did["commands"]).replace(name_there, f"{name_there[:-4]}????")
        assert str(would["commands"]) == foretold and would["backup"].endswith(f"{name_there[:-4]}????"), fault
        assert would["changed"] is did["changed"] is True
        assert {key: would[key] for key in ("before", "after", "diff")} == {
            key: did[key] for key in ("before", "after", "diff")
        }
    for name, result in repaired.results("rdp_info").items():
        assert result["healthy"] is True, result["report"]
        assert {finding["status"] for finding in result["findings"]} == {"ok"}, result["report"]
        assert _rdp_answers(hosts[name].address), name
    again = hosts.playbook("winops.rdp.repair", *WARNINGS_TOO)
    assert all(counts["changed"] == 0 and counts["failed"] == 0 for counts in again.recap.values())
    hosts.assert_understood()


def test_what_works_is_left_as_it_is(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(HostSpec("cis", ("lesser-services-disabled",)), HostSpec("both", ("policy-allows-local-denies",)))
    before = hosts.hashes()
    ran = hosts.playbook("winops.rdp.repair")
    assert ran.code == 0, ran.stdout
    assert hosts.hashes() == before, "a warning was repaired without being asked for"
    assert all(result["healthy"] for result in ran.results("rdp_info").values())


def test_remote_desktop_is_turned_on_where_it_is_expected_and_nowhere_else(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(
        HostSpec("dark", ("protocol-disabled",)), HostSpec("weak", ("protocol-disabled", "gpo-nla-required-weak"))
    )
    before = hosts.hashes()
    for expect in ("any", "disabled"):
        left = hosts.playbook("winops.rdp.repair", "-e", f"troubleshoot_expect={expect}")
        assert left.code == 0 and hosts.hashes() == before, left.stdout
        assert all(result["healthy"] for result in left.results("rdp_info").values())
    would = hosts.playbook("winops.rdp.repair", "--check")
    assert "Hosts on which Remote Desktop would be turned on: 1." in would.stdout and hosts.hashes() == before
    did = hosts.playbook("winops.rdp.repair")
    assert "Hosts on which Remote Desktop was turned on: 1." in did.stdout, did.stdout
    # The one without Network Level Authentication stays off.
    after = hosts.hashes()
    assert after["dark"] != before["dark"] and after["weak"] == before["weak"]
    assert did.results("rdp_info")["weak"]["root_cause"]["check"] == "protocol"


# The other modules: actions/test_repairs.py.
@pytest.mark.parametrize("module", ["rdp_protocol", "rdp_service"])
def test_undo_script_works_without_ansible(fleet: t.Callable[..., t.Any], module: str) -> None:
    faults = [fault for fault, name in REPAIRED.items() if name == module]
    hosts = fleet(*(HostSpec(fault, (fault,)) for fault in faults))
    before = {name: _state(machine) for name, machine in hosts.machines.items()}
    for fault, result in hosts.task(module).results(module).items():
        assert result["changed"] and not result["failed"], result
        assert _state(hosts[fault]) != before[fault]
        _undo(hosts[fault], result["backup"])
        assert _state(hosts[fault]) == before[fault]
    hosts.assert_understood()


def test_backups_are_numbered(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(host=("protocol-disabled",))
    folders = [
        hosts.task("rdp_protocol", {"state": state}).results("rdp_protocol")["host"]["backup"]
        for state in ("enabled", "disabled", "enabled", "enabled")
    ]
    assert folders.pop() is None
    for number, folder in enumerate(folders, 1):
        assert re.fullmatch(rf"C:\\Windows\\winops\.rdp\\backup\\000{number}-protocol-[0-9a-f]{{4}}", folder), folders


def test_policy_is_not_fought(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(host=("policy-reverts",))
    before = hosts.hashes()
    played = hosts.task("rdp_protocol")
    result = played.results("rdp_protocol")["host"]
    assert result["failed"] and "policy" in result["msg"] and "gpupdate" in result["msg"] and not result["changed"]
    assert f"GPO 'Block RDP' {BLOCKING_GPO_GUID} decides" in result["msg"]
    assert hosts.hashes() == before
    assert hosts.playbook("winops.rdp.repair").results("rdp_info")["host"]["root_cause"]["check"] == "policy"
    assert hosts.hashes() == before


LOCAL_POLICY = (
    r"C:\Windows\System32\GroupPolicy\Machine\Registry.pol",
    r"C:\Windows\System32\GroupPolicy\gpt.ini",
)


def _policy_files(machine: Machine) -> list[bytes | None]:
    return [machine.files.read(path) if machine.files.is_file(path) else None for path in LOCAL_POLICY]


def test_local_policy_is_changed_refreshed_and_put_back(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(
        HostSpec("blocked", ("gpo-local-blocks",)),
        HostSpec("gesperrt", ("gpo-local-blocks",), "de-DE"),
        HostSpec("domain", ("gpo-domain-blocks-local-allows",)),
        HostSpec("alone", ("gpo-local-blocks", "gpo-no-controller")),
    )
    before = {name: _policy_files(machine) for name, machine in hosts.machines.items()}
    options = {"local_policy": "not_configured", "wait": 5}
    would = hosts.task("rdp_policy", options, "--check", "--diff").results("rdp_policy")
    assert {name: _policy_files(machine) for name, machine in hosts.machines.items()} == before
    played = hosts.task("rdp_policy", options)
    did = played.results("rdp_policy")
    assert "policies are refreshed, which may take up to 5 s" in played.stdout
    for name in ("blocked", "gesperrt"):
        assert did[name]["changed"] and did[name]["finding"]["status"] == "ok" and _rdp_answers(hosts[name].address)
        # Nobody can foretell the random part of a backup's name.
        drawn = did[name]["backup"].rpartition("\\")[2]
        foretold = str(did[name]["commands"]).replace(drawn, f"{drawn[:-4]}????")
        assert foretold == str(would[name]["commands"]) and did[name]["diff"] == would[name]["diff"]
        assert did[name]["source"]["kind"] == "none"
    assert did["domain"]["changed"] and did["domain"]["source"]["name"] == "Block RDP"
    assert did["domain"]["finding"]["status"] == "problem" and not _rdp_answers(hosts["domain"].address)
    assert did["alone"]["failed"] and "domain controller" in did["alone"]["msg"]
    assert _policy_files(hosts["alone"]) == before["alone"]
    again = hosts.task("rdp_policy", options).results("rdp_policy")
    assert [again[name]["commands"] for name in ("blocked", "gesperrt", "domain")] == [[], [], []]
    allowed = hosts.task("rdp_policy", {"local_policy": "enabled", "wait": 5}, "--limit", "gesperrt")
    enabled = allowed.results("rdp_policy")["gesperrt"]
    assert enabled["changed"] and enabled["source"]["kind"] == "local" and enabled["source"]["value"] == 0
    hosts["domain"].policy.remove(BLOCKING_GPO_GUID)
    refreshed = hosts.task("rdp_policy", {"refresh": True}).results("rdp_policy")
    assert refreshed["domain"]["changed"] and _rdp_answers(hosts["domain"].address)
    assert refreshed["blocked"]["changed"] is False and refreshed["alone"]["failed"]
    # Both backups of "gesperrt", the last one first, and then both hosts are as they were.
    hosts.playbook("winops.rdp.rollback", "--limit", "blocked,gesperrt")
    hosts.playbook("winops.rdp.rollback", "--limit", "gesperrt")
    for name in ("blocked", "gesperrt"):
        assert _policy_files(hosts[name]) == before[name] and not _rdp_answers(hosts[name].address)
    hosts.assert_understood()


def test_hanging_service_is_reported_not_forced(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(host=("service-hangs-stopping",))
    machine = hosts["host"]
    machine.create_process("sc stop UmRdpService", code_page=437)
    machine.create_process("sc stop TermService", code_page=437)
    before = hosts.hashes()
    result = hosts.task("rdp_service", {"wait": 3}).results("rdp_service")["host"]
    assert result["failed"] and "hangs, it is stopping" in result["msg"]
    assert hosts.hashes() == before


def test_nothing_is_changed_while_windows_setup_is_at_work(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(host=("setup-in-progress", "protocol-disabled"))
    before = hosts.hashes()
    result = hosts.task("rdp_protocol").results("rdp_protocol")["host"]
    assert result["failed"] and "SystemSetupInProgress" in result["msg"]
    assert hosts.hashes() == before


def test_backup_that_fails_stops_the_repair(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(host=("protocol-disabled",))
    machine = hosts["host"]
    # A file in the place of the folder: the new folder can't be made below it.
    machine.create_process(r'cmd.exe /c "echo x>C:\Windows\winops.rdp"', code_page=437)
    before = machine.snapshot()["registry"]
    result = hosts.task("rdp_protocol").results("rdp_protocol")["host"]
    assert result["failed"] and "Nothing was changed" in result["msg"], result
    assert machine.snapshot()["registry"] == before


def test_host_that_could_not_be_repaired_is_summed_up(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(host=("setup-in-progress", "protocol-disabled"))
    played = hosts.playbook("winops.rdp.repair")
    assert played.recap["host"]["failed"] == 1 and played.code == 2
    assert "SystemSetupInProgress" in played.stdout
    assert "Remote Desktop on 1 host: 1 with problems" in played.stdout, played.stdout
