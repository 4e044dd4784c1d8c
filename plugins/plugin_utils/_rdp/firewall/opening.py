# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a port can be opened for TermService, as data, or why that must be left to people.

What an administrator limited stays limited: a rule of our own has the limits of Windows' rule for Remote Desktop.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ..model import Refused, Unreadable
from ..tools.firewall_rules import Rule
from .effective import Answer, Cause, answers
from .matching import UDP, WINDOWS_8, Traffic, described_limits, match
from .policy import Firewall

DEFAULT_PORT = 3389

_ADDRESS = re.compile(r"[0-9a-fA-F.:]+(?:-[0-9a-fA-F.:]+)?")
_SUBNET = re.compile(r"(?P<address>[0-9a-fA-F.:]+)/(?P<size>\d{1,3}|(?:\d{1,3}\.){3}\d{1,3})")
# netsh's words for what it can limit a rule to, without those that stand for IPv4 and IPv6 alike.
_KEYWORDS = frozenset(("localsubnet", "dns", "dhcp", "wins", "defaultgateway"))
_INTERFACE_TYPES = {"lan": "lan", "wireless": "wireless", "remoteaccess": "ras"}
_REMOTE_PORTS = re.compile(r"\d{1,5}(?:-\d{1,5})?")


@dataclasses.dataclass(frozen=True)
class OwnRule:
    """A rule to add, for TermService alone.

    Attributes:
        protocol: ``TCP`` or ``UDP``.
        port: The port to open.
        profiles: In which it counts, all if empty.
        limits: By netsh's words.
    """

    protocol: t.Literal["TCP", "UDP"]
    port: int
    profiles: tuple[str, ...] = ()
    limits: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def name(self) -> str:
        """What it is called. netsh finds it by that alone."""
        return f"winops.rdp {self.protocol} {self.port}"


@dataclasses.dataclass(frozen=True)
class Opening:
    """What opens a port. Nothing, if it is open.

    Attributes:
        switch_on: The ids of the rules to turn on.
        group: Whether to turn on the group Remote Desktop: before Windows 8 its rules can't be named by their ids.
        add: The rules to add.
    """

    switch_on: tuple[str, ...] = ()
    group: bool = False
    add: tuple[OwnRule, ...] = ()


def opening(firewall: Firewall, port: int, instead_of: int | None = None) -> Opening:
    """Find out how to open a TCP port for TermService in every active profile.

    Args:
        firewall: The policy of the host.
        port: The port.
        instead_of: The port that it replaces, so that what is limited there is not wide open here.

    Raises:
        Refused: It must be left to people, in a sentence that says to what.
        Unreadable: Something that was not understood could decide.
    """
    blocked = [one for one in answers(firewall, Traffic(port)) if one.state == "blocked"]
    if not blocked:
        return Opening()
    for cause in (cause for one in blocked for cause in one.causes):
        _refuse_obstacle(cause)
    if firewall.windows < WINDOWS_8:
        if port != DEFAULT_PORT:
            raise Refused(f"Allow TCP port {port} by hand: on this version of Windows only port {DEFAULT_PORT} can be.")
        return Opening(group=True)
    rule = firewall.built_in_tcp
    if rule is not None:
        _refuse_changed(rule, blocked)
        if not rule.active and all(_would_open(rule, port, one.profile, firewall) for one in blocked):
            return Opening(switch_on=(rule.id, *_udp_to_switch_on(firewall)))
    if instead_of is not None:
        _refuse_limits_of_others(firewall, instead_of)
    return Opening(add=_own_rules(firewall, port))


def own_rules(firewall: Firewall, port: int) -> tuple[OwnRule, ...]:
    """Return the rules for a port that were added before, as far as they are still as they were made."""
    found = (_remade(stored.rule, port) for stored in firewall.rules if stored.store == "local")
    return tuple(own for own in found if own)


def _remade(rule: Rule, port: int) -> OwnRule | None:
    own = next((one for one in (OwnRule("TCP", port), OwnRule("UDP", port)) if one.name == rule.name), None)
    try:
        return dataclasses.replace(own, profiles=rule.profiles, limits=_limits(rule)) if own else None
    except Refused:
        # Somebody made it his own.
        return None


def _refuse_obstacle(cause: Cause) -> None:
    """Refuse what no rule of the host's own can change.

    Raises:
        Refused: The cause is such a thing.
    """
    if cause.kind in ("nothing", "allow"):
        return
    policy = " Change that policy, then run: gpupdate /force." if cause.store == "gpo" else ""
    if cause.kind == "block":
        what = "Rules that block win, and this one is somebody's decision: turn it off or narrow it if it isn't meant."
        raise Refused(f"Blocked by {cause.text}, in {cause.place}. {policy.strip() or what}")
    if cause.kind == "ignored":
        raise Refused(f"The rule that allows Remote Desktop has to come from a policy: {cause.text}.{policy}")
    raise Refused(
        f"The profile lets nothing in: {cause.text}.{policy or ' Whether it should is for people to decide.'}"
    )


