# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What keeps the services from running is named, and a repair goes no further than TermService needs."""

from __future__ import annotations

import pytest

from lab import Machine
from lab.state.services import RUNNING

from .conftest import Result, look, registry, run, sick


def _finding(result: Result, check: str = "service") -> Result:
    return next(one for one in result["findings"] if one["check"] == check)


def _runs(machine: Machine, name: str) -> bool:
    service = machine.services.get(name)
    return service is not None and service.state == RUNNING


def test_term_service_stays_started_when_the_redirector_cannot_start() -> None:
    machine = sick("service-stopped", "umrdp-cant-start")
    result = run(machine, "rdp_service")
    assert not result.get("failed") and result["changed"], result
    assert _runs(machine, "TermService") and not _runs(machine, "UmRdpService")
    assert result["finding"]["status"] == "warning"
    assert "RDPDR is disabled" in result["finding"]["found"] and "exit code 1068" in result["finding"]["found"]
    again = run(machine, "rdp_service")
    assert (again["changed"], again["commands"]) == (False, [])


@pytest.mark.parametrize("fault", ["umrdp-cant-start", "umrdp-missing"])
def test_a_lesser_service_alone_is_a_warning_and_no_change(fault: str) -> None:
    machine = sick(fault)
    assert look(machine)["healthy"] and _finding(look(machine))["status"] == "warning"
    assert run(machine, "rdp_service")["changed"] is False
    assert _runs(machine, "TermService")


def test_missing_redirector_does_not_keep_term_service_down() -> None:
    machine = sick("service-stopped", "umrdp-missing")
    assert run(machine, "rdp_service")["changed"] and _runs(machine, "TermService")


NAMED = {
    "service-dependency-disabled": ("TermDD is disabled", "TermDD"),
    "service-account-changed": (r"the account is .\svc-desktop", "sc config TermService obj="),
    "service-dll-gone": (r"ServiceDll is %ProgramFiles%\RDP Wrapper\rdpwrap.dll", "Remove the program"),
    "gpo-disables-service": ('disabled by the GPO "Hardening Services"', "Hardening Services"),
}


@pytest.mark.parametrize("fault", NAMED)
def test_cause_is_named_and_nothing_is_changed(fault: str) -> None:
    machine = sick(fault)
    before = registry(machine)
    found = look(machine)
    finding = _finding(found)
    said, fix = NAMED[fault]
    assert finding["status"] == "problem" and said in finding["found"], finding
    assert fix in finding["fix"] and finding["repair"] is None, finding
    assert found["root_cause"]["check"] == "service"
    result = run(machine, "rdp_service")
    assert result["failed"] and fix in result["msg"], result
    assert registry(machine) == before and not _runs(machine, "TermService")


def test_gpo_is_found_in_its_files_where_windows_logs_nothing() -> None:
    machine = sick("gpo-disables-service", "rsop-logging-off")
    finding = _finding(look(machine))
    assert 'disabled by the GPO "Hardening Services"' in finding["found"], finding
    assert run(machine, "rdp_service")["failed"] and not _runs(machine, "TermService")


def test_codes_are_said_in_words() -> None:
    assert "exit code 126: its DLL" in _finding(look(sick("service-dll-gone")))["found"]
    assert "exit code 1069: its account" in _finding(look(sick("service-account-changed")))["found"]


def test_service_that_hangs_while_starting_is_refused() -> None:
    machine = sick("service-hangs-starting")
    result = run(machine, "rdp_service", {"wait": 5})
    assert result["failed"] and "hangs while starting" in result["msg"], result
    assert not run(machine, "rdp_service", check=True).get("failed")


def test_start_type_of_the_host_itself_is_set_and_a_gpo_stays_the_one_to_ask() -> None:
    machine = sick("service-disabled", "rsop-logging-off")
    result = run(machine, "rdp_service")
    assert result["changed"] and "could not be read" in " ".join(result["warnings"]), result
    assert not run(sick("service-disabled"), "rdp_service")["warnings"]


def test_only_the_start_types_that_may_be_changed_are() -> None:
    machine = sick("service-disabled", "lesser-services-disabled")
    result = run(machine, "rdp_service", {"enable": ["TermService"]})
    assert result["before"] == {"TermService start type": "disabled", "TermService": "stopped"}, result
    assert result["finding"]["status"] == "warning" and not result.get("failed")


def test_foreign_account_of_a_running_service_is_told() -> None:
    deaf = look(sick("service-account-system"))
    assert deaf["root_cause"]["check"] == "service" and "LocalSystem" in deaf["root_cause"]["summary"]
    assert "sc config TermService obj=" in deaf["next_step"]
    # One that listens all the same lets people in.
    machine = Machine("host")
    service = machine.services.get("TermService")
    assert service is not None
    service.account = "LocalSystem"
    found = _finding(look(machine))
    assert found["status"] == "warning" and "LocalSystem" in found["summary"] and look(machine)["healthy"]
