# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who listens on the port, what the checks make of it, and how another port is reached without a lock-out."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.check import Check
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks.port import PORT
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks.port_conflict import PORT_CONFLICT
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.diagnosis import diagnose
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import RefusedError, UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.facts import port_facts
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Change, Command, Expectation, Finding, Plan
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs import port
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs.backup import undo_commands
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state import port_owner
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.excluded_ports import EXCLUDED_IPV4, EXCLUDED_IPV6
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.host import Host as DerivedHost

from .hosts import HEALTHY, LISTENS, TERM_SERVICE, Host

HTTPD = {TERM_SERVICE: ("svchost.exe", "TermService"), 2096: ("httpd.exe", "Apache2.4"), 2: ("svchost.exe", "A,B")}
TAKEN = ("TCP 0.0.0.0:3389 0.0.0.0:0 2096", "TCP [::]:3389 [::]:0 2096")
OPENING = Plan(changes=(Change(Command("open"), "Open it.", (Command("close"),)),), before={"rule": None})
CLOSING = (Change(Command("close 3389"), "Close it.", (Command("open 3389"),)),)
RESTART = tuple(
    Change(command, "Restart.", (command,))
    for command in (Command("net stop TermService"), Command("net start TermService"))
)


def _judge(check: Check, host: Host, wanted: int = 3389) -> Finding:
    return diagnose((check,), DerivedHost(host.readings), Expectation(port=wanted))[0]


CONFLICTS: dict[str, tuple[Host, str, tuple[str, ...]]] = {
    "healthy": (Host((*LISTENS, f"UDP 0.0.0.0:3389 *:* {TERM_SERVICE}")), "ok", ()),
    "nobody listens": (Host(sockets=()), "ok", ()),
    "another program, with its services": (
        Host(TAKEN, processes=HTTPD),
        "problem",
        ("httpd.exe with the services Apache2.4", "2096", "0.0.0.0", "[::]"),
    ),
    "another svchost is another program": (
        Host(("TCP 0.0.0.0:3389 0.0.0.0:0 880",)),
        "problem",
        ("svchost.exe with the services RpcSs",),
    ),
    "one on IPv4 and the other on IPv6": (
        Host((LISTENS[0], TAKEN[1]), processes=HTTPD),
        "problem",
        ("httpd.exe", "[::]"),
    ),
    "the kernel": (Host(("TCP [::]:3389 [::]:0 4",)), "problem", ("netsh http show servicestate",)),
    "ended meanwhile": (Host(("TCP [::]:3389 [::]:0 77",)), "problem", ("ended meanwhile", "77")),
    "one for this computer alone": (
        Host((*LISTENS, "TCP 127.0.0.1:3389 0.0.0.0:0 2096"), processes=HTTPD),
        "warning",
        ("httpd.exe", "127.0.0.1"),
    ),
    "one for this computer alone, and TermService nowhere": (
        Host(("TCP [::1]:3389 [::]:0 2096",), processes=HTTPD),
        "problem",
        ("httpd.exe",),
    ),
    "UDP alone": (
        Host((*LISTENS, "UDP 0.0.0.0:3389 *:* 2096"), processes=HTTPD),
        "warning",
        ("httpd.exe", "UDP 0.0.0.0"),
    ),
    "outgoing connection to somebody's 3389": (Host((*LISTENS, "TCP 10.0.0.1:50123 10.0.0.2:3389 2096")), "ok", ()),
    "others that end in the same digits": (Host((*LISTENS, "TCP 0.0.0.0:33890 0.0.0.0:0 2096")), "ok", ()),
    "excluded": (Host((), excluded=("      3380        3479     ",)), "problem", ("3380 to 3479 (IPv4)",)),
    "excluded by hand": (Host((), excluded=("      3389        3389     *",)), "ok", ()),
    "excluded beside it": (Host((), excluded=("      3390        3489     ",)), "ok", ()),
    "excluded, and TermService was first": (Host(excluded=("      3380        3479     ",)), "ok", ()),
    "excluded ranges unreadable": (Host((), excluded=None), "unknown", ()),
    "excluded ranges unreadable, and it listens": (Host(excluded=None), "ok", ()),
    "no row of TermService without a process": (Host(running=False), "problem", ("svchost.exe",)),
}


@pytest.mark.parametrize("name", CONFLICTS)
def test_who_uses_the_port(name: str) -> None:
    host, status, found = CONFLICTS[name]
    finding = _judge(PORT_CONFLICT, host)
    assert finding.status == status, finding
    assert all(text in finding.found for text in found), finding.found
    assert bool(finding.fix) == (status != "ok") and not finding.repair


