# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Openings that a group policy makes with the older settings below "Network Connections", as rules.

They are older than the rules' grammar, and still in use: "Allow inbound Remote Desktop exceptions" and "Define inbound
port exceptions" (https://learn.microsoft.com/previous-versions/windows/it-pro/windows-server-2003/cc738844(v=ws.10)).
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ...formats.firewall_rules import PortRange, Rule
from ...tools.reg import Key, Value
from .profiles import at

# https://learn.microsoft.com/windows-server/remote/remote-desktop-services/clients/change-listening-port
_REMOTE_DESKTOP = PortRange(3389, 3389)

# "3389:TCP:10.0.0.0/8,LocalSubnet:enabled:Remote Desktop". These words are not translated.
_OPENING = re.compile(
    r"^(?P<port>\d{1,5}):(?P<protocol>TCP|UDP):(?P<scope>[^:]*(?::[^:]+)*?):(?P<status>enabled|disabled):(?P<name>.*)$",
    re.IGNORECASE,
)
_PROTOCOLS = {"tcp": 6, "udp": 17}


def rules(profile: str, keys: t.Mapping[str, Key], names: tuple[str, ...]) -> t.Iterator[tuple[str, Rule]]:
    """Return the rules that a profile's policy stands for, each with the key that holds it.

    Args:
        profile: The path of the profile's key.
        keys: By their paths without the hive, in lower case.
        names: For which profiles it counts.
    """
    service, ports = rf"{profile}\Services\RemoteDesktop", rf"{profile}\GloballyOpenPorts"
    if key := at(keys, service):
        yield from ((service, rule) for rule in _remote_desktop(key, names))
    counts, listed = at(keys, ports), at(keys, ports + r"\List")
    enabled = counts.get("Enabled") if counts else None
    # WindowsFirewall.admx writes Enabled beside the list; 0 is the policy turned off, whatever is left of the list.
    if listed and (enabled is None or enabled.data != 0):
        for value in listed.values:
            if not value.is_default:
                yield ports + r"\List", _opening(value, names)


def _remote_desktop(key: Key, profiles: tuple[str, ...]) -> tuple[Rule, ...]:
    enabled, addresses = key.get("Enabled"), key.get("RemoteAddresses")
    if enabled is None:
        return ()
    id = r"Services\RemoteDesktop"
    scope = _scope(str(addresses.data)) if addresses else ()
    if enabled.data not in (0, 1) or (enabled.data == 1 and scope is None):
        said = ", ".join(f"{value.name} = {value.data!s}" for value in key.values)
        return (dataclasses.replace(_unclear(id, said, profiles), local_ports=(_REMOTE_DESKTOP,)),)
    return (
        Rule(
            id,
            (2, 0),
            # Its explanation says that "disabled" blocks the port, whatever an administrator of the host opens.
            action="allow" if enabled.data == 1 else "block",
            active=True,
            direction="in",
            # TCP port 3389 is all that the explanation names.
            protocol=_PROTOCOLS["tcp"],
            profiles=profiles,
            local_ports=(_REMOTE_DESKTOP,),
            remote_addresses=(scope or ()) if enabled.data == 1 else (),
        ),
    )


def _opening(value: Value, profiles: tuple[str, ...]) -> Rule:
    text = str(value.data)
    id = rf"GloballyOpenPorts\List\{value.name}"
    found = _OPENING.match(text)
    scope = _scope(found["scope"]) if found else None
    if not found or scope is None or int(found["port"]) > 65535:
        # It opens something, if anything.
        return dataclasses.replace(_unclear(id, text, profiles), action="allow")
    return Rule(
        id,
        (2, 0),
        # The explanation in WindowsFirewall.adml: an entry that is disabled overrides those that are enabled, and the
        # port does not receive messages, whatever an administrator of the host opens.
        # Unseen: that today's Windows follows this explanation.
        action="allow" if found["status"].casefold() == "enabled" else "block",
        active=True,
        direction="in",
        protocol=_PROTOCOLS[found["protocol"].casefold()],
        profiles=profiles,
        local_ports=(PortRange(int(found["port"]), int(found["port"])),),
        remote_addresses=scope,
        name=found["name"],
    )


def _scope(text: str) -> tuple[str, ...] | None:
    """Return the addresses of a scope, none for all of them, None if it isn't understood."""
    parts = [part.strip() for part in text.split(",")]
    if "*" in parts:
        return ()
    return tuple(parts) if all(re.fullmatch(r"[0-9a-zA-Z.:/-]+", part) for part in parts) else None


def _unclear(id: str, text: str, profiles: t.Sequence[str]) -> Rule:
    return Rule(id, (2, 0), active=None, profiles=tuple(profiles), not_judged=(text[:200],))
