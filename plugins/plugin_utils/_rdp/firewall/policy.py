# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The policy of a host's firewall, put together from everything that was looked at."""

from __future__ import annotations

import dataclasses
import typing as t

from ..model import Probe, Unreadable
from ..probes import (
    FIREWALL,
    FIREWALL_ACTIVE_PROFILES,
    FIREWALL_KEY,
    FIREWALL_POLICY,
    FIREWALL_POLICY_KEY,
    FIREWALL_PROFILES,
    FIREWALL_RULES_KEY,
    FIREWALL_SERVICE_STATE,
    FIREWALL_TCP_RULE,
    FIREWALL_UDP_RULE,
    POLICIES_PARENT,
    REMOTE_DESKTOP_TCP_RULE,
    REMOTE_DESKTOP_UDP_RULE,
    SYSTEM_ROOT,
    VERSION,
    firewall_policies,
)
from ..tools import cmd, firewall_rules, netsh, reg, sc
from ..tools.firewall_rules import Rule
from . import exceptions

Store: t.TypeAlias = t.Literal["local", "gpo", "mdm"]

_RUNNING = 4

_MDM_KEY = FIREWALL_KEY + r"\Mdm"
_RULES_KEYS: tuple[tuple[Store, str], ...] = (
    ("local", FIREWALL_RULES_KEY),
    ("gpo", FIREWALL_POLICY_KEY + r"\FirewallRules"),
    ("mdm", _MDM_KEY + r"\FirewallRules"),
)
# Names of the profiles' keys. The local private profile has kept the name that it had in Windows XP.
_LOCAL_KEYS = {"domain": "DomainProfile", "private": "StandardProfile", "public": "PublicProfile"}
_OLDER_KEY = "StandardProfile"
_MANAGED_KEYS = {"domain": "DomainProfile", "private": "PrivateProfile", "public": "PublicProfile"}

# What a value is when nobody sets it: MS-FASP 2.2.38.
_DEFAULTS = {
    "EnableFirewall": 1,
    "DoNotAllowExceptions": 0,
    "DefaultInboundAction": 1,
    "AllowLocalPolicyMerge": 1,
    "AllowUserPrefMerge": 1,
}


@dataclasses.dataclass(frozen=True)
class Setting:
    """A setting of a profile with the registry key that decides it, empty if it is Windows' default."""

    value: int
    place: str = ""
    store: Store = "local"


@dataclasses.dataclass(frozen=True)
class Profile:
    """The settings of one profile, as they take effect.

    Attributes:
        name: Of netsh.PROFILES.
        filters: EnableFirewall: 0 lets everything in.
        exceptions: DoNotAllowExceptions: 1 keeps everything out, whatever the rules say.
        default: DefaultInboundAction: 0 lets in what no rule blocks.
        merge: AllowLocalPolicyMerge: 0 ignores the local rules.
        merge_ports: AllowUserPrefMerge of ports: 0 ignores local rules that open a port for every program.
        merge_programs: AllowUserPrefMerge of programs: 0 ignores local rules that open every port for a program.
    """

    name: str
    filters: Setting
    exceptions: Setting
    default: Setting
    merge: Setting
    merge_ports: Setting
    merge_programs: Setting


@dataclasses.dataclass(frozen=True)
class StoredRule:
    """A rule with the store in which it is, and the registry key that holds it."""

    store: Store
    place: str
    rule: Rule


@dataclasses.dataclass(frozen=True)
class Firewall:
    """Everything about the firewall that concerns TermService.

    Attributes:
        active: The active profiles.
        profiles: The settings of all three.
        rules: The rules that were listed: all that are on and for incoming traffic, and perhaps others.
        built_in_tcp: Windows' own rule for Remote Desktop over TCP, on or off. None if there is none.
        built_in_udp: The same for UDP.
        windows: Major and minor version.
        system_root: The folder of Windows.
    """

    active: tuple[str, ...]
    profiles: tuple[Profile, ...]
    rules: tuple[StoredRule, ...]
    built_in_tcp: Rule | None
    built_in_udp: Rule | None
    windows: tuple[int, int]
    system_root: str

    def profile(self, name: str) -> Profile:
        """Return the settings of a profile."""
        return next(profile for profile in self.profiles if profile.name == name)


# What read() takes, in order.
NEEDS: tuple[Probe[t.Any], ...] = (
    FIREWALL,
    FIREWALL_POLICY,
    POLICIES_PARENT,
    FIREWALL_TCP_RULE,
    FIREWALL_UDP_RULE,
    FIREWALL_PROFILES,
    FIREWALL_ACTIVE_PROFILES,
    FIREWALL_SERVICE_STATE,
    VERSION,
    SYSTEM_ROOT,
)


