# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which further probes a firewall takes, and what becomes of what they read."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks.firewall import FIREWALL, follow_up
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.diagnosis import diagnose
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import CommandResult, Expectation
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.firewall.collect import collect
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.host import Host as DerivedHost

from unit._rdp.state.firewall.hosts import GUID, HEALTHY, OFF, TCP_RULE, Host, rule, tcp_rule, with_rule


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
    assert collect(Host(sharing=sharing).readings()).sharing == expected


def test_process_of_the_service_that_is_not_listed() -> None:
    others = '"System","4","N/A"\n"svchost.exe","900","CryptSvc,Dnscache"\n'
    assert collect(Host(more={probes.PROCESSES.command: (others, 0)}).readings()).sharing is None


def test_firewall_that_could_not_be_read() -> None:
    denied = Host(more={probes.FIREWALL.command: ("ERROR: Access is denied.\n", 0)}).readings()
    with pytest.raises(UnreadableError):
        collect(denied)


LONG = "Protocol=6|LPort=3389|" + "".join(f"RA4=10.{n // 250}.{n % 250}.1|" for n in range(1500)) + "Name=Locked out|"
# findstr says it in the language of the host, and its line may come anywhere: it goes to the other stream.
TOO_LONG = "FINDSTR: Zeile 14 ist zu lang.\n"


@pytest.mark.parametrize("of_a_policy", [False, True])
def test_rule_that_findstr_drops_is_asked_for_again(of_a_policy: bool) -> None:
    store = {"gpo_rules" if of_a_policy else "rules": {GUID: rule("Block", LONG)}}
    host = Host(**store)
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
        blind = Host(**store, more=first)
        assert blind.finding().status == "unknown"
        assert follow_up(Expectation(), blind.derived()) == (count,)
        counted = {**first, count.command: ("40\n", 0)}
        assert follow_up(Expectation(), Host(**store, more=counted).derived()) == (count, whole)
        seen = Host(**store, more={**counted, whole.command: (listing, 0)}).finding()
        assert seen.status == "warning" and "from 10.0.0.1, 10.0.1.1, 10.0.2.1, … and 1497 more" in seen.found
        many = Host(**store, more={**first, count.command: ("400000\n", 0)})
        assert follow_up(Expectation(), many.derived()) == (count,)
        assert many.finding().status == "unknown" and "400000 lines" in many.finding().summary


def test_networks_are_asked_for_only_where_they_matter() -> None:
    def asked(host: Host) -> bool:
        return probes.NETWORKS in follow_up(Expectation(), host.derived())

    assert not asked(HEALTHY) and not asked(Host(active=("public",))) and not asked(Host(tcp=OFF))
    assert asked(Host(tcp=rule(fields="Profile=Domain|" + TCP_RULE)))
    assert asked(Host(tcp=OFF, active=("private",)))


def test_processes_are_asked_for_only_where_another_service_has_a_rule() -> None:
    assert probes.PROCESSES not in follow_up(Expectation(), HEALTHY.derived())
    host = with_rule(tcp_rule("LPort=3389|Svc=Dnscache|", "Block"), more={probes.PROCESSES.command: ("", 1)})
    assert probes.PROCESSES in follow_up(Expectation(), host.derived())


def test_service_that_may_share_a_process_while_term_service_is_stopped() -> None:
    stopped = HEALTHY.outputs()[probes.FIREWALL_SERVICE_STATE.command].data.decode().replace("\r\n", "\n")
    stopped = stopped.replace("4  RUNNING", "1  STOPPED").replace("2100", "0")
    for services, status in (("Dnscache", "ok"), ("Dnscache,CryptSvc", "unknown")):
        more = {
            probes.TERM_SERVICE_STATE.command: (stopped, 0),
            probes.PROCESSES.command: (f'"System","4","N/A"\n"svchost.exe","900","{services}"\n', 0),
        }
        assert with_rule(tcp_rule(r"LPort=3389|Svc=Dnscache|", "Block"), more=more).finding().status == status


CUT = {
    "listing of the rules": (probes.FIREWALL.command, "ERROR: Access is denied.\n", 0),
    "listing of the policies": (probes.FIREWALL_POLICY.command, "ERROR: Access is denied.\n", 0),
    "nothing at all": (probes.FIREWALL.command, "", 1),
    "nothing of the policies at all": (probes.FIREWALL_POLICY.command, "", 1),
    "nothing of the policies, and no error": (probes.FIREWALL_POLICY.command, "", 0),
    "listing of another key": (probes.FIREWALL_POLICY.command, "\nHKEY_LOCAL_MACHINE\\SOFTWARE\\X\n\nend\n", 0),
    "listing of the rules without an end": (
        probes.FIREWALL.command,
        HEALTHY.outputs()[probes.FIREWALL.command].data.decode().replace("\r\n", "\n").replace("end \n", ""),
        0,
    ),
    "profiles": (probes.FIREWALL_PROFILES.command, "Ok.\n", 0),
    "netsh": (probes.FIREWALL_ACTIVE_PROFILES.command, "boom\n", 1),
    "findstr": (probes.FIREWALL.command, "'findstr' is not recognized\n", 255),
}


@pytest.mark.parametrize("name", CUT)
def test_what_can_not_be_read_is_unknown(name: str) -> None:
    command, text, code = CUT[name]
    # There is a policy, so what isn't listed isn't missing.
    host = Host(gpo={"DomainProfile": {"EnableFirewall": 1}}, more={command: (text, code)})
    assert host.finding().status == "unknown"


def test_error_behind_the_rules_is_not_taken_for_a_part_of_one() -> None:
    listing = HEALTHY.outputs()[probes.FIREWALL.command].data.decode().replace("\r\n", "\n")
    host = Host(more={probes.FIREWALL.command: (listing + "\nERROR: Access is denied.\n", 0)})
    assert host.finding().status == "unknown"


def test_filter_takes_away_only_what_can_not_matter() -> None:
    """The order of the fields is Windows' own; a rule in another order comes through and is judged."""
    odd = "v2.31|Active=TRUE|Dir=In|Action=Block|Protocol=6|LPort=3389|Name=x|"
    assert with_rule(odd).finding().status == "problem"
    named = rule("Block", "Protocol=6|LPort=3389|Name=Active=FALSE and Dir=Out.|")
    assert with_rule(named).finding().status == "problem"


def test_output_that_ended_early() -> None:
    outputs = HEALTHY.outputs()
    command = probes.FIREWALL.command
    outputs[command] = CommandResult(outputs[command].data, None, command)
    assert diagnose((FIREWALL,), DerivedHost(Readings(outputs)), Expectation())[0].status == "unknown"
