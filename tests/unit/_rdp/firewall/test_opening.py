# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a blocked port is opened: the commands, what they undo, what they take over, and what is left to people."""

from __future__ import annotations

import dataclasses
import re
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.backup import script_commands, undo_commands, undo_script
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.firewall.opening import opening
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Expectation, Plan, Refused, Unreadable
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.remedies import firewall

from unit._rdp.firewall.host import SVCHOST, TCP_ID, TCP_RULE, UDP_ID, UDP_RULE, Host, rule

HEALTHY = Host()
TCP_OFF, UDP_OFF = rule(active=False), rule(active=False, fields=UDP_RULE)
FOLDER = r"C:\Windows\winops.rdp\backup\0001-firewall"
ADD = "netsh advfirewall firewall add rule "
PROGRAM = r'program="%SystemRoot%\system32\svchost.exe" service=TermService'


def _host(**changes: t.Any) -> Host:
    return dataclasses.replace(HEALTHY, **changes)


def _plan(host: Host, port: int = 3389, instead_of: int | None = None) -> Plan:
    return firewall.plan(host.policy(), port, FOLDER, instead_of)


def _lines(plan: Plan) -> list[str]:
    return [command.line for command in plan.commands]


def _undo(plan: Plan) -> list[str]:
    return [command.line for command in undo_commands(plan)]


def _limited(fields: str, **changes: t.Any) -> Host:
    return _host(tcp=rule(fields=fields + TCP_RULE), udp=rule(fields=fields + UDP_RULE), **changes)


def _after(host: Host, plan: Plan) -> Host:
    """The host after a plan, by the documents of the programs that it calls."""
    for line in _lines(plan):
        if "Enable-NetFirewallRule" in line:
            ids = line.split("-Name ")[1].strip('"').split(",")
            host = dataclasses.replace(
                host,
                tcp=host.tcp.replace("FALSE", "TRUE") if TCP_ID in ids else host.tcp,
                udp=host.udp.replace("FALSE", "TRUE") if UDP_ID in ids else host.udp,
            )
        else:
            words = dict(re.findall(r'(\w+)=("[^"]*"|\S+)', line))
            fields = {"TCP": "Protocol=6|", "UDP": "Protocol=17|"}[words["protocol"]] + f"LPort={words['localport']}|"
            fields += "".join(f"Profile={name.title()}|" for name in words["profile"].split(",") if name != "any")
            fields += "".join(f"RA4={one}|RA6={one}|" for one in words.get("remoteip", "").split(",") if one)
            name = words["name"].strip('"')
            host = host.with_rules(**{f"{{{name}}}": rule(fields=f"{fields}{SVCHOST}Name={name}|")})
    return host


def test_nothing_to_do() -> None:
    assert not _plan(HEALTHY)
    assert not _plan(_limited("RA4=LocalSubnet|RA6=LocalSubnet|")), "somebody meant it"
    assert not _plan(_host(tcp=TCP_OFF, local={"domain": {"EnableFirewall": 0}}))


def test_windows_own_rules_by_their_ids() -> None:
    host = _host(tcp=TCP_OFF, udp=UDP_OFF)
    plan = _plan(host)
    powershell = "powershell.exe -NoProfile -NonInteractive -Command"
    assert _lines(plan) == [f'{powershell} "Enable-NetFirewallRule -Name {TCP_ID},{UDP_ID}"']
    assert _undo(plan) == [f'{powershell} "Disable-NetFirewallRule -Name {TCP_ID},{UDP_ID}"']
    assert [command.line.rpartition("\\")[2] for command in plan.saves] == ['FirewallRules.reg" /y']
    assert (plan.before, plan.after) == ({TCP_ID: "off", UDP_ID: "off"}, {TCP_ID: "on", UDP_ID: "on"})
    assert _after(host, plan).finding().status == "ok"
    assert not _plan(_after(host, plan)), "a second run has nothing to do"


@pytest.mark.parametrize("udp", [rule(fields=UDP_RULE), "", rule("Block", UDP_RULE, active=False), UDP_OFF + "Foo=1|"])
def test_udp_rule_that_is_on_gone_or_changed_is_left_alone(udp: str) -> None:
    assert _lines(_plan(_host(tcp=TCP_OFF, udp=udp)))[0].endswith(f'-Name {TCP_ID}"')


def test_limits_of_windows_own_rule_stay() -> None:
    host = _host(tcp=TCP_OFF.replace("Protocol", "RA4=10.0.0.0/255.0.0.0|Protocol"))
    plan = _plan(host)
    assert "Enable-NetFirewallRule" in _lines(plan)[0] and len(plan.changes) == 1
    assert _after(host, plan).finding().status == "warning"


