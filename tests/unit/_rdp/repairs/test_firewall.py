# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a blocked port is opened: the commands, what they undo, what they take over, and what is left to people."""

from __future__ import annotations

import dataclasses
import re
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import RefusedError, UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Expectation, Plan
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs import firewall, undo_script
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs.backup import undo_commands
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.firewall.effective import answers
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.firewall.matching import Traffic

from unit._rdp.state.firewall.hosts import SVCHOST, TCP_ID, TCP_RULE, UDP_ID, UDP_RULE, Host, rule

HEALTHY = Host()
TCP_OFF, UDP_OFF = rule(active=False), rule(active=False, fields=UDP_RULE)
FOLDER = r"C:\Windows\winops.rdp\backup\0001-firewall"
ADD = "netsh advfirewall firewall add rule "
EVERY = ("domain", "private", "public")
PROGRAM = r'program="%SystemRoot%\system32\svchost.exe" service=TermService'


def _host(**changes: t.Any) -> Host:
    return dataclasses.replace(HEALTHY, **changes)


def _plan(host: Host, port: int | None = None, profiles: tuple[str, ...] = ("domain", "private")) -> Plan:
    return firewall.plan(firewall.FirewallRequest(port, profiles, FOLDER), host.derived())


def _lines(plan: Plan) -> list[str]:
    return [command.line for command in plan.commands]


def _undo(plan: Plan) -> list[str]:
    return [command.line for command in undo_commands(plan)]


def _limited(fields: str, *, tcp_active: bool = True, **changes: t.Any) -> Host:
    return _host(tcp=rule(fields=fields + TCP_RULE, active=tcp_active), udp=rule(fields=fields + UDP_RULE), **changes)


def _after(host: Host, plan: Plan) -> Host:
    """The host after a plan, by the documents of the programs that it calls."""
    for line in _lines(plan):
        if found := re.search(r"-NetFirewallRule -Name (\S+) -Enabled True -Profile ([A-Za-z,]+)", line):
            ids, limit = found[1].split(","), "".join(f"Profile={name}|" for name in found[2].split(","))
            host = dataclasses.replace(
                host,
                tcp=_switched_on(host.tcp, limit) if TCP_ID in ids else host.tcp,
                udp=_switched_on(host.udp, limit) if UDP_ID in ids else host.udp,
            )
        elif "Enable-NetFirewallRule" in line:
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


def _switched_on(text: str, limit: str) -> str:
    return re.sub(r"Profile=\w+\|", "", text).replace("Active=FALSE|Dir=In|", f"Active=TRUE|Dir=In|{limit}")


