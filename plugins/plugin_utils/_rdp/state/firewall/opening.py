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

from ...errors import RefusedError, UnreadableError
from ...formats.firewall_rules import PROFILES, Rule
from ..listener import DEFAULT_PORT
from .effective import Cause, answers, is_open
from .intent import refuse_beyond, refuse_lost_domain
from .matching import TCP, UDP, Traffic, described_limits, match
from .settings import Firewall

_ADDRESS = re.compile(r"[0-9a-fA-F.:]+(?:-[0-9a-fA-F.:]+)?")
_SUBNET = re.compile(r"(?P<address>[0-9a-fA-F.:]+)/(?P<size>\d{1,3}|(?:\d{1,3}\.){3}\d{1,3})")
# netsh's words for what it can limit a rule to, without those that stand for IPv4 and IPv6 alike.
_KEYWORDS = frozenset(("localsubnet", "dns", "dhcp", "wins", "defaultgateway"))
_INTERFACE_TYPES = {"lan": "lan", "wireless": "wireless", "remoteaccess": "ras"}
_REMOTE_PORTS = re.compile(r"\d{1,5}(?:-\d{1,5})?")

AT_A_POLICY = (
    " Change that policy, then run: gpupdate. If no GPO sets the value (the check 'policy' says whose it is), remove "
    "it from the registry."
)


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
class SwitchedOn:
    """A rule of Windows to turn on.

    Attributes:
        id: Its id.
        before: In which profiles it counts, all if empty.
        narrowed: In which it is to count instead, empty to leave it as it is.
    """

    id: str
    before: tuple[str, ...] = ()
    narrowed: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Opening:
    """What opens a port. Nothing, if it is open.

    Attributes:
        switch_on: The rules to turn on.
        add: The rules to add.
    """

    switch_on: tuple[SwitchedOn, ...] = ()
    add: tuple[OwnRule, ...] = ()


def opening(firewall: Firewall, port: int, instead_of: int | None, profiles: t.Sequence[str]) -> Opening:
    """Find out how to open a TCP port for TermService. Nothing is to be done where it is open in an active profile.

    Args:
        firewall: The host's firewall.
        port: The port.
        instead_of: The port that it replaces, so that what is limited there is not wide open here.
        profiles: In which profiles it may be opened.

    Raises:
        RefusedError: It must be left to people, in a sentence that says to what.
        UnreadableError: Something that was not understood could decide.
    """
    found = answers(firewall, Traffic(port))
    if is_open(found):
        return Opening()
    for cause in (cause for one in found for cause in one.causes):
        _refuse_what_no_rule_changes(cause)
    if instead_of is not None:
        _refuse_limits_of_others(firewall, instead_of)
    ports = {port, DEFAULT_PORT, instead_of or port}
    refuse_beyond(firewall, ports, TCP, _kept(firewall.built_in_tcp, profiles))
    refuse_lost_domain(firewall, profiles)
    opened = [name for name in firewall.active if name in profiles]
    if not opened:
        raise RefusedError(
            f"The network counts as {', '.join(firewall.active)}, and there the port is opened only with "
            f"'profiles: [{', '.join(PROFILES)}]'. If it is a network of yours, correct its category instead."
        )
    rule = firewall.built_in_tcp
    if rule is not None:
        _refuse_changed(rule, opened)
        if not rule.active and any(_would_open(rule, port, name, firewall) for name in opened):
            ours = (rule, *_udp_to_switch_on(firewall, profiles))
            return Opening(switch_on=tuple(_switched_on(one, profiles) for one in ours))
    return Opening(add=_own_rules(firewall, port, profiles))


def own_rules(firewall: Firewall, port: int) -> tuple[OwnRule, ...]:
    """Return the rules for a port that were added before, as far as they are still as they were made."""
    found = (_remade(stored.rule, port) for stored in firewall.rules if stored.store == "local")
    return tuple(own for own in found if own)


def _remade(rule: Rule, port: int) -> OwnRule | None:
    own = next((one for one in (OwnRule("TCP", port), OwnRule("UDP", port)) if one.name == rule.name), None)
    try:
        return dataclasses.replace(own, profiles=rule.profiles, limits=_limits(rule)) if own else None
    except RefusedError:
        # Somebody has changed it since.
        return None


def _refuse_what_no_rule_changes(cause: Cause) -> None:
    """Refuse what no rule of the host's own can change.

    Raises:
        RefusedError: The cause is such a thing.
    """
    if cause.kind in ("nothing", "allow", "ipsec"):
        return
    policy = AT_A_POLICY if cause.store == "gpo" else ""
    if cause.kind == "block":
        what = "Rules that block win, and this one is somebody's decision: turn it off or narrow it if it isn't meant."
        raise RefusedError(f"Blocked by {cause.text}, in {cause.place}. {policy.strip() or what}")
    if cause.kind == "ignored":
        raise RefusedError(f"The rule that allows Remote Desktop has to come from a policy: {cause.text}.{policy}")
    raise RefusedError(
        f"The profile lets nothing in: {cause.text}.{policy or ' Whether it should is for people to decide.'}"
    )


