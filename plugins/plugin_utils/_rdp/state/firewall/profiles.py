# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings of the firewall's profiles, merged from the host's own keys and those of policies."""

from __future__ import annotations

import dataclasses
import typing as t

from ...errors import UnreadableError
from ...probes import FIREWALL_KEY, FIREWALL_POLICY_KEY
from ...tools import reg

Store: t.TypeAlias = t.Literal["local", "gpo", "mdm", "other"]

# Readers of the registry in forensics take the rules of an MDM from here:
# github.com/hyuunnn/RegistryPlugin.FirewallRules.
MDM_KEY = FIREWALL_KEY + r"\Mdm"
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
    "AllowLocalIPsecPolicyMerge": 1,
    "AllowUserPrefMerge": 1,
}
# MS-FASP 2.2.38: FW_PROFILE_CONFIG_SHIELDED is on if any store turns it on. All others have one store that decides.
_ON_WINS = "DoNotAllowExceptions"


@dataclasses.dataclass(frozen=True)
class ProfileSetting:
    """A setting of a profile, and the registry key that decides it: empty if it is Windows' default."""

    value: int
    place: str = ""
    store: Store = "local"


@dataclasses.dataclass(frozen=True)
class Profile:
    """The settings of one profile, as they take effect.

    Attributes:
        name: Of netsh.PROFILES.
        enabled: EnableFirewall: 0 lets everything in.
        block_all: DoNotAllowExceptions: 1 keeps everything out, whatever the rules say.
        default_inbound: DefaultInboundAction: 0 lets in what no rule blocks.
        local_rules: AllowLocalPolicyMerge: 0 ignores the local rules.
        local_ipsec: AllowLocalIPsecPolicyMerge: 0 ignores the local connection security rules.
        local_ports: AllowUserPrefMerge of ports: 0 ignores local rules that open a port for every program.
        local_programs: AllowUserPrefMerge of programs: 0 ignores local rules that open every port for a program.
    """

    name: str
    enabled: ProfileSetting
    block_all: ProfileSetting
    default_inbound: ProfileSetting
    local_rules: ProfileSetting
    local_ipsec: ProfileSetting
    local_ports: ProfileSetting
    local_programs: ProfileSetting


def read(name: str, keys: t.Mapping[str, reg.Key]) -> Profile:
    """Return the settings of a profile.

    Args:
        name: Of netsh.PROFILES.
        keys: By their paths without the hive, in lower case.

    Raises:
        UnreadableError: The profile's own key is missing, or one of its values is not understood.
    """
    local = f"{FIREWALL_KEY}\\{_LOCAL_KEYS[name]}"
    if at(keys, local) is None:
        raise UnreadableError(f"{local} could not be read.")
    key = policy_key(name, keys)
    policy = f"{FIREWALL_POLICY_KEY}\\{key}"
    by_mdm = (f"{MDM_KEY}\\{_MANAGED_KEYS[name]}", f"{MDM_KEY}\\{_LOCAL_KEYS[name]}")
    places: list[tuple[Store, str]] = [("gpo", policy), *(("mdm", path) for path in dict.fromkeys(by_mdm))]
    everywhere: list[tuple[Store, str]] = [*places, ("local", local)]
    # MS-GPFAS 2.2.3.13 and 2.2.3.17: the older key can't hold the newer settings.
    newer = places[1:] if key == _OLDER_KEY else places
    return Profile(
        name,
        enabled=_setting("EnableFirewall", everywhere, keys),
        block_all=_setting(_ON_WINS, everywhere, keys),
        default_inbound=_setting("DefaultInboundAction", [*newer, ("local", local)], keys),
        # Only a policy can say that the host's own rules don't count.
        local_rules=_setting("AllowLocalPolicyMerge", newer, keys),
        local_ipsec=_setting("AllowLocalIPsecPolicyMerge", newer, keys),
        local_ports=_setting("AllowUserPrefMerge", [("gpo", policy + r"\GloballyOpenPorts")], keys),
        local_programs=_setting("AllowUserPrefMerge", [("gpo", policy + r"\AuthorizedApplications")], keys),
    )


def policy_key(name: str, keys: t.Mapping[str, reg.Key]) -> str:
    """Return the name of the key in which a group policy keeps a profile."""
    # MS-GPFAS 2.2.3: StandardProfile is for both, but only where neither of the newer keys exists.
    newer = any(at(keys, f"{FIREWALL_POLICY_KEY}\\{_MANAGED_KEYS[one]}") for one in ("private", "public"))
    return _MANAGED_KEYS[name] if name == "domain" or newer else _OLDER_KEY


def at(keys: t.Mapping[str, reg.Key], path: str) -> reg.Key | None:
    """Return the key of a path, if it was listed."""
    return keys.get(path.partition("\\")[2].casefold())


def _setting(name: str, places: t.Iterable[tuple[Store, str]], keys: t.Mapping[str, reg.Key]) -> ProfileSetting:
    """Return a setting from the first place that has it: a policy wins over the host's own."""
    found: list[ProfileSetting] = []
    for store, path in places:
        key = at(keys, path)
        value = key.get(name) if key else None
        if value is None:
            continue
        if value.type != "REG_DWORD" or not isinstance(value.data, int) or value.data not in (0, 1):
            raise UnreadableError(f"{name} in {path} was not understood.", f"{value.data!s} ({value.type})")
        found.append(ProfileSetting(value.data, path, store))
    if name == _ON_WINS:
        return next((one for one in found if one.value == 1), found[0] if found else ProfileSetting(_DEFAULTS[name]))
    managed = {setting.value for setting in found if setting.store != "local"}
    if len(managed) > 1:
        raise UnreadableError(f"A group policy and an MDM disagree about {name}.", " ".join(one.place for one in found))
    return found[0] if found else ProfileSetting(_DEFAULTS[name])
