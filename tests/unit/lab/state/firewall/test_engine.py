# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The firewall's rules are written as real hosts write them, and judged as Windows judges them."""

from __future__ import annotations

import re

import pytest

from lab.machine import Machine
from lab.state.editions import EDITIONS
from lab.state.firewall.engine import FIREWALL, POLICY, POLICY_RULES, RULES
from lab.state.firewall.rule import read_rule
from lab.state.registry import dword, sz
from lab.testing import CorpusBytes, MakeShell

RDP = "RemoteDesktop-UserMode-In-TCP"
SVCHOST = r"%SystemRoot%\system32\svchost.exe"
NAMED = re.compile(r'"(?P<id>(?:[^"\\]|\\.)+)"="(?P<rule>v2\.\d+\|(?:[^"\\]|\\.)*)"')


def exported(data: bytes) -> dict[str, str]:
    text = data.decode("utf-16" if data.startswith(b"\xff\xfe") else "utf-8")
    return {found["id"]: re.sub(r"\\(.)", r"\1", found["rule"]) for found in NAMED.finditer(text)}


@pytest.mark.parametrize(("name", "count"), [("01", 31), ("04", 6)])
def test_every_published_rule_is_read_and_written_again(name: str, count: int, corpus_bytes: CorpusBytes) -> None:
    rules = exported(corpus_bytes(f"firewall/{name}"))
    assert len(rules) == count
    for text in rules.values():
        rule = read_rule(text)
        assert rule is not None
        assert rule.text() == text


@pytest.mark.parametrize("name", ["04", "06"])
def test_the_rules_of_remote_desktop_are_spelled_like_the_published_ones(name: str, corpus_bytes: CorpusBytes) -> None:
    published = corpus_bytes(f"firewall/{name}").decode().replace(r"\\", "\\").replace("Action=Block", "Action=Allow")
    windows = {"04": "win11", "06": "server2012r2"}[name]
    text = Machine("h", windows=windows).registry.text(RULES, RDP)
    assert text is not None
    assert text in published


@pytest.mark.parametrize("windows", EDITIONS)
def test_a_healthy_host_has_a_believable_set_of_rules(windows: str) -> None:
    machine = Machine("h", windows=windows)
    rules = machine.firewall.rules()
    assert 60 <= len(rules) <= 150
    assert len(rules) == len(machine.registry.get(RULES).items())  # type: ignore[union-attr]
    assert RDP in rules
    assert not machine.firewall.drops(machine.termservice.listener(3389))
    assert machine.firewall.drops(machine.termservice.listener(3390))
    assert {rule.version for rule in rules.values()} >= {EDITIONS[windows].rule_version}


OWN = f"v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3389|App={SVCHOST}|Svc=TermService|Name=own|"


@pytest.mark.parametrize(
    ("rule", "dropped"),
    [
        (OWN, False),
        (OWN.replace("Active=TRUE", "Active=FALSE"), True),
        (OWN.replace("Dir=In", "Dir=Out"), True),
        (OWN.replace("Protocol=6|", ""), False),
        (OWN.replace("Protocol=6", "Protocol=17"), True),
        (OWN.replace("LPort=3389", "LPort=3388|LPort=3389"), False),
        (OWN.replace("LPort=3389", "LPort2_10=3000-4000"), False),
        (OWN.replace("LPort=3389", "LPort2_10=3390-4000"), True),
        (OWN.replace("LPort=3389", "LPort=RPC"), True),
        (OWN.replace("LPort=3389", "LPort=3389|RPort=80"), True),
        (OWN.replace("LPort=3389|", ""), False),
        (OWN.replace("|Svc=TermService", "|Svc=*"), False),
        (OWN.replace("|Svc=TermService", "|Svc=W32Time"), True),
        (OWN.replace("|Svc=TermService", ""), False),
        (OWN.replace(f"App={SVCHOST}|", ""), False),
        (OWN.replace(SVCHOST, "System"), True),
        (OWN.replace(SVCHOST, r"C:\WINDOWS\System32\SVCHOST.EXE"), False),
        (OWN.replace("LPort", "Profile=Domain|LPort"), False),
        (OWN.replace("LPort", "Profile=Public|Profile=Private|LPort"), True),
        (OWN.replace("App", "RA4=LocalSubnet|App"), False),
        (OWN.replace("App", "RA4=10.0.0.0/255.0.0.0|RA4=127.0.0.1|App"), False),
        (OWN.replace("App", "RA4=10.0.0.0/255.0.0.0|App"), True),
        (OWN.replace("App", "RA4=127.0.0.0-127.0.0.9|App"), False),
        (OWN.replace("App", "RA42=IntErnet|App"), True),
        (OWN.replace("App", "RA6=LocalSubnet|App"), True),
        (OWN.replace("App", "LA4=192.168.7.7|App"), True),
        (OWN.replace("App", "IFType=Wireless|App"), True),
        (OWN.replace("App", "IFType=Lan|App"), False),
        (OWN + "AppPkgId=S-1-15-2-1-2-3|", True),
        (OWN + "Security=Authenticate|", True),
        (OWN + "SomethingNew=1|", False),
        ("no rule at all", True),
    ],
)
def test_what_one_rule_lets_through(rule: str, dropped: bool) -> None:
    machine = Machine("h")
    for name in (RDP, "RemoteDesktop-UserMode-In-UDP"):
        machine.registry.delete_value(RULES, name)
    machine.registry.set(RULES, "{11111111-2222-4333-A444-555555555555}", sz(rule))
    machine.firewall.load()
    assert machine.firewall.drops(machine.termservice.listener(3389)) == dropped


