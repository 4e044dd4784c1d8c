# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The states of a service, by the Service Control Manager's own numbers."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.services import Service, on_its_way, startable, word
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import sc

from unit._rdp.state.outputs import NO_SERVICE, Output, readings, service_config, service_state


def _service(state: Output | None, config: Output | None = None) -> Service:
    outputs = {probes.TERM_SERVICE_STATE: state, probes.TERM_SERVICE_CONFIG: config}
    seen = readings({probe: output for probe, output in outputs.items() if output is not None})
    return Service(seen, "TermService", probes.TERM_SERVICE_STATE, probes.TERM_SERVICE_CONFIG)


@pytest.mark.parametrize(
    ("state", "runs", "moving", "may_start"),
    [(1, False, False, True), (2, False, True, False), (3, False, True, False), (4, True, False, False)],
)
def test_state_is_a_number(state: int, runs: bool, moving: bool, may_start: bool) -> None:
    service = _service(service_state("TermService", state, pid=1764), service_config("TermService"))
    assert service.runs is runs and on_its_way(service.state) is moving
    assert startable(service.state, service.config) is may_start


def test_translated_words_do_not_matter() -> None:
    german = (
        "\nSERVICE_NAME: TermService \n        TYP                : 20  WIN32_SHARE_PROCESS  \n"
        "        STATUS             : 4  WIRD AUSGEFÜHRT \n        WIN32_BEENDIGUNGSCODE    : 0  (0x0)\n"
        "        SERVICE_BEENDIGUNGSCODE  : 0  (0x0)\n        PRÜFPUNKT          : 0x0\n"
        "        WARTEHINWEIS       : 0x0\n        PID                : 1764\n        FLAGS              : \n"
    )
    assert _service(german).runs


def test_service_that_does_not_exist_neither_runs_nor_can_be_started() -> None:
    service = _service(NO_SERVICE, NO_SERVICE)
    assert (service.state, service.config, service.runs) == (None, None, False)
    assert not on_its_way(service.state) and not startable(service.state, service.config)


def test_disabled_service_can_not_be_started() -> None:
    service = _service(service_state("TermService", 1), service_config("TermService", start=4))
    assert not startable(service.state, service.config)
    assert not startable(service.state, None)


@pytest.mark.parametrize("output", [None, ("", 5), "", ("\nSERVICE_NAME: TermService \n", None)])
def test_state_and_configuration_are_read_each_for_itself(output: Output | None) -> None:
    stateless = _service(output, service_config("TermService"))
    assert stateless.config is not None
    for part in ("state", "runs"):
        with pytest.raises(UnreadableError):
            getattr(stateless, part)
    assert _service(service_state("TermService", 4, pid=1764), output).runs


def test_words() -> None:
    state = sc.ServiceState("TermService", None, 0x20, 7, "ANGEHALTEN")
    assert word(state) == "paused"
    assert [word(sc.ServiceState("x", None, 0x20, number, "?")) for number in (1, 2, 3, 4, 5, 6, 9)] == [
        "stopped",
        "starting",
        "stopping",
        "running",
        "continuing",
        "pausing",
        "in state 9",
    ]
    assert on_its_way(sc.ServiceState("x", None, 0x20, 6, "?")) and not on_its_way(state)
