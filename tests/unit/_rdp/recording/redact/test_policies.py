# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What decides in policies and in rules of the firewall is kept, and what people called things there isn't."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats import firewall_rules, registry_pol
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats.registry_pol import Record
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import CommandResult, Probe
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.recording import redact
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.recording.format import RecordedCommand, Recording
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.recording.redact import encoding, files, firewall
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.recording.redact.names import Names
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.firewall import legacy
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy import collect, mdm
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy.catalog import ALLOW_CONNECTIONS, POLICIES
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import ipsec_rules, reg

NAME = "zqxcorp"
TOP = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall"
LOCAL = "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy"
DEVICE = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\PolicyManager"
PROVIDER = "2C56FB1B-9D14-4E2A-8A6F-5B7E31C0D942"
RULE = "v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=3389|"


def _redacted(probe: Probe[t.Any], text: str) -> str:
    answer = redact.redacted(Recording((RecordedCommand(probe.command.line, text.encode(), 0),), None)).commands[0]
    assert answer.data is not None, answer.left_out
    assert encoding.holds(answer.data, [NAME]) is None, answer.data
    return answer.data.decode()


def _listing(*keys: tuple[str, str]) -> str:
    return "".join(f"\r\n{key}\r\n{values}" for key, values in keys)


def _query(text: str) -> reg.Query:
    return reg.read_query(CommandResult(text.encode(), 0, probes.FIREWALL_POLICY.command))


def _older_rules(text: str, profile: str) -> list[firewall_rules.Rule]:
    keys = {key.path.partition("\\")[2].casefold(): key for key in _query(text).keys}
    return [rule for _, rule in legacy.rules(f"{TOP}\\{profile}", keys, ("public",))]


def test_rule_of_connection_security_requires_as_before() -> None:
    text = "v2.33|Action=SecureServer|Active=TRUE|EP1Port=3389|EP2_4=10.20.30.0/255.255.255.0|Protocol=6|"
    listing = _listing(
        (
            f"{LOCAL}\\ConSecRules",
            f"    {{5B2E43B2-7B1D-4A43-9C40-4C4B3C1E3D02}}    REG_SZ    {text}Auth1Set={{5A}}|Name={NAME}|\r\n",
        )
    )
    after = _redacted(probes.FIREWALL, f"{listing}\r\nend\r\n")
    assert after.endswith("\r\nend\r\n") and "10.20.30" not in after
    (value,) = _query(after).keys[0].values
    rule = ipsec_rules.parse(value.name, str(value.data))
    assert (rule.requires, rule.active, rule.ports, rule.protocol) == (True, True, ((3389, 3389),), 6)


def test_what_was_looked_at_beside_is_kept() -> None:
    assert _redacted(probes.FIREWALL_LINES, "138\r\n") == "138\r\n"
    networks = "[12,2]\r\n[3]\r\nend\r\n"
    assert _redacted(probes.NETWORKS, networks) == networks


# -- the firewall's policies -------------------------------------------------------------------------------------------

_SWITCHES = sorted({(policy.key, policy.name) for policy in POLICIES if policy.profile})


@pytest.mark.parametrize(("key", "name"), _SWITCHES)
def test_policy_that_is_judged_is_kept(key: str, name: str) -> None:
    listing = _listing((key.replace("HKLM", "HKEY_LOCAL_MACHINE"), f"    {name}    REG_DWORD    0x0\r\n"))
    assert _redacted(probes.FIREWALL_POLICY, listing) == listing


@pytest.mark.parametrize("name", ["DefaultInboundAction", "GloballyOpenPorts\\AllowUserPrefMerge",
                                  "AuthorizedApplications\\AllowUserPrefMerge"])  # fmt: skip
def test_setting_of_a_profile_is_kept(name: str) -> None:
    below, _, value = f"\\{name}".rpartition("\\")
    listing = _listing((f"{TOP}\\PrivateProfile{below}", f"    {value}    REG_DWORD    0x0\r\n"))
    assert _redacted(probes.FIREWALL_POLICY, listing) == listing


def test_what_is_not_known_below_the_firewall_is_a_name() -> None:
    listing = _listing(
        (f"{TOP}\\DomainProfile", f"    {NAME}    REG_DWORD    0x1\r\n    LogFilePath    REG_SZ    D:\\{NAME}.log\r\n"),
        (f"{TOP}\\DomainProfile\\{NAME}", "    AllowLocalPolicyMerge    REG_DWORD    0x0\r\n"),
        (f"{TOP}\\DomainProfile\\AuthorizedApplications\\List", f"    D:\\{NAME}.exe    REG_SZ    {NAME}\r\n"),
    )
    keys = _query(_redacted(probes.FIREWALL_POLICY, listing)).keys
    assert [len(key.values) for key in keys] == [2, 1, 1] and keys[0].path.endswith("\\DomainProfile")


_OPENINGS = [
    ("3389:TCP", f"3389:TCP:10.20.0.0/16,LocalSubnet:enabled:{NAME}"),
    (f"3389:TCP:*:disabled:{NAME}", f"3389:TCP:*:disabled:{NAME}"),
    (NAME, f"3389:UDP:10.0.0.1-10.0.0.9:Enabled:{NAME}"),
    ("odd", f"3389:SCTP:*:enabled:{NAME}"),
]


