# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host is meant to be is said, and Remote Desktop is turned on nowhere else, nor for everybody."""

from __future__ import annotations

import pytest

from lab import Machine
from lab.state.registry import dword
from lab.state.termservice import RDP_TCP, TERMINAL_SERVER

from .conftest import Result, look, registry, run, sick

DENY = "fDenyTSConnections"


def _look(machine: Machine, expect: str, **more: object) -> Result:
    return run(machine, "rdp_info", {"quiet": True, "expect": expect, **more})


def _statuses(result: Result) -> dict[str, str]:
    return {finding["check"]: finding["status"] for finding in result["findings"]}


@pytest.mark.parametrize("fault", ["protocol-disabled", "gpo-domain-blocks", "service-disabled", "home-edition"])
@pytest.mark.parametrize("expect", ["any", "disabled"])
def test_off_is_fine_where_it_may_be(fault: str, expect: str) -> None:
    result = _look(sick(fault), expect)
    statuses = _statuses(result)
    assert result["healthy"] and result["root_cause"] is None, result["report"]
    assert statuses.pop("protocol") == "ok" and set(statuses.values()) == {"skipped"}
    assert not _look(sick(fault), "enabled")["healthy"]
    # Also where only another check is reported.
    assert _look(sick(fault), expect, checks=["service"])["healthy"]


def test_on_is_the_problem_where_it_is_meant_to_be_off() -> None:
    result = _look(Machine("host"), "disabled")
    assert result["root_cause"]["check"] == "protocol" and "meant to be off" in result["root_cause"]["summary"]
    assert not result["next_step"].startswith("winops."), "the role would run it"
    assert _look(Machine("host"), "any")["healthy"]
    assert _statuses(_look(sick("certificate-expired"), "any"))["cert"] == "problem"


def _without_nla(*faults: str) -> Machine:
    machine = sick(*faults)
    machine.registry.set(RDP_TCP, "UserAuthentication", dword(0))
    return machine


@pytest.mark.parametrize(
    ("module", "fault", "options"),
    [("rdp_protocol", "protocol-disabled", {}), ("rdp_policy", "gpo-local-blocks", {"local_policy": "not_configured"})],
)
def test_never_turned_on_without_network_level_authentication(module: str, fault: str, options: Result) -> None:
    machine = _without_nla(fault)
    before = registry(machine)
    for check in (True, False):
        refused = run(machine, module, options, check=check)
        assert refused["failed"] and "Network Level Authentication" in refused["msg"], refused
        assert "UserAuthentication = 0" in refused["msg"] and "require_nla" in refused["msg"]
    assert registry(machine) == before
    assert run(machine, module, options | {"require_nla": False})["changed"]


def test_policy_decides_over_network_level_authentication() -> None:
    weak = sick("gpo-nla-required-weak", "protocol-disabled")
    assert run(weak, "rdp_protocol")["failed"]
    finding = next(one for one in look(weak)["findings"] if one["check"] == "protocol")
    assert "Network Level Authentication" in finding["found"] and finding["repair"] is None


def test_rdp_security_is_no_network_level_authentication() -> None:
    machine = sick("protocol-disabled")
    machine.registry.set(RDP_TCP, "SecurityLayer", dword(0))
    assert "SecurityLayer = 0" in run(machine, "rdp_protocol")["msg"]


def test_what_is_on_already_is_left_as_it_is() -> None:
    machine = _without_nla()
    assert run(machine, "rdp_protocol")["changed"] is False
    machine.registry.set(TERMINAL_SERVER, "TSUserEnabled", dword(1))
    assert run(machine, "rdp_protocol")["changed"]


@pytest.mark.parametrize("windows", ["server2016", "server2022"])
def test_logons_that_are_turned_off_are_named(windows: str) -> None:
    from lab.faults import FAULTS

    machine = Machine("host", windows=windows)
    FAULTS["logons-disabled"].apply(machine)
    finding = look(machine)["root_cause"]
    assert finding["check"] == "protocol" and finding["fix"].endswith("change logon /enable")
    assert "logon" in finding["summary"].lower()


def test_session_host_that_takes_logons_is_healthy() -> None:
    assert look(sick("session-host"))["healthy"]
    assert _statuses(look(sick("session-host")))["protocol"] == "ok"


def test_session_host_that_does_not_tell_is_not_called_ok() -> None:
    machine = sick("session-host")
    machine.elevated = False
    assert (
        "could not be read" in next(one for one in look(machine)["findings"] if one["check"] == "protocol")["summary"]
    )


def test_drain_mode_is_a_warning() -> None:
    result = look(sick("drain-mode"))
    assert result["healthy"] and _statuses(result)["protocol"] == "warning"
