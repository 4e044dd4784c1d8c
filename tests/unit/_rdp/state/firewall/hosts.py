# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host's firewall, described in a few words and answered as Windows' tools print it."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks.firewall import FIREWALL
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.diagnosis import diagnose
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Command, CommandResult, Expectation, Finding
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.firewall import settings
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.host import Host as DerivedHost

SVCHOST = r"App=%SystemRoot%\system32\svchost.exe|Svc=termservice|"
_DESCRIBED = "Desc=@FirewallAPI.dll,-28756|EmbedCtxt=@FirewallAPI.dll,-28752|"
TCP_RULE = f"Protocol=6|LPort=3389|{SVCHOST}Name=@FirewallAPI.dll,-28775|{_DESCRIBED}"
UDP_RULE = f"Protocol=17|LPort=3389|{SVCHOST}Name=@FirewallAPI.dll,-28776|{_DESCRIBED}"
TCP_ID, UDP_ID = "RemoteDesktop-UserMode-In-TCP", "RemoteDesktop-UserMode-In-UDP"
GPO = r"HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall"
LOCAL = r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy"
GUID = "{1A2B3C4D-0000-4000-8000-000000000001}"
REPAIR = "Use winops.rdp.rdp_firewall."

HEADINGS = {
    "en": ("Domain Profile Settings: ", "Private Profile Settings: ", "Public Profile Settings: "),
    "de": ("Domänenprofil-Einstellungen: ", "Privates Profil-Einstellungen: ", "Öffentliches Profil-Einstellungen: "),
    "ja": ("ドメイン プロファイル設定: ", "プライベート プロファイル設定: ", "パブリック プロファイル設定: "),
}
_NAMES = ("domain", "private", "public")
_KEYS = dict(zip(_NAMES, ("DomainProfile", "StandardProfile", "PublicProfile"), strict=True))


def rule(action: str = "Allow", fields: str = TCP_RULE, *, active: bool = True, version: str = "2.31") -> str:
    """A rule, as the registry has it."""
    return f"v{version}|Action={action}|Active={'TRUE' if active else 'FALSE'}|Dir=In|{fields}"


