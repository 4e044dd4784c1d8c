# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""The rules of connection security (IPsec), as they are written in the registry.

https://learn.microsoft.com/openspecs/windows_protocols/ms-gpfas/885f236b-39f5-4a83-bac8-3c5459e88a9a
(MS-GPFAS 2.2.6.2; what the actions do is in MS-FASP 2.2.52)

    >>> rule = parse("{1}", "v2.33|Action=SecureServer|Name=Auth|Active=TRUE|Auth1Set={2}|")
    >>> rule.requires, rule.active, rule.name
    (True, True, 'Auth')
"""

from __future__ import annotations

import dataclasses
import re

PROFILES = ("domain", "private", "public")

# MS-FASP 2.2.52: the first two require incoming traffic to be IPsec's, the others let it in without.
_REQUIRE = {"secureserver": True, "secure": True, "boundary": False, "donotsecure": False}
_VERSION = re.compile(r"v\d{1,3}\.\d{1,3}", re.IGNORECASE)
_PORTS = re.compile(r"(?P<first>\d{1,5})(?:-(?P<last>\d{1,5}))?")
_PORT_FIELD = re.compile(r"ep[12]port(?:2_\d+)?")
_ADDRESS_FIELD = re.compile(r"ep[12]_[46](?:2)?")


@dataclasses.dataclass(frozen=True)
class IpsecRule:
    """One rule.

    Attributes:
        id: The name of the registry value.
        requires: Whether what comes in has to be secured by IPsec, None if the rule doesn't say it understandably.
        active: Whether the rule is on, None if the rule doesn't say it understandably.
        profiles: Of PROFILES, all if empty.
        protocol: Its number, None for any.
        ports: First and last port of each range of either end, all if empty.
        addresses: Of either end, all if empty.
        name: As somebody called it.
    """

    id: str
    requires: bool | None = None
    active: bool | None = None
    profiles: tuple[str, ...] = ()
    protocol: int | None = None
    ports: tuple[tuple[int, int], ...] = ()
    addresses: tuple[str, ...] = ()
    name: str = ""

    def concerns(self, protocol: int, port: int, profile: str) -> bool:
        """Whether the rule may be about what comes in to a port while a profile is active."""
        return (
            self.active is not False
            and self.requires is not False
            and self.protocol in (None, protocol)
            and (not self.profiles or profile in self.profiles)
            and (not self.ports or any(first <= port <= last for first, last in self.ports))
        )


def parse(id: str, text: str) -> IpsecRule:
    """Read a rule. What is not understood makes it one that may do anything."""
    version, *fields = text.split("|")
    if not _VERSION.fullmatch(version) or fields[-1:] != [""]:
        return IpsecRule(id)
    pairs = [(name.casefold(), value) for name, equals, value in (one.partition("=") for one in fields[:-1]) if equals]
    first = dict(reversed(pairs))
    profiles = tuple(value.casefold() for name, value in pairs if name == "profile")
    ports = [_PORTS.fullmatch(value) for name, value in pairs if _PORT_FIELD.fullmatch(name)]
    protocol = first.get("protocol", "")
    return IpsecRule(
        id,
        requires=_REQUIRE.get(first.get("action", "").casefold()),
        # MS-FASP 2.2.51: a rule is disabled unless its flag says otherwise.
        active={"true": True, "false": False, "": False}.get(first.get("active", "").casefold()),
        profiles=profiles if set(profiles) <= set(PROFILES) else (),
        protocol=int(protocol) if protocol.isdecimal() and protocol != "256" else None,
        ports=tuple((int(one["first"]), int(one["last"] or one["first"])) for one in ports if one)
        if all(ports)
        else (),
        addresses=tuple(value for name, value in pairs if _ADDRESS_FIELD.fullmatch(name)),
        name=first.get("name", ""),
    )
