# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The firewall of emulated hosts: judged like the host's own firewall does, opened, undone, and left to people."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab import FAULTS, Machine
from lab.state.firewall.engine import FIREWALL, MDM_RULES, POLICY, POLICY_RULES, RULES
from lab.state.registry import dword, sz

from .conftest import Result, foretold, registry, run

LANGUAGES = ("en-US", "de-DE", "ja-JP", "zh-CN")
TCP, UDP = "RemoteDesktop-UserMode-In-TCP", "RemoteDesktop-UserMode-In-UDP"
SVCHOST = r"App=%SystemRoot%\system32\svchost.exe|Svc=termservice|"


def _powershell(machine: Machine, words: str) -> None:
    line = f'powershell.exe -NoProfile -NonInteractive -Command "{words}"'
    assert machine.create_process(line, code_page=65001).exit_code == 0, words


def _rule_off(machine: Machine) -> None:
    _powershell(machine, f"Disable-NetFirewallRule -Name {TCP},{UDP}")


def _rules_gone(machine: Machine) -> None:
    for name in (TCP, UDP):
        machine.firewall.remove(name)


def _port_changed(machine: Machine) -> None:
    key = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp"
    machine.registry.set(key, "PortNumber", dword(3390))
    machine.reboot(prepared=True)


def _local_block(machine: Machine) -> None:
    _add(machine, "{B}", f"v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=3389|{SVCHOST}Name=No RDP|")


def _policy_block(machine: Machine) -> None:
    text = f"v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=3389|{SVCHOST}Name=No RDP|"
    machine.registry.set(POLICY_RULES, "{B}", sz(text))


def _policy(name: str, value: int) -> t.Callable[[Machine], None]:
    def change(machine: Machine) -> None:
        machine.registry.set(rf"{POLICY}\DomainProfile", name, dword(value))

    return change


def _local_setting(name: str, value: int) -> t.Callable[[Machine], None]:
    def change(machine: Machine) -> None:
        machine.registry.set(rf"{FIREWALL}\DomainProfile", name, dword(value))
        machine.firewall.load()

    return change


def _add(machine: Machine, identity: str, text: str) -> None:
    machine.registry.set(RULES, identity, sz(text))
    machine.firewall.load()


def _host(change: t.Callable[[Machine], None], language: str = "en-US") -> Machine:
    machine = Machine("host", language=language)
    change(machine)
    return machine


def _drops(machine: Machine, port: int = 3389) -> bool:
    """What the host's own firewall does with a connection from the controller."""
    return machine.firewall.drops(machine.termservice.listener(port))


def _finding(machine: Machine) -> Result:
    answer = run(machine, "rdp_info", {"checks": ["firewall"], "quiet": True})
    return t.cast("Result", answer["findings"][0])


