# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One firewall rule as its registry value holds it, and whether it is about a connection.

The grammar is MS-GPFAS 2.2.2.19 (https://learn.microsoft.com/openspecs/windows_protocols/ms-gpfas/): a version, then
``Name=value`` fields that end with a bar and may repeat.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import re
from collections.abc import Iterable
from functools import cache

# MS-FASP 2.2.1.2 FW_PROFILE_TYPE, as rules spell them
PROFILES = ("Domain", "Private", "Public")
TCP, UDP = 6, 17
# A rule with one of these is about an app package, an interface's trust or an authenticated peer, not about a plain
# connection to a service.
CONDITIONS_NOT_MET = (
    "AppPkgId", "PFN", "LUAuth", "LUOwn", "RUAuth", "RMauth", "Security", "Security2", "Security2_9", "TTK", "TTK2_22",
    "TTK2_27", "TTK2_28",
)  # fmt: skip


# what stands before a rule's program, in the order of the registry
FIELD_ORDER = ("Action", "Active", "Dir", "Protocol", "Profile", "LPort", "RPort", "ICMP", "LA", "RA")


@dataclasses.dataclass(frozen=True)
class Connection:
    """An attempt to reach a port: who listens there (or would), where the attempt comes from, which profile counts."""

    port: int
    program: str  # the full path, or System
    services: tuple[str, ...]  # the one that listens, and those in the same process
    profile: str
    local: str
    remote: str
    protocol: int = TCP


@dataclasses.dataclass(frozen=True)
class Rule:
    """A rule that was read."""

    version: str
    fields: tuple[tuple[str, str], ...]

    def get(self, name: str, default: str = "") -> str:
        """The first value of a field."""
        return next((value for key, value in self.fields if key.lower() == name.lower()), default)

    def all(self, *names: str) -> list[str]:
        """Every value of some fields, in the order in which they stand."""
        wanted = {name.lower() for name in names}
        return [value for key, value in self.fields if key.lower() in wanted]

    @property
    def active(self) -> bool:
        """Whether it is switched on."""
        return self.get("Active").upper() == "TRUE"

    @property
    def inbound(self) -> bool:
        """Whether it is about connections to this host."""
        return self.get("Dir").lower() == "in"

    @property
    def blocks(self) -> bool:
        """Whether it forbids."""
        return self.get("Action").lower() == "block"

    @property
    def allows(self) -> bool:
        """Whether it allows."""
        return self.get("Action").lower() == "allow"

    @property
    def profiles(self) -> list[str]:
        """The profiles in which it counts, in Windows' order; a rule that names none counts in all."""
        named = {value.lower() for value in self.all("Profile")}
        return [profile for profile in PROFILES if not named or profile.lower() in named]

    def text(self) -> str:
        """As the registry holds it."""
        return f"v{self.version}|" + "".join(f"{name}={value}|" for name, value in self.fields)

    def with_fields(self, kind: str, values: Iterable[tuple[str, str]], version: str) -> Rule:
        """The same with all fields of one kind replaced (LA and RA stand for every family), where the registry has
        them."""
        kept = [field for field in self.fields if not _is(field[0], kind)]
        before = FIELD_ORDER[: FIELD_ORDER.index(kind)]
        ranks = [at for at, field in enumerate(kept) if any(_is(field[0], other) for other in before)]
        place = ranks[-1] + 1 if ranks else 0
        return Rule(version, (*kept[:place], *values, *kept[place:]))

    def covers(self, connection: Connection) -> bool:
        """Whether it is about a connection."""
        return (
            self.active
            and self.inbound
            and self._covers_ports(connection)
            and connection.profile in self.profiles
            and not self.all(*CONDITIONS_NOT_MET)
            and self._covers_program(connection)
            and self._covers_addresses("R", connection.remote)
            and self._covers_addresses("L", connection.local)
            and self._covers_interface()
        )

    def _covers_ports(self, connection: Connection) -> bool:
        protocol = self.get("Protocol")
        if protocol and protocol != "256" and protocol != str(connection.protocol):
            return False
        if self.all("RPort", "RPort2_10", "RPort2_20"):  # a client's own port is any high number
            return False
        ports = self.all("LPort", "LPort2_10", "LPort2_20", "LPort2_24", "LPort2_29")
        return not ports or any(port_in(connection.port, port) for port in ports)

    def _covers_program(self, connection: Connection) -> bool:
        program, service = self.get("App").lower(), self.get("Svc").lower()
        if program and _expanded(program) != connection.program.lower():
            return False
        return not service or any(service in ("*", one.lower()) for one in connection.services)

    def _covers_addresses(self, side: str, address: str) -> bool:
        """Addresses of the two families stand apart; a rule that names only IPv6 ones is not about IPv4."""
        four, six = self.all(f"{side}A4", f"{side}A42"), self.all(f"{side}A6", f"{side}A62")
        if not four and not six:
            return True
        return any(address_in(address, one) for one in (six if ":" in address else four))

    def _covers_interface(self) -> bool:
        """The lab's hosts have one wired interface, which no rule names by its GUID."""
        kinds = {kind.lower() for kind in self.all("IFType")}
        return not self.all("IF") and (not kinds or "lan" in kinds)


@cache
def read_rule(text: str) -> Rule | None:
    """A registry value -> the rule; None for what is none."""
    version, bar, rest = text.partition("|")
    if not bar or not re.fullmatch(r"v\d+\.\d+", version):
        return None
    fields = [part.partition("=") for part in rest.split("|") if part]
    return Rule(version[1:], tuple((name, value) for name, _, value in fields))


def _is(name: str, kind: str) -> bool:
    """Whether a field is of a kind: LPort2_10 is an LPort, RA42 an RA."""
    return re.fullmatch(kind + r"[\d_]*", name, re.IGNORECASE) is not None


def _expanded(program: str) -> str:
    for name, value in (
        ("%systemroot%", r"c:\windows"), ("%windir%", r"c:\windows"), ("%systemdrive%", "c:"),
        ("%programfiles%", r"c:\program files"), ("%programfiles(x86)%", r"c:\program files (x86)"),
    ):  # fmt: skip
        program = program.replace(name, value)
    return program


def port_in(port: int, text: str) -> bool:
    """A number, a range or several of them; words like RPC stand for ports of their own."""
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        if first.isdigit() and int(first) <= port <= int(last if last.isdigit() else first):
            return True
    return False


def address_in(address: str, text: str) -> bool:
    """An address, a range, a network with its mask or prefix, or LocalSubnet.

    The lab's hosts and its controller share one loopback network: that is their local subnet.
    """
    here = ipaddress.ip_address(address)
    if text.lower() == "localsubnet":
        return here.is_loopback
    try:
        if "-" in text:
            first, _, last = text.partition("-")
            return int(ipaddress.ip_address(first)) <= int(here) <= int(ipaddress.ip_address(last))
        return here in ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False  # another word: Internet, DNS, DHCP, …