@dataclasses.dataclass(frozen=True)
class Host:
    """What is where. The default is a server with Remote Desktop turned on.

    Attributes:
        rules: Local rules by id, in addition to Windows' own.
        tcp, udp: Windows' own rules, empty if there is none.
        local: Values of the local profile keys, by profile.
        gpo: Values of the policy's profile keys, by the name of the key.
        gpo_rules, mdm_rules: Rules of policies by id.
        mdm: Values of the MDM's profile keys, by the name of the key.
        ipsec: Local rules of connection security by id.
        other: Rules below RestrictedServices by id.
        networks: The profile of each network that WMI lists, those of ``active`` if None.
        member: Whether the host is a member of a domain although none of its networks counts as that.
        sharing: The services in TermService's process, None if tasklist can't be read.
    """

    rules: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    tcp: str = rule()
    udp: str = rule(fields=UDP_RULE)
    local: t.Mapping[str, t.Mapping[str, int]] = dataclasses.field(default_factory=dict)
    gpo: t.Mapping[str, t.Mapping[str, int | str]] = dataclasses.field(default_factory=dict)
    gpo_rules: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    mdm: t.Mapping[str, t.Mapping[str, int]] = dataclasses.field(default_factory=dict)
    mdm_rules: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    active: tuple[str, ...] = ("domain",)
    language: str = "en"
    port: int | None = 3389
    service: int = 4
    windows: str = "10.0.20348.2113"
    more: t.Mapping[Command, tuple[str, int]] = dataclasses.field(default_factory=dict)
    ipsec: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    other: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    networks: tuple[str, ...] | None = None
    member: bool = False
    sharing: tuple[str, ...] | None = ()

    def outputs(self) -> dict[Command, CommandResult]:
        """What each command prints."""
        texts = {
            probes.WINSTATIONS.command: (self._winstations(), 0),
            probes.FIREWALL.command: (self._listing(), 0),
            probes.FIREWALL_POLICY.command: self._policy_listing(),
            probes.POLICIES_PARENT.command: (self._policies_parent(), 0),
            probes.FIREWALL_TCP_RULE.command: self._named(TCP_ID, self.tcp),
            probes.FIREWALL_UDP_RULE.command: self._named(UDP_ID, self.udp),
            probes.FIREWALL_PROFILES.command: (self._netsh(_NAMES), 0),
            probes.FIREWALL_ACTIVE_PROFILES.command: (self._netsh(self.active), 0 if self.active else 1),
            probes.FIREWALL_SERVICE_STATE.command: (_service(self.service), 0),
            probes.VERSION.command: (f"Microsoft Windows [Version {self.windows}]\n", 0),
            probes.SYSTEM_ROOT.command: ("C:\\Windows\n", 0),
            probes.NETWORKS.command: (self._networks(), 0),
            probes.TERM_SERVICE_STATE.command: (_service(4, "TermService"), 0),
            probes.PROCESSES.command: self._tasklist(),
            **self.more,
        }
        return {
            command: CommandResult(text.replace("\n", "\r\n").encode(), code, command)
            for command, (text, code) in texts.items()
        }

    def readings(self) -> Readings:
        """What the probes read."""
        return Readings(self.outputs())

    def firewall(self) -> settings.Firewall:
        """The firewall, as it is assembled."""
        return self.derived().firewall

    def derived(self) -> DerivedHost:
        """The host, as it is derived from the readings."""
        return DerivedHost(self.readings())

    def finding(self, expected: Expectation | None = None) -> Finding:
        """The check's finding."""
        return diagnose((FIREWALL,), self.derived(), expected or Expectation())[0]

    def with_rules(self, **rules: str) -> Host:
        """The same host with more local rules."""
        return dataclasses.replace(self, rules={**self.rules, **rules})

    def _winstations(self) -> str:
        key = _long(probes.WINSTATIONS_KEY)
        port = "" if self.port is None else f"    PortNumber    REG_DWORD    {self.port:#x}\n"
        listener = f"{key}\\RDP-Tcp\n    fEnableWinStation    REG_DWORD    0x1\n{port}\n"
        return f"\n{key}\n    Comment    REG_SZ    x\n\n{listener}"

    def _listing(self) -> str:
        own = {TCP_ID: self.tcp, UDP_ID: self.udp, **self.rules}
        keys = {
            "": {},
            **{_KEYS[name]: {"EnableFirewall": 1, **self.local.get(name, {})} for name in _NAMES},
            "DomainProfile\\Logging": {"LogFileSize": 4096},
            "FirewallRules": own,
            **({"ConSecRules": self.ipsec} if self.ipsec else {}),
            **({r"RestrictedServices\Configurable\System": self.other} if self.other else {}),
            **{f"Mdm\\{name}": values for name, values in self.mdm.items()},
            **({"Mdm\\FirewallRules": self.mdm_rules} if self.mdm_rules else {}),
        }
        return _printed(probes.FIREWALL_KEY, keys, probes.FIREWALL.command)

    def _policy_listing(self) -> tuple[str, int]:
        if not self.gpo and not self.gpo_rules:
            return "FEHLER: Der angegebene Registrierungsschlüssel wurde nicht gefunden.\n", 1
        keys = {**self.gpo, **({"FirewallRules": self.gpo_rules} if self.gpo_rules else {})}
        return _printed(probes.FIREWALL_POLICY_KEY, keys, probes.FIREWALL_POLICY.command), 0

    def _policies_parent(self) -> str:
        key = r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft"
        firewall = f"{key}\\WindowsFirewall\n" if self.gpo or self.gpo_rules else ""
        return f"\n{key}\n    x    REG_SZ    y\n\n{key}\\Cryptography\n{firewall}"

    def _networks(self) -> str:
        names = self.active if self.networks is None else self.networks
        numbers = {"public": 0, "private": 1, "domain": 2}
        rows = [f"[{12 + index},{numbers[name]}]" for index, name in enumerate(names)]
        return "\n".join([*rows, f"[{3 if self.member or 'domain' in names else 2}]", "end", ""])

    def _tasklist(self) -> tuple[str, int]:
        if self.sharing is None:
            return "FEHLER\n", 1
        services = ",".join(("TermService", *self.sharing))
        return f'"System","4","N/A"\n"svchost.exe","2100","{services}"\n', 0

    @staticmethod
    def _named(name: str, text: str) -> tuple[str, int]:
        if not text:
            return "ERROR: The system was unable to find the specified registry key or value.\n", 1
        return f"\n{_long(probes.FIREWALL_RULES_KEY)}\n    {name}    REG_SZ    {text}\n\n", 0

    def _netsh(self, names: t.Iterable[str]) -> str:
        headings = dict(zip(_NAMES, HEADINGS[self.language], strict=True))
        body = "State                                 ON\nFirewall Policy          BlockInbound,AllowOutbound\n\n"
        return "".join(f"\n{headings[name]}\n{'-' * 70}\n{body}" for name in names) + "Ok.\n\n"


