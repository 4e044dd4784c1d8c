# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The listener and what is around it: references, refusals, a broken wire, and the way back."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from lab import HostSpec, Machine
from lab.faults.listener import PLANTED

from .conftest import LISTENER, Cut, exported_listener, with_build


def _has_key(machine: Machine) -> bool:
    return machine.create_process(f'reg query "{LISTENER}" /v LoadableProtocol_Object', code_page=437).exit_code == 0


def test_wire_cut_before_each_command_never_loses_the_key(fleet: t.Callable[..., t.Any], tmp_path: Path) -> None:
    # The same for every repair, without ansible-playbook: actions/test_repairs.py.
    reference = tmp_path / "rdp-tcp.reg"
    reference.write_bytes(exported_listener())
    options = {"method": "replace", "reference_file": str(reference), "allow_other_build": True}
    counted = fleet(host=("listener-damaged",))
    counted.task("rdp_listener", options)
    commands = len(counted["host"].log)
    cuts = range(commands // 3, commands + 1, 8)
    hosts = fleet(*(HostSpec(f"cut{n:03}", ("listener-damaged",)) for n in cuts))
    for number, machine in zip(cuts, hosts.machines.values(), strict=True):
        machine.before_command = Cut(number)
    broken = hosts.task("rdp_listener", options, "--forks", "20")
    assert set(broken.outcomes("rdp_listener").values()) == {"unreachable"}
    for machine in hosts.machines.values():
        machine.before_command = None
        assert _has_key(machine), machine.name
    repaired = hosts.task("rdp_listener", options, "--forks", "20").results("rdp_listener")
    assert {name for name, result in repaired.items() if result["finding"]["status"] == "ok"} == set(hosts.machines)
    hosts.assert_understood()


def test_what_must_not_be_touched_is_reported(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(
        bound=("certificate-bound-missing",),
        suppressed=("certificate-suppressed",),
        foreign=("service-dll-foreign",),
        sessions=("listener-damaged", "active-sessions"),
    )
    before = {name: machine.snapshot()["registry"] for name, machine in hosts.machines.items()}
    played = hosts.playbook("winops.rdp.repair", "--limit", "bound,suppressed,foreign")
    assert played.code == 0, played.stdout
    assert any("on purpose" in text for text in played.results("rdp_cert")["suppressed"]["warnings"])
    assert "bound" not in played.results("rdp_cert") and "foreign" not in played.results("rdp_listener")
    assert {name: machine.snapshot()["registry"] for name, machine in hosts.machines.items()} == before


def test_certificate_that_never_comes_is_put_back(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(host=("certificate-never",))
    before = hosts["host"].snapshot()["registry"]
    result = hosts.task("rdp_cert", {"wait": 4}).results("rdp_cert")["host"]
    assert result["failed"] and "did not hold" in result["msg"] and "rdp_machine_keys" in result["msg"]
    assert "net stop TermService" in result["commands"], "TermService is the second try"
    after = hosts["host"].snapshot()["registry"]
    assert after == before


def test_people_who_are_connected_are_named_before_anything_changes(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(host=("certificate-expired", "active-sessions"))
    # SessionEnv is restarted alone, so nobody is in the way.
    played = hosts.task("rdp_cert")
    assert played.results("rdp_cert")["host"]["changed"], played.stdout
    hosts = fleet(host=("active-sessions",))
    machine = hosts["host"]
    before = machine.snapshot()["registry"]
    refused = hosts.task("rdp_port", {"port": 3390}).results("rdp_port")["host"]
    assert refused["failed"] and "2 sessions" in refused["msg"] and "rdp-tcp#0" in refused["msg"], refused
    assert machine.snapshot()["registry"] == before
    assert hosts.task("rdp_port", {"port": 3390, "disconnect": "always"}).results("rdp_port")["host"]["restarted"]


def test_rollback_puts_the_host_back(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(host=("listener-damaged", "protocol-disabled"))
    before = hosts["host"].snapshot()["registry"]
    # A refresh of policies would leave its time in the registry.
    assert hosts.playbook("winops.rdp.repair", "-e", "troubleshoot_refresh=false").code == 0
    assert hosts["host"].snapshot()["registry"] != before
    repaired = hosts.hashes()
    shown = hosts.playbook("winops.rdp.rollback", "--check")
    assert shown.results("rdp_restore")["host"]["backup"].rpartition("\\")[2].startswith("0002-listener-")
    assert hosts.hashes() == repaired
    for name in ("0002-listener", "0001-protocol"):
        played = hosts.playbook("winops.rdp.rollback", "-e", "troubleshoot_disconnect=always")
        result = played.results("rdp_restore")["host"]
        assert rf"\{name}-" in result["backup"] and not result["failed"], played.stdout
        assert result["commands"] == shown.results("rdp_restore")["host"]["commands"] or name == "0001-protocol"
    assert hosts["host"].snapshot()["registry"] == before
    none_left = hosts.task("rdp_restore").results("rdp_restore")["host"]
    assert none_left["failed"] and "There is no backup" in none_left["msg"]
    hosts.assert_understood()


def test_changed_script_is_not_run(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(host=("protocol-disabled",))
    folder = hosts.task("rdp_protocol").results("rdp_protocol")["host"]["backup"]
    hosts["host"].create_process(f'cmd.exe /c ">>{folder}\\undo.cmd echo format c:"', code_page=437)
    before = hosts.hashes()
    result = hosts.task("rdp_restore").results("rdp_restore")["host"]
    assert result["failed"] and "was changed" in result["msg"]
    assert hosts.hashes() == before


HEADER = "Windows Registry Editor Version 5.00\r\n\r\n"
HOSTILE = {
    "another_key": (f"{HEADER}[HKEY_LOCAL_MACHINE\\SOFTWARE\\Evil]\r\n", "line 3"),
    "delete_other": (f"{HEADER}[-HKEY_LOCAL_MACHINE\\SYSTEM]\r\n", "line 3"),
    "no_header": ("[HKEY_LOCAL_MACHINE\\SOFTWARE]\r\n", "line 1"),
    "empty": ("", "line 1"),
    "thin": (f"{HEADER}[{LISTENER.replace('HKLM', 'HKEY_LOCAL_MACHINE')}]\r\n", "is not as it has to be"),
}


def test_hostile_reference_is_refused_before_anything_is_sent(fleet: t.Callable[..., t.Any], tmp_path: Path) -> None:
    hosts = fleet(host=("listener-key-missing",))
    for name, (text, _) in HOSTILE.items():
        (tmp_path / f"{name}.reg").write_bytes(text.encode("utf-16"))
    options: list[dict[str, t.Any]] = [{"reference_file": str(tmp_path / f"{name}.reg")} for name in HOSTILE]
    options += [{"reference_file": "nowhere.reg"}, {"reference_file": "a.reg", "reference_directory": "b"}]
    *hostile, missing, both = hosts.mistakes(*(("rdp_listener", one) for one in options))
    for (name, (_, message)), result in zip(HOSTILE.items(), hostile, strict=True):
        assert result["failed"] and message in result["msg"], (name, result["msg"])
    assert "reference_file" in missing["msg"] and "nowhere.reg" in missing["msg"]
    assert "mutually exclusive" in both["msg"]
    assert hosts.lab.traffic["host"].requests == 0


def test_baseline_is_a_reference_for_its_own_build_alone(fleet: t.Callable[..., t.Any], tmp_path: Path) -> None:
    hosts = fleet(
        HostSpec("healthy"),
        HostSpec("older", windows="server2019"),
        HostSpec("lost", ("listener-key-missing",)),
        HostSpec("lost_newer", ("listener-key-missing",), windows="server2025"),
    )
    folder = tmp_path / "baseline"
    saved = hosts.playbook("winops.rdp.baseline", "-e", f"troubleshoot_baseline_directory={folder}")
    assert saved.code == 0, saved.stdout
    assert sorted(path.name for path in folder.iterdir()) == ["17763.reg", "20348.reg"]
    options = {"reference_directory": str(folder)}
    results = hosts.task("rdp_listener", options).results("rdp_listener")
    assert results["lost"]["changed"] and not results["lost"]["failed"], results["lost"]
    # Windows' own values have brought both back, so nobody asked the baseline.
    assert not results["lost"]["reference_used"] and results["lost_newer"]["changed"]
    hosts = fleet(
        HostSpec("lost", ("listener-damaged",)), HostSpec("lost_newer", ("listener-damaged",), windows="server2025")
    )
    results = hosts.task("rdp_listener", {**options, "method": "replace"}).results("rdp_listener")
    assert results["lost"]["reference"].endswith("20348.reg") and results["lost"]["reference_used"]
    assert results["lost_newer"]["failed"] and "26100.reg" in results["lost_newer"]["msg"]
    other = {"reference_file": str(folder / "20348.reg"), "method": "replace"}
    refused = hosts.task("rdp_listener", other, "--limit", "lost_newer").results("rdp_listener")["lost_newer"]
    assert refused["failed"] and "build 20348" in refused["msg"] and "build 26100" in refused["msg"]


@pytest.mark.parametrize("source", ["host", "file", "directory"])
def test_role_takes_the_reference_that_is_named(fleet: t.Callable[..., t.Any], tmp_path: Path, source: str) -> None:
    hosts = fleet(other=(), chosen=(), lost=("listener-key-missing",))
    baseline = tmp_path / "baseline"
    baseline.mkdir()
    (baseline / "20348.reg").write_bytes(with_build(exported_listener()))
    named = {"host": "chosen", "file": str(baseline / "20348.reg"), "directory": str(baseline)}[source]
    played = hosts.playbook("winops.rdp.repair", "-e", f"troubleshoot_reference={named}")
    assert played.code == 0, played.stdout
    assert played.results("rdp_info")["lost"]["healthy"] is True
    assert not played.results("rdp_listener")["lost"]["reference_used"]
    # A baseline is not even read before somebody has to ask it.
    named_as = {"host": "the value of option 'reference'", "file": str(baseline / "20348.reg"), "directory": None}
    assert played.results("rdp_listener")["lost"]["reference"] == named_as[source]


def test_reference_host_outside_of_the_play_is_named(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(HostSpec("healthy"), HostSpec("sick", ("listener-key-missing",)))
    played = hosts.playbook("winops.rdp.repair", "--limit", "sick", "-e", "troubleshoot_reference=healthy")
    assert (
        "'healthy' of troubleshoot_reference is a host that is not in this play"
        in played.results("fail")["sick"]["msg"]
    )


def _values(machine: Machine) -> dict[str, t.Any]:
    key = machine.registry.get(LISTENER)
    assert key is not None, machine.name
    return {name: value.text if value.type == 1 else value.number for name, value in key.items()}


SICK = {"web1": "listener-disabled", "web2": "listener-key-missing", "web3": "listener-wrong-values"}
OWNED = {"one": ("aaa-owned",), "two that agree": ("aaa-owned", "aab-owned")}


@pytest.mark.parametrize("owned", OWNED.values(), ids=OWNED)
def test_nothing_that_a_host_planted_arrives_anywhere(
    fleet: t.Callable[..., t.Any], tmp_path: Path, owned: tuple[str, ...]
) -> None:
    hosts = fleet(
        *(HostSpec(name, ("listener-planted",)) for name in owned),
        *(HostSpec(name, (fault,)) for name, fault in SICK.items()),
        # Windows' own values don't help here, so that others are asked.
        HostSpec("web4", ("listener-demanding",)),
    )
    if len(owned) > 1:  # the stronger lie
        shown = hosts.playbook("winops.rdp.repair", "--check", "--diff")
        would = shown.results("rdp_listener")
        assert would["web2"]["after"]["SecurityLayer"] == 2
        assert "evil" not in str([result["diff"] for result in would.values()])
    played = hosts.playbook("winops.rdp.repair")
    for name in SICK:
        assert played.results("rdp_info")[name]["healthy"] is True, played.stdout
        values = _values(hosts[name])
        for planted, value in PLANTED.items():
            lie = value.text if value.type == 1 else value.number
            if planted not in ("fInheritInitialProgram", "fInheritShadow"):
                assert values.get(planted) != lie, (name, planted)
        assert values["SecurityLayer"] == 2 and values["UserAuthentication"] == 1
    assert hosts["web4"].registry.get(LISTENER) is None, "what was tried there was undone"
    assert "no two have working listeners that agree" in played.stdout
    for name in (*SICK, "web4"):
        assert "evil" not in "".join(entry.line for entry in hosts[name].log)
    baseline = hosts.playbook("winops.rdp.baseline", "-e", f"troubleshoot_baseline_directory={tmp_path / 'baseline'}")
    saved = {path.name: path.read_text(encoding="ascii") for path in (tmp_path / "baseline").iterdir()}
    assert baseline.code == 2 and "InitialProgram = " in baseline.stdout and "host aaa-owned" in baseline.stdout
    assert list(saved) == ["20348.reg"] and "evil" not in saved["20348.reg"]
    audited = hosts.task("rdp_info", {}, "--limit", owned[0])
    assert "differs from Windows' own" in audited.stdout and "InitialProgram" in audited.stdout
