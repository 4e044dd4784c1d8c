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
