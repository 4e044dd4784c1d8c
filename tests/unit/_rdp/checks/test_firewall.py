# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the check says about a host: each thing that decides alone, and in combinations."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks.firewall import FIREWALL
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.diagnosis import diagnose
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.facts import facts
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import CommandResult, Expectation
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.host import Host as DerivedHost

from unit._rdp.state.firewall.hosts import SVCHOST, TCP_ID, TCP_RULE, Host, rule

HEALTHY = Host()
OFF = rule(active=False)
REPAIR = "Use winops.rdp.rdp_firewall."
GPO = r"HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall"
LOCAL = r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy"
GUID = "{1A2B3C4D-0000-4000-8000-000000000001}"


def _host(**changes: t.Any) -> Host:
    return dataclasses.replace(HEALTHY, **changes)


def _with(text: str, **changes: t.Any) -> Host:
    return _host(rules={GUID: text}, **changes)


def _tcp(fields: str, action: str = "Allow") -> str:
    return rule(action, f"Protocol=6|{fields}Name=x|")


# name: (host, status, what the finding's summary and found must hold, the start of its fix)
SITUATIONS: dict[str, tuple[Host, str, str, str]] = {
    # Open.
    "a healthy host": (HEALTHY, "ok", TCP_ID, ""),
    "German": (_host(language="de"), "ok", TCP_ID, ""),
    "Japanese": (_host(language="ja", active=("public",)), "ok", "public", ""),
    "two active profiles": (_host(active=("domain", "public")), "ok", "domain, public", ""),
    "UDP off": (_host(udp=rule(active=False, fields=TCP_RULE)), "ok", "UDP is closed", ""),
    "named profiles, one of them active": (
        _host(tcp=rule(fields="Profile=Domain|Profile=Private|" + TCP_RULE)),
        "ok",
        TCP_ID,
        "",
    ),
    "rule of somebody's own for the port, any program": (
        _with(_tcp("LPort=3389|"), tcp=OFF),
        "ok",
        GUID,
        "",
    ),
    "rule for any protocol": (_with("v2.31|Action=Allow|Active=TRUE|Dir=In|Name=x|", tcp=""), "ok", GUID, ""),
    "rule for a range of ports": (_with(_tcp("LPort2_10=3000-4000|"), tcp=OFF), "ok", GUID, ""),
    "rule for several ports": (_with(_tcp("LPort=80|LPort=3389|"), tcp=OFF), "ok", GUID, ""),
    "rule by the full path of svchost": (
        _with(_tcp(r"LPort=3389|App=c:\WINDOWS\System32\SvcHost.exe|Svc=*|"), tcp=OFF),
        "ok",
        GUID,
        "",
    ),
    "rule for this Windows or later": (
        _with(_tcp("LPort=3389|Platform=2:6:2|Platform2=GTEQ|"), tcp=OFF),
        "ok",
        GUID,
        "",
    ),
    "rule by group policy": (_host(tcp=OFF, gpo_rules={"GPO-RDP": rule()}), "ok", "of a group policy", ""),
    "rule by MDM": (_host(tcp=OFF, mdm_rules={"MDM-RDP": rule()}), "ok", "of an MDM", ""),
    "local rules ignored, and a group policy's rule allows it": (
        _host(gpo={"DomainProfile": {"AllowLocalPolicyMerge": 0}}, gpo_rules={"GPO-RDP": rule()}),
        "ok",
        "GPO-RDP",
        "",
    ),
    "local rules ignored, local block rule included": (
        _host(
            gpo={"DomainProfile": {"AllowLocalPolicyMerge": 0}},
            gpo_rules={"GPO-RDP": rule()},
            rules={GUID: rule("Block")},
        ),
        "ok",
        "GPO-RDP",
        "",
    ),
    "default action allows": (
        _host(tcp=OFF, local={"domain": {"DefaultInboundAction": 0}}),
        "ok",
        "DefaultInboundAction = 0",
        "",
    ),
    "policy's StandardProfile gives way to PublicProfile": (
        _host(
            active=("private",),
            gpo={"StandardProfile": {"DoNotAllowExceptions": 1}, "PublicProfile": {"EnableFirewall": 1}},
        ),
        "ok",
        TCP_ID,
        "",
    ),
    "inactive profile shielded": (_host(local={"public": {"DoNotAllowExceptions": 1}}), "ok", TCP_ID, ""),
    "block rule for another port": (_with(_tcp("LPort=3388|", "Block")), "ok", TCP_ID, ""),
    "block rule for another program": (_with(_tcp(r"App=C:\x\svchost.exe|", "Block")), "ok", TCP_ID, ""),
    "block rule for another service": (
        _with(_tcp(r"LPort=3389|App=%SystemRoot%\system32\svchost.exe|Svc=dnscache|", "Block")),
        "ok",
        TCP_ID,
        "",
    ),
    "block rule for another profile": (_with(_tcp("Profile=Public|LPort=3389|", "Block")), "ok", TCP_ID, ""),
    "block rule for UDP": (
        _with(rule("Block", "Protocol=17|LPort=3389|Name=x|")),
        "ok",
        "UDP is closed",
        "",
    ),
    "block rule that is off": (_with(rule("Block", active=False)), "ok", TCP_ID, ""),
    "block rule for other versions of Windows": (
        _with(_tcp("LPort=3389|Platform=2:6:1|", "Block")),
        "ok",
        TCP_ID,
        "",
    ),
    "block rule for the ports of RPC": (_with(_tcp("LPort=RPC|LPort=RPC-EPMap|", "Block")), "ok", TCP_ID, ""),
    "unknown field in a rule for another port": (_with(_tcp("LPort=80|Foo=1|", "Block")), "ok", TCP_ID, ""),
    "garbage that doesn't say that it is on": (_with("some text"), "ok", TCP_ID, ""),
    "older policy opens Remote Desktop": (
        _host(tcp=OFF, gpo={r"DomainProfile\Services\RemoteDesktop": {"Enabled": 1, "RemoteAddresses": "*"}}),
        "ok",
        r"Services\RemoteDesktop of a group policy",
        "",
    ),
    "older policy opens the port": (
        _host(
            tcp=OFF,
            gpo={r"DomainProfile\GloballyOpenPorts\List": {"3389:TCP": "3389:TCP:*:enabled:Remote Desktop"}},
        ),
        "ok",
        r"GloballyOpenPorts\List\3389:TCP 'Remote Desktop' of a group policy",
        "",
    ),
    "older policies for other profiles and ports": (
        _host(
            gpo={
                r"StandardProfile\Services\RemoteDesktop": {"Enabled": 0},
                r"DomainProfile\GloballyOpenPorts\List": {"80:TCP": "80:TCP:*:enabled:Web", "x": "x"},
            }
        ),
        "ok",
        TCP_ID,
        "",
    ),
    "local merge off where the older key can't say so": (
        _host(active=("public",), gpo={"StandardProfile": {"AllowLocalPolicyMerge": 0}}),
        "ok",
        TCP_ID,
        "",
    ),
    "policy ignores openings of ports, and the rule is for a service": (
        _host(gpo={r"DomainProfile\GloballyOpenPorts": {"AllowUserPrefMerge": 0}}),
        "ok",
        TCP_ID,
        "",
    ),
    # Closed.
    "rule off": (_host(tcp=OFF), "problem", f"{TCP_ID} is off", REPAIR),
    "rule off, German": (_host(tcp=OFF, language="de"), "problem", f"{TCP_ID} is off", REPAIR),
    "rule missing": (_host(tcp="", udp=""), "problem", "is missing", REPAIR),
    "another port": (_host(port=3390), "problem", "is for port 3389", REPAIR),
    "one of two active profiles": (
        _host(active=("domain", "public"), tcp=rule(fields="Profile=Domain|" + TCP_RULE)),
        "warning",
        f"in the profile public. domain: open: the rule {TCP_ID}. public: blocked: the rule {TCP_ID} is only for",
        "Who comes in from a network that counts as public (by the network adapter with the interface index 13)",
    ),
    "the other one of two active profiles, which only Windows' list of networks has": (
        _host(active=("domain",), networks=("domain", "public"), tcp=rule(fields="Profile=Domain|" + TCP_RULE)),
        "warning",
        "in the profile public",
        "Who comes in from a network that counts as public",
    ),
    "both of two active profiles": (
        _host(active=("private", "public"), tcp=rule(fields="Profile=Domain|" + TCP_RULE)),
        "problem",
        f"private, public: the rule {TCP_ID} is only for the profile domain",
        f"The rule {TCP_ID} is for the profile domain, and private is active",
    ),
    "local shield that a policy doesn't lift": (
        _host(local={"domain": {"DoNotAllowExceptions": 1}}, gpo={"DomainProfile": {"DoNotAllowExceptions": 0}}),
        "problem",
        f"DoNotAllowExceptions = 1 in {LOCAL}\\DomainProfile",
        "The profile lets nothing in",
    ),
    "older policy closes the port": (
        _host(gpo={r"DomainProfile\GloballyOpenPorts\List": {"3389:TCP": "3389:TCP:*:disabled:Remote Desktop"}}),
        "problem",
        r"GloballyOpenPorts\List\3389:TCP 'Remote Desktop' of a group policy",
        "Blocked by",
    ),
    "older policy opens the port, and is turned off": (
        _host(
            tcp=OFF,
            gpo={
                r"DomainProfile\GloballyOpenPorts": {"Enabled": 0},
                r"DomainProfile\GloballyOpenPorts\List": {"3389:TCP": "3389:TCP:*:enabled:Remote Desktop"},
            },
        ),
        "problem",
        f"{TCP_ID} is off",
        REPAIR,
    ),
    "block rule": (_with(rule("Block")), "problem", GUID, f"Blocked by the rule {GUID}"),
    "Windows' own rule made a block rule": (_host(tcp=rule("Block")), "problem", TCP_ID, "Blocked by"),
    "Windows' own rule made a block rule, and turned off": (
        _host(tcp=rule("Block", active=False)),
        "problem",
        TCP_ID,
        f"The rule {TCP_ID} was changed",
    ),
    "block rule for everything": (
        _with("v2.10|Action=Block|Active=TRUE|Dir=In|Name=Nothing gets in|"),
        "problem",
        "'Nothing gets in'",
        "Blocked by",
    ),
    "block rule by group policy": (
        _host(gpo_rules={"GPO-Block": rule("Block")}),
        "problem",
        "GPO-Block",
        f"Blocked by the rule GPO-Block of a group policy, in {GPO}\\FirewallRules. Change that policy",
    ),
    "block rule beats default action": (
        _with(rule("Block"), local={"domain": {"DefaultInboundAction": 0}}),
        "problem",
        GUID,
        "Blocked by",
    ),
    "local shield": (
        _host(local={"domain": {"DoNotAllowExceptions": 1}}),
        "problem",
        f"DoNotAllowExceptions = 1 in {LOCAL}\\DomainProfile",
        "The profile lets nothing in",
    ),
    "shield of a policy, and its rule doesn't help": (
        _host(gpo={"DomainProfile": {"DoNotAllowExceptions": 1}}, gpo_rules={"GPO-RDP": rule()}),
        "problem",
        f"DoNotAllowExceptions = 1 in {GPO}\\DomainProfile",
        "The profile lets nothing in",
    ),
    "policy's StandardProfile is for public, too": (
        _host(active=("public",), gpo={"StandardProfile": {"DoNotAllowExceptions": 1}}),
        "problem",
        f"{GPO}\\StandardProfile",
        "The profile lets nothing in",
    ),
    "shield of an MDM": (
        _host(active=("public",), mdm={"PublicProfile": {"DoNotAllowExceptions": 1}}),
        "problem",
        "Mdm\\PublicProfile",
        "The profile lets nothing in",
    ),
    "local rules ignored": (
        _host(gpo={"DomainProfile": {"AllowLocalPolicyMerge": 0}}),
        "problem",
        f"AllowLocalPolicyMerge = 0 in {GPO}\\DomainProfile",
        "The rule that allows Remote Desktop has to come from a policy",
    ),
    "local rules ignored, and the rule is off": (
        _host(tcp=OFF, gpo={"DomainProfile": {"AllowLocalPolicyMerge": 0}}),
        "problem",
        "AllowLocalPolicyMerge = 0",
        "The rule that allows Remote Desktop has to come from a policy",
    ),
    "rule by the name of the old driver": (
        _with(_tcp("LPort=3389|App=System|"), tcp=OFF),
        "problem",
        f"{TCP_ID} is off",
        REPAIR,
    ),
    "older policy closes Remote Desktop": (
        _host(gpo={r"DomainProfile\Services\RemoteDesktop": {"Enabled": 0}}),
        "problem",
        r"Services\RemoteDesktop of a group policy",
        rf"Blocked by the rule Services\RemoteDesktop of a group policy, in {GPO}\DomainProfile\Services\RemoteDesktop",
    ),
    "older policy for both of the other profiles": (
        _host(active=("public",), gpo={r"StandardProfile\Services\RemoteDesktop": {"Enabled": 0}}),
        "problem",
        r"Services\RemoteDesktop of a group policy",
        "Blocked by",
    ),
    "settings that the older key can't hold": (
        _host(active=("private",), tcp=OFF, gpo={"StandardProfile": {"DefaultInboundAction": 0}}),
        "problem",
        f"{TCP_ID} is off",
        REPAIR,
    ),
    # For some.
    "limited to the subnet": (
        _host(tcp=rule(fields="RA4=LocalSubnet|RA6=LocalSubnet|" + TCP_RULE)),
        "warning",
        "from LocalSubnet",
        "If somebody",
    ),
    "limited by keywords of newer versions": (
        _host(tcp=rule(fields="RA42=IntrAnet|RA62=IntrAnet|" + TCP_RULE)),
        "warning",
        "from IntrAnet",
        "If somebody",
    ),
    "limited to a type of interface": (
        _host(tcp=rule(fields="IFType=Lan|" + TCP_RULE)),
        "warning",
        "over the interfaces Lan",
        "If somebody",
    ),
    "limited to an interface": (
        _host(tcp=rule(fields="IF={1A2B3C4D-0000-4000-8000-000000000009}|" + TCP_RULE)),
        "warning",
        "over the interfaces",
        "If somebody",
    ),
    "limited to an address of the host": (
        _host(tcp=rule(fields="LA4=10.0.0.5|" + TCP_RULE)),
        "warning",
        "to the host's addresses 10.0.0.5",
        "If somebody",
    ),
    "limited to who authenticates": (
        _host(tcp=rule(fields="Security=Authenticate|RMauth=O:LSD:(A;;CC;;;S-1-5-21-1)|" + TCP_RULE)),
        "warning",
        "with IPsec Security=Authenticate",
        "Without IPsec nobody gets in",
    ),
    "limited block rule": (
        _with(_tcp("LPort=3389|RA4=10.9.0.0/255.255.0.0|", "Block")),
        "warning",
        "from 10.9.0.0/255.255.0.0",
        "If somebody",
    ),
    "a limited rule, and one that isn't": (
        _with(_tcp("LPort=3389|RA4=10.9.0.0/255.255.0.0|")),
        "ok",
        TCP_ID,
        "",
    ),
    "bypass wins over block": (
        _with(rule("Block"), gpo_rules={"GPO-Bypass": rule("ByPass", "Security=Authenticate|" + TCP_RULE)}),
        "warning",
        "GPO-Bypass",
        "Without IPsec nobody gets in",
    ),
    "limited, and more may be allowed": (
        _with(_tcp("LPort=3389|Foo=1|"), tcp=rule(fields="RA4=10.0.0.1|" + TCP_RULE)),
        "warning",
        "from 10.0.0.1",
        "If somebody",
    ),
    "limited by an older policy": (
        _host(
            tcp=OFF,
            gpo={r"DomainProfile\Services\RemoteDesktop": {"Enabled": 1, "RemoteAddresses": "10.0.0.0/8,LocalSubnet"}},
        ),
        "warning",
        "from 10.0.0.0/8, LocalSubnet",
        "If somebody",
    ),
    # Off.
    "firewall off": (
        _host(local={"domain": {"EnableFirewall": 0}}, tcp=OFF),
        "warning",
        f"EnableFirewall = 0 in {LOCAL}\\DomainProfile",
        "Turn the firewall on",
    ),
    "firewall off by policy": (
        _host(gpo={"DomainProfile": {"EnableFirewall": 0}}),
        "warning",
        f"EnableFirewall = 0 in {GPO}\\DomainProfile",
        "Turn the firewall on",
    ),
    "firewall off, and shielded": (
        _host(local={"domain": {"EnableFirewall": 0, "DoNotAllowExceptions": 1}}),
        "warning",
        "EnableFirewall = 0",
        "Turn the firewall on",
    ),
    "off on the host and on by policy": (
        _host(local={"domain": {"EnableFirewall": 0}}, gpo={"DomainProfile": {"EnableFirewall": 1}}, tcp=OFF),
        "problem",
        f"{TCP_ID} is off",
        REPAIR,
    ),
    "off in one active profile, blocked in the other": (
        _host(active=("domain", "public"), local={"domain": {"EnableFirewall": 0}}, tcp=OFF),
        "warning",
        "in the profile public. domain: off: EnableFirewall = 0",
        "Who comes in from a network that counts as public",
    ),
    "IPsec required of everybody": (
        _host(ipsec={"auth": "v2.33|Action=SecureServer|Name=Auth|Desc=|Active=TRUE|Auth1Set={1}|"}),
        "warning",
        "the connection security rule auth 'Auth' in",
        "Without IPsec nobody gets in",
    ),
    "IPsec required of some": (
        _host(ipsec={"{1}": "v2.33|Action=Secure|Active=TRUE|EP2_4=10.0.0.0/255.0.0.0|Auth1Set={1}|"}),
        "warning",
        "requires IPsec (between 10.0.0.0/255.0.0.0)",
        "Without IPsec",
    ),
    "IPsec rule that nobody understands": (
        _host(ipsec={"{1}": "v2.99|Action=Moon|Active=TRUE|"}),
        "warning",
        "may require IPsec",
        "Without IPsec",
    ),
    "IPsec asked for, or for others, or off": (
        _host(
            ipsec={
                "{1}": "v2.33|Action=Boundary|Active=TRUE|Auth1Set={1}|",
                "{2}": "v2.33|Action=SecureServer|Active=FALSE|Auth1Set={1}|",
                "{3}": "v2.33|Action=SecureServer|Active=TRUE|Profile=Public|Auth1Set={1}|",
                "{4}": "v2.33|Action=SecureServer|Active=TRUE|Protocol=6|EP1Port=445|Auth1Set={1}|",
                "{5}": "v2.33|Action=SecureServer|Active=TRUE|Protocol=17|Auth1Set={1}|",
                "{6}": "v2.33|Action=DoNotSecure|Active=TRUE|",
            }
        ),
        "ok",
        TCP_ID,
        "",
    ),
    "IPsec rule of the host's own that a policy ignores": (
        _host(
            gpo={"DomainProfile": {"AllowLocalIPsecPolicyMerge": 0}},
            ipsec={"auth": "v2.33|Action=SecureServer|Active=TRUE|Auth1Set={1}|"},
        ),
        "ok",
        TCP_ID,
        "",
    ),
    "a thousand addresses": (
        _with(_tcp("LPort=3389|" + "".join(f"RA4=10.0.{n // 250}.{n % 250}|" for n in range(1000)), "Block")),
        "warning",
        f"{GUID} 'x' (from 10.0.0.0, 10.0.0.1, 10.0.0.2, … and 997 more)",
        "If somebody",
    ),
    "block rule for a service in the same process": (
        _with(_tcp(r"LPort=3389|Svc=Dnscache|", "Block"), sharing=("CryptSvc", "Dnscache")),
        "unknown",
        "which may share TermService's process",
        "",
    ),
    "block rule for another service, and nobody knows the processes": (
        _with(_tcp(r"LPort=3389|Svc=Dnscache|", "Block"), sharing=None),
        "unknown",
        "which may share TermService's process",
        "",
    ),
    # Nobody knows.
    "service not running": (_host(service=1), "unknown", "MpsSvc", ""),
    "no active profile": (_host(active=()), "unknown", "which profile", ""),
    "allow rule with an unknown field": (
        _host(tcp=rule(fields=TCP_RULE + "Foo=1|")),
        "unknown",
        "Foo=1",
        "",
    ),
    "block rule with an unknown field": (_with(rule("Block", TCP_RULE + "Foo=1|")), "unknown", "Foo=1", ""),
    "block rule for a user": (
        _with(rule("Block", "LUAuth=O:LSD:(A;;CC;;;S-1-5-20)|" + TCP_RULE)),
        "unknown",
        "LUAuth",
        "",
    ),
    "rule that is cut off": (_host(tcp=rule(fields=TCP_RULE).removesuffix("|")), "unknown", "no end", ""),
    "block rule for another profile that is cut off": (
        _with(_tcp("Profile=Public|LPort=3389|", "Block").removesuffix("|")),
        "unknown",
        "no end",
        "",
    ),
    "rule with an unknown port keyword": (_with(_tcp("LPort=NewThing|"), tcp=OFF), "unknown", "NewThing", ""),
    "rule with an unknown profile": (
        _with(_tcp("Profile=Public|Profile=Moon|LPort=3389|", "Block")),
        "unknown",
        "Profile=Moon",
        "",
    ),
    "rule with an unknown action": (_with(rule("Divert")), "unknown", "Divert", ""),
    "rule with two actions": (_with(rule("Allow", "Action=Block|" + TCP_RULE)), "unknown", "Action=Block", ""),
    "rule of a program that nobody can resolve": (
        _with(_tcp(r"LPort=3389|App=%Foo%\system32\svchost.exe|", "Block")),
        "unknown",
        "%Foo%",
        "",
    ),
    "rule of a later grammar": (_with(rule("Block", version="3.1")), "unknown", "v3.1", ""),
    "setting that isn't a switch": (_host(local={"domain": {"EnableFirewall": 2}}), "unknown", "EnableFirewall", ""),
    "group policy and MDM disagree": (
        _host(gpo={"DomainProfile": {"EnableFirewall": 0}}, mdm={"DomainProfile": {"EnableFirewall": 1}}),
        "unknown",
        "disagree",
        "",
    ),
    "policy ignores openings of ports": (
        _with(_tcp("LPort=3389|"), tcp=OFF, gpo={r"DomainProfile\GloballyOpenPorts": {"AllowUserPrefMerge": 0}}),
        "unknown",
        "AllowUserPrefMerge = 0",
        "",
    ),
    "policy ignores openings for programs": (
        _with(
            _tcp(r"App=%windir%\system32\svchost.exe|"),
            tcp=OFF,
            gpo={r"DomainProfile\AuthorizedApplications": {"AllowUserPrefMerge": 0}},
        ),
        "unknown",
        "AllowUserPrefMerge = 0",
        "",
    ),
    "older policy that can't be read": (
        _host(tcp=OFF, gpo={r"DomainProfile\GloballyOpenPorts\List": {"x": "3389/TCP"}}),
        "unknown",
        "3389/TCP",
        "",
    ),
    "older policy with a scope that can't be read": (
        _host(tcp=OFF, gpo={r"DomainProfile\Services\RemoteDesktop": {"Enabled": 1, "RemoteAddresses": "a b"}}),
        "unknown",
        "a b",
        "",
    ),
    # Not judged.
    "no port": (_host(port=None), "skipped", "no valid PortNumber", ""),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_situation(name: str) -> None:
    host, status, holds, fix = SITUATIONS[name]
    finding = host.finding()
    assert finding.status == status, finding
    assert holds in f"{finding.summary} {finding.found}", finding
    # Whoever can't be judged is told to look; who is fine needs nothing.
    assert finding.fix.startswith(fix), finding
    assert finding.repair == ("winops.rdp.rdp_firewall" if fix == REPAIR else ""), finding
    assert status in ("ok", "skipped", "unknown") or fix


def test_named_port_is_judged_instead_of_the_listeners() -> None:
    assert HEALTHY.finding(Expectation(open_port=3390)).status == "problem"
    assert _with(_tcp(f"LPort=3390|{SVCHOST}")).finding(Expectation(open_port=3390)).status == "ok"


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
    host = _host(gpo={"DomainProfile": {"EnableFirewall": 1}}, more={command: (text, code)})
    assert host.finding().status == "unknown"


def test_error_behind_the_rules_is_not_taken_for_a_part_of_one() -> None:
    listing = HEALTHY.outputs()[probes.FIREWALL.command].data.decode().replace("\r\n", "\n")
    host = _host(more={probes.FIREWALL.command: (listing + "\nERROR: Access is denied.\n", 0)})
    assert host.finding().status == "unknown"


def test_rules_that_are_gone() -> None:
    listing = HEALTHY.outputs()[probes.FIREWALL.command].data.decode().replace("\r\n", "\n")
    without = "\n".join(line for line in listing.split("\n") if "FirewallRules" not in line and "|" not in line)
    finding = _host(tcp="", udp="", more={probes.FIREWALL.command: (without, 0)}).finding()
    assert (finding.status, finding.fix) == ("problem", REPAIR)


def test_facts() -> None:
    host = _host(active=("domain", "public"), udp=rule(active=False, fields=TCP_RULE.replace("=6|", "=17|")))
    seen = facts(host.derived(), Expectation())["firewall"]
    assert seen["active_profiles"] == ["domain", "public"]
    assert seen["port"] == 3389
    assert seen["tcp"]["public"] == {
        "answer": "open",
        "causes": [{"text": f"the rule {TCP_ID}", "place": f"{LOCAL}\\FirewallRules", "rule": TCP_ID}],
    }
    assert seen["udp"]["domain"]["answer"] == "blocked"


def test_facts_that_are_not_known() -> None:
    assert facts(_host(service=1).derived(), Expectation())["firewall"] is None
    assert facts(_with(rule("Divert")).derived(), Expectation())["firewall"]["tcp"] is None


def test_filter_takes_away_only_what_can_not_matter() -> None:
    """The order of the fields is Windows' own; a rule in another order comes through and is judged."""
    odd = "v2.31|Active=TRUE|Dir=In|Action=Block|Protocol=6|LPort=3389|Name=x|"
    assert _with(odd).finding().status == "problem"
    named = rule("Block", "Protocol=6|LPort=3389|Name=Active=FALSE and Dir=Out.|")
    assert _with(named).finding().status == "problem"


def test_output_that_ended_early() -> None:
    outputs = HEALTHY.outputs()
    command = probes.FIREWALL.command
    outputs[command] = CommandResult(outputs[command].data, None, command)
    assert diagnose((FIREWALL,), DerivedHost(Readings(outputs)), Expectation())[0].status == "unknown"
