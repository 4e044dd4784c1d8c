# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""netsh and the firewall cmdlets print what real ones printed, and change what counts from then on."""

from __future__ import annotations

import re

import pytest

from lab.machine import Machine
from lab.state.firewall.engine import FIREWALL, RULES
from lab.state.registry import dword
from lab.state.sockets import Exclusion
from lab.testing import Corpus, MakeShell, Shell

RDP = "RemoteDesktop-UserMode-In-TCP"
SHOW = "netsh advfirewall firewall show rule"
ADD = "netsh advfirewall firewall add rule"
SVCHOST = r"%SystemRoot%\system32\svchost.exe"
OWN = "winops.rdp TCP 3390"


def blocks(text: str) -> list[str]:
    """The rules of a listing, without the line that says whether a rule is on."""
    found = re.split(r"\n\n(?=Rule Name:)", "\n" + text.rstrip().removesuffix("Ok.").rstrip())
    return [re.sub(r"Enabled: .*\n", "", block).strip() for block in found]


def test_the_rules_of_set_up_are_listed_like_the_published_listing(corpus_text: Corpus, on: MakeShell) -> None:
    published = set(blocks(corpus_text("firewall/02")))
    listing = on(windows="win11").run(f"{SHOW} name=all")
    shown = blocks(listing)
    assert listing.endswith("\nOk.\n\n")
    equal = [block for block in shown if block in published]
    assert len(equal) >= 60, [block for block in shown if block not in published][:5]


@pytest.mark.parametrize(("code", "name"), [("es-ES", "09"), ("fr-FR", "12"), ("de-DE", "13"), ("ja-JP", "11")])
def test_labels_stand_where_published_outputs_have_them(code: str, name: str, corpus_text: Corpus) -> None:
    text = corpus_text(f"firewall/{name}").replace(" / ", "\n")
    texts = Machine("h", language=code).language
    labels = ("rule", "enabled", "direction", "profiles", "local_ip", "protocol", "local_port", "remote_port")
    for label in labels:
        line = next(line for line in text.split("\n") if line.startswith(texts[f"netsh.{label}"].rstrip()))
        assert line.startswith(texts[f"netsh.{label}"]), line
        assert line[len(texts[f"netsh.{label}"])] != " "


@pytest.mark.parametrize("language", ["en-US", "de-DE", "zh-CN", "ja-JP", "es-ES"])
def test_the_active_profiles_are_those_whose_heading_both_listings_have(language: str, on: MakeShell) -> None:
    shell = on(language=language)
    shell.machine.firewall.connect("Public", "Domain")
    every = shell.run("netsh advfirewall show allprofiles").split("\n")
    current = shell.run("netsh advfirewall show currentprofile").split("\n")
    rulers = [at for at, line in enumerate(every) if line == "-" * 70]
    headings = [every[at - 1] for at in rulers]
    assert len(set(headings)) == 3
    assert [heading in current for heading in headings] == [True, False, True]
    assert every[-3] == shell.machine.language["netsh.ok"]


def test_a_profile_is_shown_as_published(on: MakeShell) -> None:
    shell = on(windows="win10")
    assert shell.run("netsh advfirewall show currentprofile") == (
        "\nDomain Profile Settings: \n" + "-" * 70 + "\n"
        "State                                 ON\n"
        "Firewall Policy                       BlockInbound,AllowOutbound\n"
        "LocalFirewallRules                    N/A (GPO-store only)\n"
        "LocalConSecRules                      N/A (GPO-store only)\n"
        "InboundUserNotification               Enable\n"
        "RemoteManagement                      Disable\n"
        "UnicastResponseToMulticast            Enable\n"
        "\nLogging:\n"
        "LogAllowedConnections                 Disable\n"
        "LogDroppedConnections                 Disable\n"
        "FileName                              %systemroot%\\system32\\LogFiles\\Firewall\\pfirewall.log\n"
        "MaxFileSize                           4096\n\nOk.\n\n"
    )
    shell.machine.registry.set(FIREWALL + r"\DomainProfile", "DoNotAllowExceptions", dword(1))
    shell.machine.registry.set(FIREWALL + r"\DomainProfile", "EnableFirewall", dword(0))
    shell.machine.firewall.load()
    shown = shell.run("netsh advf show domainprofile")
    assert "State                                 OFF\n" in shown
    assert "BlockInboundAlways,AllowOutbound" in shown


