# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the firewall does with the traffic to TermService, profile by profile, and what decides it.

Rules that allow who authenticates win over rules that block, and these over rules that allow (MS-FASP 2.2.34). Where
something could not be understood, both readings are followed to their ends: if they differ, there is no answer.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ...errors import UnreadableError
from ...formats.firewall_rules import Rule
from .matching import TCP, Match, Traffic, match, shortened
from .profiles import Profile, ProfileSetting, Store
from .settings import Firewall, StoredIpsecRule, StoredRule

State: t.TypeAlias = t.Literal["open", "limited", "blocked", "off"]

_DISPLAYED_NAME = 60


@dataclasses.dataclass(frozen=True)
class Cause:
    """One thing that decides.

    Attributes:
        kind: ``setting``, ``block`` (a rule that blocks), ``allow`` (a rule that allows), ``ipsec`` (a rule that lets
            in only who authenticates), ``ignored`` (the host's own rules don't count) or ``nothing`` (no rule allows
            it).
        text: The cause as a phrase.
        place: The registry key that holds it.
        store: Whose it is.
        rule: The rule, if it is one.
        name: The name of the value there, if it is a setting.
    """

    kind: t.Literal["setting", "block", "allow", "ipsec", "ignored", "nothing"]
    text: str
    place: str = ""
    store: Store = "local"
    rule: Rule | None = None
    name: str = ""


@dataclasses.dataclass(frozen=True)
class Answer:
    """What becomes of the traffic while one profile is active.

    Attributes:
        profile: Of netsh.PROFILES.
        state: ``open``, ``limited`` (open for some), ``blocked``, or ``off`` (open, because the firewall is off).
        causes: What decides it.
    """

    profile: str
    state: State
    causes: tuple[Cause, ...]

    @property
    def asks_for_ipsec(self) -> bool:
        """Whether nobody gets in without authenticating by IPsec."""
        allowing = [one.rule for one in self.causes if one.kind == "allow" and one.rule]
        return any(one.kind == "ipsec" for one in self.causes) or (
            bool(allowing) and all(rule.authentication for rule in allowing)
        )


def answers(firewall: Firewall, traffic: Traffic) -> tuple[Answer, ...]:
    """Return the answer for each active profile.

    Raises:
        UnreadableError: Something that was not understood could decide.
    """
    return tuple(answer(firewall, traffic, name) for name in firewall.active)


def answer(firewall: Firewall, traffic: Traffic, name: str) -> Answer:
    """Return the answer for a profile, active or not.

    Raises:
        UnreadableError: Something that was not understood could decide.
    """
    profile = firewall.profile(name)
    if profile.enabled.value == 0:
        return Answer(name, "off", (_by_setting("EnableFirewall = 0", profile.enabled),))
    if profile.block_all.value == 1:
        return Answer(name, "blocked", (_by_setting("DoNotAllowExceptions = 1", profile.block_all),))
    found = _by_rules(firewall, traffic, profile)
    ipsec = _required_ipsec(firewall, traffic, profile)
    if found.state == "blocked" or not ipsec:
        return found
    return dataclasses.replace(found, state="limited", causes=(*ipsec, *found.causes))


def is_open(found: t.Sequence[Answer]) -> bool:
    """Whether somebody gets in: since Windows 7 each network has the profile of its own."""
    return any(one.state != "blocked" for one in found)


def _required_ipsec(firewall: Firewall, traffic: Traffic, profile: Profile) -> tuple[Cause, ...]:
    """Return the rules of connection security that keep out who doesn't authenticate."""
    counted = [one for one in firewall.ipsec if profile.local_ipsec.value == 1 or one.store != "local"]
    return tuple(
        Cause("ipsec", _ipsec_in_words(one), one.place, one.store)
        for one in counted
        if one.rule.concerns(traffic.protocol, traffic.port, profile.name)
    )


def _ipsec_in_words(stored: StoredIpsecRule) -> str:
    rule = stored.rule
    name = f" '{rule.name[:_DISPLAYED_NAME]}'" if rule.name and not rule.name.startswith("@") else ""
    between = f" (between {shortened(rule.addresses)})" if rule.addresses else ""
    may = "requires" if rule.requires and rule.active else "may require"
    return f"the connection security rule {rule.id}{name} in {stored.place} {may} IPsec{between}"


def _by_setting(text: str, setting: ProfileSetting) -> Cause:
    return Cause("setting", f"{text} in {setting.place}", setting.place, setting.store, name=text.partition(" ")[0])


@dataclasses.dataclass(frozen=True)
class _Found:
    """A rule that has to do with the traffic."""

    stored: StoredRule
    match: Match

    @property
    def unclear(self) -> bool:
        return self.match.kind == "unclear" or self.stored.rule.action is None

    def may_be(self, action: str) -> bool:
        return self.stored.rule.action in (action, None)

    def cause(self, kind: t.Literal["block", "allow"]) -> Cause:
        limits = f" ({'; '.join(self.match.limits)})" if self.match.limits else ""
        stored = self.stored
        return Cause(kind, f"the rule {described(stored)}{limits}", stored.place, stored.store, stored.rule)


def described(stored: StoredRule) -> str:
    """Name a rule: its id, its name unless that is one of Windows' resources, and its store unless it is the host's."""
    rule = stored.rule
    name = "" if rule.name.startswith("@") or not rule.name else f" '{rule.name[:_DISPLAYED_NAME]}'"
    store = {"gpo": " of a group policy", "mdm": " of an MDM", "other": f" in {stored.place}"}.get(stored.store, "")
    return f"{rule.id}{name}{store}"