def _refuse_changed(rule: Rule, blocked: t.Sequence[Answer]) -> None:
    """Refuse to work around what somebody made of Windows' own rule.

    Raises:
        Refused: It blocks, or is for other profiles, or can't be understood.
    """
    if rule.action != "allow" or rule.not_judged:
        what = "; ".join(rule.not_judged) or f"Action={rule.action}"
        raise Refused(f"The rule {rule.id} was changed ({what}). Change it back, or allow the port by hand.")
    outside = [one.profile for one in blocked if rule.profiles and one.profile not in rule.profiles]
    if outside:
        raise Refused(
            f"The rule {rule.id} is for the profile {', '.join(rule.profiles)}, and {', '.join(outside)} is active: "
            "correct the network's category, or the profiles of the rule."
        )


def _would_open(rule: Rule, port: int, profile: str, firewall: Firewall) -> bool:
    turned_on = dataclasses.replace(rule, active=True)
    return match(turned_on, Traffic(port), profile, firewall).kind in ("all", "part")


def _udp_to_switch_on(firewall: Firewall) -> tuple[str, ...]:
    rule = firewall.built_in_udp
    return (rule.id,) if rule and rule.active is False and rule.action == "allow" and not rule.not_judged else ()


def _refuse_limits_of_others(firewall: Firewall, port: int) -> None:
    """Refuse to open a port wider than the one that it replaces, which rules of somebody's own limit.

    Raises:
        Refused: They do.
    """
    for one in answers(firewall, Traffic(port)):
        others = [cause for cause in one.causes if cause.rule and cause.rule != firewall.built_in_tcp]
        if one.state == "limited" and others:
            raise Refused(
                f"Port {port} is limited by {others[0].text}, and nobody knows whether the new one should be, too. "
                "Make the same rule for the new port first."
            )


def _own_rules(firewall: Firewall, port: int) -> tuple[OwnRule, ...]:
    tcp = _own_rule(firewall, "TCP", port, firewall.built_in_tcp)
    try:
        if not _udp_is_wanted(firewall) or not _lacks_a_rule(firewall, Traffic(port, UDP)):
            return (tcp,)
        return (tcp, _own_rule(firewall, "UDP", port, firewall.built_in_udp or firewall.built_in_tcp))
    except (Refused, Unreadable):
        # Remote Desktop works without UDP.
        return (tcp,)


def _udp_is_wanted(firewall: Firewall) -> bool:
    """Whether nobody turned UDP off while TCP stayed on."""
    tcp, udp = firewall.built_in_tcp, firewall.built_in_udp
    return tcp is None or (udp is not None and (not tcp.active or bool(udp.active)))


def _lacks_a_rule(firewall: Firewall, traffic: Traffic) -> bool:
    causes = [cause for one in answers(firewall, traffic) if one.state == "blocked" for cause in one.causes]
    return bool(causes) and all(cause.kind == "nothing" for cause in causes)


def _own_rule(firewall: Firewall, protocol: t.Literal["TCP", "UDP"], port: int, like: Rule | None) -> OwnRule:
    own = OwnRule(protocol, port, like.profiles if like else (), _limits(like) if like else ())
    if any(stored.rule.name == own.name for stored in firewall.rules):
        raise Refused(f"The rule '{own.name}' is there, and doesn't open the port. Delete it, and run this again.")
    return own


def _limits(rule: Rule) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the limits of a rule in netsh's words.

    Raises:
        Refused: netsh has no words for them.
    """
    limits = {
        "remoteip": _addresses(rule, "RA"),
        "localip": _addresses(rule, "LA"),
        "interfacetype": tuple(_INTERFACE_TYPES.get(one.casefold(), "") for one in rule.interface_types),
        "remoteport": rule.remote_ports,
    }
    sayable = (
        not rule.authentication
        and not rule.interfaces
        and len(rule.interface_types) <= 1
        and all(one and "" not in one for one in limits.values() if one)
        and all(map(_REMOTE_PORTS.match, rule.remote_ports))
    )
    if not sayable:
        raise Refused(
            f"The rule {rule.id} is limited in a way that a new rule can't copy ({'; '.join(described_limits(rule))}). "
            "Make the rule for the port by hand."
        )
    return tuple((word, values) for word, values in limits.items() if values)


def _addresses(rule: Rule, prefix: str) -> tuple[str, ...]:
    """Return the addresses of a side of a rule as netsh takes them, an empty one for what it has no word for."""
    fields = [(name[2:], value) for name, value in rule.addresses_by_field if name.upper().startswith(prefix)]
    keywords: dict[str, set[str]] = {}
    found: list[str] = []
    for family, value in fields:
        if value.casefold() in _KEYWORDS and family in ("4", "6"):
            keywords.setdefault(value.casefold(), set()).add(family)
        else:
            found.append(_address(value))
    # netsh means both families by a keyword, so one of them alone can't be said.
    return (*(word if families == {"4", "6"} else "" for word, families in keywords.items()), *dict.fromkeys(found))


def _address(value: str) -> str:
    if _ADDRESS.fullmatch(value):
        return value
    subnet = _SUBNET.fullmatch(value)
    if not subnet or "." not in subnet["size"]:
        return value if subnet else ""
    bits = "".join(f"{int(part):08b}" for part in subnet["size"].split("."))
    ones = bits.rstrip("0")
    return f"{subnet['address']}/{len(ones)}" if len(bits) == 32 and "0" not in ones else ""