def read(
    local: reg.Query,
    policies: reg.Query,
    policies_parent: reg.Query,
    tcp_rule: reg.Query,
    udp_rule: reg.Query,
    every_profile: tuple[str, ...],
    active_profiles: tuple[str, ...],
    service: sc.ServiceState | None,
    version: cmd.WindowsVersion,
    system_root: str,
) -> Firewall:
    """Put the policy together from what the probes of NEEDS read.

    Raises:
        Unreadable: Something that could decide was not read, or not understood.
    """
    if service is None or service.state != _RUNNING:
        # Microsoft supports neither that nor says what gets in then, so nobody should guess.
        raise Unreadable("the service of the Windows Firewall (MpsSvc) is not running. Start it: net start MpsSvc.")
    if local.not_understood:
        raise Unreadable(f"{FIREWALL_KEY} could not be read completely.", local.not_understood[0])
    keys = {key.path.partition("\\")[2].casefold(): key for key in local.keys}
    managed = {key.path.partition("\\")[2].casefold(): key for key in firewall_policies(policies, policies_parent)}
    keys.update(managed)
    return Firewall(
        active=netsh.active_profiles(every_profile, active_profiles),
        profiles=tuple(_profile(name, keys) for name in netsh.PROFILES),
        rules=(
            *(
                StoredRule(store, path, rule)
                for store, path in _RULES_KEYS
                if (key := _at(keys, path)) is not None
                for rule in _rules(key)
            ),
            *_exceptions(keys),
        ),
        built_in_tcp=_named(tcp_rule, REMOTE_DESKTOP_TCP_RULE),
        built_in_udp=_named(udp_rule, REMOTE_DESKTOP_UDP_RULE),
        windows=(version.major, version.minor),
        system_root=system_root,
    )


def _at(keys: t.Mapping[str, reg.Key], path: str) -> reg.Key | None:
    return keys.get(path.partition("\\")[2].casefold())


def _profile(name: str, keys: t.Mapping[str, reg.Key]) -> Profile:
    local = f"{FIREWALL_KEY}\\{_LOCAL_KEYS[name]}"
    if _at(keys, local) is None:
        raise Unreadable(f"{local} could not be read.")
    policy_key = _policy_key(name, keys)
    policy = f"{FIREWALL_POLICY_KEY}\\{policy_key}"
    by_mdm = (f"{_MDM_KEY}\\{_MANAGED_KEYS[name]}", f"{_MDM_KEY}\\{_LOCAL_KEYS[name]}")
    places: list[tuple[Store, str]] = [("gpo", policy), *(("mdm", path) for path in dict.fromkeys(by_mdm))]
    everywhere: list[tuple[Store, str]] = [*places, ("local", local)]
    # MS-GPFAS 2.2.3.13 and 2.2.3.17: the older key can't hold the newer settings.
    newer = places[1:] if policy_key == _OLDER_KEY else places
    return Profile(
        name,
        filters=_setting("EnableFirewall", everywhere, keys),
        exceptions=_setting("DoNotAllowExceptions", everywhere, keys),
        default=_setting("DefaultInboundAction", [*newer, ("local", local)], keys),
        # Only who manages the host can say that its own rules don't count.
        merge=_setting("AllowLocalPolicyMerge", newer, keys),
        merge_ports=_setting("AllowUserPrefMerge", [("gpo", policy + r"\GloballyOpenPorts")], keys),
        merge_programs=_setting("AllowUserPrefMerge", [("gpo", policy + r"\AuthorizedApplications")], keys),
    )


def _policy_key(name: str, keys: t.Mapping[str, reg.Key]) -> str:
    # MS-GPFAS 2.2.3: StandardProfile is for both, but only where neither of the newer keys exists.
    newer = any(_at(keys, f"{FIREWALL_POLICY_KEY}\\{_MANAGED_KEYS[one]}") for one in ("private", "public"))
    return _MANAGED_KEYS[name] if name == "domain" or newer else _OLDER_KEY


def _exceptions(keys: t.Mapping[str, reg.Key]) -> t.Iterator[StoredRule]:
    """Return what older settings of a group policy open, as rules."""
    profiles: dict[str, list[str]] = {}
    for name in netsh.PROFILES:
        profiles.setdefault(f"{FIREWALL_POLICY_KEY}\\{_policy_key(name, keys)}", []).append(name)
    for profile, names in profiles.items():
        for below in (r"\Services\RemoteDesktop", r"\GloballyOpenPorts\List"):
            if key := _at(keys, profile + below):
                for rule in exceptions.rules(key, tuple(names)):
                    yield StoredRule("gpo", profile + below, rule)


def _setting(name: str, places: t.Iterable[tuple[Store, str]], keys: t.Mapping[str, reg.Key]) -> Setting:
    """Return a setting from the first place that has it: a policy wins over what the host says itself."""
    found: list[Setting] = []
    for store, path in places:
        key = _at(keys, path)
        value = key.get(name) if key else None
        if value is None:
            continue
        if value.type != "REG_DWORD" or not isinstance(value.data, int) or value.data not in (0, 1):
            raise Unreadable(f"{name} in {path} was not understood.", f"{value.data!s} ({value.type})")
        found.append(Setting(value.data, path, store))
    managed = {setting.value for setting in found if setting.store != "local"}
    if len(managed) > 1:
        raise Unreadable(f"A group policy and an MDM disagree about {name}.", " ".join(one.place for one in found))
    return found[0] if found else Setting(_DEFAULTS[name])


def _rules(key: reg.Key) -> t.Iterator[Rule]:
    for value in key.values:
        if not value.is_default:
            yield _rule(value)


def _rule(value: reg.Value) -> Rule:
    """Read a rule. One that can't be read stays as one that could do anything, unless it doesn't say that it is on."""
    text = str(value.data)
    try:
        if value.type == "REG_SZ":
            return firewall_rules.parse(value.name, text)
    except Unreadable:
        if "active=true" not in text.casefold():
            return Rule(value.name, (0, 0))
    return Rule(value.name, (0, 0), active=None, not_judged=(text[:200],))


def _named(query: reg.Query, name: str) -> Rule | None:
    # The listing of the key above was complete, so a value that isn't there is missing.
    for key in query.keys:
        if value := key.get(name):
            return _rule(value)
    return None