REPAIRED: dict[str, tuple[t.Callable[[Machine], None], int]] = {
    "rule off": (_rule_off, 3389),
    "rules gone": (_rules_gone, 3389),
    "another port": (_port_changed, 3390),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", REPAIRED)
def test_blocked_port_is_opened_as_predicted_and_undone(name: str, language: str) -> None:
    change, port = REPAIRED[name]
    machine = _host(change, language)
    before = registry(machine)
    assert _drops(machine, port) and _finding(machine)["repair"] == "winops.rdp.rdp_firewall"
    would = run(machine, "rdp_firewall", check=True)
    assert registry(machine) == before, "check mode changed something"
    did = run(machine, "rdp_firewall")
    assert not did.get("failed") and did["finding"]["status"] == "ok", did
    for key in ("changed", "steps", "commands", "before", "after", "diff", "backup", "restarted"):
        assert str(would[key]) == foretold(did, key, did["backup"]), key
    assert not _drops(machine, port)
    again = run(machine, "rdp_firewall")
    assert (again["changed"], again["commands"]) == (False, [])
    ran = machine.create_process(f'cmd.exe /d /c "{did["backup"]}\\undo.cmd"', code_page=437)
    assert ran.exit_code == 0, ran
    assert registry(machine) == before and _drops(machine, port)
    assert machine.errors() == []


def test_undone_by_the_module_as_well() -> None:
    machine = _host(_rule_off)
    before = registry(machine)
    run(machine, "rdp_firewall")
    restored = run(machine, "rdp_restore")
    assert restored["changed"] and not restored.get("failed"), restored
    assert registry(machine) == before
    assert machine.errors() == []


def test_port_that_is_not_used_yet() -> None:
    machine = Machine("host")
    did = run(machine, "rdp_firewall", {"port": 3390})
    assert did["changed"] and did["finding"]["status"] == "ok", did
    assert list(did["after"]) == ["winops.rdp TCP 3390", "winops.rdp UDP 3390"]
    assert not run(machine, "rdp_firewall", {"port": 3390})["changed"]
    # The rule is for TermService alone: for another program the port stays closed.
    stranger = dataclasses.replace(machine.termservice.listener(3390), program=r"C:\x.exe", service="")
    assert machine.firewall.drops(stranger) and not _drops(machine, 3390)
    assert machine.errors() == []


@pytest.mark.parametrize("active", [True, False])
def test_limits_of_windows_own_rule_go_along_to_another_port(active: bool) -> None:
    machine = Machine("host")
    text = machine.firewall.local[TCP].replace("Protocol=6|", "Profile=Domain|Protocol=6|RA4=10.0.0.0/255.0.0.0|")
    _add(machine, TCP, text if active else text.replace("Active=TRUE", "Active=FALSE"))
    did = run(machine, "rdp_firewall", {"port": 3390})
    assert did["changed"] and did["finding"]["status"] == "warning", did
    listener = machine.termservice.listener(3390)
    assert machine.firewall.drops(listener, "192.0.2.1") and not machine.firewall.drops(listener, "10.1.2.3")
    machine.firewall.connect("Public")
    assert machine.firewall.drops(listener, "10.1.2.3")
    assert machine.errors() == []


LEFT_TO_PEOPLE: dict[str, tuple[t.Callable[[Machine], None], str]] = {
    "block rule": (_local_block, "Blocked by the rule {B} 'No RDP', in "),
    "block rule of a policy": (_policy_block, "Change that policy"),
    "local rules ignored": (_policy("AllowLocalPolicyMerge", 0), "has to come from a policy"),
    "shield of a policy": (_policy("DoNotAllowExceptions", 1), "The profile lets nothing in"),
    "local shield": (_local_setting("DoNotAllowExceptions", 1), "The profile lets nothing in"),
}


@pytest.mark.parametrize("language", LANGUAGES[:2])
@pytest.mark.parametrize("name", LEFT_TO_PEOPLE)
def test_what_somebody_decided_is_named_and_left_alone(name: str, language: str) -> None:
    change, why = LEFT_TO_PEOPLE[name]
    machine = _host(change, language)
    before = registry(machine)
    assert _drops(machine)
    finding = _finding(machine)
    assert finding["status"] == "problem" and why in finding["fix"], finding
    for check in (True, False):
        answer = run(machine, "rdp_firewall", check=check)
        assert answer["failed"] and why in answer["msg"], answer
        assert answer["msg"].startswith("Nothing was changed.")
    assert registry(machine) == before
    assert machine.errors() == []


def test_value_of_a_policy_that_no_policy_wrote_is_named_as_such() -> None:
    machine = _host(_policy("AllowLocalPolicyMerge", 0))
    found = {one["check"]: one for one in run(machine, "rdp_info", {"quiet": True})["findings"]}["firewall"]
    delete = rf'reg delete "{POLICY}\DomainProfile" /v AllowLocalPolicyMerge /f'
    assert "Whose it is: A policy value that no policy wrote." in found["fix"] and delete in found["fix"], found["fix"]
    FAULTS["firewall-local-merge-off"].apply(machine := Machine("host"))
    found = {one["check"]: one for one in run(machine, "rdp_info", {"quiet": True})["findings"]}["firewall"]
    assert "Whose it is: GPO 'Firewall baseline'" in found["fix"], found["fix"]
    assert "If no GPO" not in found["fix"]


@pytest.mark.parametrize("change", [_local_setting("EnableFirewall", 0), _policy("EnableFirewall", 0)])
def test_firewall_that_is_off_is_a_warning_and_stays_so(change: t.Callable[[Machine], None]) -> None:
    machine = _host(change)
    _rule_off(machine)
    before = registry(machine)
    finding = _finding(machine)
    assert finding["status"] == "warning" and "EnableFirewall = 0" in finding["found"]
    assert not run(machine, "rdp_firewall")["changed"] and registry(machine) == before


def test_service_that_does_not_run_is_not_judged() -> None:
    machine = Machine("host")
    service = machine.services.get("MpsSvc")
    assert service is not None
    service.at_boot = False
    machine.reboot(prepared=True)
    before = registry(machine)
    finding = _finding(machine)
    assert finding["status"] == "unknown" and "MpsSvc" in finding["summary"], finding
    answer = run(machine, "rdp_firewall")
    assert answer["failed"] and "MpsSvc" in answer["msg"] and registry(machine) == before


# What there may be beside Windows' own rules: one of each kind of field.
FIELDS = st.tuples(
    st.sampled_from(("", "Profile=Domain|", "Profile=Public|Profile=Private|")),
    st.sampled_from(
        (
            *("", "Protocol=6|", "Protocol=17|", "Protocol=6|LPort=3389|", "Protocol=6|LPort=80|LPort=3389|"),
            *("Protocol=6|LPort=80|", "Protocol=6|LPort2_10=3000-4000|", "Protocol=6|LPort=RPC|"),
        )
    ),
    st.sampled_from(("", "", "", "RA4=127.0.0.0/255.0.0.0|", "RA4=10.0.0.0/255.0.0.0|RA6=LocalSubnet|")),
    st.sampled_from(
        (
            *("", SVCHOST, "Svc=*|", "App=System|", "App=C:\\x.exe|", "Svc=dnscache|"),
            r"App=C:\Windows\System32\svchost.exe|Svc=TermService|",
        )
    ),
)
RULE = st.builds(
    lambda action, active, fields: f"v2.31|Action={action}|Active={active}|Dir=In|{''.join(fields)}Name=x|",
    st.sampled_from(("Allow", "Block")),
    st.sampled_from(("TRUE", "FALSE")),
    FIELDS,
)
SWITCHES = st.dictionaries(
    st.sampled_from(("EnableFirewall", "DoNotAllowExceptions", "DefaultInboundAction")), st.sampled_from((0, 1))
)
MERGE = st.dictionaries(st.just("AllowLocalPolicyMerge"), st.sampled_from((0, 1)))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(RULE, max_size=3),
    st.lists(RULE, max_size=2),
    st.lists(RULE, max_size=1),
    SWITCHES,
    st.tuples(SWITCHES, MERGE).map(lambda both: {**both[0], **both[1]}),
    st.booleans(),
    st.sampled_from(("Domain", "Private", "Public")),
)
def test_answer_agrees_with_the_hosts_own_firewall(
    local: list[str],
    policy: list[str],
    mdm: list[str],
    settings_here: dict[str, int],
    settings_there: dict[str, int],
    built_in: bool,
    profile: str,
) -> None:
    machine = Machine("host")
    keys = {"Domain": "DomainProfile", "Private": "StandardProfile", "Public": "PublicProfile"}
    for path, texts in ((RULES, local), (POLICY_RULES, policy), (MDM_RULES, mdm)):
        for number, text in enumerate(texts):
            machine.registry.set(path, f"{{{number}}}", sz(text))
    for name, value in settings_here.items():
        machine.registry.set(rf"{FIREWALL}\{keys[profile]}", name, dword(value))
    for name, value in settings_there.items():
        machine.registry.set(rf"{POLICY}\{profile}Profile", name, dword(value))
    machine.firewall.load()
    machine.firewall.connect(profile)
    if not built_in:
        machine.firewall.switch(TCP, on=False)
    finding = _finding(machine)
    expected = {"ok": False, "problem": True}.get(finding["status"])
    if expected is not None:
        assert _drops(machine) is expected, finding
    else:
        assert finding["status"] == "warning", finding
        assert "EnableFirewall" in finding["found"] or "RA4" in "".join((*local, *policy, *mdm)), finding
        assert "EnableFirewall" not in finding["found"] or not _drops(machine)