@pytest.mark.parametrize("host", [HEALTHY, _host(tcp=TCP_OFF, udp=UDP_OFF), _host(tcp="", udp="")])
def test_plan_is_the_same_twice_and_prints_nothing(host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    derived, request = host.derived(), firewall.FirewallRequest(None, EVERY, FOLDER)
    assert firewall.plan(request, derived) == firewall.plan(request, derived) == _plan(host, profiles=EVERY)
    assert capsys.readouterr() == ("", "")


def test_listener_without_a_port() -> None:
    with pytest.raises(RefusedError, match="the listener RDP-Tcp has no valid PortNumber"):
        _plan(_host(port=None, tcp=TCP_OFF))
    assert list(_plan(_host(port=None, tcp=TCP_OFF), 3389).after) == [TCP_ID], "a port that somebody names"


def test_rules_of_ours_are_deleted_again() -> None:
    ours = {"{A}": rule(fields=f"Protocol=6|LPort=3390|Profile=Domain|{SVCHOST}Name=winops.rdp TCP 3390|")}
    (closing,) = firewall.closing(_host(rules=ours).firewall(), 3390)
    assert closing.command.line == 'netsh advfirewall firewall delete rule name="winops.rdp TCP 3390"'
    assert [command.line for command in closing.undo] == [
        f'{ADD}name="winops.rdp TCP 3390" dir=in action=allow protocol=TCP localport=3390 '
        r'program="C:\Windows\system32\svchost.exe" service=TermService profile=domain enable=yes'
    ]
    assert not firewall.closing(_host(rules=ours).firewall(), 3391)
    somebodys = {"{A}": ours["{A}"].replace("Profile=Domain|", "Security=Authenticate|")}
    assert not firewall.closing(_host(rules=somebodys).firewall(), 3390), "somebody has changed it since"


def test_nothing_to_do() -> None:
    assert not _plan(HEALTHY)
    assert not _plan(_limited("RA4=LocalSubnet|RA6=LocalSubnet|")), "somebody meant it"
    assert not _plan(_host(tcp=TCP_OFF, local={"domain": {"EnableFirewall": 0}}))


def test_windows_own_rules_by_their_ids() -> None:
    host = _host(tcp=TCP_OFF, udp=UDP_OFF)
    plan = _plan(host)
    powershell = "powershell.exe -NoProfile -NonInteractive -Command"
    switch = f'{powershell} "Set-NetFirewallRule -Name {TCP_ID},{UDP_ID} -Enabled'
    assert _lines(plan) == [f'{switch} True -Profile Domain,Private"']
    assert _undo(plan) == [f'{switch} False -Profile Any"']
    assert [command.line.rpartition("\\")[2] for command in plan.saves] == [f'{TCP_ID}.txt"', f'{UDP_ID}.txt"']
    on = "on for domain, private"
    assert (plan.before, plan.after) == ({TCP_ID: "off", UDP_ID: "off"}, {TCP_ID: on, UDP_ID: on})
    assert _after(host, plan).finding().status == "ok"
    assert not _plan(_after(host, plan)), "a second run has nothing to do"


def test_windows_own_rules_as_they_are_where_they_are_for_no_more_than_is_wanted() -> None:
    powershell = "powershell.exe -NoProfile -NonInteractive -Command"
    host = _limited("Profile=Domain|", tcp_active=False)
    assert _lines(_plan(host)) == [f'{powershell} "Enable-NetFirewallRule -Name {TCP_ID}"']
    every = _plan(_host(tcp=TCP_OFF), profiles=EVERY)
    assert _lines(every) == [f'{powershell} "Enable-NetFirewallRule -Name {TCP_ID}"']
    assert _undo(every) == [f'{powershell} "Disable-NetFirewallRule -Name {TCP_ID}"']


def test_undo_gives_each_rule_its_own_profiles_back() -> None:
    host = _host(tcp=rule(fields="Profile=Domain|Profile=Public|" + TCP_RULE, active=False), udp=UDP_OFF)
    assert [line.partition("-Name ")[2] for line in _undo(_plan(host))] == [
        f'{UDP_ID} -Enabled False -Profile Any"',
        f'{TCP_ID} -Enabled False -Profile Domain,Public"',
    ]
    assert _after(host, _plan(host)).finding().status == "ok"


@pytest.mark.parametrize("udp", [rule(fields=UDP_RULE), "", rule("Block", UDP_RULE, active=False), UDP_OFF + "Foo=1|"])
def test_udp_rule_that_is_on_gone_or_changed_is_left_alone(udp: str) -> None:
    assert f"-Name {TCP_ID} -Enabled" in _lines(_plan(_host(tcp=TCP_OFF, udp=udp)))[0]


def test_limits_of_windows_own_rule_stay() -> None:
    host = _host(tcp=TCP_OFF.replace("Protocol", "RA4=10.0.0.0/255.0.0.0|Protocol"))
    plan = _plan(host)
    assert "-Enabled True" in _lines(plan)[0] and len(plan.changes) == 1
    assert _after(host, plan).finding().status == "warning"


def test_own_rules_where_windows_own_are_gone() -> None:
    host = _host(tcp="", udp="")
    plan = _plan(host)
    assert _lines(plan) == [
        f'{ADD}name="winops.rdp {protocol} 3389" dir=in action=allow protocol={protocol} localport=3389 {PROGRAM} '
        "profile=domain,private enable=yes"
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
    "profiles": ("Profile=Domain|Profile=Public|", "profile=domain enable=yes"),
    "subnet": ("RA4=LocalSubnet|RA6=LocalSubnet|", "profile=domain,private enable=yes remoteip=localsubnet"),
    "addresses": (
        "RA4=10.0.0.0/255.0.0.0|RA4=192.168.1.1-192.168.1.9|RA6=fe80::/64|",
        "profile=domain,private enable=yes remoteip=10.0.0.0/8,192.168.1.1-192.168.1.9,fe80::/64",
    ),
    "an address of the host": ("LA4=10.0.0.5|", "profile=domain,private enable=yes localip=10.0.0.5"),
    "type of interface": ("IFType=RemoteAccess|", "profile=domain,private enable=yes interfacetype=ras"),
    "ports of the client": ("RPort2_10=1024-65535|", "profile=domain,private enable=yes remoteport=1024-65535"),
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
    # H1: what somebody opened for some is opened for nobody else.
    "group policy's rule for another profile": (
        _host(tcp=TCP_OFF, active=("private",), gpo_rules={"G": rule(fields="Profile=Domain|" + TCP_RULE)}),
        "The rule G of a group policy lets Remote Desktop in only for the profile domain, so it is not opened for "
        "more. The network counts as private, and the rule is for domain: correct the network's category",
    ),
    "MDM's rule for another profile": (
        _host(tcp=TCP_OFF, active=("private",), mdm_rules={"M": rule(fields="Profile=Domain|" + TCP_RULE)}),
        "The rule M of an MDM lets Remote Desktop in only for the profile domain",
    ),
    "own rule for another profile and some addresses": (
        _host(
            tcp="", active=("private",), rules={"{A}": rule(fields="Profile=Domain|RA4=10.0.0.0/255.0.0.0|" + TCP_RULE)}
        ),
        "lets Remote Desktop in only for the profile domain; from 10.0.0.0/255.0.0.0",
    ),
    "rule of an older policy": (
        _host(
            tcp=TCP_OFF,
            active=("private",),
            gpo={r"DomainProfile\Services\RemoteDesktop": {"Enabled": 1, "RemoteAddresses": "10.0.0.0/8"}},
        ),
        r"The rule Services\RemoteDesktop of a group policy lets Remote Desktop in only",
    ),
    "rule in a store of which nobody knows what it does": (
        _host(tcp=TCP_OFF, other={"{R}": rule(fields="RA4=10.0.0.1|" + TCP_RULE)}),
        r"The rule {R} in HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy"
        r"\RestrictedServices\Configurable\System lets Remote Desktop in only from 10.0.0.1",
    ),
    "rule for the service on another port": (
        _host(tcp=TCP_OFF, rules={"{A}": rule(fields=f"Protocol=6|LPort=4000|RA4=10.0.0.1|{SVCHOST}Name=x|")}),
        "The rule {A} 'x' lets Remote Desktop in only from 10.0.0.1",
    ),
    "public network": (
        _host(tcp=TCP_OFF, active=("public",)),
        "The network counts as public, and there the port is opened only with 'profiles: [domain, private, public]'",
    ),
    "Windows' own rule for the domain, and the network is public": (
        _host(tcp=rule(fields="Profile=Domain|" + TCP_RULE), active=("public",)),
        "The network counts as public",
    ),
    "member of a domain that doesn't see it": (
        _host(tcp=TCP_OFF, active=("private",), member=True),
        "This host is a member of a domain, and none of its networks counts as the domain's (active: private)",
    ),
    "nobody knows whether it is a member": (
        _host(tcp=TCP_OFF, active=("private",), more={probes.NETWORKS.command: ("denied\n", 1)}),
        "whether this host is a member of a domain could not be read",
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
    with pytest.raises(RefusedError, match=re.escape(why)) as caught:
        _plan(host)
    assert str(caught.value).startswith("Nothing was changed. ")
    # The finding says the same, and doesn't send anybody to the module.
    assert host.finding().fix == str(caught.value).removeprefix("Nothing was changed. ")


def test_public_network_is_opened_where_that_is_asked_for() -> None:
    for host in (_host(tcp=TCP_OFF, active=("public",)), _host(tcp=TCP_OFF, active=("public",), member=True)):
        plan = _plan(host, profiles=EVERY)
        assert _after(host, plan).finding().status == "ok"
    limited = _host(tcp=TCP_OFF, active=("public",), gpo_rules={"G": rule(fields="Profile=Domain|" + TCP_RULE)})
    with pytest.raises(RefusedError, match="The rule G of a group policy"):
        _plan(limited, profiles=EVERY)


def test_public_network_beside_another_stays_closed() -> None:
    for host in (_host(tcp=TCP_OFF, active=("domain", "public")), _host(tcp="", active=("domain", "public"))):
        after = _after(host, _plan(host))
        assert [(one.profile, one.state) for one in answers(after.firewall(), Traffic(3389))] == [
            ("domain", "open"),
            ("public", "blocked"),
        ]
        assert not _plan(after)


def test_rule_that_leaves_out_nothing_of_what_is_opened_is_no_obstacle() -> None:
    ours = rule(fields=f"Profile=Domain|Profile=Private|Protocol=6|LPort=3389|{SVCHOST}Name=winops.rdp TCP 3389|")
    assert list(_plan(_host(tcp="", udp="", rules={"{A}": ours}), 3390).after) == [
        "winops.rdp TCP 3390",
        "winops.rdp UDP 3390",
    ]


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
    with pytest.raises(RefusedError, match="limited in a way that a new rule can't copy"):
        _plan(_limited(UNSAYABLE[name], port=3390), 3390)


def test_port_that_replaces_one_limited_by_somebodys_own_rule() -> None:
    own = rule(fields="Protocol=6|LPort=3389|RA4=10.0.0.0/255.0.0.0|Name=Admins|")
    host = _host(tcp=TCP_OFF, rules={"{A}": own})
    with pytest.raises(RefusedError, match=r"Port 3389 is limited by the rule \{A\} 'Admins' \(from 10\.0\.0\.0"):
        _plan(host, 3390)
    with pytest.raises(RefusedError, match=r"The rule \{A\} 'Admins' lets Remote Desktop in only from 10\.0\.0\.0"):
        _plan(dataclasses.replace(host, port=3390))
    # The limits of Windows' own rule are taken over, so they are no obstacle.
    assert _plan(_limited("RA4=LocalSubnet|RA6=LocalSubnet|"), 3390)


def test_own_rule_that_is_there_and_does_not_help() -> None:
    stale = rule(fields=f"Protocol=6|Profile=Public|LPort=3390|{SVCHOST}Name=winops.rdp TCP 3390|")
    with pytest.raises(
        RefusedError, match=r"'winops\.rdp TCP 3390' lets Remote Desktop in only for the profile public"
    ):
        _plan(_host(port=3390, rules={"{A}": stale}), 3390)
    off = stale.replace("Active=TRUE", "Active=FALSE").replace("Profile=Public|", "")
    with pytest.raises(RefusedError, match=r"The rule 'winops\.rdp TCP 3390' is there"):
        # A rule that is off is filtered out of the listing where Active is followed by Dir, as Windows writes it.
        _plan(_host(port=3390, rules={"{A}": off.replace("|Active=FALSE|Dir=In|", "|Dir=In|Active=FALSE|")}), 3390)


def test_nothing_is_planned_on_what_was_not_understood() -> None:
    with pytest.raises(UnreadableError):
        _plan(_host(tcp=TCP_OFF, rules={"{A}": rule("Divert")}))


@pytest.mark.parametrize("host", [_host(tcp=TCP_OFF, udp=UDP_OFF), _host(tcp="", udp="")])
def test_undo_script_is_taken_for_ours(host: Host) -> None:
    plan = _plan(host)
    undo = undo_commands(plan)
    assert undo_script.read(undo_script.render(undo, "rdp_firewall", FOLDER), FOLDER) == undo


def test_no_command_touches_anything_but_rules_that_allow() -> None:
    hosts = [_host(tcp=TCP_OFF, udp=UDP_OFF), _host(tcp="", udp="")]
    for line in (line for host in hosts for line in (*_lines(_plan(host)), *_undo(_plan(host)))):
        assert not re.search(r"allprofiles|currentprofile|action=block|state |Shadow|any=|Set-NetFirewallP", line)
        assert "add rule" not in line or (" program=" in line and " service=TermService " in line)