def test_own_rules_where_windows_own_are_gone() -> None:
    host = _host(tcp="", udp="")
    plan = _plan(host)
    assert _lines(plan) == [
        f'{ADD}name="winops.rdp {protocol} 3389" dir=in action=allow protocol={protocol} localport=3389 {PROGRAM} '
        "profile=any enable=yes"
        for protocol in ("TCP", "UDP")
    ]
    assert _undo(plan) == [
        'netsh advfirewall firewall delete rule name="winops.rdp UDP 3389"',
        'netsh advfirewall firewall delete rule name="winops.rdp TCP 3389"',
    ]
    assert plan.before == {"winops.rdp TCP 3389": None, "winops.rdp UDP 3389": None}
    assert _after(host, plan).finding().status == "ok"
    assert not _plan(_after(host, plan))


def test_own_rules_for_another_port() -> None:
    host = _host(port=3390)
    plan = _plan(host, 3390)
    assert list(plan.after) == ["winops.rdp TCP 3390", "winops.rdp UDP 3390"]
    assert _after(host, plan).finding().status == "ok"
    assert _after(host, plan).finding(Expectation(open_port=3389)).status == "ok", "the old port stays as it was"


INHERITED = {
    "profiles": ("Profile=Domain|Profile=Private|", "profile=domain,private enable=yes"),
    "subnet": ("RA4=LocalSubnet|RA6=LocalSubnet|", "profile=any enable=yes remoteip=localsubnet"),
    "addresses": (
        "RA4=10.0.0.0/255.0.0.0|RA4=192.168.1.1-192.168.1.9|RA6=fe80::/64|",
        "profile=any enable=yes remoteip=10.0.0.0/8,192.168.1.1-192.168.1.9,fe80::/64",
    ),
    "an address of the host": ("LA4=10.0.0.5|", "profile=any enable=yes localip=10.0.0.5"),
    "type of interface": ("IFType=RemoteAccess|", "profile=any enable=yes interfacetype=ras"),
    "ports of the client": ("RPort2_10=1024-65535|", "profile=any enable=yes remoteport=1024-65535"),
}


@pytest.mark.parametrize("name", INHERITED)
@pytest.mark.parametrize("active", [True, False])
def test_own_rule_takes_limits_over(name: str, active: bool) -> None:
    fields, ending = INHERITED[name]
    host = _host(
        port=3390,
        tcp=rule(fields=fields + TCP_RULE, active=active),
        udp=rule(fields=fields + UDP_RULE, active=active),
    )
    lines = _lines(_plan(host, 3390))
    assert [line.endswith(f" {ending}") for line in lines] == [True, True], lines


def test_own_udp_rule_has_the_limits_of_windows_own_udp_rule() -> None:
    host = _host(port=3390, udp=rule(fields="RA4=10.0.0.1|" + UDP_RULE))
    tcp, udp = _lines(_plan(host, 3390))
    assert "remoteip" not in tcp and udp.endswith("remoteip=10.0.0.1")


NO_UDP = {
    "turned off": {"udp": UDP_OFF},
    "gone": {"udp": ""},
    "blocked": {"rules": {"{B}": rule("Block", "Protocol=17|Name=x|")}},
    "limited in a way that can't be said": {"udp": rule(fields="IF={1}|" + UDP_RULE)},
    "allowed already": {"rules": {"{A}": rule(fields="Protocol=17|Name=x|")}},
}


@pytest.mark.parametrize("name", NO_UDP)
def test_no_own_udp_rule_where_udp_is(name: str) -> None:
    assert list(_plan(_host(port=3390, **NO_UDP[name]), 3390).after) == ["winops.rdp TCP 3390"]