def _network(*profiles: str, listed: tuple[str, ...] = ()) -> t.Callable[[Machine], None]:
    """Connect the host to networks, of which netsh tells less where ``listed`` says so."""

    def change(machine: Machine) -> None:
        machine.firewall.connect(*profiles)
        machine.firewall.domain_member = "Domain" in profiles
        machine.firewall.shown = listed

    return change


def test_port_is_not_opened_in_the_public_profile_unless_asked() -> None:
    machine = _host(_network("Private", "Public"))
    _rule_off(machine)
    before = registry(machine)
    did = run(machine, "rdp_firewall")
    assert did["changed"] and did["finding"]["status"] == "warning", did
    assert not _drops(machine)
    machine.firewall.connect("Public")
    assert _drops(machine), "another network is a stranger's"
    machine.firewall.connect("Private", "Public")
    assert run(machine, "rdp_restore")["changed"] and registry(machine) == before
    machine.firewall.connect("Public")
    before = registry(machine)
    refused = run(machine, "rdp_firewall")
    assert refused["failed"] and "'profiles: [domain, private, public]'" in refused["msg"]
    assert registry(machine) == before
    every = run(machine, "rdp_firewall", {"profiles": ["domain", "private", "public"]})
    assert every["finding"]["status"] == "ok" and not _drops(machine)
    assert machine.errors() == []


