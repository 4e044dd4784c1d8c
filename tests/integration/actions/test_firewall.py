# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The firewall of emulated hosts: judged like the host's own firewall does, opened, undone, and left to people."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab import Machine
from lab.state.firewall import FIREWALL, MDM_RULES, POLICY, POLICY_RULES, RULES
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
    assert _drops(machine, port) and _finding(machine)["fix"] == "winops.rdp.rdp_firewall"
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
