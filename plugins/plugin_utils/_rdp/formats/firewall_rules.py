# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""The rules of the Windows Firewall, as they are written in the registry.

https://learn.microsoft.com/openspecs/windows_protocols/ms-gpfas/2efe0b76-7b4a-41ff-9050-1023f8196d16
(MS-GPFAS 2.2.2.19; what each field does is in MS-FASP 2.2.37)

    >>> rule = parse("RemoteDesktop-UserMode-In-TCP", (
    ...     r"v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3389|"
    ...     r"App=%SystemRoot%\system32\svchost.exe|Svc=termservice|Name=@FirewallAPI.dll,-28775|"
    ... ))
    >>> rule.action, rule.active, rule.protocol, rule.local_ports, rule.service
    ('allow', True, 6, (PortRange(first=3389, last=3389),), 'termservice')

No word of the grammar is translated. A field that only describes is kept and means nothing; one that may restrict the
rule, and every field that nobody here knows, is in ``not_judged``, so that such a rule is never taken for a plain one.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ..errors import UnreadableError

Action: t.TypeAlias = t.Literal["allow", "block", "bypass"]

PROFILES = ("domain", "private", "public")

# Stands in ``not_judged`` of a rule whose last field has no end.
CUT_OFF = "no end"

_VERSION = re.compile(r"^v(?P<major>\d{1,3})\.(?P<minor>\d{1,3})$", re.IGNORECASE)
_PORTS = re.compile(r"^(?P<first>\d{1,5})(?:-(?P<last>\d{1,5}))?$")
_PROTOCOL = re.compile(r"[0-9]{1,3}")
_PLATFORM = re.compile(r"^(?P<platform>\d{1,3}):(?P<major>\d{1,3}):(?P<minor>\d{1,3})$")

_ACTIONS: t.Mapping[str, Action] = {"allow": "allow", "block": "block", "bypass": "bypass"}
_DIRECTIONS = ("in", "out")
_BOOLEANS = {"true": True, "false": False}

# Ports that Windows gives to a component of its own at run time. None of them is Remote Desktop.
_PORT_KEYWORDS = frozenset(
    ("rpc", "rpc-epmap", "teredo", "iptlsin", "iphttpsin", "dhcp", "ply2disc", "mdns", "tcpcdpsvc")
)

# Fields of one value. A second one contradicts the grammar.
_ONCE = frozenset(("action", "active", "dir", "protocol", "app", "svc", "name", "desc", "embedctxt", "apppkgid"))
_DECIDING = {"action": "action", "active": "active", "dir": "direction"}
_LISTS = {
    "profile": "profiles",
    "la4": "local_addresses",
    "la6": "local_addresses",
    "ra4": "remote_addresses",
    "ra6": "remote_addresses",
    "ra42": "remote_addresses",
    "ra62": "remote_addresses",
    "rport": "remote_ports",
    "rport2_10": "remote_ports",
    "if": "interfaces",
    "iftype": "interface_types",
    # Who has to authenticate by IPsec, and how.
    "security": "authentication",
    "security2_9": "authentication",
    "security2": "authentication",
    "rmauth": "authentication",
    "ruauth": "authentication",
}
# What these say keeps nobody out of a TCP or UDP port.
_HARMLESS = frozenset(
    ("name", "desc", "embedctxt", "edge", "defer", "lsm", "lom", "pcross", "authbypassout", "icmp4", "icmp6")
)


@dataclasses.dataclass(frozen=True)
class PortRange:
    """Ports, first and last included."""

    first: int
    last: int

    def __contains__(self, port: object) -> bool:
        return isinstance(port, int) and self.first <= port <= self.last

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


@dataclasses.dataclass(frozen=True)
class Platform:
    """Versions of Windows for which a rule is meant: this one, or with ``or_later`` every one from it on."""

    major: int
    minor: int
    or_later: bool = False


@dataclasses.dataclass(frozen=True)
class Rule:
    """One rule. An empty tuple or None means that the rule doesn't limit it.

    Attributes:
        id: The name of the registry value. It is not translated.
        version: Of the grammar.
        action: ``allow``, ``block``, or ``bypass``: allow who authenticates, even past a rule that blocks. None if the
            rule doesn't say it, or not understandably.
        active: Whether the rule is turned on. None if the rule doesn't say it understandably.
        direction: ``in`` or ``out``, None as with ``action``.
        protocol: Its number, None for any.
        profiles: Of PROFILES.
        local_ports: Ports, and keywords such as RPC.
        authentication: The fields that ask for IPsec, with their names.
        addresses_by_field: Each field that limits an address, with its value, in order: ``("RA4", "LocalSubnet")``.
        program: The path of the program, or ``System``.
        service: The short name of the service, ``*`` for any service.
        package: The app to which it is limited: the SID of its container, or since Windows 11 its family name.
        not_judged: The fields that may restrict the rule in a way that nobody here judges, as they are written.
    """

    id: str
    version: tuple[int, int]
    action: Action | None = None
    active: bool | None = False
    direction: str | None = None
    protocol: int | None = None
    profiles: tuple[str, ...] = ()
    local_ports: tuple[PortRange | str, ...] = ()
    remote_ports: tuple[str, ...] = ()
    local_addresses: tuple[str, ...] = ()
    remote_addresses: tuple[str, ...] = ()
    addresses_by_field: tuple[tuple[str, str], ...] = ()
    interfaces: tuple[str, ...] = ()
    interface_types: tuple[str, ...] = ()
    authentication: tuple[str, ...] = ()
    program: str | None = None
    service: str | None = None
    package: str | None = None
    platforms: tuple[Platform, ...] = ()
    name: str = ""
    description: str = ""
    context: str = ""
    not_judged: tuple[str, ...] = ()