@pytest.mark.parametrize("language", LANGUAGES[:2])
def test_second_network_is_named_whatever_netsh_shows(language: str) -> None:
    machine = Machine("host", language=language)
    FAULTS["firewall-second-network-public"].apply(machine)
    for shown in ((), ("Domain",)):
        machine.firewall.shown = shown
        finding = _finding(machine)
        assert (finding["status"], "in the profile public" in finding["summary"]) == ("warning", True), finding
        assert "interface index 13" in finding["fix"]
        assert not run(machine, "rdp_firewall")["changed"]
    assert machine.errors() == []


def test_member_that_lost_its_domain_is_left_alone() -> None:
    machine = Machine("host")
    _rule_off(machine)
    for profile in ("Private", "Public"):
        machine.firewall.connect(profile)
        before = registry(machine)
        answer = run(machine, "rdp_firewall")
        assert answer["failed"] and "is a member of a domain, and none of its networks counts" in answer["msg"], answer
        assert registry(machine) == before


def test_rule_of_a_policy_is_the_limit_for_another_port_too() -> None:
    machine = Machine("host")
    FAULTS["firewall-domain-lost"].apply(machine)
    before = registry(machine)
    for arguments in ({}, {"port": 3390}, {"profiles": ["domain", "private", "public"]}):
        answer = run(machine, "rdp_firewall", arguments)
        assert (
            answer["failed"] and "of a group policy lets Remote Desktop in only for the profile domain" in answer["msg"]
        )
    assert registry(machine) == before


@pytest.mark.parametrize("language", LANGUAGES)
def test_rule_that_findstr_drops_is_judged(language: str) -> None:
    machine = Machine("host", language=language)
    FAULTS["firewall-long-rule"].apply(machine)
    finding = _finding(machine)
    assert finding["status"] == "warning" and "and 1497 more" in finding["found"], finding
    assert len(finding["found"]) < 1000
    # As one for everybody: without it the port would seem to be open.
    text = machine.firewall.local["{3F0C6A55-5F0E-4C0B-8C50-1C8A3F2F6D11}"]
    _add(machine, "{3F0C6A55-5F0E-4C0B-8C50-1C8A3F2F6D11}", text.replace("RA4=", "LPort=3389|Foo="))
    assert _finding(machine)["status"] == "unknown"
    assert machine.errors() == []


def test_ipsec_that_is_required_is_named() -> None:
    machine = Machine("host")
    FAULTS["firewall-ipsec-required"].apply(machine)
    assert _drops(machine)
    finding = _finding(machine)
    assert finding["status"] == "warning" and "Without IPsec nobody gets in" in finding["fix"], finding


def test_service_that_shares_the_process_makes_a_rule_doubtful() -> None:
    machine = Machine("host", windows="server2016")
    FAULTS["shared-svchost"].apply(machine)
    _add(machine, "{B}", "v2.26|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=3389|Svc=NlaSvc|Name=x|")
    finding = _finding(machine)
    assert finding["status"] == "unknown" and "which may share TermService's process" in finding["found"], finding
    assert _drops(machine)
    alone = Machine("host")
    _add(alone, "{B}", "v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=3389|Svc=NlaSvc|Name=x|")
    assert _finding(alone)["status"] == "ok" and not _drops(alone)


def test_export_is_of_what_changes_only() -> None:
    machine = _host(_rule_off)
    FAULTS["firewall-many-rules"].apply(machine)
    did = run(machine, "rdp_firewall")
    assert did["finding"]["status"] == "ok", did
    saved = {
        path: machine.files.read(path) for path, _ in machine.files.walk() if path.startswith(did["backup"] + "\\")
    }
    assert sum(map(len, saved.values())) < 10_000, {path: len(data) for path, data in saved.items()}
    assert any(b"|Active=FALSE|" in data for data in saved.values())
    assert machine.errors() == []
