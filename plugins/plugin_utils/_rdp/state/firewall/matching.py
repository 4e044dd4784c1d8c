# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether one firewall rule concerns the traffic to TermService, and how far."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ...formats.firewall_rules import CUT_OFF, PortRange, Rule
from .settings import Firewall

TCP, UDP = 6, 17

_SERVICE = "termservice"
# Windows 7's own rule was for System; since Windows 8 there are rules for svchost.exe (published exports of both).
# Unseen: a rule for System does not concern TermService any more.
_PROGRAM = "\\system32\\svchost.exe"

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

# How many of a list's members are shown: programs that lock people out make lists of a thousand addresses.
_SHOWN = 3


def match(rule: Rule, traffic: Traffic, profile: str, firewall: Firewall) -> Match:
    """Compare a rule with the traffic that comes in while a profile is active."""
    if not rule.not_judged and _is_for_other_traffic(rule, traffic, profile):
        # Most rules end here, and there may be tens of thousands.
        return _NONE
    doubtful = {field.partition("=")[0].casefold() for field in rule.not_judged}
    # A field that is there again, or was cut off, may name more profiles or ports.
    program = _program_matches(rule, firewall)
    port = _port_matches(rule, traffic.port, doubtful)
    another = _may_share(rule, firewall)
    excluded = (
        (rule.active is False, "active"),
        (rule.direction == "out", "dir"),
        (bool(rule.profiles) and profile not in rule.profiles and CUT_OFF not in doubtful, "profile"),
        (rule.package is not None, "apppkgid"),
        (rule.protocol is not None and rule.protocol != traffic.protocol, "protocol"),
        (another is False, "svc"),
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
        *(() if not another else (f"Svc={rule.service}, which may share TermService's process",)),
    )
    if unclear:
        return Match("unclear", unclear)
    limits = described_limits(rule)
    return Match("part", limits) if limits else Match("all")


def _is_for_other_traffic(rule: Rule, traffic: Traffic, profile: str) -> bool:
    """Whether a rule that is understood to its end plainly has nothing to do with the traffic."""
    return (
        rule.active is False
        or rule.direction == "out"
        or (bool(rule.profiles) and profile not in rule.profiles)
        or (rule.protocol is not None and rule.protocol != traffic.protocol)
        or (bool(rule.local_ports) and not _port_matches(rule, traffic.port, ()))
    )


def described_limits(rule: Rule) -> tuple[str, ...]:
    """Return how else a rule is limited than by its port, program and profiles, as phrases."""
    parts = (
        ("from", rule.remote_addresses),
        ("to the host's addresses", rule.local_addresses),
        ("over the interfaces", (*rule.interface_types, *rule.interfaces)),
        ("from the ports", rule.remote_ports),
        ("with IPsec", rule.authentication),
    )
    return tuple(f"{word} {shortened(values)}" for word, values in parts if values)


def shortened(values: t.Sequence[str]) -> str:
    """Return the members of a list as a phrase, a long list by its first ones and how many there are."""
    if len(values) <= _SHOWN + 1:
        return ", ".join(values)
    return f"{', '.join(values[:_SHOWN])}, … and {len(values) - _SHOWN} more"


def is_for_another_service(rule: Rule) -> bool:
    """Whether a rule names a service that isn't TermService."""
    return rule.service is not None and rule.service.casefold() not in (_SERVICE, "*")


def is_for_term_service(rule: Rule) -> bool:
    """Whether a rule names TermService."""
    return rule.service is not None and rule.service.casefold() == _SERVICE


def _may_share(rule: Rule, firewall: Firewall) -> bool | None:
    """Whether a rule is for another service that shares TermService's process, None if it is for no other service.

    The SIDs of all services of a process are in its token
    (https://learn.microsoft.com/windows/win32/api/winsvc/ns-winsvc-service_sid_info), so Windows may apply the rule of
    one to all of them. With less than 3.5 GB of memory, and before version 1703, services share processes.
    """
    if not is_for_another_service(rule):
        return None
    return firewall.sharing is None or str(rule.service).casefold() in firewall.sharing


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
    variable = _VARIABLE.fullmatch(path)
    if variable and variable["name"] in _VARIABLES_OF_WINDOWS:
        return variable["rest"] == _PROGRAM
    if variable:
        # Another variable could be anything, but the file's name stays what it is.
        return None if variable["rest"].endswith("\\svchost.exe") else False
    return path == firewall.system_root.casefold() + _PROGRAM
