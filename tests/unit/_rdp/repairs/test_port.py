# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How another port is reached without a lock-out, and which ports are refused."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks import CHECKS
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import RefusedError, UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Change, Expectation, Plan
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs import port, stoppable
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs.backup import undo_commands

from unit._rdp.hosts import HEALTHY, TERM_SERVICE, Host, Output, host_of, queryex

HTTPD = {TERM_SERVICE: ("svchost.exe", "TermService"), 2096: ("httpd.exe", "Apache2.4")}
TAKEN = ("TCP 0.0.0.0:3389 0.0.0.0:0 2096", "TCP [::]:3389 [::]:0 2096")
CONFIG = """
SERVICE_NAME: Apache2.4
        TYPE               : 10  WIN32_OWN_PROCESS
        START_TYPE         : 2   AUTO_START
        ERROR_CONTROL      : 1   NORMAL
        BINARY_PATH_NAME   : C:\\Apache24\\bin\\httpd.exe
        LOAD_ORDER_GROUP   :
        TAG                : 0
        DISPLAY_NAME       : Apache2.4
        DEPENDENCIES       :
        SERVICE_START_NAME : LocalSystem
"""
DEPENDENTS = "\n[SC] EnumDependentServices: entriesread = 0\n\n"
SERVICE = dict(zip(stoppable.probes("Apache2.4"), (CONFIG, queryex("Apache2.4", 2096), DEPENDENTS), strict=True))
MOVED = (f"TCP 0.0.0.0:3390 0.0.0.0:0 {TERM_SERVICE}", f"TCP [::]:3390 [::]:0 {TERM_SERVICE}")
WINDOWS_RULE = "RemoteDesktop-UserMode-In-TCP"
OWN_RULE = (
    "    {1A2B3C4D-0000-4000-8000-000000000001}    REG_SZ    v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|"
    r"LPort=3390|App=%SystemRoot%\system32\svchost.exe|Svc=TermService|Name=winops.rdp TCP 3390|"
)
RESTART = ["net stop UmRdpService", "net stop TermService", "net start TermService", "net start UmRdpService"]
ALLOWED = "fDenyTSConnections    REG_DWORD    0x0"
FOLDER = r"C:\B\0001"


def _plan(host: Host, number: int = 3389, *, outputs: t.Mapping[str, Output] | None = None, **asked: t.Any) -> Plan:
    expected = Expectation(port=number, listener=asked.pop("listener", "RDP-Tcp"))
    request = dataclasses.replace(port.PortRequest(expected, FOLDER), **asked)
    also = (probes.UM_RDP_SERVICE_STATE, *SERVICE)
    derived = host_of(CHECKS, expected, {**SERVICE, **host.outputs}, also, **(outputs or {}))
    made = port.plan(request, derived)
    assert made == port.plan(request, derived), "a plan made again differs"
    return made


def _lines(changes: t.Iterable[Change]) -> list[str]:
    return [change.command.line for change in changes]


def test_it_is_opened_before_and_closed_after() -> None:
    plan = _plan(Host(), 3390)
    assert len(plan.first) == 2 and all("add rule" in line and "3390" in line for line in _lines(plan.first))
    (value,) = plan.changes
    assert "PortNumber" in value.command.line and value.command.line.endswith("/d 3390 /f")
    assert _lines(plan.restart) == RESTART
    assert (plan.before["PortNumber"], plan.after["PortNumber"]) == (3389, 3390)
    undo = [command.line for command in undo_commands(plan)]
    # The old port is named and listened on before the new one is closed for good.
    assert "/d 3389" in undo[0] and "delete rule" in undo[1]


def test_rules_that_were_added_for_the_old_port_go_last() -> None:
    moved = Host(MOVED, listeners={"RDP-Tcp": {**HEALTHY, "PortNumber": "REG_DWORD    0xd3e"}})
    outputs = {"firewall": lambda text: text.replace(f"    {WINDOWS_RULE} ", f"{OWN_RULE}\n    {WINDOWS_RULE} ", 1)}
    plan = _plan(moved, 3389, outputs=outputs)
    assert _lines(plan.last) == ['netsh advfirewall firewall delete rule name="winops.rdp TCP 3390"']
    undo = [command.line for command in undo_commands(plan)]
    assert "add rule" in undo[0] and "/d 3390" in undo[1]
    assert not _plan(moved, 3389, outputs=outputs, may_restart=False).last


def test_nothing_to_do() -> None:
    assert not _plan(Host(), 3389)
    assert not _plan(Host(()), 3389, may_restart=False)


def test_restart_alone_where_nobody_listens() -> None:
    plan = _plan(Host(()), 3389)
    assert not plan.changes and _lines(plan.restart) == RESTART and not plan.saves