REFUSED: dict[str, tuple[Host, str]] = {
    "block rule": (_host(rules={"{B}": rule("Block")}), "Blocked by the rule {B}"),
    "block rule of a policy": (_host(gpo_rules={"G": rule("Block")}), "Change that policy"),
    "shield": (_host(local={"domain": {"DoNotAllowExceptions": 1}}), "lets nothing in"),
    "shield of a policy": (_host(gpo={"DomainProfile": {"DoNotAllowExceptions": 1}}), "Change that policy"),
    "local rules ignored": (_host(tcp=TCP_OFF, gpo={"DomainProfile": {"AllowLocalPolicyMerge": 0}}), "from a policy"),
    "ignored in one of two profiles": (
        _host(tcp=TCP_OFF, active=("domain", "public"), gpo={"PublicProfile": {"AllowLocalPolicyMerge": 0}}),
        "from a policy",
    ),
    "rule for another profile": (
        _host(tcp=rule(fields="Profile=Private|" + TCP_RULE, active=False)),
        "is for the profile private, and domain is active",
    ),
    "rule turned into a block rule": (_host(tcp=rule("Block", active=False)), "was changed (Action=block)"),
    "rule with a field that nobody knows": (_host(tcp=TCP_OFF + "Foo=1|"), "was changed (Foo=1)"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_left_to_people(name: str) -> None:
    host, why = REFUSED[name]
    with pytest.raises(Refused, match=re.escape(why)) as caught:
        _plan(host)
    assert str(caught.value).startswith("Nothing was changed. ")
    # The finding says the same, and doesn't send anybody to the module.
    assert host.finding().fix == str(caught.value).removeprefix("Nothing was changed. ")


UNSAYABLE = {
    "interface": "IF={1A2B3C4D-0000-4000-8000-000000000009}|",
    "IPsec": "Security=Authenticate|",
    "one family's subnet": "RA4=LocalSubnet|",
    "newer keyword": "RA42=IntrAnet|RA62=IntrAnet|",
    "two types of interfaces": "IFType=Lan|IFType=Wireless|",
    "type of interface that nobody knows": "IFType=Moon|",
    "mask with a hole": "RA4=10.0.0.0/255.0.255.0|",
    "not an address": "RA4=x y|",
}


@pytest.mark.parametrize("name", UNSAYABLE)
def test_limits_that_netsh_has_no_words_for(name: str) -> None:
    with pytest.raises(Refused, match="limited in a way that a new rule can't copy"):
        _plan(_limited(UNSAYABLE[name], port=3390), 3390)


def test_port_that_replaces_one_limited_by_somebodys_own_rule() -> None:
    own = rule(fields="Protocol=6|LPort=3389|RA4=10.0.0.0/255.0.0.0|Name=Admins|")
    host = _host(tcp=TCP_OFF, rules={"{A}": own})
    with pytest.raises(Refused, match=r"Port 3389 is limited by the rule \{A\} 'Admins' \(from 10\.0\.0\.0"):
        _plan(host, 3390, instead_of=3389)
    assert _plan(host, 3390), "on its own account it may be opened"
    # The limits of Windows' own rule are taken over, so they are no obstacle.
    assert _plan(_limited("RA4=LocalSubnet|RA6=LocalSubnet|"), 3390, instead_of=3389)


def test_own_rule_that_is_there_and_does_not_help() -> None:
    stale = rule(fields=f"Protocol=6|Profile=Public|LPort=3390|{SVCHOST}Name=winops.rdp TCP 3390|")
    with pytest.raises(Refused, match=r"The rule 'winops\.rdp TCP 3390' is there"):
        _plan(_host(port=3390, rules={"{A}": stale}), 3390)


def test_windows_7() -> None:
    host = _host(windows="6.1.7601", tcp="", udp="")
    plan = _plan(host)
    group = 'netsh advfirewall firewall set rule group="@FirewallAPI.dll,-28752" new enable='
    assert (_lines(plan), _undo(plan)) == ([f"{group}yes"], [f"{group}no"])
    with pytest.raises(Refused, match="by hand"):
        _plan(host, 3390)


def test_nothing_is_planned_on_what_was_not_understood() -> None:
    with pytest.raises(Unreadable):
        opening(_host(tcp=TCP_OFF, rules={"{A}": rule("Divert")}).policy(), 3389)


@pytest.mark.parametrize(
    "host", [_host(tcp=TCP_OFF, udp=UDP_OFF), _host(tcp="", udp=""), _host(windows="6.1.7601", tcp="", udp="")]
)
def test_undo_script_is_taken_for_ours(host: Host) -> None:
    plan = _plan(host)
    assert script_commands(undo_script(plan, "rdp_firewall")) == undo_commands(plan)


@pytest.mark.parametrize(
    "line",
    [
        "netsh advfirewall set allprofiles state off",
        'powershell.exe -NoProfile -NonInteractive -Command "Disable-NetFirewallRule -Name A; calc"',
        'powershell.exe -NoProfile -NonInteractive -Command "Set-NetFirewallProfile -Enabled False"',
    ],
)
def test_undo_script_with_something_else_is_not_run(line: str) -> None:
    with pytest.raises(Refused):
        script_commands([line])


def test_no_command_touches_anything_but_rules_that_allow() -> None:
    hosts = [_host(tcp=TCP_OFF, udp=UDP_OFF), _host(tcp="", udp=""), _host(windows="6.1.7601", tcp="", udp="")]
    for line in (line for host in hosts for line in (*_lines(_plan(host)), *_undo(_plan(host)))):
        assert not re.search(r"allprofiles|currentprofile|action=block|state |Shadow|any=|Set-NetFirewall", line)
        assert "add rule" not in line or (" program=" in line and " service=TermService " in line)