HEALTHY = Host()
OFF = rule(active=False)

# (host, status, what the finding's summary and found must hold, the start of its fix)
Situation: t.TypeAlias = tuple[Host, str, str, str]
Situations: t.TypeAlias = dict[str, Situation]


def tcp_rule(fields: str, action: str = "Allow") -> str:
    """A rule of somebody's own for TCP."""
    return rule(action, f"Protocol=6|{fields}Name=x|")


def with_rule(text: str, **changes: t.Any) -> Host:
    """A host with one more rule, of the id GUID."""
    return Host(rules={GUID: text}, **changes)


def judge(situation: Situation) -> None:
    """Assert what the check says about a host."""
    host, status, holds, fix = situation
    finding = host.finding()
    assert finding.status == status, finding
    assert holds in f"{finding.summary} {finding.found}", finding
    # Whoever can't be judged is told to look; who is fine needs nothing.
    assert finding.fix.startswith(fix), finding
    assert finding.repair == ("winops.rdp.rdp_firewall" if fix == REPAIR else ""), finding
    assert status in ("ok", "skipped", "unknown") or fix


def _long(key: str) -> str:
    return key.replace("HKLM", "HKEY_LOCAL_MACHINE", 1)


def _printed(key: str, keys: t.Mapping[str, t.Mapping[str, t.Any]], command: Command) -> str:
    """What reg prints of keys, through the filter of the command."""
    lines: list[str] = []
    for name, values in keys.items():
        lines += ["", _long(key) + (f"\\{name}" if name else "")]
        for value, data in values.items():
            if data == "":
                continue
            typed = f"REG_DWORD    {data:#x}" if isinstance(data, int) else f"REG_SZ    {data}"
            lines.append(f"    {value}    {typed}")
    patterns = re.findall(r"/c:(\S+?)\)?(?= |$)", command.line)
    kept = [line for line in lines if not any(re.search(pattern, line, re.IGNORECASE) for pattern in patterns)]
    return "\n".join(kept) + "\n\nend \n"


def _service(state: int, name: str = "MpsSvc") -> str:
    words = {1: "STOPPED", 4: "RUNNING"}
    return (
        f"\nSERVICE_NAME: {name} \n"
        "        TYPE               : 30  WIN32  \n"
        f"        STATE              : {state}  {words[state]} \n"
        "                                (STOPPABLE, NOT_PAUSABLE, IGNORES_SHUTDOWN)\n"
        "        WIN32_EXIT_CODE    : 0  (0x0)\n"
        "        SERVICE_EXIT_CODE  : 0  (0x0)\n"
        "        CHECKPOINT         : 0x0\n"
        "        WAIT_HINT          : 0x0\n"
        f"        PID                : {2100 if state == 4 else 0}\n"
        "        FLAGS              : \n"
    )