BLOCK = "v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=3389|Name=no|"


def _profile(name: str, value: int, *, policy: str = "", profile: str = "DomainProfile") -> tuple[str, str, object]:
    return (rf"{policy or FIREWALL}\{profile}", name, dword(value))


IPSEC = FIREWALL + r"\ConSecRules"
SECURE = "v2.33|Action=SecureServer|Active=TRUE|Auth1Set={1}|"


def _older(below: str, name: str, value: object) -> tuple[str, str, object]:
    return (rf"{POLICY}\DomainProfile\{below}", name, value)


@pytest.mark.parametrize(
    ("values", "dropped"),
    [
        ([(RULES, "a", sz(BLOCK))], True),
        ([(POLICY_RULES, "a", sz(BLOCK))], True),
        ([(FIREWALL + r"\Mdm\FirewallRules", "a", sz(BLOCK))], True),
        ([(RULES, "a", sz(BLOCK)), _profile("EnableFirewall", 0)], False),
        ([_profile("EnableFirewall", 0, profile="PublicProfile"), (RULES, "a", sz(BLOCK))], True),
        ([_profile("DoNotAllowExceptions", 1)], True),
        ([_profile("DoNotAllowExceptions", 1), _profile("EnableFirewall", 0)], False),
        ([_profile("DoNotAllowExceptions", 1), _profile("DoNotAllowExceptions", 0, policy=POLICY)], True),
        ([_profile("DoNotAllowExceptions", 0, policy=POLICY)], False),
        ([_older("Services\\RemoteDesktop", "Enabled", dword(0))], True),
        ([(RULES, RDP, sz("")), _older("Services\\RemoteDesktop", "Enabled", dword(1))], False),
        ([_older("GloballyOpenPorts\\List", "x", sz("3389:TCP:*:disabled:x"))], True),
        ([_older("GloballyOpenPorts\\List", "x", sz("3389:TCP:10.0.0.1:disabled:x"))], False),
        (
            [
                _older("GloballyOpenPorts\\List", "x", sz("3389:TCP:*:disabled:x")),
                _older("GloballyOpenPorts", "Enabled", dword(0)),
            ],
            False,
        ),
        ([(RULES, RDP, sz("")), _older("GloballyOpenPorts\\List", "x", sz("3389:TCP:*:enabled:x"))], False),
        ([(IPSEC, "a", sz(SECURE))], True),
        ([(IPSEC, "a", sz(SECURE.replace("TRUE", "FALSE")))], False),
        ([(IPSEC, "a", sz(SECURE.replace("SecureServer", "Boundary")))], False),
        ([(IPSEC, "a", sz(f"{SECURE}Profile=Public|"))], False),
        ([(IPSEC, "a", sz(f"{SECURE}Protocol=6|EP1Port=445|"))], False),
        ([(IPSEC, "a", sz(f"{SECURE}Protocol=6|EP1Port=3389|EP2_4=127.0.0.0/255.0.0.0|"))], True),
        ([(IPSEC, "a", sz(f"{SECURE}EP2_4=10.0.0.0/255.0.0.0|EP1_4=10.0.0.1|"))], False),
        ([(IPSEC, "a", sz(SECURE)), (IPSEC, "b", sz(SECURE.replace("SecureServer", "DoNotSecure")))], False),
        ([(IPSEC, "a", sz(SECURE)), _profile("AllowLocalIPsecPolicyMerge", 0, policy=POLICY)], False),
        ([_profile("EnableFirewall", 0), _profile("EnableFirewall", 1, policy=POLICY), (RULES, RDP, sz(""))], True),
        ([_profile("EnableFirewall", 0, policy=POLICY), (RULES, RDP, sz(""))], False),
        ([_profile("AllowLocalPolicyMerge", 0, policy=POLICY)], True),
        ([_profile("AllowLocalPolicyMerge", 0, policy=POLICY, profile="PublicProfile")], False),
        ([_profile("AllowLocalPolicyMerge", 0, policy=POLICY), (POLICY_RULES, "a", sz(OWN))], False),
        ([_profile("DefaultInboundAction", 0), (RULES, RDP, sz(""))], False),
        ([_profile("DefaultInboundAction", 0), (RULES, "a", sz(BLOCK))], True),
    ],
)
def test_how_rules_profiles_and_policy_go_together(values: list[tuple[str, str, object]], dropped: bool) -> None:
    machine = Machine("h")
    for key, name, value in values:
        machine.registry.set(key, name, value)  # type: ignore[arg-type]
    machine.firewall.load()
    assert machine.firewall.drops(machine.termservice.listener(3389)) == dropped


