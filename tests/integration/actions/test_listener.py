# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A listener whose service is stopped, as a connection that broke in the middle of a restart leaves it."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils import _verification

from lab import Machine
from lab.faults.listener import PLANTED, VENDOR_PROTOCOL

from .conftest import Result, World, foretold, look, registry, run, sick

LISTENER = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp"


@pytest.mark.parametrize("beside", ["listener-damaged", "slow-services", "umrdp-stopped"])
def test_stopped_service_is_started_with_the_listener(beside: str, donor: Result) -> None:
    machine = sick("service-stopped", beside)
    would = run(machine, "rdp_listener", {"reference": donor}, check=True)
    did = run(machine, "rdp_listener", {"reference": donor})
    assert not did.get("failed") and did["finding"]["status"] == "ok", did
    assert (did["before"]["TermService"], did["after"]["TermService"]) == ("stopped", "running")
    assert str(would["commands"]) == foretold(did, "commands", did["backup"]) and would["diff"] == did["diff"]
    assert look(machine)["healthy"] and not run(machine, "rdp_listener")["changed"]
    assert machine.errors() == []


def test_undo_stops_it_again(donor: Result) -> None:
    machine = sick("service-stopped", "listener-damaged")
    before = registry(machine)
    backup = run(machine, "rdp_listener", {"reference": donor})["backup"]
    assert machine.rdp_ports() == {3389}
    undone = run(machine, "rdp_restore")
    assert not undone.get("failed") and undone["backup"] == backup and undone["restarted"], undone
    assert registry(machine) == before and machine.rdp_ports() == set()


