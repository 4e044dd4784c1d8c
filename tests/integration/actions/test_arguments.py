# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What somebody writes into a task: refused with the option, the value and what is allowed, before anything is sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks import CHECKS

from lab import Machine

from ..conftest import exported_listener, with_build
from .conftest import Result, run, sick


@pytest.mark.parametrize(
    ("module", "options", "said"),
    [
        (
            "rdp_service",
            {"wiat": 5},
            "Unsupported parameters: wiat. Supported parameters include: ",
        ),
        ("rdp_service", {"wait": -1}, "The value -1 of option 'wait' is not allowed. Allowed are 0 to 3600 seconds."),
        ("rdp_port", {"wait": 86400}, "The value 86400 of option 'wait' is not allowed."),
        ("rdp_policy", {"refresh": True, "wait": 0}, "The value 0 of option 'wait' is not allowed."),
        ("rdp_info", {"timeout": 9}, "The value 9 of option 'timeout' is not allowed. Allowed are 10 to 3600 seconds."),
        ("rdp_service", {"timeout": 3601}, "The value 3601 of option 'timeout' is not allowed."),
        ("rdp_info", {"record": ""}, "The value '' of option 'record' is no path."),
        ("rdp_info", {"replay": ""}, "The value '' of option 'replay' is no path."),
        ("rdp_listener", {"reference_file": ""}, "The value '' of option 'reference_file' is no path."),
        ("rdp_listener", {"reference_directory": __file__}, "Allowed is a folder."),
        ("rdp_listener", {"method": "replace"}, "The value 'replace' of option 'method' needs the key"),
        ("rdp_reach_info", {"targets": []}, "targets is empty: name at least one host"),
        ("rdp_reach_info", {"targets": ["web01"], "timeout": 0}, "timeout is 0.0: allowed is 0.001 to 600"),
        ("rdp_reach_info", {"targets": ["fe80::1%2"]}, "From a Windows host these characters are not allowed"),
        ("rdp_report", {"results": {}, "dest": [""]}, "The value '' of option 'dest' is no path."),
        ("rdp_report", {"sources": ["a.json", ""]}, "The value '' of option 'sources' is no path."),
    ],
)
def test_argument_that_cannot_be_meant_is_refused(module: str, options: Result, said: str) -> None:
    machine = Machine("host")
    answer = run(machine, module, options)
    assert answer["failed"] and said in answer["msg"]
    assert not machine.log


def test_empty_list_of_checks_asks_for_all_of_them() -> None:
    found = run(sick("service-stopped"), "rdp_info", {"checks": [], "quiet": True})
    assert [finding["check"] for finding in found["findings"]] == [check.id for check in CHECKS]
    assert not found["healthy"]


def test_report_is_not_printed_when_its_task_hides_its_result(capsys: pytest.CaptureFixture[str]) -> None:
    run(Machine("host"), "rdp_info", {}, no_log=True)
    assert capsys.readouterr().out == ""
    run(Machine("host"), "rdp_info", {})
    assert "Remote Desktop is enabled." in capsys.readouterr().out


@pytest.mark.parametrize("reference", [{"reference_directory": "baseline"}, {"reference_file": "baseline/20348.reg"}])
def test_reference_is_found_where_ansible_was_started(
    reference: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "baseline").mkdir()
    (tmp_path / "baseline/20348.reg").write_bytes(with_build(exported_listener()))
    monkeypatch.chdir(tmp_path)
    machine = sick("listener-key-missing")
    repaired = run(machine, "rdp_listener", reference)
    assert repaired["finding"]["status"] == "ok" and repaired["changed"], repaired


@pytest.mark.parametrize("module", ["rdp_cert", "rdp_listener"])
def test_what_waits_for_another_repair_is_a_warning_in_check_mode(module: str) -> None:
    machine = sick("protocol-disabled")
    shown = run(machine, module, check=True)
    assert not shown.get("failed") and not shown["changed"]
    assert "protocol is not ok" in shown["warnings"][0]
    assert run(machine, module)["failed"]
