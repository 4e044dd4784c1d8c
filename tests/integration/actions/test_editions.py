# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong is found on every version of Windows: the registry's rules, the tables and the keys differ."""

from __future__ import annotations

import pytest

from lab import Machine
from lab.faults import FAULTS
from lab.state.editions import EDITIONS

from .conftest import Result, run

# One for each check that sees it.
FOUND_BY = {
    "protocol-disabled": "protocol",
    "gpo-local-blocks": "policy",
    "service-stopped": "service",
    "listener-disabled": "listener",
    "certificate-expired": "cert",
    "machinekeys-denied": "machine_keys",
    "port-changed": "port",
    "port-taken": "port_conflict",
    "firewall-rule-off": "firewall",
    "firewall-blocks": "firewall",
}


def _look(windows: str, *faults: str) -> Result:
    machine = Machine("host", windows=windows)
    for fault in faults:
        FAULTS[fault].apply(machine)
    result = run(machine, "rdp_info", {"quiet": True})
    assert not result.get("failed"), result["msg"]
    return result


@pytest.mark.parametrize("windows", EDITIONS)
def test_healthy_host_is_healthy(windows: str) -> None:
    assert _look(windows)["healthy"]


@pytest.mark.parametrize("fault", FOUND_BY)
@pytest.mark.parametrize("windows", EDITIONS)
def test_what_is_wrong_is_found(windows: str, fault: str) -> None:
    result = _look(windows, fault)
    by_check = {finding["check"]: finding for finding in result["findings"]}
    assert [finding["summary"] for finding in result["findings"] if finding["status"] == "unknown"] == []
    assert by_check[FOUND_BY[fault]]["status"] in ("problem", "warning")