REFUSED = {
    "service-disabled": {},
    "service-stopped": {"disconnect": "never"},
    "protocol-disabled": {},
    "port-excluded": {},
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_another_module_has_to_repair_first_is_refused(fault: str) -> None:
    machine = sick("service-stopped", fault)
    before = registry(machine)
    result = run(machine, "rdp_listener", REFUSED[fault])
    assert result["failed"] and result["msg"].startswith("Nothing was changed"), result
    assert "winops.rdp.rdp_info" in result["msg"] or "port_conflict" in result["msg"]
    assert registry(machine) == before and machine.rdp_ports() == set()


def test_service_on_its_way_is_waited_for() -> None:
    machine = sick("service-stopped", "slow-services")
    machine.create_process("sc start TermService", code_page=437)
    result = run(machine, "rdp_listener")
    assert not result.get("failed") and not result["changed"] and result["finding"]["status"] == "ok", result


SESSIONS = {"rdp-tcp": "active-sessions", "cut names": "sessions-cut-names"}


@pytest.mark.parametrize("fault", SESSIONS.values(), ids=SESSIONS)
def test_people_count_however_qwinsta_shows_them(fault: str) -> None:
    machine = sick(fault)
    before = registry(machine)
    # TermService reads its key when it starts, so they are still connected.
    result = run(machine, "rdp_port", {"port": 3390})
    assert result["failed"] and "2 sessions" in result["msg"] and "jsmith" in result["msg"], result
    assert registry(machine) == before
    assert look(machine)["facts"]["sessions"]["connected"] == 2


def test_somebody_at_the_console_is_not_disconnected_by_a_restart() -> None:
    machine = sick("console-session", "listener-damaged")
    result = run(machine, "rdp_listener")
    assert not result.get("failed") and result["restarted"], result


@pytest.mark.parametrize("disconnect", ["when_idle", "always"])
def test_other_services_that_depend_on_termservice_are_asked_for_first(disconnect: str) -> None:
    machine = sick("termservice-dependent", "listener-damaged")
    before = machine.state_hash("registry", "services", "files")
    for check in (True, False):
        result = run(machine, "rdp_listener", {"disconnect": disconnect}, check=check)
        assert result["failed"] and "ContosoSessionAgent depends on TermService" in result["msg"], result
    assert machine.state_hash("registry", "services", "files") == before
    machine.create_process("net stop ContosoSessionAgent", code_page=437)
    assert run(machine, "rdp_listener", {"disconnect": disconnect})["restarted"]
    machine.create_process("net start ContosoSessionAgent", code_page=437)
    before = machine.state_hash("registry", "services", "files")
    refused = run(machine, "rdp_restore", {"disconnect": "never"})
    assert refused["failed"] and "restarts TermService" in refused["msg"]
    refused = run(machine, "rdp_restore", {"disconnect": "always"})
    assert refused["failed"] and "ContosoSessionAgent depends on TermService" in refused["msg"], refused
    assert machine.state_hash("registry", "services", "files") == before


WORKING = {
    "healthy": ((), "ok"),
    "thin key": (("listener-thin",), "ok"),
    "names of an older protocol": (("listener-old-names",), "warning"),
    "class of another product": (("listener-vendor-class",), "warning"),
    "owned": (("listener-planted",), "warning"),
    "a broken session": (("session-broken",), "ok"),
    "qwinsta denied": (("sessions-denied",), "warning"),
    "qwinsta without a binding": (("sessions-no-binding",), "warning"),
    "qwinsta without RPC": (("sessions-no-rpc",), "warning"),
    "qwinsta shows nothing": (("sessions-hidden",), "warning"),
    "another product's listener beside it": (("extra-listeners",), "ok"),
}


def _listener(machine: Machine) -> Result:
    return next(finding for finding in look(machine)["findings"] if finding["check"] == "listener")


@pytest.mark.parametrize(("faults", "status"), WORKING.values(), ids=WORKING)
@pytest.mark.parametrize("language", ["en-US", "de-DE"])
def test_listener_that_listens_is_never_touched(faults: tuple[str, ...], status: str, language: str) -> None:
    machine = sick(*faults, language=language)
    finding = _listener(machine)
    assert finding["status"] == status, finding
    assert finding["repair"] is None
    assert look(machine)["healthy"]
    before = registry(machine)
    for method in ("converge", "replace"):
        result = run(machine, "rdp_listener", {"method": method, "reference": look(sick())["facts"]})
        assert not result.get("failed") and not result["changed"], result
    assert registry(machine) == before


def test_every_planted_value_is_named_and_nothing_else() -> None:
    found = _listener(sick("listener-planted"))["found"]
    for name in ("InitialProgram", "WorkDirectory", "NWLogonServer", "CfgDll", "WsxDLL", "WdDLL"):
        assert f"{name} = " in found, name
    assert "Shadow = 4" in found and "SecurityLayer = 0" in found and "fAllowSecProtocolNegotiation = 0" in found
    assert "MaxIdleTime" not in found and "PdDLL" not in found


def test_program_of_termservice_that_cannot_be_read_is_no_ok() -> None:
    finding = _listener(sick("service-dll-unreadable"))
    assert finding["status"] == "unknown" and "TermService\\Parameters" in finding["fix"], finding
    assert "is listening" in finding["summary"]


def test_service_dll_with_the_right_end_in_another_folder_is_foreign() -> None:
    machine = sick()
    key = r"HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters"
    machine.create_process(rf"reg add {key} /v ServiceDll /d C:\evil\System32\termsrv.dll /f", code_page=437)
    assert "ServiceDll = C:\\evil" in _listener(machine)["found"]


@pytest.mark.parametrize("fault", ["sessions-denied", "sessions-no-rpc"])
def test_listener_that_is_silent_is_a_problem_without_qwinsta_too(fault: str) -> None:
    machine = sick("listener-damaged", fault)
    assert _listener(machine)["status"] == "problem"
    refused = run(machine, "rdp_listener")
    assert refused["failed"] and "could not be read who is connected" in refused["msg"]
    assert run(machine, "rdp_listener", {"disconnect": "always"})["finding"]["status"] == "warning"


def test_switch_is_set_back_without_a_restart() -> None:
    machine = sick("logon-disabled", "active-sessions")
    finding = _listener(machine)
    assert finding["status"] == "problem" and "lets nobody log on" in finding["summary"]
    result = run(machine, "rdp_listener")
    assert (result["changed"], result["restarted"], result["before"]) == (True, False, {"fLogonDisabled": 1}), result
    assert len(machine.sessions.connected()) == 2 and look(machine)["healthy"]


def test_other_products_protocol_stays_while_it_is_registered(donor: Result) -> None:
    machine = sick("listener-vendor-silent")
    before = registry(machine)
    assert "another product" in _listener(machine)["summary"]
    for method in ("converge", "replace"):
        result = run(machine, "rdp_listener", {"method": method, "reference": donor, "disconnect": "always"})
        assert result["failed"] and "another product" in result["msg"], result
    assert registry(machine) == before
    gone = sick("listener-vendor-left")
    assert run(gone, "rdp_listener")["before"]["LoadableProtocol_Object"] == VENDOR_PROTOCOL
    assert look(gone)["healthy"]


def test_key_that_was_lost_while_it_listens_is_written_without_a_restart() -> None:
    machine = sick("active-sessions")
    machine.create_process(f'reg delete "{LISTENER}" /f', code_page=437)
    finding = _listener(machine)
    assert finding["status"] == "warning" and "won't come back" in finding["summary"], finding
    result = run(machine, "rdp_listener")
    assert result["changed"] and not result["restarted"] and not result.get("failed"), result
    assert len(machine.sessions.connected()) == 2
    machine.reboot()
    assert machine.rdp_ports() == {3389}


def _values(machine: Machine) -> dict[str, object]:
    key = machine.registry.get(LISTENER)
    assert key is not None
    return {name.casefold(): value.text if value.type == 1 else value.number for name, value in key.items()}


def _is_clean(machine: Machine) -> bool:
    """Whether nothing of an owned host is there."""
    there = _values(machine)
    planted = {
        name.casefold(): value.text if value.type == 1 else value.number
        for name, value in PLANTED.items()
        if name not in ("fInheritInitialProgram", "fInheritShadow", "fDisableEncryption")
    }
    return not [name for name, data in planted.items() if there.get(name) == data and data != ""]


def test_lost_key_is_made_of_what_windows_needs(world: World) -> None:
    machine = sick("listener-key-missing")
    would = run(machine, "rdp_listener", check=True)
    result = run(machine, "rdp_listener")
    assert not result.get("failed") and result["finding"]["status"] == "ok", result
    assert (would["diff"], would["after"]) == (result["diff"], result["after"])
    assert result["after"]["SecurityLayer"] == 2 and result["after"]["UserAuthentication"] == 1
    assert not result["reference_used"] and result["verification"]["outcome"] == "rdp" and world.asked == [3389]
    assert look(machine)["healthy"]


@pytest.mark.parametrize("fault", ["listener-key-missing", "listener-damaged", "listener-demanding"])
@pytest.mark.parametrize("method", ["converge", "replace"])
def test_nothing_planted_arrives_by_the_facts_of_an_owned_host(fault: str, method: str) -> None:
    owned = look(sick("listener-planted"))
    owned["facts"]["listener"]["key"]["Kitten"] = {"": {"type": "REG_SZ", "data": "evil.exe"}}
    machine = sick(fault)
    result = run(machine, "rdp_listener", {"reference": owned["facts"], "method": method})
    if fault != "listener-demanding":
        assert not result.get("failed"), result
        assert _is_clean(machine), _values(machine)
        assert machine.registry.get(LISTENER + "\\Kitten") is None
    assert "evil" not in "".join(entry.line for entry in machine.log)


def test_reference_is_asked_once_windows_own_values_were_undone(donor: Result) -> None:
    machine = sick("listener-demanding")
    failed = run(machine, "rdp_listener", {"reference": donor})
    assert failed["failed"] and machine.registry.get(LISTENER) is None, failed
    key = donor["listener"]["key"][""]
    key["OutBufCount"] = {"type": "REG_DWORD", "data": 12}
    result = run(machine, "rdp_listener", {"reference": donor})
    assert not result.get("failed") and result["reference_used"], result
    assert "Windows' own values were not enough" in result["warnings"][0] and "undone" in result["warnings"][0]
    assert _values(machine)["outbufcount"] == 12 and _values(machine)["securitylayer"] == 2
    assert machine.rdp_ports() == {3389}


def test_listener_without_network_level_authentication_is_taken_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan_target = world.scan_target
    monkeypatch.setattr(
        _verification,
        "scan_target",
        lambda *args, **options: {**scan_target(*args, **options), "rdp": {"requires_nla": False}},
    )
    machine = sick("listener-key-missing")
    result = run(machine, "rdp_listener")
    assert result["failed"] and "does not ask for Network Level Authentication" in result["msg"], result
    assert machine.registry.get(LISTENER) is None and machine.rdp_ports() == set()


@pytest.mark.parametrize("option", [True, False])
def test_where_the_controller_cannot_reach_the_row_and_the_socket_are_the_proof(world: World, option: bool) -> None:
    world.outcome = "timeout"
    machine = sick("listener-key-missing")
    result = run(machine, "rdp_listener", {"verify_from_controller": option})
    assert not result.get("failed") and result["changed"], result
    assert any("by its row in qwinsta and TermService's socket alone" in text for text in result["warnings"])
    assert world.asked == ([3389] if option else [])


def test_lost_key_of_another_listener_is_none_that_windows_has() -> None:
    result = run(sick(), "rdp_listener", {"listener": "Kiosk"})
    assert result["failed"] and "only RDP-Tcp is Windows' own" in result["msg"], result


def test_limit_of_the_listener_itself_is_named_once_it_is_used_up() -> None:
    machine = sick("active-sessions")
    machine.create_process(f'reg add "{LISTENER}" /v MaxInstanceCount /t REG_DWORD /d 3 /f', code_page=437)
    assert _listener(machine)["status"] == "ok"
    machine.create_process(f'reg add "{LISTENER}" /v MaxInstanceCount /t REG_DWORD /d 2 /f', code_page=437)
    finding = _listener(machine)
    assert finding["status"] == "warning" and "MaxInstanceCount = 2, and 2 are connected" in finding["found"], finding


def test_file_of_a_person_is_taken_once_its_suspicious_values_are_accepted(tmp_path: Path) -> None:
    donor, machine = sick("listener-planted"), sick("listener-damaged")
    exported = "C:\\Windows\\Temp\\planted.reg"
    assert donor.create_process(f'reg export "{LISTENER}" {exported} /y', code_page=437).exit_code == 0
    file = tmp_path / "planted.reg"
    file.write_bytes(donor.files.read(exported))
    options = {"reference_file": str(file), "allow_other_build": True, "method": "replace"}
    refused = run(machine, "rdp_listener", options)
    assert refused["failed"] and "InitialProgram = " in refused["msg"] and "SecurityLayer = 0" in refused["msg"]
    assert machine.log == [], "it was refused before anything was sent"
    named = [name for name in PLANTED if f"{name} = " in refused["msg"]]
    accepted = run(machine, "rdp_listener", {**options, "accept_values": [*named, "WorkDirectory"]})
    assert not accepted.get("failed") and accepted["reference_used"], accepted
    assert _values(machine)["initialprogram"] == PLANTED["InitialProgram"].text  # type: ignore[attr-defined]
    # A person's word opens no host.
    assert (_values(machine)["securitylayer"], _values(machine)["userauthentication"]) == (2, 1)
