# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What curl.exe and Test-NetConnection show, as observations: each exit code and each of curl's words for an error."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.module_utils.rdp_observation import Observation
from ansible_collections.winops.rdp.plugins.module_utils.rdp_result import OUTCOMES
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Command, CommandResult
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.probes import TERM_SERVICE_STATE, UM_RDP_SERVICE_STATE
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.reach import from_windows
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.reach.from_windows import observe_test, observe_transfer
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import curl


def _failed(observed: Observation) -> list[tuple[str, str, str]]:
    return [(one.address, one.error.outcome, one.error.error) for one in observed.failed_addresses]


def _refused(text: str, address: str = "192.0.2.3") -> curl.Transfer:
    message = f"Failed to connect to web03 port 3389: {text}"
    return curl.Transfer(curl.NO_CONNECTION, 0.01, 0.0, None, message, curl.Refusal(address, text))


def test_a_connection_is_open_and_has_its_time() -> None:
    observed = observe_transfer("web03", curl.Transfer(curl.CONNECTED, 0.010, 0.0125, "192.0.2.3", ""))
    assert (observed.outcome, observed.address, observed.connected) == ("open", "192.0.2.3", True)
    assert observed.connect == pytest.approx(0.0025) and not observed.error and not observed.failed_addresses


@pytest.mark.parametrize(("text", "outcome"), [*from_windows._REFUSALS.items(), ("Something new", "no_connection")])
def test_each_word_of_curl_for_an_error(text: str, outcome: str) -> None:
    observed = observe_transfer("web03", _refused(text))
    assert (observed.outcome, observed.address, observed.connected) == (outcome, "192.0.2.3", False)
    assert text in observed.error and _failed(observed) == [("192.0.2.3", outcome, observed.error)]
    assert outcome in OUTCOMES


@pytest.mark.parametrize(
    ("exit_code", "message", "outcome"),
    [
        (curl.NAME, "Could not resolve host: web03", "name"),
        (curl.TIMEOUT, "Connection timed out after 5001 milliseconds", "timeout"),
        (curl.TIMEOUT, "Resolving timed out after 5001 milliseconds", "name"),
        (curl.NO_CONNECTION, "Failed to connect", "no_connection"),
        (2, "Failed initialization", "unknown"),
    ],
)
def test_each_exit_code_of_curl(exit_code: int, message: str, outcome: str) -> None:
    observed = observe_transfer("web03", curl.Transfer(exit_code, 0.0, 0.0, None, message))
    assert (observed.outcome, observed.error) == (outcome, message)
    assert observed.address is None and not observed.failed_addresses


def test_curl_that_says_nothing_of_a_target() -> None:
    assert observe_transfer("web03", None).outcome == "unknown"
    assert observe_transfer("web03", curl.Transfer(28, 0.0, 0.0, None, "")).error == "curl.exe ended with 28"


def test_a_target_that_is_an_address_needs_no_tool_to_say_so() -> None:
    observed = observe_transfer("2001:db8::3", curl.Transfer(curl.TIMEOUT, 0.0, 0.0, None, "Connection timed out"))
    assert _failed(observed) == [("2001:db8::3", "timeout", "Connection timed out")]
    # What was not tried did not fail.
    unknown = observe_transfer("192.0.2.3", None)
    assert unknown.address == "192.0.2.3" and not unknown.failed_addresses


@pytest.mark.parametrize(
    ("properties", "outcome", "address"),
    [
        (
            {"RemoteAddress": "192.0.2.3", "TcpTestSucceeded": True, "NameResolutionSucceeded": True},
            "open",
            "192.0.2.3",
        ),
        ({"RemoteAddress": "::1", "TcpTestSucceeded": False, "NameResolutionSucceeded": True}, "no_connection", "::1"),
        ({"RemoteAddress": "", "TcpTestSucceeded": False, "NameResolutionSucceeded": False}, "name", None),
        ({}, "unknown", None),
    ],
)
def test_test_net_connection(properties: dict[str, t.Any], outcome: str, address: str | None) -> None:
    text = "".join(f"{name} : {value}\r\n" for name, value in properties.items())
    observed = observe_test("web03", CommandResult(text.encode(), 0, Command("powershell.exe")))
    assert (observed.outcome, observed.address) == (outcome, address)
    assert observed.connected == (outcome == "open") and observed.connect is None, "it measures no time"
    assert bool(observed.error) == (outcome != "open")


_SERVICE = """
SERVICE_NAME: TermService
        TYPE               : 30  WIN32
        STATE              : {}  STATE_IN_ANY_LANGUAGE
        WIN32_EXIT_CODE    : 0  (0x0)
        SERVICE_EXIT_CODE  : 0  (0x0)
        CHECKPOINT         : 0x0
        WAIT_HINT          : 0x0
        PID                : 1234
        FLAGS              :
"""


@pytest.mark.parametrize(("number", "word"), [(1, "stopped"), (4, "running"), (7, "paused"), (99, None)])
def test_the_services_of_the_client(number: int, word: str | None) -> None:
    command = TERM_SERVICE_STATE.command
    text = _SERVICE.format(number).replace("\n", "\r\n")
    client = from_windows.client(Readings({command: CommandResult(text.encode(), 0, command)}))
    assert client["services"] == {"TermService": word, "UmRdpService": None}
    missing = CommandResult(b"[SC] 1060", 1060, UM_RDP_SERVICE_STATE.command)
    client = from_windows.client(Readings({UM_RDP_SERVICE_STATE.command: missing}))
    assert client["services"] == {"TermService": None, "UmRdpService": "missing"} and client["note"]