@pytest.mark.parametrize(("name", "data"), _OPENINGS)
def test_port_that_an_older_policy_opens_is_the_same(name: str, data: str) -> None:
    key = f"{TOP}\\StandardProfile\\GloballyOpenPorts\\List"
    listing = _listing((key, f"    {name}    REG_SZ    {data}\r\n"))
    before, after = (
        _older_rules(text, "StandardProfile")[0] for text in (listing, _redacted(probes.FIREWALL_POLICY, listing))
    )
    assert _deciding(before) == _deciding(after) and ("10.20" in str(after)) is False


@pytest.mark.parametrize("scope", ["*", "LocalSubnet", "10.20.30.0/255.255.255.0,localsubnet", f"10.0.0.1,{NAME}"])
def test_scope_of_an_older_policy_limits_as_before(scope: str) -> None:
    listing = _listing(
        (
            f"{TOP}\\DomainProfile\\Services\\RemoteDesktop",
            f"    Enabled    REG_DWORD    0x1\r\n    RemoteAddresses    REG_SZ    {scope}\r\n",
        )
    )
    before, after = (
        _older_rules(text, "DomainProfile") for text in (listing, _redacted(probes.FIREWALL_POLICY, listing))
    )
    assert [_deciding(one) for one in before] == [_deciding(one) for one in after] != []


def _deciding(rule: firewall_rules.Rule) -> tuple[t.Any, ...]:
    """What decides in a rule, with how many addresses there are instead of which."""
    return (
        *(rule.action, rule.active, rule.direction, rule.protocol, rule.profiles, rule.local_ports, rule.service),
        *(rule.program, rule.platforms, rule.interface_types, rule.authentication, rule.remote_ports),
        *(len(rule.remote_addresses), len(rule.local_addresses), len(rule.interfaces), len(rule.not_judged)),
    )


# -- rules -------------------------------------------------------------------------------------------------------------

_FIELDS = (
    "Profile=Domain|Profile=Private|",
    "Svc=termservice|App=%SystemRoot%\\system32\\svchost.exe|",
    "RA4=10.20.0.0/255.255.0.0|RA6=2003:e5::/64|LA4=10.20.0.9|RA4=LocalSubnet|RA42=IntErnet|RA4=DefaultGateway|",
    "RA4=10.20.0.1-10.20.0.9|RPort=1024-65535|",
    "IF={9C6F3EB8-5A0D-4147-B2D9-F3E84A7AC526}|IFType=Lan|",
    "Platform=2:6:1|Platform2=GTEQ|Security=Authenticate|Edge=TRUE|Defer=User|LOM=TRUE|",
    f"Unknown={NAME}|Name={NAME} for S-1-5-21-1-2-3-500|Desc=@{NAME}|EmbedCtxt={NAME}|",
    f"RA4={NAME}|",
    "RMAuth=O:LSD:(A;;CC;;;S-1-5-21-3623811015-3361044348-30300820-1103)|",
)


@pytest.mark.parametrize("fields", _FIELDS)
def test_rule_decides_as_before(fields: str) -> None:
    new = firewall.rule(RULE + fields, Names([]))
    before, after = (firewall_rules.parse("x", text) for text in (RULE + fields, new))
    assert [one.partition("=")[0] for one in before.authentication] == [
        one.partition("=")[0] for one in after.authentication
    ]
    assert _deciding(before)[:10] == _deciding(after)[:10] and _deciding(before)[11:] == _deciding(after)[11:]
    for gone in (NAME, "10.20.", "2003:e5", "3623811015", "9C6F3EB8"):
        assert gone not in new


def test_words_for_addresses_stay_and_masks_too() -> None:
    new = firewall.rule(f"{RULE}RA4=LocalSubnet|RA4=10.99.0.0/255.255.0.0|", Names([]))
    assert new == f"{RULE}RA4=LocalSubnet|RA4=192.0.2.1/255.255.0.0|"
    assert Names([]).in_text("from 10.99.0.0/255.255.0.0") == "from 192.0.2.1/255.255.0.0"


@pytest.mark.parametrize(
    ("id", "name", "kept"),
    [
        ("RemoteDesktop-UserMode-In-TCP", "@FirewallAPI.dll,-28775", True),
        ("TCP Query User{6C1D0F83-2A57-4E94-B8D6-31F09A7C52E4}C:\\x\\httpd.exe", "httpd", False),
        ("{6C1D0F83-2A57-4E94-B8D6-31F09A7C52E4}", NAME, False),
        (f"{NAME}-in", NAME, False),
        (f"{NAME}-in", f"@{NAME}", False),
    ],
)
def test_id_of_a_rule_stays_if_it_is_one_of_windows(id: str, name: str, kept: bool) -> None:
    new = firewall.rule_id(id, f"{RULE}Name={name}|", Names([]))
    assert (new == id) is kept and NAME not in new
    # What Windows asked about keeps its form.
    assert new.startswith("TCP Query User{0") is id.startswith("TCP")


