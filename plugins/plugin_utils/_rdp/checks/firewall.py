# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Windows Firewall lets Remote Desktop in.

Judged for the port that the listener's key names, in each active profile of the firewall: from its settings and from
all rules, the host's own and those of policies. A rule that blocks wins over one that allows. Each network has its own
profile, so what one active profile blocks another may let in.

``winops.rdp.rdp_firewall`` turns on Windows' own rules for Remote Desktop, or adds one for another port. What a
policy or somebody on purpose keeps closed is reported with its place.
"""

from __future__ import annotations

import typing as t

from ..check import Check
from ..errors import RefusedError, UnreadableError
from ..model import Expectation, Probe, Verdict, ok, problem, skipped, warning
from ..phrases import shortened
from ..probes import WINSTATIONS
from ..state.firewall import settings
from ..state.firewall.effective import Answer, answers, is_open
from ..state.firewall.matching import UDP, Traffic
from ..state.firewall.opening import AT_A_POLICY, opening
from ..state.host import Host, known
from ..state.policy.decides import advice, subject

_REPAIR = "winops.rdp.rdp_firewall"

# How many causes of one answer are shown.
_SHOWN = 5
_WITHOUT_IPSEC = (
    "Without IPsec nobody gets in: the client has to be one that it authenticates, as members of a domain do."
)
_COMPARE = "If somebody can't connect, compare the address of that client with these rules."


def judge(expected: Expectation, host: Host) -> Verdict:
    """Judge what becomes of a client's connection in the active profiles."""
    port = _port(expected, host)
    if port is None:
        return skipped("not judged, because the listener has no valid PortNumber.")
    firewall = host.firewall
    found = answers(firewall, Traffic(port))
    should_be = f"TCP port {port} open to TermService in the active profile ({', '.join(firewall.active)})"
    if not is_open(found):
        fix = _for_people(firewall, port, expected, _whose(found, host))
        return problem(
            _summary(f"The Windows Firewall blocks TCP port {port}", found, "blocked"),
            expected=should_be,
            found=_in_words(found, "blocked"),
            fix=fix,
            repair="" if fix else _REPAIR,
        )
    if any(one.state == "blocked" for one in found):
        return warning(
            _summary(f"The Windows Firewall blocks TCP port {port}", found, "blocked"),
            expected=should_be,
            found=_in_words(found, "blocked", "open", "limited", "off"),
            fix=_other_networks(firewall, found),
        )
    if any(one.state == "off" for one in found):
        return warning(
            _summary("The Windows Firewall is off, so it lets in everything", found, "off"),
            expected=f"the firewall on, and {should_be}",
            found=_in_words(found, "off"),
            fix="Turn the firewall on again where that is set. Without it every service of this host can be reached.",
        )
    if any(one.state == "limited" for one in found):
        ipsec = all(one.asks_for_ipsec for one in found if one.state == "limited")
        return warning(
            _summary(f"The Windows Firewall lets only some clients in on TCP port {port}", found, "limited"),
            expected=f"{should_be}, for all of your clients",
            found=_in_words(found, "limited"),
            fix=_WITHOUT_IPSEC if ipsec else _COMPARE,
        )
    udp = "" if _is_udp_open(firewall, port) else "; UDP is closed, so clients use TCP alone"
    return ok(f"The Windows Firewall lets TCP port {port} in.", found=_in_words(found, "open") + udp)


def follow_up(expected: Expectation, host: Host) -> tuple[Probe[t.Any], ...]:
    """Name further probes where the first ones leave something open."""
    port = _port(expected, host)
    return () if port is None else host.firewall_follow_up(port)


def _port(expected: Expectation, host: Host) -> int | None:
    return expected.open_port or host.port


def _summary(sentence: str, found: t.Sequence[Answer], state: str) -> str:
    """End a sentence, with the profiles where they aren't all alike."""
    those = [one.profile for one in found if one.state == state]
    return sentence + ("." if len(those) == len(found) else f" in the profile {', '.join(those)}.")


def _in_words(found: t.Sequence[Answer], *states: str) -> str:
    by_cause: dict[str, list[str]] = {}
    for one in found:
        if one.state in states:
            state = f"{one.state}: " if len(states) > 1 else ""
            by_cause.setdefault(state + _causes(one), []).append(one.profile)
    return ". ".join(f"{', '.join(profiles)}: {text}" for text, profiles in by_cause.items())


def _causes(one: Answer) -> str:
    texts = [cause.text for cause in one.causes]
    return shortened(texts, _SHOWN, "; ")


def _other_networks(firewall: settings.Firewall, found: t.Sequence[Answer]) -> str:
    """Say which clients are kept out where others get in."""
    shut = [one.profile for one in found if one.state == "blocked"]
    adapters = [str(one.interface) for one in firewall.networks.all if one.profile in shut] if firewall.networks else []
    where = f" (by the network adapter with the interface index {', '.join(adapters)})" if adapters else ""
    return (
        f"Who comes in from a network that counts as {', '.join(shut)}{where} does not get in; others do. If they "
        "should, correct the category of that network, or the profiles of the rule."
    )


def _for_people(firewall: settings.Firewall, port: int, expected: Expectation, whose: str) -> str:
    """Say what has to be left to people, nothing if the port can be opened."""
    try:
        opening(firewall, port, None, expected.profiles)
    except RefusedError as exc:
        return str(exc).replace(AT_A_POLICY, whose or AT_A_POLICY)
    return ""


def _whose(found: t.Sequence[Answer], host: Host) -> str:
    """Say who set a policy that keeps people out, and what to do there, if the check of policies found out."""
    places = {(cause.place.casefold(), cause.name) for one in found for cause in one.causes if cause.store == "gpo"}
    for setting, _value, source in known(lambda: host.policies) or ():
        if (setting.key.casefold(), setting.name) in places and source.kind not in ("unknown", "none"):
            return f" Whose it is: {subject(source)}. {advice(setting, source)}"
    return ""


def _is_udp_open(firewall: settings.Firewall, port: int) -> bool:
    try:
        return is_open(answers(firewall, Traffic(port, UDP)))
    except UnreadableError:
        return False


FIREWALL = Check(
    id="firewall",
    title="The Windows Firewall lets Remote Desktop in.",
    judge=judge,
    section="check-whether-a-firewall-is-blocking-the-rdp-port",
    needs=(WINSTATIONS, *settings.NEEDS),
    follow_up=follow_up,
)
