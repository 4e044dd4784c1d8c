# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who listens on a port: told by the number of the process, never by the name of a program."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.port_owner import (
    Owner,
    described,
    in_words,
    owners,
    strangers,
    term_service_listens,
)

from unit._rdp.hosts import LISTENS, TERM_SERVICE, Host

PROCESSES = {
    TERM_SERVICE: ("svchost.exe", "TermService"),
    2096: ("httpd.exe", "Apache2.4"),
    880: ("svchost.exe", "RpcSs,DcomLaunch"),
}


def _owners(*sockets: str, port: int = 3389, running: bool = True, named: bool = True) -> tuple[Owner, ...]:
    readings = Host(sockets, processes=PROCESSES, running=running).readings
    processes = readings.of(probes.PROCESSES) if named else ()
    return owners(port, readings.of(probes.SOCKETS), readings.of(probes.TERM_SERVICE_STATE), processes)


def test_addresses_of_one_process_are_together() -> None:
    (owner,) = _owners(*LISTENS, f"UDP 0.0.0.0:3389 *:* {TERM_SERVICE}")
    assert (owner.pid, owner.tcp, owner.udp) == (TERM_SERVICE, ("0.0.0.0", "[::]"), ("0.0.0.0",))
    assert owner.term_service and owner.reachable and term_service_listens((owner,)) and not strangers((owner,))


def test_only_who_listens_on_that_very_port_counts() -> None:
    rows = ("TCP 10.0.0.1:50123 10.0.0.2:3389 2096", "TCP 10.0.0.1:3389 10.0.0.9:49152 2096")
    assert _owners(*rows, "TCP 0.0.0.0:33890 0.0.0.0:0 2096", "TCP 0.0.0.0:338 0.0.0.0:0 2096") == ()


def test_another_svchost_is_not_term_service() -> None:
    (owner,) = _owners("TCP 0.0.0.0:3389 0.0.0.0:0 880")
    assert not owner.term_service and strangers((owner,)) == (owner,)
    assert str(owner) == "svchost.exe with the services RpcSs, DcomLaunch (process 880)"


def test_term_service_without_a_process_owns_nothing() -> None:
    assert not any(owner.term_service for owner in _owners(*LISTENS, running=False))
    assert owners(3389, (), None) == ()


@pytest.mark.parametrize(
    ("socket", "named", "text"),
    [
        ("TCP [::]:3389 [::]:0 4", True, "the Windows kernel (process 4), for HTTP.sys"),
        ("TCP [::]:3389 [::]:0 77", True, "a program that has ended meanwhile (process 77)"),
        ("TCP [::]:3389 [::]:0 2096", False, "a program that has ended meanwhile (process 2096)"),
        ("TCP [::]:3389 [::]:0 2096", True, "httpd.exe with the services Apache2.4 (process 2096)"),
    ],
)
def test_people_can_find_the_process(socket: str, named: bool, text: str) -> None:
    assert str(_owners(socket, named=named)[0]).startswith(text)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "[::1]"])
def test_socket_for_this_computer_alone_keeps_people_out_only_where_term_service_does_not_listen(address: str) -> None:
    local = f"TCP {address}:3389 0.0.0.0:0 2096"
    (alone,) = _owners(local)
    assert not alone.reachable and strangers((alone,)) == (alone,)
    assert not strangers(_owners(local, *LISTENS))


def test_udp_alone_keeps_nobody_out() -> None:
    (owner,) = _owners("UDP 0.0.0.0:3389 *:* 2096")
    assert not strangers((owner,)) and not owner.reachable and not term_service_listens((owner,))
    assert in_words((owner,)) == "httpd.exe with the services Apache2.4 (process 2096) on UDP 0.0.0.0"


def test_each_address_as_plain_values_tcp_first() -> None:
    found = _owners(LISTENS[0], "UDP 0.0.0.0:3389 *:* 2096", "TCP [::1]:3389 [::]:0 77")
    assert [
        (one["protocol"], one["address"], one["pid"], one["image"], one["services"]) for one in described(found)
    ] == [
        ("TCP", "0.0.0.0", TERM_SERVICE, "svchost.exe", ["TermService"]),
        ("TCP", "[::1]", 77, None, []),
        ("UDP", "0.0.0.0", 2096, "httpd.exe", ["Apache2.4"]),
    ]
    assert [one["term_service"] for one in described(found)] == [True, False, False]