def _refuse_changed(rule: Rule, opened: t.Sequence[str]) -> None:
    """Refuse to bypass a change that somebody made to Windows' own rule.

    Raises:
        RefusedError: It blocks, or is for other profiles, or can't be understood.
    """
    if rule.action != "allow" or rule.not_judged:
        what = "; ".join(rule.not_judged) or f"Action={rule.action}"
        raise RefusedError(f"The rule {rule.id} was changed ({what[:200]}). Change it back, or allow the port by hand.")
    if rule.profiles and not set(opened) & set(rule.profiles):
        raise RefusedError(
            f"The rule {rule.id} is for the profile {', '.join(rule.profiles)}, and {', '.join(opened)} is active: "
            "correct the network's category, or the profiles of the rule."
        )


def _kept(rule: Rule | None, profiles: t.Sequence[str]) -> tuple[str, ...]:
    """Return the profiles of a rule in which a port may be opened."""
    counts = (rule.profiles if rule else ()) or PROFILES
    return tuple(name for name in PROFILES if name in counts and name in profiles)


def _switched_on(rule: Rule, profiles: t.Sequence[str]) -> SwitchedOn:
    kept = _kept(rule, profiles)
    return SwitchedOn(rule.id, rule.profiles, kept if set(rule.profiles or PROFILES) - set(kept) else ())


def _would_open(rule: Rule, port: int, profile: str, firewall: Firewall) -> bool:
    turned_on = dataclasses.replace(rule, active=True)
    return match(turned_on, Traffic(port), profile, firewall).kind in ("all", "part")


def _udp_to_switch_on(firewall: Firewall, profiles: t.Sequence[str]) -> tuple[Rule, ...]:
    rule = firewall.built_in_udp
    if not rule or not _kept(rule, profiles) or rule.active is not False or rule.action != "allow" or rule.not_judged:
        return ()
    try:
        refuse_beyond(firewall, (DEFAULT_PORT,), UDP, _kept(rule, profiles))
    except RefusedError:
        # Remote Desktop works without UDP.
        return ()
    return (rule,)


def _refuse_limits_of_others(firewall: Firewall, port: int) -> None:
    """Refuse to open a port wider than the one that it replaces, if rules other than Windows' own limit that one.

    Raises:
        RefusedError: They do.
    """
    for one in answers(firewall, Traffic(port)):
        others = [cause for cause in one.causes if cause.rule and cause.rule != firewall.built_in_tcp]
        if one.state == "limited" and others:
            raise RefusedError(
                f"Port {port} is limited by {others[0].text}, and nobody knows whether the new one should be, too. "
                "Make the same rule for the new port first."
            )


def _own_rules(firewall: Firewall, port: int, profiles: t.Sequence[str]) -> tuple[OwnRule, ...]:
    tcp = _own_rule(firewall, "TCP", port, firewall.built_in_tcp, profiles)
    try:
        if not _udp_is_meant_to_be_on(firewall) or not _lacks_a_rule(firewall, Traffic(port, UDP)):
            return (tcp,)
        like = firewall.built_in_udp or firewall.built_in_tcp
        refuse_beyond(firewall, (port, DEFAULT_PORT), UDP, _kept(like, profiles))
        return (tcp, _own_rule(firewall, "UDP", port, like, profiles))
    except (RefusedError, UnreadableError):
        # Remote Desktop works without UDP.
        return (tcp,)


def _udp_is_meant_to_be_on(firewall: Firewall) -> bool:
    """Whether nobody turned UDP off while TCP stayed on."""
    tcp, udp = firewall.built_in_tcp, firewall.built_in_udp
    return tcp is None or (udp is not None and (not tcp.active or bool(udp.active)))


def _lacks_a_rule(firewall: Firewall, traffic: Traffic) -> bool:
    found = answers(firewall, traffic)
    return not is_open(found) and all(cause.kind == "nothing" for one in found for cause in one.causes)


def _own_rule(
    firewall: Firewall, protocol: t.Literal["TCP", "UDP"], port: int, like: Rule | None, profiles: t.Sequence[str]
) -> OwnRule:
    kept = _kept(like, profiles)
    own = OwnRule(protocol, port, () if kept == PROFILES else kept, _limits(like) if like else ())
    if any(stored.rule.name == own.name for stored in firewall.rules):
        raise RefusedError(f"The rule '{own.name}' is there, and doesn't open the port. Delete it, and run this again.")
    return own


def _limits(rule: Rule) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the limits of a rule in netsh's words.

    Raises:
        RefusedError: netsh has no words for them.
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
        raise RefusedError(
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
