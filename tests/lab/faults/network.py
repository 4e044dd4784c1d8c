# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the port and of the firewall: who else holds 3389, and what keeps connections from getting through."""

from __future__ import annotations

import typing as t
from collections.abc import Callable

from ..state.firewall.engine import FIREWALL, LOCAL_KEYS, RULES
from ..state.firewall.rule import read_rule
from ..state.policy.objects import Gpo, Link
from ..state.policy.pol import Record
from ..state.port_owners import OtherProgram
from ..state.registry import Value, dword, sz
from ..state.services import AUTO, OWN_PROCESS, Service
from ..state.sockets import Exclusion
from ..state.termservice import DEFAULT_PORT, RDP_TCP

if t.TYPE_CHECKING:
    from ..machine import Machine

APACHE = r"C:\Apache24\bin\httpd.exe"
RELAY = r"C:\Tools\portrelay\portrelay.exe"
REPORTS = "SQLServerReportingServices"
REPORTS_PROGRAM = r"C:\Program Files\SSRS\RSHostingService\RSHostingService.exe"
REMOTE_DESKTOP = "@FirewallAPI.dll,-28752"
POLICY_KEY = r"SOFTWARE\Policies\Microsoft\WindowsFirewall"
NO_MERGE_GUID = "{7A4D1C96-38EB-4F25-90B7-D1C62E58A304}"
BLOCK_GUID = "{8B5E2DA7-49FC-4036-A1C8-E2D73F69B415}"
DOMAIN_GUID = "{9C6F3EB8-5A0D-4147-B2D9-F3E84A7AC526}"
RULE_ID = "{0A4D7B12-9C55-4E0A-8F0E-6E2C2A4B9D03}"
MANY = 5_000  # rules of apps; hosts for remote sessions are known to have hundreds of thousands
OTHER_NETWORK = "10.99.0.0/255.255.0.0"


def _port_changed(machine: Machine) -> None:
    if machine.registry.exists(RDP_TCP):
        machine.registry.set(RDP_TCP, "PortNumber", dword(3390))


def _program(machine: Machine, path: str) -> None:
    machine.files.ensure(path.rpartition("\\")[0])
    machine.files.write(path, b"MZ")


def _allowed_by_user(machine: Machine, path: str, name: str, guid: str) -> None:
    """The rule that Windows adds when a user allows a program in its prompt."""
    version = machine.edition.rule_version
    rule = f"v{version}|Action=Allow|Active=TRUE|Dir=In|Protocol=6|App={path}|Name={name}|Desc={name}|Defer=User|"
    machine.registry.set(RULES, f"TCP Query User{guid}{path}", sz(rule))


def _port_taken(machine: Machine) -> None:
    """A web server with a process of its own."""
    machine.services.add(
        Service(
            "Apache2.4", "Apache2.4", rf'"{APACHE}" -k runservice', OWN_PROCESS, AUTO, image="httpd.exe", at_boot=True,
            dependencies=("RpcSs",), accepts_shutdown=True, listens=((DEFAULT_PORT, "http"),),
        )
    )  # fmt: skip
    _program(machine, APACHE)
    _allowed_by_user(machine, APACHE, "Apache HTTP Server", "{6C1D0F83-2A57-4E94-B8D6-31F09A7C52E4}")


def _port_taken_service(machine: Machine) -> None:
    """A port proxy: IP Helper, a Windows service inside svchost, listens; no rule lets a connection through to it."""
    service = machine.services.get("iphlpsvc")
    if service is not None:
        service.listens = ((DEFAULT_PORT, "silent"),)
    key = r"HKLM\SYSTEM\CurrentControlSet\Services\PortProxy\v4tov4\tcp"
    machine.registry.set(key, f"0.0.0.0/{DEFAULT_PORT}", sz(f"10.20.0.9/{DEFAULT_PORT}"))


def _port_taken_process(machine: Machine) -> None:
    """A program without a service, started with the host."""
    machine.port_owners.others.append(OtherProgram(RELAY, DEFAULT_PORT, "silent"))
    _program(machine, RELAY)
    _allowed_by_user(machine, RELAY, "portrelay.exe", "{2E9B74A1-C80D-4D36-9F15-6A43B7D80C5E}")


