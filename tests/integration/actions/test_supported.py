# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which Windows, and which shell: older ones are refused by their build, and a 32-bit shell is not believed."""

from __future__ import annotations

import dataclasses

import pytest

from lab import Machine

from .conftest import Result, registry, run, sick

MODULES: dict[str, Result] = {
    "rdp_info": {"quiet": True},
    "rdp_protocol": {},
    "rdp_policy": {"local_policy": "not_configured"},
    "rdp_service": {},
    "rdp_listener": {},
    "rdp_cert": {},
    "rdp_machine_keys": {},
    "rdp_port": {"port": 3390},
    "rdp_firewall": {},
    "rdp_restore": {},
}


def _old(*faults: str) -> Machine:
    machine = sick(*faults)
    machine.edition = dataclasses.replace(machine.edition, build=9200, product="Windows Server 2012 Standard")
    return machine


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("check", [True, False])
def test_older_windows_is_refused_by_its_build(module: str, check: bool) -> None:
    machine = _old("protocol-disabled", "service-disabled")
    before = registry(machine)
    result = run(machine, module, MODULES[module], check=check)
    assert result["failed"] and "6.2.9200" in result["msg"] and "build 9600 and later" in result["msg"], result
    assert registry(machine) == before


def test_a_32_bit_shell_is_not_believed() -> None:
    machine = Machine("host")
    machine.emulated = True
    result = run(machine, "rdp_info", {"quiet": True})
    assert not result.get("failed") and result["healthy"] is False and "32-bit shell" in result["warnings"][0]
    statuses = {finding["check"]: finding["status"] for finding in result["findings"]}
    # Its keys are shared by both kinds of programs.
    assert statuses["service"] == "ok"
    assert statuses["protocol"] == "unknown" and "32-bit shell" in str(result["findings"])
    assert "problem" not in statuses.values()


@pytest.mark.parametrize("module", [name for name in MODULES if name != "rdp_info"])
def test_nothing_is_changed_from_a_32_bit_shell(module: str) -> None:
    machine = sick("protocol-disabled", "service-disabled", "firewall-rule-off", "gpo-local-blocks")
    machine.emulated = True
    before = registry(machine)
    result = run(machine, module, MODULES[module])
    assert result.get("failed") or result["changed"] is False
    assert registry(machine) == before
