# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host's firewall: its rules and settings, assembled from everything that was read."""

from __future__ import annotations

import dataclasses
import typing as t

from ...errors import UnreadableError
from ...formats import firewall_rules
from ...formats.firewall_rules import Rule
from ...model import Probe
from ...probes import (
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
)
from ...tools import cmd, ipsec_rules, netsh, networks, reg, sc
from ...tools.ipsec_rules import IpsecRule
from ..registry import firewall_policies
from . import legacy, profiles
from .profiles import MDM_KEY, Profile, Store, at

_RULES_KEYS: t.Mapping[str, Store] = {
    FIREWALL_RULES_KEY: "local",
    FIREWALL_POLICY_KEY + r"\FirewallRules": "gpo",
    MDM_KEY + r"\FirewallRules": "mdm",
}
_IPSEC_KEYS: t.Mapping[str, Store] = {
    FIREWALL_KEY + r"\ConSecRules": "local",
    FIREWALL_POLICY_KEY + r"\ConSecRules": "gpo",
    MDM_KEY + r"\ConSecRules": "mdm",
}
# How every rule of the firewall begins, in whatever key it is.
_RULE = "v2."


@dataclasses.dataclass(frozen=True)
class StoredRule:
    """A rule, the store that it is in, and the registry key that holds it."""

    store: Store
    place: str
    rule: Rule


@dataclasses.dataclass(frozen=True)
class StoredIpsecRule:
    """A connection security rule, as StoredRule."""

    store: Store
    place: str
    rule: IpsecRule


@dataclasses.dataclass(frozen=True)
class Firewall:
    """Everything about the firewall that concerns TermService.

    Attributes:
        active: The active profiles, in the order of netsh.PROFILES.
        profiles: The settings of all three.
        rules: The rules that were listed: all that are on and for incoming traffic, and perhaps others.
        others: Rules in keys whose effect is not documented, such as RestrictedServices.
        ipsec: The connection security rules.
        built_in_tcp: Windows' own rule for Remote Desktop over TCP, on or off. None if there is none.
        built_in_udp: The same for UDP.
        system_root: The folder of Windows.
        windows: Major and minor version.
        networks: To which networks the host is connected, None if that is not known.
        sharing: The services, in lower case, that share TermService's process. None if that is not known.
    """

    active: tuple[str, ...]
    profiles: tuple[Profile, ...]
    rules: tuple[StoredRule, ...]
    others: tuple[StoredRule, ...]
    ipsec: tuple[StoredIpsecRule, ...]
    built_in_tcp: Rule | None
    built_in_udp: Rule | None
    windows: tuple[int, int]
    system_root: str
    networks: networks.Networks | None = None
    sharing: frozenset[str] | None = None

    def profile(self, name: str) -> Profile:
        """Return the settings of a profile."""
        return next(profile for profile in self.profiles if profile.name == name)


# What assemble() takes, in order.
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


def assemble(
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
    *,
    connected: networks.Networks | None = None,
    sharing: frozenset[str] | None = None,
) -> Firewall:
    """Assemble a firewall from what the probes of NEEDS read, and from what follow-up probes did.

    Raises:
        UnreadableError: Something that could decide was not read, or not understood.
    """
    if service is None or service.state != sc.RUNNING:
        # https://learn.microsoft.com/previous-versions/windows/it-pro/windows-server-2008-R2-and-2008/cc733422(v=ws.10)
        # Microsoft does not support that, and does not say what gets in then.
        raise UnreadableError(
            "the service of the Windows Firewall (MpsSvc) is not running. Start it: net start MpsSvc."
        )
    if local.not_understood:
        raise UnreadableError(f"{FIREWALL_KEY} could not be read completely.", local.not_understood[0])
    keys = {key.path.partition("\\")[2].casefold(): key for key in local.keys}
    managed = {key.path.partition("\\")[2].casefold(): key for key in firewall_policies(policies, policies_parent)}
    keys.update(managed)
    # netsh was never seen to print two profiles, so Windows' list of networks may know of more.
    also = {network.profile for network in connected.all} if connected else set()
    active = {*netsh.active_profiles(every_profile, active_profiles), *also}
    return Firewall(
        active=tuple(name for name in netsh.PROFILES if name in active),
        profiles=tuple(profiles.read(name, keys) for name in netsh.PROFILES),
        rules=(
            *(
                StoredRule(store, path, rule)
                for path, store in _RULES_KEYS.items()
                if (key := at(keys, path)) is not None
                for rule in _rules(key)
            ),
            *_exceptions(keys),
        ),
        others=tuple(_others(keys)),
        ipsec=tuple(_ipsec(keys)),
        built_in_tcp=_named(tcp_rule, REMOTE_DESKTOP_TCP_RULE),
        built_in_udp=_named(udp_rule, REMOTE_DESKTOP_UDP_RULE),
        windows=(version.major, version.minor),
        system_root=system_root,
        networks=connected,
        sharing=sharing,
    )


def _exceptions(keys: t.Mapping[str, reg.Key]) -> t.Iterator[StoredRule]:
    """Return what older settings of a group policy open, as rules."""
    named: dict[str, list[str]] = {}
    for name in netsh.PROFILES:
        named.setdefault(f"{FIREWALL_POLICY_KEY}\\{profiles.policy_key(name, keys)}", []).append(name)
    for profile, names in named.items():
        for place, rule in legacy.rules(profile, keys, tuple(names)):
            yield StoredRule("gpo", place, rule)


def _others(keys: t.Mapping[str, reg.Key]) -> t.Iterator[StoredRule]:
    known = {path.partition("\\")[2].casefold() for path in (*_RULES_KEYS, *_IPSEC_KEYS)}
    for path, key in keys.items():
        if path in known:
            continue
        for value in key.values:
            if value.type == "REG_SZ" and str(value.data)[: len(_RULE)].casefold() == _RULE:
                yield StoredRule("other", key.path, _rule(value))


def _ipsec(keys: t.Mapping[str, reg.Key]) -> t.Iterator[StoredIpsecRule]:
    for path, store in _IPSEC_KEYS.items():
        key = at(keys, path)
        for value in key.values if key else ():
            if not value.is_default:
                yield StoredIpsecRule(store, path, ipsec_rules.parse(value.name, str(value.data)))


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
    except UnreadableError:
        if "active=true" not in text.casefold():
            return Rule(value.name, (0, 0))
    return Rule(value.name, (0, 0), active=None, not_judged=(text[:200],))


def _named(query: reg.Query, name: str) -> Rule | None:
    # The listing of the key above was complete, so a value that isn't there is missing.
    for key in query.keys:
        if value := key.get(name):
            return _rule(value)
    return None