def test_an_own_rule_opens_a_port_and_is_taken_back(shell: Shell) -> None:
    listener = shell.machine.termservice.listener(3390)
    assert shell.machine.firewall.drops(listener)
    line = f'{ADD} name="{OWN}" dir=in action=allow protocol=TCP localport=3390 program="{SVCHOST}" service=TermService'
    assert shell.run(f"{line} profile=any enable=yes") == "Ok.\n\n"
    assert not shell.machine.firewall.drops(listener)
    value = next(v.text for n, v in shell.machine.registry.get(RULES).items() if "3390" in v.text)  # type: ignore[union-attr]
    assert value == (
        f"v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3390|App={SVCHOST}|Svc=TermService|Name={OWN}|"
    )
    assert shell.run(f'netsh advfirewall firewall delete rule name="{OWN}"') == "\nDeleted 1 rule(s).\nOk.\n\n"
    assert shell.machine.firewall.drops(listener)
    assert shell.run(f'netsh advfirewall firewall delete rule name="{OWN}"') == (
        "\nNo rules match the specified criteria.\n\n"
    )
    assert shell.code == 1
    assert shell.machine.errors() == []


@pytest.mark.parametrize(
    ("option", "field"),
    [
        ("remoteip=10.1.2.3", "RA4=10.1.2.3|"),
        ("remoteip=10.1.0.0/16", "RA4=10.1.0.0/255.255.0.0|"),
        ("remoteip=10.1.0.0-10.2.255.255", "RA4=10.1.0.0-10.2.255.255|"),
        ("remoteip=localsubnet", "RA4=LocalSubnet|RA6=LocalSubnet|"),
        ("remoteip=2001:db8::/32,10.1.2.3", "RA4=10.1.2.3|RA6=2001:db8::/32|"),
        ("profile=domain,public", "Profile=Domain|Profile=Public|LPort"),
        ("remoteip=nonsense", ""),
        ("profile=office", ""),
        ("localip=10.0.0.300", ""),
    ],
)
def test_what_an_option_becomes_in_the_registry(option: str, field: str, shell: Shell) -> None:
    before = shell.machine.state_hash("registry")
    shell.run(f'{ADD} name="{OWN}" dir=in action=allow protocol=TCP localport=3390 {option}')
    assert shell.code == (0 if field else 1)
    texts = [value.text for _, value in shell.machine.registry.get(RULES).items()]  # type: ignore[union-attr]
    assert any(OWN in text and field in text for text in texts) == bool(field)
    assert (shell.machine.state_hash("registry") == before) == (not field)


@pytest.mark.parametrize(("language", "group"), [("en-US", "remote desktop"), ("de-DE", "Remotedesktop")])
def test_a_group_is_known_by_its_resource_and_in_the_hosts_language(language: str, group: str, on: MakeShell) -> None:
    shell = on(language=language)
    for name, code in ((group, 0), ("@FirewallAPI.dll,-28752", 0), ("Escritorio remoto", 1)):
        shell.run(f'netsh advfirewall firewall set rule group="{name}" new enable=no')
        assert shell.code == code
        rules = shell.machine.firewall.rules()
        assert rules[RDP].active == (code == 1)
        shell.run('netsh advfirewall firewall set rule group="@FirewallAPI.dll,-28752" new enable=yes')


def test_netsh_needs_rights_and_the_service(on: MakeShell) -> None:
    line = f'{ADD} name="{OWN}" dir=in action=allow'
    shell = on(faults=("not-elevated",))
    assert "elevation" in shell.run(line)
    assert shell.code == 1
    shell = on(windows="server2012r2")
    shell.run("net stop MpsSvc")
    for each in (line, "netsh advfirewall show allprofiles", f"{SHOW} name=all"):
        assert "contact the  Windows Firewall service" in shell.run(each)
        assert shell.code == 1


