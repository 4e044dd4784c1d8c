# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who listens on the port beside TermService, and who keeps it from TermService."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks.port_conflict import PORT_CONFLICT
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.facts import port_facts
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.host import Host as DerivedHost

from unit._rdp.hosts import HEALTHY, LISTENS, TERM_SERVICE, Host, check_of

HTTPD = {TERM_SERVICE: ("svchost.exe", "TermService"), 2096: ("httpd.exe", "Apache2.4"), 2: ("svchost.exe", "A,B")}
TAKEN = ("TCP 0.0.0.0:3389 0.0.0.0:0 2096", "TCP [::]:3389 [::]:0 2096")


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
    "no port": (Host(listeners={"RDP-Tcp": {**HEALTHY, "PortNumber": "REG_SZ    x"}}), "skipped", ()),
    "no listener": (Host(listeners={"Other": HEALTHY}), "skipped", ()),
}


@pytest.mark.parametrize("name", CONFLICTS)
def test_who_uses_the_port(name: str) -> None:
    host, status, found = CONFLICTS[name]
    finding = check_of(PORT_CONFLICT, more=host.outputs)
    assert finding.status == status, finding
    assert all(text in finding.found for text in found), finding.found
    assert bool(finding.fix) == (status not in ("ok", "skipped")) and not finding.repair


@pytest.mark.parametrize("probe", PORT_CONFLICT.needs, ids=lambda probe: probe.command.line)
def test_what_was_not_run_is_unknown(probe: object) -> None:
    assert check_of(PORT_CONFLICT, more={probe: None}).status == "unknown"  # type: ignore[dict-item]


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
