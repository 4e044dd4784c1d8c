# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verdict about the services: what each of them costs, and who has to do something about it."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks.service import SERVICE

from unit._rdp.hosts import check_of
from unit._rdp.state.outputs import NO_SERVICE, service_config, service_state

REPAIR = "winops.rdp.rdp_service"
TERM, DEVICES, ENV = "TermService", "UmRdpService", "SessionEnv"

# What the tools print instead, the status, words of the summary, and the module that repairs it.
CASES: dict[str, tuple[dict[str, t.Any], str, str, str]] = {
    "healthy": ({}, "ok", "are running", ""),
    "stopped": ({"term_service_state": service_state(TERM, 1)}, "problem", "TermService is stopped", REPAIR),
    "starting": ({"term_service_state": service_state(TERM, 2)}, "problem", "is starting", REPAIR),
    "stopping": ({"term_service_state": service_state(TERM, 3)}, "problem", "TermService hangs", ""),
    "disabled": (
        {"term_service_state": service_state(TERM, 1), "term_service_config": service_config(TERM, start=4)},
        "problem",
        "TermService is disabled",
        REPAIR,
    ),
    "not installed": (
        {"term_service_state": NO_SERVICE, "term_service_config": NO_SERVICE},
        "problem",
        "TermService is not installed",
        "",
    ),
    "foreign account": ({"term_service_config": service_config(TERM, account=r".\somebody")}, "problem", "runs as", ""),
    "no redirection": (
        {"um_rdp_service_state": service_state(DEVICES, 1)},
        "warning",
        "UmRdpService is stopped",
        REPAIR,
    ),
    "redirection hangs": ({"um_rdp_service_state": service_state(DEVICES, 3)}, "warning", "UmRdpService hangs", ""),
    "redirection not installed": ({"um_rdp_service_state": NO_SERVICE}, "warning", "UmRdpService is not installed", ""),
    "no renewal": ({"session_env_config": service_config(ENV, start=4)}, "warning", "SessionEnv is disabled", REPAIR),
    "renewal not installed": ({"session_env_config": NO_SERVICE}, "warning", "SessionEnv is not installed", ""),
    "unreadable": ({"term_service_state": ("", 5)}, "unknown", "Could not judge", ""),
    # What is read of one service says nothing while another can't be read.
    "unreadable beside a stopped one": (
        {"term_service_state": service_state(TERM, 1), "session_env_config": ("", 5)},
        "unknown",
        "Could not judge",
        "",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_verdict(case: str) -> None:
    outputs, status, said, repair = CASES[case]
    if case == "foreign account":
        outputs = {**outputs, "sockets": lambda text: text.replace("7832", "4444")}
    finding = check_of(SERVICE, **outputs)
    assert (finding.status, finding.repair) == (status, repair), finding
    assert said in finding.summary, finding
    assert bool(finding.fix) == (status != "ok")


def test_what_is_down_is_followed_to_what_it_depends_on() -> None:
    down = check_of(SERVICE, term_service_state=service_state(TERM, 1))
    assert {"sc queryex RPCSS", "sc qc RPCSS"} <= set(down.commands)
    assert "sc queryex RPCSS" not in check_of(SERVICE).commands


def test_foreign_program_is_named_once_a_start_has_failed() -> None:
    dll = {"service_dll": lambda text: text.replace(r"%SystemRoot%\System32\termsrv.dll", r"C:\wrap\rdpwrap.dll")}
    failed = check_of(SERVICE, term_service_state=service_state(TERM, 1, exit_code=1067), **dll)
    assert not failed.repair and "rdpwrap.dll" in failed.found and "sfc /scannow" in failed.fix
    # One that worked before may work again.
    assert check_of(SERVICE, term_service_state=service_state(TERM, 1), **dll).repair == REPAIR
