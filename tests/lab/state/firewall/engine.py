# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows' firewall: what MpsSvc has loaded, what policy adds, and whether a connection gets through.

The service reads the local rules and profiles when it starts; a value that something else writes below FirewallPolicy
counts only after that (Microsoft's enable-disable-firewall-rule-guest-os asks for a restart). What policy sets counts
at once: Windows reads it at its start and after each refresh of policies (MS-GPFAS 3.2.3); the lab does not wait.
Judgement: https://learn.microsoft.com/windows/security/operating-system-security/network-security/
windows-firewall/rules ("explicit block rules take precedence over any conflicting allow rules") and MS-GPFAS 2.2.3.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import typing as t

from ..registry import REG_SZ, Registry, dword, expand_sz, sz
from ..services import RUNNING, Service
from .ipsec import requires_ipsec
from .legacy import older_rules
from .rule import Connection, Rule, read_rule
from .seed import seeds

if t.TYPE_CHECKING:
    from ...machine import Machine

FIREWALL = r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy"
RULES = FIREWALL + r"\FirewallRules"
MDM_RULES = FIREWALL + r"\Mdm\FirewallRules"
POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall"
POLICY_RULES = POLICY + r"\FirewallRules"
# the profile -> its local key, and where policy keeps it (StandardProfile: the name before Vista, MS-GPFAS 2.2.3)
LOCAL_KEYS = {"Domain": "DomainProfile", "Private": "StandardProfile", "Public": "PublicProfile"}
POLICY_KEYS = {
    "Domain": ("DomainProfile",),
    "Private": ("PrivateProfile", "StandardProfile"),
    "Public": ("PublicProfile", "StandardProfile"),
}
SETTINGS = ("EnableFirewall", "DoNotAllowExceptions", "DefaultInboundAction", "DefaultOutboundAction",
            "DisableNotifications", "AllowLocalPolicyMerge", "AllowLocalIPsecPolicyMerge",
            "DisableStealthMode")  # fmt: skip
NETWORKS = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\NetworkList\Profiles"
CATEGORIES = {"Public": 0, "Private": 1, "Domain": 2}
CONTROLLER = "127.0.0.1"  # where the lab's connections come from
FIRST_INTERFACE = 12  # index of the interface that the lab reaches a host by


@dataclasses.dataclass(frozen=True)
class ListeningProgram:
    """Who listens on a port, as the firewall sees it."""

    port: int
    program: str
    service: str = ""


def seed_firewall(machine: Machine) -> None:
    """The registry of a host whose firewall is as set-up left it."""
    registry = machine.registry
    major, minor = machine.edition.rule_version.split(".")
    registry.set(FIREWALL, "PolicyVersion", dword(int(major) << 8 | int(minor)))
    for key in LOCAL_KEYS.values():
        registry.set(rf"{FIREWALL}\{key}", "DisableNotifications", dword(int(machine.edition.server)))
        registry.set(rf"{FIREWALL}\{key}", "EnableFirewall", dword(1))
        logging = rf"{FIREWALL}\{key}\Logging"
        registry.set(logging, "LogDroppedPackets", dword(0))
        registry.set(logging, "LogFilePath", expand_sz(r"%systemroot%\system32\LogFiles\Firewall\pfirewall.log"))
        registry.set(logging, "LogFileSize", dword(0x1000))
        registry.set(logging, "LogSuccessfulConnections", dword(0))
    rules = registry.create(RULES)
    for seed in seeds(machine.edition):
        rules.put(seed.id, sz(seed.text))


class Firewall:
    """The firewall of one host."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.local: dict[str, str] = {}  # id -> text, as the service has them
        self.profiles: dict[str, dict[str, int]] = {}
        self.active: tuple[str, ...] = ()
        self.domain_member = True
        self.shown: tuple[str, ...] = ()  # the active profiles that netsh shows, if not all of them
        self.connect("Domain")
        machine.services.on_running.append(self._service_running)

    # -- what there is -------------------------------------------------------------------------------------------------

    def connect(self, *profiles: str) -> None:
        """Say to which networks the host is connected; the first one is the one the lab reaches it through."""
        self.active = profiles
        self._machine.registry.delete_key(NETWORKS)
        for number, profile in enumerate(profiles):
            key = rf"{NETWORKS}\{{5B1C4A2E-7D3F-4E86-9A0B-2C6D8E1F3A{number:02X}}}"
            name = self._machine.policy.domain if profile == "Domain" else f"Network {number + 1}"
            self._machine.registry.set(key, "ProfileName", sz(name))
            self._machine.registry.set(key, "Description", sz(name))
            self._machine.registry.set(key, "Managed", dword(int(profile == "Domain")))
            self._machine.registry.set(key, "Category", dword(CATEGORIES[profile]))
            self._machine.registry.set(key, "NameType", dword(6))

    @property
    def running(self) -> bool:
        """Whether the service runs: nothing is filtered otherwise."""
        # Unseen: nothing is filtered while it does not run, which Microsoft does not support (TechNet cc733422).
        service = self._machine.services.get("MpsSvc")
        return service is not None and service.state == RUNNING

    def _service_running(self, service: Service) -> None:
        if service.name == "MpsSvc":
            self.load()

    def load(self) -> None:
        """Read the local rules and profiles, as the service does when it starts."""
        registry = self._machine.registry
        self.local = _texts(registry, RULES)
        self.profiles = {name: _settings(registry, rf"{FIREWALL}\{key}") for name, key in LOCAL_KEYS.items()}

    def rules(self) -> dict[str, Rule]:
        """The local rules by id, in the order of the registry."""
        read = {identity: read_rule(text) for identity, text in self.local.items()}
        return {identity: rule for identity, rule in read.items() if rule is not None}

    def policy(self, profile: str) -> dict[str, int]:
        """What policy says of a profile."""
        found: dict[str, int] = {}
        for key in reversed(POLICY_KEYS[profile]):
            found.update(_settings(self._machine.registry, rf"{POLICY}\{key}"))
        return found

    # -- changes -------------------------------------------------------------------------------------------------------

    def put(self, identity: str, rule: Rule) -> None:
        """Add or change a local rule: at once, and in the registry."""
        # Sysmon sees the value change as netsh or a cmdlet changes a rule: Splunk's detections of a deleted firewall
        # rule rest on it.
        self.local[identity] = rule.text()
        self._machine.registry.set(RULES, identity, sz(rule.text()))

    def switch(self, identity: str, *, on: bool) -> None:
        """Switch a local rule on or off."""
        version = self._machine.edition.rule_version
        active = ("Active", "TRUE" if on else "FALSE")
        self.put(identity, self.rules()[identity].with_fields("Active", [active], version))

    def limit(self, identity: str, profiles: tuple[str, ...]) -> None:
        """Limit a local rule to profiles, to none of them in particular when there are none."""
        # Unseen: Set-NetFirewallRule writes the profiles into the rule like this, and takes them out for Any.
        fields = [("Profile", profile) for profile in LOCAL_KEYS if profile in profiles]
        self.put(identity, self.rules()[identity].with_fields("Profile", fields, self._machine.edition.rule_version))

    def remove(self, identity: str) -> None:
        """Delete a local rule."""
        del self.local[identity]
        self._machine.registry.delete_value(RULES, identity)

    # -- judgement -----------------------------------------------------------------------------------------------------

    def hides_closed_ports(self) -> bool:
        """Whether a port without a listener gives no answer, as it does by default.

        Stealth mode keeps the TCP reset from leaving, for a port that a rule allows as well: a connection without an
        endpoint is met before any rule is. DisableStealthMode = 1 in the profile's key, or in its policy, turns it off.
        https://learn.microsoft.com/troubleshoot/windows-server/networking/disable-stealth-mode, MS-FASP 2.2.38
        """
        if not self.running or not self.active:
            return False
        settings = {**self.profiles.get(self.active[0], {}), **self.policy(self.active[0])}
        return settings.get("EnableFirewall", 1) != 0 and settings.get("DisableStealthMode", 0) != 1

    def drops(self, listener: ListeningProgram, remote: str = CONTROLLER) -> bool:
        """Whether an attempt to connect to a port gets no answer."""
        if not self.running or not self.active:
            return False
        profile = self.active[0]
        policy = self.policy(profile)
        here = self.profiles.get(profile, {})
        settings = {**here, **policy}
        if settings.get("EnableFirewall", 1) == 0:
            return False
        # MS-FASP 2.2.38, FW_PROFILE_CONFIG_SHIELDED: "on wins" when the stores are merged
        if 1 in (here.get("DoNotAllowExceptions"), policy.get("DoNotAllowExceptions")):
            return True
        connection = Connection(
            listener.port, listener.program, self._services_in_process(listener), profile, self._machine.address, remote
        )
        local_rules = policy.get("AllowLocalPolicyMerge", 1) != 0
        matching = [rule for rule in self._every_rule(local=local_rules) if rule.covers(connection)]
        matching += [rule for rule in older_rules(self._machine.registry, profile) if rule.covers(connection)]
        if any(rule.blocks for rule in matching):
            return True
        if not any(rule.allows for rule in matching) and settings.get("DefaultInboundAction", 1) != 0:
            return True
        return requires_ipsec(
            self._machine.registry, connection, local=policy.get("AllowLocalIPsecPolicyMerge", 1) != 0
        )

    def _services_in_process(self, listener: ListeningProgram) -> tuple[str, ...]:
        """A service with those in its process: the process has the SIDs of all of them in its token.

        https://learn.microsoft.com/windows/win32/api/winsvc/ns-winsvc-service_sid_info
        """
        # Unseen: that the firewall takes a rule for one service of a process for a rule for all of them.
        service = self._machine.services.get(listener.service) if listener.service else None
        beside = self._machine.services.hosted_by(service.pid) if service is not None else []
        return tuple(dict.fromkeys((*([listener.service] if listener.service else []), *(one.name for one in beside))))

    def _every_rule(self, *, local: bool) -> list[Rule]:
        registry = self._machine.registry
        texts = [*_texts(registry, POLICY_RULES).values(), *_texts(registry, MDM_RULES).values()]
        texts += self.local.values() if local else ()
        # An app's rule is about no service, and there may be hundreds of thousands.
        read = [read_rule(text) for text in texts if "|AppPkgId=" not in text]
        return [rule for rule in read if rule is not None]

    def plain(self) -> dict[str, object]:
        """As plain JSON types; the rules that are loaded only by their digest, the registry holds them in full."""
        loaded = json.dumps([self.local, self.profiles], sort_keys=True)
        return {"active": list(self.active), "loaded": hashlib.sha256(loaded.encode()).hexdigest()}


def _texts(registry: Registry, path: str) -> dict[str, str]:
    key = registry.get(path)
    return {name: value.text for name, value in key.items() if value.type == REG_SZ} if key is not None else {}


def _settings(registry: Registry, path: str) -> dict[str, int]:
    found = {name: registry.number(path, name) for name in SETTINGS}
    return {name: value for name, value in found.items() if value is not None}
