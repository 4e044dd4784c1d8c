# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether one firewall rule concerns the traffic to TermService, and how far."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ..tools.firewall_rules import CUT_OFF, PortRange, Rule
from .policy import Firewall

TCP, UDP = 6, 17

_SERVICE = "termservice"
_PROGRAM = "\\system32\\svchost.exe"
# Until Windows 7 and Server 2008 R2, a driver took the connections.
_PROGRAM_BEFORE_WINDOWS_8 = "system"
WINDOWS_8 = (6, 2)

_VARIABLE = re.compile(r"%(?P<name>[^%]+)%(?P<rest>.*)")
_VARIABLES_OF_WINDOWS = ("systemroot", "windir")


@dataclasses.dataclass(frozen=True)
class Traffic:
    """What comes in: to a port of TermService, over TCP or UDP."""

    port: int
    protocol: int = TCP


@dataclasses.dataclass(frozen=True)
class Match:
    """What a rule has to do with the traffic.

    Attributes:
        kind: ``none``, ``all`` of it, ``part`` of it, or ``unclear``, which may be any of these.
        limits: What makes it a part, as phrases; or what could not be judged.
    """

    kind: t.Literal["none", "all", "part", "unclear"]
    limits: tuple[str, ...] = ()


_NONE = Match("none")


def match(rule: Rule, traffic: Traffic, profile: str, firewall: Firewall) -> Match:
    """Compare a rule with the traffic that comes in while a profile is active."""
    doubtful = {field.partition("=")[0].casefold() for field in rule.not_judged}
    # A field that is there again, or was cut off, may name more profiles or ports.
    program = _program_matches(rule, firewall)
    port = _port_matches(rule, traffic.port, doubtful)
    excluded = (
        (rule.active is False, "active"),
        (rule.direction == "out", "dir"),
        (bool(rule.profiles) and profile not in rule.profiles and CUT_OFF not in doubtful, "profile"),
        (rule.package is not None, "apppkgid"),
        (rule.protocol is not None and rule.protocol != traffic.protocol, "protocol"),
        (rule.service is not None and rule.service.casefold() not in (_SERVICE, "*"), "svc"),
        (bool(rule.platforms) and not _for_this_windows(rule, firewall.windows), "platform2"),
        (program is False, "app"),
        (port is False, "lport"),
    )
    if any(certain and field not in doubtful for certain, field in excluded):
        # What else was not understood can only restrict the rule further.
        return _NONE
    unclear = (
        *rule.not_judged,
        *(() if rule.active is not None else ("whether it is on",)),
        *(() if rule.direction else ("its direction",)),
        *(() if program is not None else (f"App={rule.program}",)),
    )
    if unclear:
        return Match("unclear", unclear)
    limits = described_limits(rule)
    return Match("part", limits) if limits else Match("all")


def described_limits(rule: Rule) -> tuple[str, ...]:
    """Return how a rule is limited beside its port, program and profiles, as phrases."""
    parts = (
        ("from", rule.remote_addresses),
        ("to the host's addresses", rule.local_addresses),
        ("over the interfaces", (*rule.interface_types, *rule.interfaces)),
        ("from the ports", rule.remote_ports),
        ("with IPsec", rule.authentication),
    )
    return tuple(f"{word} {', '.join(values)}" for word, values in parts if values)


def _for_this_windows(rule: Rule, windows: tuple[int, int]) -> bool:
    return any(
        windows >= (one.major, one.minor) if one.or_later else windows == (one.major, one.minor)
        for one in rule.platforms
    )


def _port_matches(rule: Rule, port: int, doubtful: t.Collection[str]) -> bool | None:
    """Whether a rule is for a port, None if it isn't clear. Known keywords stand for ports of other components."""
    if not rule.local_ports or any(isinstance(one, PortRange) and port in one for one in rule.local_ports):
        return True
    return None if any(field == CUT_OFF or field.startswith("lport") for field in doubtful) else False


def _program_matches(rule: Rule, firewall: Firewall) -> bool | None:
    """Whether a rule is for the program that takes the connections, None if its path can't be resolved."""
    if rule.program is None:
        return True
    path = rule.program.casefold().replace("/", "\\")
    if firewall.windows < WINDOWS_8 and path == _PROGRAM_BEFORE_WINDOWS_8:
        return True
    variable = _VARIABLE.fullmatch(path)
    if variable and variable["name"] in _VARIABLES_OF_WINDOWS:
        return variable["rest"] == _PROGRAM
    if variable:
        # Another variable could be anything, but the file's name stays what it is.
        return None if variable["rest"].endswith("\\svchost.exe") else False
    return path == firewall.system_root.casefold() + _PROGRAM