def test_service_makes_room_and_comes_back() -> None:
    plan = _plan(Host(TAKEN, processes=HTTPD), 3389, service="Apache2.4")
    assert _lines(plan.changes) == ["net stop Apache2.4"] and _lines(plan.restart) == RESTART
    undo = [command.line for command in undo_commands(plan)]
    assert undo[:3] == ["net stop UmRdpService", "net stop TermService", "net start Apache2.4"]


@pytest.mark.parametrize(
    ("value", "undo", "before"),
    [
        (None, "reg delete", None),
        ("REG_SZ    3389", "REG_SZ", "3389"),
        ("REG_DWORD    0x0", "/d 0", 0),
    ],
)
def test_port_that_is_no_port_is_put_back_as_it_was(value: str | None, undo: str, before: object) -> None:
    values = {name: data for name, data in HEALTHY.items() if name != "PortNumber"}
    values |= {} if value is None else {"PortNumber": value}
    plan = _plan(Host((), listeners={"RDP-Tcp": values}), 3390)
    assert undo in plan.changes[0].undo[0].line and plan.before["PortNumber"] == before
    assert not plan.last, "nobody knows which port it was"


def test_port_of_another_listener_stays_open() -> None:
    second = {**HEALTHY, "PortNumber": "REG_DWORD    0xd3d"}
    assert not _plan(Host(listeners={"RDP-Tcp": HEALTHY, "Second": second}), 3390).last


THEIRS = {**HEALTHY, "LoadableProtocol_Object": "REG_SZ    {a1f6d3b8-2c95-47e0-8b14-60d9e7c2f5a3}"}
DAMAGED = {**HEALTHY, "LoadableProtocol_Object": "REG_SZ    {00000000-0000-0000-0000-000000000000}"}
SECOND = {**HEALTHY, "PortNumber": "REG_DWORD    0xd3e"}
REFUSED: dict[str, tuple[Host, str, int, str]] = {
    "no key": (Host(listeners={"Other": HEALTHY}), "RDP-Tcp", 3390, "missing"),
    "damaged": (Host(listeners={"RDP-Tcp": DAMAGED}), "RDP-Tcp", 3390, "rdp_listener"),
    "another class": (Host(listeners={"RDP-Tcp": THEIRS}), "RDP-Tcp", 3390, "another product"),
    "reverse connect": (
        Host(listeners={"rdp-sxs": {**HEALTHY, "fReverseConnectMode": "REG_DWORD    0x1"}}),
        "rdp-sxs",
        3390,
        "another product",
    ),
    "WebSockets": (Host(), "RDP-Tcp", 3387, "WebSocketListenerPort"),
    "another listener": (Host(listeners={"RDP-Tcp": HEALTHY, "Two": SECOND}), "RDP-Tcp", 3390, "listener Two"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_port_that_can_not_be(name: str) -> None:
    host, listener, number, text = REFUSED[name]
    with pytest.raises(RefusedError, match=r"^Nothing was changed") as refused:
        _plan(host, number, listener=listener, may_restart=False)
    assert text in str(refused.value)


def test_port_of_a_disabled_listener_is_free() -> None:
    off = {**SECOND, "fEnableWinStation": "REG_DWORD    0x0"}
    assert _plan(Host(listeners={"RDP-Tcp": HEALTHY, "Two": off}), 3390).changes


def test_excluded_port_is_refused_unless_term_service_has_it() -> None:
    ranges = ("      3380        3479     ",)
    assert not _plan(Host(excluded=ranges), 3389)
    with pytest.raises(RefusedError, match="3380 to 3479"):
        _plan(Host(excluded=ranges), 3390)
    with pytest.raises(UnreadableError):
        _plan(Host(excluded=None), 3390)


def test_another_program_on_the_port_is_named_and_stays() -> None:
    taken = Host(TAKEN, processes=HTTPD)
    with pytest.raises(RefusedError, match=r"httpd\.exe.*The service Apache2\.4 starts with Windows"):
        _plan(taken)
    with pytest.raises(RefusedError, match="the service Other is not stopped"):
        _plan(taken, service="Other")


def test_listener_that_works_on_no_port_is_not_moved() -> None:
    denied = {"terminal_server": lambda text: text.replace(ALLOWED, ALLOWED.replace("0x0", "0x1"))}
    with pytest.raises(RefusedError, match="does not work on any port"):
        _plan(Host(), 3390, outputs=denied)
    assert _plan(Host(), 3390, outputs=denied, may_restart=False).changes


def test_change_that_no_handshake_can_verify_is_refused_where_it_restarts() -> None:
    with pytest.raises(RefusedError, match="through a jump host"):
        _plan(Host(), 3390, detour="a jump host of ssh")
    assert not _plan(Host(), 3389, detour="a jump host of ssh")


@pytest.mark.parametrize(("number", "warnings"), [(3389, 0), (3390, 1), (3392, 2), (50000, 2)])
def test_advice(number: int, warnings: int) -> None:
    assert len(port.advice(number)) == warnings
