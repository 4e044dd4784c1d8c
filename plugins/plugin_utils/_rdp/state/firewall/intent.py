# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far somebody meant Remote Desktop to be open, by the rules that are there.

Every rule that allows it, in whatever store, is somebody's decision for whom: for the networks of a profile, or for
some addresses. A host whose network suddenly counts as public, as after a start without a domain controller, is closed
by such a rule as it was meant to be, and another rule would open the host to strangers.
"""

from __future__ import annotations

import typing as t

from ...errors import RefusedError
from ...formats.firewall_rules import PROFILES, Rule
from .effective import described
from .matching import Traffic, described_limits, is_for_term_service, match
from .settings import Firewall, StoredRule


def refuse_beyond(firewall: Firewall, ports: t.Collection[int], protocol: int, profiles: t.Collection[str]) -> None:
    """Refuse to open a port where a rule allows Remote Desktop for some only, unless it is Windows' own rule.

    Args:
        firewall: The host's firewall, which lets nobody in through the port.
        ports: The port, and others on which Remote Desktop is or was.
        protocol: Of the traffic.
        profiles: In which the port would be opened.

    Raises:
        RefusedError: There is such a rule. The text names it.
    """
    own = {rule.id for rule in (firewall.built_in_tcp, firewall.built_in_udp) if rule}
    for stored in (*firewall.rules, *firewall.others):
        if stored.store == "local" and stored.rule.id in own:
            continue
        if limits := _limits(stored.rule, ports, protocol, profiles, firewall):
            raise RefusedError(_in_words(stored, limits, firewall))


def refuse_lost_domain(firewall: Firewall, profiles: t.Collection[str]) -> None:
    """Refuse to open a port because a member of a domain does not see its domain.

    Args:
        firewall: The host's firewall.
        profiles: In which a port may be opened.

    Raises:
        RefusedError: None of the host's networks counts as its domain's, or nobody knows whether one should.
    """
    if "domain" in firewall.active or ("public" in profiles and "public" in firewall.active):
        return
    if firewall.networks is None:
        active = ", ".join(firewall.active)
        raise RefusedError(
            f"The profile {active} is active, and whether this host is a member of a domain could not be read, so "
            "nobody knows whether its network is the right one."
        )
    if firewall.networks.in_a_domain:
        raise RefusedError(
            f"{_lost_domain(firewall)} The firewall is not opened instead, but in the profile that is active with "
            f"'profiles: [{', '.join(PROFILES)}]'."
        )


def _lost_domain(firewall: Firewall) -> str:
    return (
        f"This host is a member of a domain, and none of its networks counts as the domain's (active: "
        f"{', '.join(firewall.active)}): it did not reach a domain controller when it connected. Correct that: name "
        "resolution, the way to a domain controller, then restart the network adapter or the service NlaSvc."
    )


def _limits(
    rule: Rule, ports: t.Collection[int], protocol: int, profiles: t.Collection[str], firewall: Firewall
) -> tuple[str, ...]:
    """Return what a rule that allows Remote Desktop leaves out of what would be opened, nothing for another rule."""
    if rule.action == "block":
        return ()
    found = [match(rule, Traffic(port, protocol), name, firewall) for port in ports for name in PROFILES]
    if all(one.kind == "none" for one in found) and not _is_for_term_service(rule, protocol):
        return ()
    beyond = rule.profiles and not set(profiles) <= set(rule.profiles)
    named = (f"for the profile {', '.join(rule.profiles)}",) if beyond else ()
    unclear = next((one.limits for one in found if one.kind == "unclear"), ())
    return (*named, *(unclear or described_limits(rule)))


def _is_for_term_service(rule: Rule, protocol: int) -> bool:
    """Whether a rule says who may come to Remote Desktop, through whatever port."""
    return (
        is_for_term_service(rule)
        and rule.active is not False
        and rule.direction != "out"
        and rule.protocol in (None, protocol)
    )


def _in_words(stored: StoredRule, limits: tuple[str, ...], firewall: Firewall) -> str:
    who = f"The rule {described(stored)} lets Remote Desktop in only {'; '.join(limits)}, so it is not opened for more."
    profiles = stored.rule.profiles
    if not profiles or set(firewall.active) & set(profiles):
        return f"{who} Change that rule, or add one like it, where it comes from: {stored.place}."
    if "domain" in profiles and firewall.networks and firewall.networks.in_a_domain:
        return f"{who} {_lost_domain(firewall)}"
    return (
        f"{who} The network counts as {', '.join(firewall.active)}, and the rule is for {', '.join(profiles)}: correct "
        "the network's category, or the profiles of the rule."
    )