def parse(id: str, text: str) -> Rule:
    """Read a rule.

    Args:
        id: The name of its registry value.
        text: The data.

    Raises:
        UnreadableError: This is no rule of a version 2 firewall.
    """
    version, *fields = text.split("|")
    found = _VERSION.match(version)
    if not found or int(found["major"]) != 2 or not fields:
        raise UnreadableError(f"The firewall rule {id} was not understood.", text[:200])
    reading = _Reading()
    # The last field ends with a bar as well. Without it the rule may be cut off, and its limits with it.
    if fields[-1] == "":
        fields.pop()
    else:
        reading.not_judged.append(CUT_OFF)
    for field in fields:
        reading.take(field)
    return Rule(id=id, version=(2, int(found["minor"])), **reading.values())


class _Reading:
    """The fields of one rule, collected."""

    def __init__(self) -> None:
        self.not_judged: list[str] = []
        self._one: dict[str, t.Any] = {}
        self._many: dict[str, list[t.Any]] = {}
        self._seen: set[str] = set()

    def take(self, field: str) -> None:
        name, equals, value = field.partition("=")
        key = name.casefold()
        again = key in _ONCE and key in self._seen
        # A line break belongs into a description. Elsewhere, what wrapped the lines of the listing made it.
        broken = "\n" in field and key not in _HARMLESS
        if not equals or again or broken or not self._understands(key, name, value):
            self.not_judged.append(field)
        if broken:
            # The name of the field may be what was broken.
            self._one = {**dict.fromkeys(_DECIDING.values()), **self._one}
        if again and key in _DECIDING:
            # Which of the two counts?
            self._one[_DECIDING[key]] = None
        self._seen.add(key)

    def values(self) -> dict[str, t.Any]:
        if self._seen & {"lport", "lport2_10"} and "protocol" not in self._one:
            self.not_judged.append("ports without a protocol")
        lists = {name: tuple(dict.fromkeys(values)) for name, values in self._many.items()}
        return {**self._one, **lists, "not_judged": tuple(self.not_judged)}

    def _add(self, attribute: str, value: t.Any) -> bool:
        self._many.setdefault(attribute, []).append(value)
        return True

    def _set(self, attribute: str, value: t.Any) -> bool:
        self._one[attribute] = value
        return value is not None

    def _understands(self, key: str, name: str, value: str) -> bool:
        if key in _LISTS:
            return bool(value) and self._listed(key, name, value)
        if key.startswith("lport"):
            return self._port(value)
        if key in _HARMLESS:
            attribute = {"name": "name", "desc": "description", "embedctxt": "context"}.get(key)
            return self._set(attribute, value) if attribute else True
        match key:
            case "action":
                return self._set("action", _ACTIONS.get(value.casefold()))
            case "active":
                return self._set("active", _BOOLEANS.get(value.casefold()))
            case "dir":
                return self._set("direction", value.casefold() if value.casefold() in _DIRECTIONS else None)
            case "protocol":
                return bool(_PROTOCOL.fullmatch(value)) and int(value) <= 256 and self._protocol(int(value))
            case "app" | "svc" | "apppkgid" | "pfn":
                attribute = {"app": "program", "svc": "service"}.get(key, "package")
                return bool(value) and self._set(attribute, value)
            case "platform":
                return self._platform(value)
            case "platform2":
                return self._platform_or_later(value)
        return False

    def _protocol(self, number: int) -> bool:
        # 256 stands for any, as a rule without the field.
        self._one["protocol"] = None if number == 256 else number
        return True

    def _listed(self, key: str, name: str, value: str) -> bool:
        if key == "profile":
            return value.casefold() in PROFILES and self._add("profiles", value.casefold())
        if _LISTS[key].endswith("_addresses"):
            self._add("addresses_by_field", (name, value))
        return self._add(_LISTS[key], f"{name}={value}" if _LISTS[key] == "authentication" else value)

    def _port(self, value: str) -> bool:
        ports = _PORTS.match(value)
        if ports:
            first, last = int(ports["first"]), int(ports["last"] or ports["first"])
            return first <= last <= 65535 and self._add("local_ports", PortRange(first, last))
        # A port limit that isn't understood stays a port limit, beside what is said about it.
        self._add("local_ports", value)
        return value.casefold() in _PORT_KEYWORDS

    def _platform(self, value: str) -> bool:
        found = _PLATFORM.match(value)
        # 2 is Windows NT, the only one there is.
        if not found or found["platform"] != "2":
            return False
        return self._add("platforms", Platform(int(found["major"]), int(found["minor"])))

    def _platform_or_later(self, value: str) -> bool:
        platforms = self._many.get("platforms")
        if value.casefold() != "gteq" or not platforms:
            return False
        platforms[-1] = dataclasses.replace(platforms[-1], or_later=True)
        return True