# -- MDM ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["enabled", "disabled"])
def test_policy_of_mdm_is_found_where_it_points_to(state: str) -> None:
    place = f"SOFTWARE\\Microsoft\\PolicyManager\\providers\\{PROVIDER}\\default\\Device\\RemoteDesktopServices"
    policy = (ALLOW_CONNECTIONS.mdm or ("", ""))[1]
    area = mdm.area("RemoteDesktopServices")
    merged = _listing(
        (
            f"{DEVICE}\\current\\device\\RemoteDesktopServices",
            f"    {policy}_ADMXInstanceData    REG_SZ    {place}\r\n    {policy}_ProviderSet    REG_DWORD    0x1\r\n"
            f"    {policy}_WinningProvider    REG_SZ    {PROVIDER}\r\n",
        )
    )
    (pointed,) = mdm.elsewhere(_query(merged))
    text = _listing((f"HKEY_LOCAL_MACHINE\\{place}", f"    {policy}    REG_SZ    <{state}/>\r\n"))
    recording = Recording(
        (
            RecordedCommand(area.command.line, merged.encode(), 0),
            RecordedCommand(pointed.command.line, text.encode(), 0),
        ),
        None,
    )
    new = {answer.command: answer.data or b"" for answer in redact.redacted(recording).commands}
    listing = _query(new[area.command.line].decode())
    (elsewhere,) = mdm.elsewhere(listing)
    values = mdm.values([listing, _query(new[elsewhere.command.line].decode())])
    assert mdm.says(ALLOW_CONNECTIONS, values) == ((0,) if state == "enabled" else (1,))
    assert PROVIDER.encode() not in b"".join(new.values())


def test_texts_that_mdm_sets_are_replaced_and_numbers_stay() -> None:
    text = f'<enabled/><data id="TS_TEMPLATE" value="{NAME}"/><data id="n" value="3"/>'
    listing = _listing((f"{DEVICE}\\current\\device\\ADMX_TerminalServer", f"    X    REG_SZ    {text}\r\n"))
    new = _redacted(mdm.area("ADMX_TerminalServer"), listing)
    assert '<enabled/><data id="TS_TEMPLATE" value="text1"/><data id="n" value="3"/>' in new


# -- GPOs --------------------------------------------------------------------------------------------------------------


def _text(key: str, name: str, text: str) -> Record:
    return Record(key, name, 1, f"{text}\0".encode("utf-16-le"))


def test_gpo_decides_as_before_and_has_no_names() -> None:
    below = TOP.partition("\\")[2]
    terminal = r"SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services"
    records = (
        registry_pol.dword(f"{below}\\DomainProfile", "AllowLocalPolicyMerge", 0),
        registry_pol.dword(f"{below}\\DomainProfile", "**soft.EnableFirewall", 1),
        _text(f"{below}\\PrivateProfile", "**del.DoNotAllowExceptions", " "),
        _text(below, "**DeleteKeys", f"PublicProfile;{NAME}"),
        _text(f"{below}\\DomainProfile", "**DeleteValues", f"DefaultInboundAction;{NAME}"),
        _text(terminal, "**soft.CertTemplateName", NAME),
        _text(terminal, "**del.fDenyTSConnections", " "),
        _text(f"{below}\\FirewallRules", NAME, f"{RULE}Name={NAME}|"),
        _text(f"{below}\\FirewallRules", f"**del.{NAME}", " "),
        _text(f"{below}\\{NAME}", f"**{NAME}", NAME),
    )
    names = Names([])
    new = registry_pol.RegistryPol(tuple(files._record(one, names) for one in records))
    old = registry_pol.RegistryPol(records)
    for policy in POLICIES:
        before, after = (one.decides(policy.key, policy.name) for one in (old, new))
        if policy.id == "certificate_template":
            assert before and after and (after.does, after.data) == ("soft", names.text(NAME))
        else:
            assert before == after, policy
    assert encoding.holds(registry_pol.render(new.records), [NAME]) is None


def test_resultant_set_of_policy_keeps_what_decides() -> None:
    key = TOP.partition("\\")[2] + "\\DomainProfile"
    data = " ".join(map(str, f"{NAME}\0".encode("utf-16-le")))
    rows = [
        ["CN={31B2F340-016D-11D2-945F-00C04FB984F9},CN=Policies,CN=System,DC=x,DC=y", 3],
        [1, False, 4, "LocalGPO", key, "AllowLocalPolicyMerge", "0 0 0 0"],
        [1, False, 1, "LocalGPO", key + "\\Services\\RemoteDesktop", "RemoteAddresses", data],
        [1, False, 4, "LocalGPO", key, NAME, "1 0 0 0"],
    ]
    text = "\r\n".join([*map(json.dumps, rows), "end", ""])
    lines = _redacted(collect.RSOP, text).splitlines()
    assert json.loads(lines[1]) == rows[1]
    assert json.loads(lines[2])[5] == "RemoteAddresses" and json.loads(lines[3])[6] == "1 0 0 0"
    assert lines[4] == "end" and NAME.encode("utf-16-le") not in bytes(map(int, json.loads(lines[2])[6].split()))