def test_other_port_is_judged_by_what_is_expected() -> None:
    other = Host(listeners={"RDP-Tcp": {**HEALTHY, "PortNumber": "REG_DWORD    0xd3e"}})
    advised = _judge(PORT, other)
    assert advised.status == "warning" and not advised.repair
    assert _judge(PORT, other, 3390).status == "ok"
    wanted = _judge(PORT, other, 4000)
    assert (wanted.status, wanted.repair) == ("problem", "winops.rdp.rdp_port")


def test_facts_name_every_address() -> None:
    host = Host((*LISTENS, "UDP [::]:3389 *:* 2096"), processes=HTTPD)
    facts = port_facts(DerivedHost(host.readings), 3389)
    assert facts is not None and (facts["number"], facts["excluded"]) == (3389, False)
    assert [(one["protocol"], one["address"], one["pid"], one["term_service"]) for one in facts["owners"]] == [
        ("TCP", "0.0.0.0", TERM_SERVICE, True),
        ("TCP", "[::]", TERM_SERVICE, True),
        ("UDP", "[::]", 2096, False),
    ]
    assert facts["owners"][2] | {"image": "httpd.exe", "services": ["Apache2.4"]} == facts["owners"][2]
    unread = port_facts(DerivedHost(Host(excluded=None).readings), 3389)
    assert unread is not None and unread["excluded"] is None


def _seen(host: Host, wanted: int) -> port.Seen:
    readings = host.readings
    term = readings.of(probes.TERM_SERVICE_STATE)
    on_port = port_owner.owners(wanted, readings.of(probes.SOCKETS), term, readings.of(probes.PROCESSES))
    excluded = (readings.of(EXCLUDED_IPV4), readings.of(EXCLUDED_IPV6))
    return port.Seen(readings.of(probes.WINSTATIONS), on_port, excluded)


def _plan(host: Host, wanted: int, *, service: str = "", restart: tuple[Change, ...] = RESTART) -> Plan:
    opening = OPENING if wanted != 3389 else Plan()
    return port.plan(wanted, "RDP-Tcp", _seen(host, wanted), opening, CLOSING, service, restart, r"C:\B\0001")


def _lines(changes: t.Iterable[Change]) -> list[str]:
    return [change.command.line for change in changes]


def test_it_is_opened_before_and_closed_after() -> None:
    plan = _plan(Host(), 3390)
    assert _lines(plan.first) == ["open"] and _lines(plan.last) == ["close 3389"]
    (value,) = plan.changes
    assert "PortNumber" in value.command.line and value.command.line.endswith("/d 3390 /f")
    assert [command.line for command in plan.commands][-3:] == [*_lines(RESTART), "close 3389"]
    assert (plan.before["PortNumber"], plan.after["PortNumber"]) == (3389, 3390)
    undo = [command.line for command in undo_commands(plan)]
    # The old port is open, named and listened on before the new one is closed for good.
    assert undo[0] == "open 3389" and "/d 3389" in undo[1] and undo[2:] == ["close", *_lines(RESTART)]


def test_nothing_to_do() -> None:
    assert not _plan(Host(), 3389)
    assert not _plan(Host(()), 3389, restart=())


def test_restart_alone_where_nobody_listens() -> None:
    plan = _plan(Host(()), 3389)
    assert not plan.changes and _lines(plan.restart) == _lines(RESTART) and not plan.saves


def test_service_makes_room_and_comes_back() -> None:
    plan = _plan(Host(TAKEN, processes=HTTPD), 3389, service="Apache2.4")
    assert _lines(plan.changes) == ["net stop Apache2.4"] and _lines(plan.restart) == _lines(RESTART)
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
    host, listener, wanted, text = REFUSED[name]
    with pytest.raises(RefusedError, match=r"^Nothing was changed") as refused:
        port.refuse_port(wanted, listener, _seen(host, wanted))
    assert text in str(refused.value)


def test_port_of_a_disabled_listener_is_free() -> None:
    off = {**SECOND, "fEnableWinStation": "REG_DWORD    0x0"}
    port.refuse_port(3390, "RDP-Tcp", _seen(Host(listeners={"RDP-Tcp": HEALTHY, "Two": off}), 3390))


def test_excluded_port_is_refused_unless_term_service_has_it() -> None:
    ranges = ("      3380        3479     ",)
    port.refuse_excluded(3389, _seen(Host(excluded=ranges), 3389))
    with pytest.raises(RefusedError, match="3380 to 3479"):
        port.refuse_excluded(3390, _seen(Host(excluded=ranges), 3390))
    with pytest.raises(UnreadableError):
        port.refuse_excluded(3390, _seen(Host(excluded=None), 3390))


@pytest.mark.parametrize(("number", "warnings"), [(3389, 0), (3390, 1), (3392, 2), (50000, 2)])
def test_advice(number: int, warnings: int) -> None:
    assert len(port.advice(number)) == warnings