def _port_taken_kernel(machine: Machine) -> None:
    """A service whose web pages HTTP.sys serves: process 4 listens."""
    machine.services.add(
        Service(
            REPORTS, "SQL Server Reporting Services", f'"{REPORTS_PROGRAM}"', OWN_PROCESS, AUTO,
            image="RSHostingService.exe", at_boot=True, dependencies=("RpcSs",), accepts_shutdown=True,
            listens=((DEFAULT_PORT, "http"),), kernel_ports=True,
        )
    )  # fmt: skip
    _program(machine, REPORTS_PROGRAM)
    rule = (
        f"v{machine.edition.rule_version}|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort={DEFAULT_PORT}|App=System|"
        "Name=Reports (HTTP)|"
    )
    machine.registry.set(RULES, "{4F7A02C9-91B3-4D68-A5E0-7C2D18B6F943}", sz(rule))


def _port_excluded(machine: Machine) -> None:
    """A hundred ports that Hyper-V's NAT has reserved."""
    machine.sockets.excluded["tcp"].append(Exclusion(3340, 3439))


def _each_rule(machine: Machine, kind: str, *values: tuple[str, str]) -> None:
    """Give the rules of Remote Desktop other fields of one kind."""
    key = machine.registry.get(RULES)
    for name, value in key.items() if key is not None else []:
        rule = read_rule(value.text)
        if rule is not None and rule.get("EmbedCtxt") == REMOTE_DESKTOP:
            machine.registry.set(RULES, name, sz(rule.with_fields(kind, values, rule.version).text()))


def _rule_off(machine: Machine) -> None:
    _each_rule(machine, "Active", ("Active", "FALSE"))


def _rule_missing(machine: Machine) -> None:
    key = machine.registry.get(RULES)
    for name, value in key.items() if key is not None else []:
        if f"|EmbedCtxt={REMOTE_DESKTOP}|" in value.text:
            machine.registry.delete_value(RULES, name)


def _scope_limited(machine: Machine) -> None:
    _each_rule(machine, "RA", ("RA4", OTHER_NETWORK))


def _profile_limited(machine: Machine) -> None:
    _each_rule(machine, "Profile", ("Profile", "Domain"))
    machine.firewall.connect("Public")


def _second_network(machine: Machine) -> None:
    """A second adapter, as for backups or a cluster, in an unidentified network; the rules are for the domain."""
    _each_rule(machine, "Profile", ("Profile", "Domain"))
    machine.firewall.connect(*dict.fromkeys((*machine.firewall.active, "Public")))


def _domain_lost(machine: Machine) -> None:
    """No domain controller answered when the host started, so its network counts as public."""
    _each_rule(machine, "Active", ("Active", "FALSE"))
    version = machine.edition.rule_version
    text = f"v{version}|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Domain|LPort={DEFAULT_PORT}|Name=RDP|"
    rule = Record(rf"{POLICY_KEY}\FirewallRules", RULE_ID, sz(text))
    _gpo(machine, "Remote Desktop for the domain", DOMAIN_GUID, 13, rule)
    machine.firewall.connect("Public")


def _long_rule(machine: Machine) -> None:
    """What a tool against password guessing leaves: one rule that blocks 1,500 addresses."""
    addresses = "".join(f"RA4=203.0.{113 - n // 250}.{n % 250}|" for n in range(1500))
    version = machine.edition.rule_version
    text = f"v{version}|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort={DEFAULT_PORT}|{addresses}Name=Locked out|"
    machine.registry.set(RULES, "{3F0C6A55-5F0E-4C0B-8C50-1C8A3F2F6D11}", sz(text))


def many_rules(machine: Machine, count: int = MANY) -> None:
    """A host for remote sessions: each user who has signed in has left the rules of their apps behind."""
    version = machine.edition.rule_version
    key = machine.registry.create(RULES)
    for number in range(count):
        owner, app = number // 20, number % 20
        text = (
            f"v{version}|Action=Allow|Active=TRUE|Dir={'In' if number % 2 else 'Out'}|Profile=Domain|Profile=Private|"
            f"Name=@{{App{app}_1.0.0.0_x64__8wekyb3d8bbwe?ms-resource://App{app}/Resources/Name}}|"
            f"LUOwn=S-1-5-21-1004336348-1177238915-682003330-{1100 + owner}|AppPkgId=S-1-15-2-{app}-1-2-3-4-5-6|"
        )
        key.put(f"{{{number:08X}-0000-4000-8000-000000000000}}", sz(text))


