# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which further probes a firewall takes, and what becomes of what they read."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks.firewall import follow_up
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Expectation
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.firewall.collect import collect

from unit._rdp.state.firewall.hosts import TCP_RULE, Host, rule

HEALTHY = Host()
OFF = rule(active=False)
GUID = "{1A2B3C4D-0000-4000-8000-000000000001}"


def _host(**changes: t.Any) -> Host:
    return dataclasses.replace(HEALTHY, **changes)


def _with(text: str, **changes: t.Any) -> Host:
    return _host(rules={GUID: text}, **changes)


def _tcp(fields: str, action: str = "Allow") -> str:
    return rule(action, f"Protocol=6|{fields}Name=x|")


def test_firewall_of_a_healthy_host() -> None:
    firewall = collect(HEALTHY.readings())
    assert firewall.active == ("domain",) and [stored.rule.id for stored in firewall.rules] == [
        probes.REMOTE_DESKTOP_TCP_RULE,
        probes.REMOTE_DESKTOP_UDP_RULE,
    ]
    assert firewall.networks is not None and firewall.networks.in_a_domain
    assert firewall.sharing == frozenset()


@pytest.mark.parametrize("sharing", [None, ("CryptSvc", "Dnscache")])
def test_services_in_the_same_process(sharing: tuple[str, ...] | None) -> None:
    expected = None if sharing is None else frozenset({"cryptsvc", "dnscache"})
    assert collect(_host(sharing=sharing).readings()).sharing == expected


def test_firewall_that_could_not_be_read() -> None:
    denied = _host(more={probes.FIREWALL.command: ("ERROR: Access is denied.\n", 0)}).readings()
    with pytest.raises(UnreadableError):
        collect(denied)


LONG = "Protocol=6|LPort=3389|" + "".join(f"RA4=10.{n // 250}.{n % 250}.1|" for n in range(1500)) + "Name=Locked out|"
# findstr says it in the language of the host, and its line may come anywhere: it goes to the other stream.
TOO_LONG = "FINDSTR: Zeile 14 ist zu lang.\n"


@pytest.mark.parametrize("of_a_policy", [False, True])
def test_rule_that_findstr_drops_is_asked_for_again(of_a_policy: bool) -> None:
    store = {"gpo_rules" if of_a_policy else "rules": {GUID: rule("Block", LONG)}}
    host = _host(**store)
    probe = probes.FIREWALL_POLICY if of_a_policy else probes.FIREWALL
    count, whole = (
        (probes.FIREWALL_POLICY_LINES, probes.FIREWALL_POLICY_WHOLE)
        if of_a_policy
        else (probes.FIREWALL_LINES, probes.FIREWALL_WHOLE)
    )
    listing = host.outputs()[probe.command].data.decode().replace("\r\n", "\n")
    dropped = "".join(line for line in listing.splitlines(keepends=True) if len(line) < 8191)
    for text in (dropped.replace("\nend", TOO_LONG + "\nend"), dropped + TOO_LONG):
        first = {probe.command: (text, 0)}
        blind = _host(**store, more=first)
        assert blind.finding().status == "unknown"
        assert follow_up(Expectation(), blind.derived()) == (count,)
        counted = {**first, count.command: ("40\n", 0)}
        assert follow_up(Expectation(), _host(**store, more=counted).derived()) == (count, whole)
        seen = _host(**store, more={**counted, whole.command: (listing, 0)}).finding()
        assert seen.status == "warning" and "from 10.0.0.1, 10.0.1.1, 10.0.2.1, … and 1497 more" in seen.found
        many = _host(**store, more={**first, count.command: ("400000\n", 0)})
        assert follow_up(Expectation(), many.derived()) == (count,)
        assert many.finding().status == "unknown" and "400000 lines" in many.finding().summary


def test_networks_are_asked_for_only_where_they_matter() -> None:
    def asked(host: Host) -> bool:
        return probes.NETWORKS in follow_up(Expectation(), host.derived())

    assert not asked(HEALTHY) and not asked(_host(active=("public",))) and not asked(_host(tcp=OFF))
    assert asked(_host(tcp=rule(fields="Profile=Domain|" + TCP_RULE)))
    assert asked(_host(tcp=OFF, active=("private",)))


def test_processes_are_asked_for_only_where_another_service_has_a_rule() -> None:
    assert probes.PROCESSES not in follow_up(Expectation(), HEALTHY.derived())
    host = _with(_tcp("LPort=3389|Svc=Dnscache|", "Block"), more={probes.PROCESSES.command: ("", 1)})
    assert probes.PROCESSES in follow_up(Expectation(), host.derived())


def test_service_that_may_share_a_process_while_term_service_is_stopped() -> None:
    stopped = HEALTHY.outputs()[probes.FIREWALL_SERVICE_STATE.command].data.decode().replace("\r\n", "\n")
    stopped = stopped.replace("4  RUNNING", "1  STOPPED").replace("2100", "0")
    for services, status in (("Dnscache", "ok"), ("Dnscache,CryptSvc", "unknown")):
        more = {
            probes.TERM_SERVICE_STATE.command: (stopped, 0),
            probes.PROCESSES.command: (f'"System","4","N/A"\n"svchost.exe","900","{services}"\n', 0),
        }
        assert _with(_tcp(r"LPort=3389|Svc=Dnscache|", "Block"), more=more).finding().status == status
