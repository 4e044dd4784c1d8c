# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A listener whose service is stopped, as a connection that broke in the middle of a restart leaves it."""

from __future__ import annotations

import pytest

from .conftest import Result, look, registry, run, sick


@pytest.mark.parametrize("beside", ["listener-damaged", "slow-services", "umrdp-stopped"])
def test_stopped_service_is_started_with_the_listener(beside: str, donor: Result) -> None:
    machine = sick("service-stopped", beside)
    would = run(machine, "rdp_listener", {"reference": donor}, check=True)
    did = run(machine, "rdp_listener", {"reference": donor})
    assert not did.get("failed") and did["finding"]["status"] == "ok", did
    assert (did["before"]["TermService"], did["after"]["TermService"]) == ("stopped", "running")
    assert (would["commands"], would["diff"]) == (did["commands"], did["diff"])
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
    "service-stopped": {"restart": "never"},
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


@pytest.mark.parametrize("restart", ["when_idle", "always"])
def test_other_services_that_depend_on_termservice_are_asked_for_first(restart: str) -> None:
    machine = sick("termservice-dependent", "listener-damaged")
    before = machine.state_hash("registry", "services", "files")
    for check in (True, False):
        result = run(machine, "rdp_listener", {"restart": restart}, check=check)
        assert result["failed"] and "ContosoSessionAgent depends on TermService" in result["msg"], result
    assert machine.state_hash("registry", "services", "files") == before
    machine.create_process("net stop ContosoSessionAgent", code_page=437)
    assert run(machine, "rdp_listener", {"restart": restart})["restarted"]