def _ipsec_required(machine: Machine) -> None:
    text = f"v{machine.edition.rule_version}|Action=SecureServer|Name=Isolation|Active=TRUE|Auth1Set={{5A}}|"
    machine.registry.set(rf"{FIREWALL}\ConSecRules", "{5B2E43B2-7B1D-4A43-9C40-4C4B3C1E3D02}", sz(text))


def _block_text(machine: Machine, name: str) -> Value:
    version = machine.edition.rule_version
    return sz(f"v{version}|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort={DEFAULT_PORT}|Name={name}|")


def _blocks(machine: Machine) -> None:
    machine.registry.set(RULES, "{FD88C1E1-02D6-4C20-AE54-9F09EC655723}", _block_text(machine, "Block RDP Inbound"))


def _block_all(machine: Machine) -> None:
    for key in LOCAL_KEYS.values():
        machine.registry.set(rf"{FIREWALL}\{key}", "DoNotAllowExceptions", dword(1))


def _gpo(machine: Machine, name: str, guid: str, order: int, *records: Record) -> None:
    machine.policy.add(Gpo(name, guid, [Link(machine.policy.unit, order)], list(records)))


def _local_merge_off(machine: Machine) -> None:
    """A GPO says which rules count; it allows management but not Remote Desktop."""
    profiles = ("DomainProfile", "PrivateProfile", "PublicProfile")
    values = (("EnableFirewall", 1), ("DefaultInboundAction", 1), ("AllowLocalPolicyMerge", 0))
    switches = [Record(rf"{POLICY_KEY}\{key}", name, dword(value)) for key in profiles for name, value in values]
    allow = sz(
        f"v{machine.edition.rule_version}|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=5985|App=System|"
        "Name=Management|"
    )
    rule = Record(rf"{POLICY_KEY}\FirewallRules", "{9C6F3EB8-5A0D-4147-B2D9-F3E84A7AC526}", allow)
    _gpo(machine, "Firewall baseline", NO_MERGE_GUID, 11, *switches, rule)


def _gpo_blocks(machine: Machine) -> None:
    text = _block_text(machine, "No Remote Desktop here")
    rule = Record(rf"{POLICY_KEY}\FirewallRules", "{AD7041C9-6B1E-4258-83EA-04F95B8BD637}", text)
    _gpo(machine, "Firewall: no Remote Desktop", BLOCK_GUID, 12, rule)


NETWORK_FAULTS: tuple[tuple[str, str, Callable[[Machine], None]], ...] = (
    ("port-changed", "PortNumber is 3390, and no firewall rule knows it", _port_changed),
    ("port-taken", "a foreign httpd.exe listens on 3389 before TermService starts", _port_taken),
    ("port-taken-service", "IP Helper's port proxy listens on 3389, inside svchost", _port_taken_service),
    ("port-taken-process", "a program without a service listens on 3389", _port_taken_process),
    ("port-taken-kernel", "HTTP.sys (process 4) listens on 3389 for a reporting service", _port_taken_kernel),
    ("port-excluded", "3389 lies in a range of ports that Windows keeps", _port_excluded),
    ("firewall-rule-off", "the rules of Remote Desktop are not active", _rule_off),
    ("firewall-rule-missing", "the rules of Remote Desktop are deleted", _rule_missing),
    ("firewall-blocks", "a local rule blocks 3389", _blocks),
    ("firewall-block-all", "every profile blocks all incoming connections", _block_all),
    ("firewall-local-merge-off", "a domain GPO makes local rules not count", _local_merge_off),
    ("firewall-gpo-blocks", "a domain GPO's rule blocks 3389", _gpo_blocks),
    ("firewall-scope-limited", "the rules of Remote Desktop are for another network", _scope_limited),
    ("firewall-profile-limited", "the rules of Remote Desktop are for Domain, and the network is Public",
     _profile_limited),
    ("firewall-second-network-public", "the rules are for Domain, and a second network is Public", _second_network),
    ("firewall-domain-lost", "a domain GPO's rule is for Domain, and the network counts as Public", _domain_lost),
    ("firewall-long-rule", "a local rule blocks 1,500 addresses, in a line that findstr drops", _long_rule),
    ("firewall-many-rules", "5,000 rules of apps that users left behind", many_rules),
    ("firewall-ipsec-required", "a rule of connection security requires IPsec", _ipsec_required),
)  # fmt: skip