@pytest.mark.parametrize(
    "line",
    ["netsh", "netsh wlan show all", "netsh advfirewall reset", f"{SHOW} owner=me", "netsh int ipv4 show interfaces",
     f"{ADD} name=x dir=in action=allow wrong=1", "netsh advfirewall firewall set rule name=x new color=red",
     'powershell -NoProfile -Command "Enable-NetFirewallRule -DisplayGroup x"'],
)  # fmt: skip
def test_what_the_lab_does_not_know_is_loud(line: str, shell: Shell) -> None:
    shell.run(line)
    assert shell.code != 0
    assert len(shell.machine.errors()) == 1


def test_excluded_ranges_are_shown_as_published(shell: Shell) -> None:
    shell.machine.sockets.excluded["tcp"] = [Exclusion(50000, 50059, administered=True), Exclusion(5357, 5357)]
    assert shell.run("netsh int ipv4 show excludedportrange protocol=tcp") == (
        "\nProtocol tcp Port Exclusion Ranges\n\n"
        "Start Port    End Port      \n----------    --------      \n"
        "      5357        5357      \n     50000       50059     *\n\n"
        "* - Administered port exclusions.\n\n"
    )
    assert "50059" not in shell.run("netsh interface ipv6 show excludedportrange udp")
    assert shell.code == 0


CMDLET = 'powershell.exe -NoProfile -NonInteractive -Command "{}-NetFirewallRule -Name {}"'


def test_cmdlets_switch_rules_by_id(shell: Shell) -> None:
    assert shell.cmd(CMDLET.format("Disable", f"{RDP},RemoteDesktop-UserMode-In-UDP")) == ""
    assert shell.code == 0
    assert not shell.machine.firewall.rules()[RDP].active
    assert shell.machine.firewall.drops(shell.machine.termservice.listener(3389))
    shell.cmd(CMDLET.format("Enable", f"'{RDP}', Nothing-Here"))
    assert shell.code == 1
    assert "property\n'InstanceID' equal to 'Nothing-Here'." in shell.error
    assert "CmdletizationQuery_NotFound_InstanceID,Enable-NetFirewallRule" in shell.error
    assert shell.machine.firewall.rules()[RDP].active


def test_cmdlet_limits_rules_to_profiles(shell: Shell) -> None:
    before = shell.machine.firewall.local[RDP]
    set_ = 'powershell.exe -NoProfile -NonInteractive -Command "Set-NetFirewallRule -Name {} -Enabled {} -Profile {}"'
    shell.run(set_.format(RDP, "False", "Domain,Private"))
    assert shell.code == 0
    assert "|Active=FALSE|" in shell.machine.firewall.local[RDP]
    assert shell.machine.firewall.rules()[RDP].profiles == ["Domain", "Private"]
    shell.run(set_.format(RDP, "True", "Any"))
    assert shell.machine.firewall.local[RDP] == before
    shell.run(set_.format(RDP, "True", "Moon"))
    assert shell.code == 1 and shell.machine.errors()


def test_networks_are_listed_by_number(shell: Shell) -> None:
    shell.machine.firewall.connect("Domain", "Public")
    each = "foreach($r in Get-CimInstance -Namespace {} -ClassName {}){{ConvertTo-Json -Compress -InputObject @({})}}"
    script = ";".join(
        (
            each.format("root/StandardCimv2", "MSFT_NetConnectionProfile", "$r.InterfaceIndex,$r.NetworkCategory"),
            each.format("root/cimv2", "Win32_ComputerSystem", "$r.DomainRole"),
        )
    )
    assert shell.run(f'powershell.exe -NoProfile -Command "{script}"') == "[12,2]\n[13,0]\n[3]\n"
    shell.machine.firewall.domain_member = False
    assert shell.run(f'powershell.exe -NoProfile -Command "{script}"').endswith("[2]\n")


def test_cmdlets_that_fail(on: MakeShell) -> None:
    shell = on(faults=("not-elevated",))
    before = shell.machine.state_hash("registry")
    shell.run(CMDLET.format("Disable", RDP))
    assert shell.code == 1
    assert "denied" in shell.error
    assert shell.machine.state_hash("registry") == before