def test_a_legacy_policy_counts_for_private_and_public() -> None:
    machine = Machine("h")
    machine.registry.set(POLICY + r"\StandardProfile", "DoNotAllowExceptions", dword(1))
    listener = machine.termservice.listener(3389)
    for profile, dropped in (("Domain", False), ("Private", True), ("Public", True)):
        machine.firewall.connect(profile)
        assert machine.firewall.drops(listener) == dropped


@pytest.mark.parametrize(("windows", "dropped"), [("server2022", False), ("server2016", True)])
def test_a_rule_for_a_service_in_the_same_process_counts(windows: str, dropped: bool, on: MakeShell) -> None:
    machine = on(windows=windows, faults=("shared-svchost",) if dropped else ()).machine
    machine.registry.set(RULES, "a", sz(f"{BLOCK}Svc=NlaSvc|"))
    machine.firewall.load()
    assert machine.firewall.drops(machine.termservice.listener(3389)) == dropped


def test_nothing_is_filtered_without_the_service(on: MakeShell) -> None:
    shell = on(windows="server2012r2")
    shell.machine.registry.set(RULES, "a", sz(BLOCK))
    shell.machine.firewall.load()
    listener = shell.machine.termservice.listener(3389)
    assert shell.machine.firewall.drops(listener)
    shell.run("net stop MpsSvc")
    assert shell.code == 0
    assert not shell.machine.firewall.drops(listener)


def test_an_administrator_may_not_stop_the_service_since_windows_10(on: MakeShell) -> None:
    shell = on()
    assert "5" in shell.run("sc stop MpsSvc")
    assert shell.code == 5
    shell.run("net stop MpsSvc")
    assert shell.code == 2
    assert "System error 5" in shell.error


def test_a_value_written_by_hand_counts_after_a_restart(on: MakeShell) -> None:
    shell = on()
    listener = shell.machine.termservice.listener(3389)
    shell.run(f'reg add "{RULES}" /v mine /t REG_SZ /d "{BLOCK}" /f')
    assert shell.code == 0
    assert not shell.machine.firewall.drops(listener)
    shell.machine.reboot()
    assert shell.machine.firewall.drops(listener)


def test_a_port_on_which_nobody_listens_is_mute(on: MakeShell) -> None:
    shell = on(faults=("service-stopped",))
    assert shell.machine.network.muted == frozenset({3389}), "whatever the rules say"
    shell.run("net start TermService")
    assert shell.machine.network.muted == frozenset()
    assert on(faults=("port-changed", "service-stopped")).machine.network.muted == frozenset({3389, 3390})


@pytest.mark.parametrize("key", [f"{FIREWALL}\\DomainProfile", f"{POLICY}\\DomainProfile"], ids=["local", "policy"])
@pytest.mark.parametrize("value", [("DisableStealthMode", 1), ("EnableFirewall", 0)], ids=lambda value: value[0])
def test_a_port_on_which_nobody_listens_refuses_without_stealth_mode(
    on: MakeShell, key: str, value: tuple[str, int]
) -> None:
    machine = on(faults=("service-stopped",)).machine
    machine.registry.set(key, value[0], dword(value[1]))
    machine.reboot()
    assert machine.network.muted == frozenset()
