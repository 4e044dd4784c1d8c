# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The firewall rules that a host has after set-up, as the values of the key FirewallRules.

Ids, fields and resource numbers: published exports of the key (versions 2.10 to 2.33); English names: a published
``netsh advfirewall firewall show rule name=all`` of Windows 11. A rule's version is the one of the Windows that wrote
it, so a host that was upgraded has several.
"""

from __future__ import annotations

import dataclasses
import re
from functools import cache
from pathlib import Path

from ..editions import Edition

TABLE = Path(__file__).with_suffix(".txt")
SVCHOST = r"App=%SystemRoot%\system32\svchost.exe"
LOCAL = "RA4=LocalSubnet|RA6=LocalSubnet"
OTHER = "Profile=Private|Profile=Public"

# resource number in FirewallAPI.dll -> English text of a group
GROUPS = {
    25000: "Core Networking", 27002: "Core Networking Diagnostics", 28502: "File and Printer Sharing",
    28752: "Remote Desktop", 29002: "Windows Defender Firewall Remote Management", 29252: "Remote Event Log Management",
    29502: "Remote Service Management", 30252: "Windows Remote Management (Compatibility)",
    30267: "Windows Remote Management", 32752: "Network Discovery", 33252: "Remote Scheduled Tasks Management",
    33502: "Distributed Transaction Coordinator", 33752: "Routing and Remote Access",
    34251: "Windows Management Instrumentation (WMI)", 34501: "Remote Volume Management", 36501:
    "TPM Virtual Smart Card Management", 37302: "mDNS", 35001: "Secure Socket Tunneling Protocol",
    37402: "Connected Devices Platform",
}  # fmt: skip

# packaged apps: the package, whether it also gets an inbound rule
PACKAGES = (
    ("Microsoft.Windows.ShellExperienceHost_{build}_neutral_neutral_cw5n1h2txyewy", True),
    ("Microsoft.Windows.StartMenuExperienceHost_{build}_neutral_neutral_cw5n1h2txyewy", True),
    ("Microsoft.AAD.BrokerPlugin_1000.{build}_neutral_neutral_cw5n1h2txyewy", False),
    ("Microsoft.Windows.Search_1.14.2.{build}_neutral_neutral_cw5n1h2txyewy", True),
    ("MicrosoftWindows.Client.CBS_1000.{build}_x64__cw5n1h2txyewy", True),
)
OWNER = "S-1-5-21-1004336348-1177238915-682003330-500"


@dataclasses.dataclass(frozen=True)
class Seed:
    """One rule of set-up: its id, its text in the registry, and its name in English."""

    id: str
    text: str
    name: str


@cache
def seeds(edition: Edition) -> tuple[Seed, ...]:
    """The rules of a freshly installed host with Remote Desktop and WinRM enabled."""
    found = [_seed(line, edition) for line in _lines(edition.build)]
    if edition.build >= 15063:
        found += [_delivery(edition, *each) for each in (("TCP", 6, 102), ("UDP", 17, 103))]
    if edition.build >= 14393:
        found += [rule for package, inbound in PACKAGES for rule in _package(package, edition, inbound=inbound)]
    return tuple(found)


def _lines(build: int) -> list[str]:
    """The lines of the table for a Windows build."""
    chosen, found = False, []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        section = re.fullmatch(r"\[since (\d+)\]", line)
        if section:
            chosen = build >= int(section[1])
        elif chosen and line and not line.startswith("#"):
            found.append(line)
    return found


def _seed(line: str, edition: Edition) -> Seed:
    head, _, english = line.partition("; ")
    state, identity, name, description, group, fields = head.split(" ", 5)
    if identity.startswith("RemoteDesktop"):
        fields, version = _remote_desktop(fields, edition)
    else:
        version = edition.rule_version
    middle, _, end = fields.format(svchost=SVCHOST, local=LOCAL, other=OTHER).partition("~")
    active, direction = "TRUE" if state[1] == "+" else "FALSE", "In" if state[0] == "i" else "Out"
    text = (
        f"v{version}|Action=Allow|Active={active}|Dir={direction}|{middle}|Name=@FirewallAPI.dll,-{name}|"
        f"Desc=@FirewallAPI.dll,-{description}|EmbedCtxt=@FirewallAPI.dll,-{group}|{end + '|' if end else ''}"
    )
    return Seed(identity, text, english)


def _remote_desktop(fields: str, edition: Edition) -> tuple[str, str]:
    """Version 2.22 spells the three profiles out; the rules of Windows 11 were written by the Windows before it."""
    if edition.rule_version == "2.22":
        protocol, _, rest = fields.partition("|")
        fields = f"{protocol}|Profile=Domain|Profile=Private|Profile=Public|{rest}"
    return fields, "2.28" if edition.key == "win11" else edition.rule_version


def _delivery(edition: Edition, protocol: str, number: int, name: int) -> Seed:
    dll = r"@%systemroot%\system32\dosvc.dll"
    return Seed(
        f"DeliveryOptimization-{protocol}-In",
        f"v{edition.rule_version}|Action=Allow|Active=TRUE|Dir=In|Protocol={number}|LPort=7680|{SVCHOST}|Svc=dosvc|"
        f"Name={dll},-{name}|Desc={dll},-104|EmbedCtxt={dll},-100|Edge=TRUE|",
        f"Delivery Optimization ({protocol}-In)",
    )


def _package(package: str, edition: Edition, *, inbound: bool) -> list[Seed]:
    """The rules of a packaged app: by package SID (AppPkgId), since version 2.33 by family name (PFN)."""
    full = package.format(build=f"10.0.{edition.build}.1")
    name = full.split("_")[0]
    text = f"@{{{full}?ms-resource://{name}/resources/PkgDisplayName}}"
    family = f"{name}_{full.rsplit('_', 1)[1]}"
    number = sum(name.encode()) * 7919
    sid = "S-1-15-2-" + "-".join(str(number * part % 4294967291) for part in (3, 5, 7, 11, 13, 17, 19))
    rules = []
    for direction, what, profiles in (
        ("Out", "AllCapabilities", "Profile=Domain|Profile=Private|Profile=Public"),
        ("In", "ServerCapability", "Profile=Domain|Profile=Private"),
    ):
        if direction == "In" and not inbound:
            continue
        start = f"v{edition.rule_version}|Action=Allow|Active=TRUE|Dir={direction}|{profiles}|Name={text}|Desc={text}|"
        if edition.rule_version >= "2.33":
            rules.append(
                Seed(f"{family}-{direction}-Allow-{what}", f"{start}PFN={family}|LUOwn={OWNER}|EmbedCtxt={text}|", name)
            )
        else:
            end = f"LUOwn={OWNER}|AppPkgId={sid}|EmbedCtxt={text}|Platform=2:6:2|Platform2=GTEQ|"
            rules.append(Seed(_guid(number + len(direction)), start + end, name))
    return rules


def _guid(number: int) -> str:
    digits = f"{number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % (1 << 128):032X}"
    return f"{{{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-A{digits[17:20]}-{digits[20:]}}}"
