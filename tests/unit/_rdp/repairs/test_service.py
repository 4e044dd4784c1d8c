# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is started, in which order, and what is refused."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks.service import SERVICE
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import (
    LeftAloneError,
    RefusedError,
    UnreadableError,
)
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs import service
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.service_start import SERVICES

from unit._rdp.hosts import host_of
from unit._rdp.state.outputs import NO_SERVICE, service_config, service_state

REQUEST = service.ServiceRequest(SERVICES, "C:\\saved")
TERM, DEVICES, ENV = SERVICES


def lines(request: service.ServiceRequest, **outputs: t.Any) -> list[str]:
    """The commands of a plan, which is the same when it is made again."""
    host = host_of((SERVICE,), **outputs)
    plan = service.plan(request, host)
    assert plan == service.plan(request, host)
    return [command.line for command in plan.commands]


def test_healthy_host_is_left_as_it_is() -> None:
    assert lines(REQUEST) == []


def test_term_service_is_started_first() -> None:
    down = {"term_service_state": service_state(TERM, 1), "um_rdp_service_state": service_state(DEVICES, 1)}
    assert lines(REQUEST, **down) == ["net start TermService", "net start UmRdpService"]


def test_disabled_service_is_made_startable_only_where_that_is_allowed() -> None:
    off = {"session_env_config": service_config(ENV, start=4)}
    assert lines(REQUEST, **off) == ["sc config SessionEnv start= demand"]
    assert lines(dataclasses.replace(REQUEST, enable=(TERM,)), **off) == []


REFUSED: dict[str, tuple[dict[str, t.Any], str]] = {
    "not installed": ({"term_service_state": NO_SERVICE, "term_service_config": NO_SERVICE}, "not installed"),
    "starting": ({"term_service_state": service_state(TERM, 2)}, "hangs while starting"),
    "stopping": ({"term_service_state": service_state(TERM, 3)}, "hangs, it is stopping"),
    "not allowed": (
        {"term_service_state": service_state(TERM, 1), "term_service_config": service_config(TERM, start=4)},
        "option 'enable'",
    ),
    "foreign program": (
        {
            "term_service_state": service_state(TERM, 1, exit_code=1067),
            "service_dll": lambda text: text.replace("termsrv.dll", "wrapped.dll"),
        },
        "TermService can't be started",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case: str) -> None:
    outputs, said = REFUSED[case]
    with pytest.raises(RefusedError, match=said):
        lines(dataclasses.replace(REQUEST, enable=()), **outputs)


def test_what_is_on_its_way_is_left_alone_in_check_mode() -> None:
    with pytest.raises(LeftAloneError):
        lines(dataclasses.replace(REQUEST, check_mode=True), term_service_state=service_state(TERM, 2))


def test_nothing_is_planned_for_what_can_not_be_read() -> None:
    with pytest.raises(UnreadableError):
        lines(REQUEST, um_rdp_service_state=("", 5))


def test_what_came_to_nothing_is_no_change() -> None:
    down, up = host_of((SERVICE,), um_rdp_service_state=service_state(DEVICES, 1)), host_of((SERVICE,))
    planned = service.plan(REQUEST, down)
    assert service.without_effect(planned, REQUEST, down) and not service.without_effect(planned, REQUEST, up)
    assert not service.without_effect(None, REQUEST, up)


def test_start_type_that_nobody_could_ask_about_is_warned_of() -> None:
    host = host_of((SERVICE,), session_env_config=service_config(ENV, start=4))
    assert len(service.warnings(service.plan(REQUEST, host), host)) == 1
    assert service.warnings(None, host) == []