def _by_rules(firewall: Firewall, traffic: Traffic, profile: Profile) -> Answer:
    matched = [
        _Found(stored, _merged(stored, found, profile))
        for stored in firewall.rules
        if (found := match(stored.rule, traffic, profile.name, firewall)).kind != "none"
    ]
    counted: list[_Found] = []
    ignored: list[_Found] = []
    for one in matched:
        (counted if profile.local_rules.value == 1 or one.stored.store != "local" else ignored).append(one)
    strictly = _state(counted, profile, unclear_blocks=True)
    if strictly != "limited" and _state(counted, profile, unclear_blocks=False) != strictly:
        first = next(one for one in counted if one.unclear)
        raise UnreadableError(
            f"the firewall rule {described(first.stored)} in {first.stored.place} could decide and was not understood:",
            "; ".join(first.match.limits) or "its action",
        )
    causes = _causes([one for one in counted if not one.unclear], profile, strictly)
    if strictly == "blocked" and not causes:
        causes = (_without_a_rule(firewall, traffic, profile, ignored),)
    return Answer(profile.name, strictly, causes)


def _merged(stored: StoredRule, found: Match, profile: Profile) -> Match:
    """Doubt a local rule that allows, if a policy ignores its kind: what exactly that is, is not documented."""
    rule = stored.rule
    for setting, of_that_kind in (
        (profile.local_ports, rule.program is None),
        (profile.local_programs, not rule.local_ports and rule.service is None),
    ):
        if setting.value == 0 and of_that_kind and stored.store == "local" and rule.action != "block":
            return Match("unclear", (*found.limits, f"AllowUserPrefMerge = 0 in {setting.place}"))
    return found


def _state(found: t.Sequence[_Found], profile: Profile, *, unclear_blocks: bool) -> State:
    """Return the outcome if every unclear rule blocks all of the traffic, or allows all of it."""
    blocks = [one for one in found if not one.unclear and one.may_be("block")]
    allows = [one for one in found if not one.unclear and one.may_be("allow")]
    bypass = any(not one.unclear and one.may_be("bypass") for one in found)
    closed = any(one.match.kind == "all" for one in blocks)
    opened = any(one.match.kind == "all" for one in allows) or profile.default_inbound.value == 0
    if unclear_blocks:
        closed = closed or any(one.unclear and one.may_be("block") for one in found)
    else:
        opened = opened or any(one.unclear and one.may_be("allow") for one in found)
        bypass = bypass or any(one.unclear and one.may_be("bypass") for one in found)
    if closed or not (opened or allows):
        return "limited" if bypass else "blocked"
    return "open" if opened and not blocks else "limited"


def _causes(found: t.Sequence[_Found], profile: Profile, state: State) -> tuple[Cause, ...]:
    """Return what decides for a state, nothing if it is the lack of a rule."""
    blocks = [one for one in found if one.stored.rule.action == "block"]
    allows = [one for one in found if one.stored.rule.action in ("allow", "bypass")]
    if state == "blocked":
        return tuple(one.cause("block") for one in blocks if one.match.kind == "all")
    if any(one.match.kind == "all" for one in blocks):
        past = [one for one in allows if one.stored.rule.action == "bypass"]
        return (*(one.cause("block") for one in blocks), *(one.cause("allow") for one in past))
    inbound = profile.default_inbound
    default = (_by_setting("DefaultInboundAction = 0", inbound),) if inbound.value == 0 else ()
    whole = [one for one in allows if one.match.kind == "all" and one.stored.rule.action == "allow"]
    if state == "open":
        return tuple(one.cause("allow") for one in whole) or default
    return (*(one.cause("block") for one in blocks), *(one.cause("allow") for one in whole or allows), *default)


def _without_a_rule(firewall: Firewall, traffic: Traffic, profile: Profile, ignored: t.Sequence[_Found]) -> Cause:
    """Return why no rule allows the traffic."""
    if profile.local_rules.value == 1:
        return Cause("nothing", _nothing_allows(firewall, traffic, profile))
    local = shortened([described(one.stored) for one in ignored if one.stored.rule.action != "block"])
    cause = _by_setting("AllowLocalPolicyMerge = 0", profile.local_rules)
    text = f"{cause.text}: the host's own rules don't count" + (f", such as {local}" if local else "")
    return dataclasses.replace(cause, kind="ignored", text=text)


def _nothing_allows(firewall: Firewall, traffic: Traffic, profile: Profile) -> str:
    """Say why Windows' own rule doesn't allow the traffic."""
    rule = firewall.built_in_tcp if traffic.protocol == TCP else firewall.built_in_udp
    if rule is None:
        return "no rule allows it, and Windows' own rule for Remote Desktop is missing"
    if rule.local_ports and not any(traffic.port in one for one in rule.local_ports if not isinstance(one, str)):
        return f"no rule allows it: the rule {rule.id} is for port {', '.join(map(str, rule.local_ports))}"
    if rule.active is False:
        return f"the rule {rule.id} is off"
    if rule.profiles and profile.name not in rule.profiles:
        return f"the rule {rule.id} is only for the profile {', '.join(rule.profiles)}"
    return f"no rule allows it, and the rule {rule.id} was changed"
