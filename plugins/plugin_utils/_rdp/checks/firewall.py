# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Windows Firewall lets Remote Desktop in.

Judged for the port that the listener's key names, in the profiles of the firewall that are active: from their settings
and from all rules, the host's own and those of policies. A rule that blocks wins over one that allows.

``winops.rdp.rdp_firewall`` turns on Windows' own rules for Remote Desktop, or adds one for another port. What a
policy or somebody on purpose keeps closed is reported with its place.
"""

from __future__ import annotations

import typing as t

from ..firewall import policy
from ..firewall.effective import Answer, answers, is_open
from ..firewall.matching import UDP, Traffic
from ..firewall.opening import opening
from ..model import Check, Expectation, Refused, Unreadable, Verdict, ok, problem, skipped, warning
from ..probes import WINSTATIONS, listener_key
from ..tools import reg
from .port import configured_port

_REPAIR = "winops.rdp.rdp_firewall"


def judge(wanted: Expectation, winstations: reg.Query, *seen: t.Any) -> Verdict:
    """Judge what becomes of a client's connection in the active profiles.

    Args:
        wanted: What the user expects.
        winstations: What WINSTATIONS read.
        seen: What the probes of ``policy.NEEDS`` read.
    """
    port = wanted.open_port or configured_port(listener_key(winstations, wanted.listener))
    if port is None:
        return skipped("not judged, because the listener has no valid PortNumber.")
    firewall = policy.read(*seen)
    found = answers(firewall, Traffic(port))
    expected = f"TCP port {port} open to TermService in the active profile ({', '.join(firewall.active)})"
    if not is_open(found):
        return problem(
            _summary(f"The Windows Firewall blocks TCP port {port}", found, "blocked"),
            expected=expected,
            found=_in_words(found, "blocked"),
            fix=_fix(firewall, port),
        )
    if any(one.state == "off" for one in found):
        return warning(
            _summary("The Windows Firewall is off, so it lets in everything", found, "off"),
            expected=f"the firewall on, and {expected}",
            found=_in_words(found, "off"),
            fix="Turn the firewall on again where that is set. Without it every service of this host can be reached.",
        )
    if any(one.state == "limited" for one in found):
        return warning(
            _summary(f"The Windows Firewall lets only some clients in on TCP port {port}", found, "limited"),
            expected=f"{expected}, for all of your clients",
            found=_in_words(found, "limited"),
            fix="If somebody can't connect, compare the address of that client with these rules.",
        )
    udp = "" if _is_udp_open(firewall, port) else "; UDP is closed, so clients use TCP alone"
    return ok(f"The Windows Firewall lets TCP port {port} in.", found=_in_words(found, "open") + udp)


def _summary(sentence: str, found: t.Sequence[Answer], state: str) -> str:
    """End a sentence, with the profiles where they aren't all alike."""
    those = [one.profile for one in found if one.state == state]
    return sentence + ("." if len(those) == len(found) else f" in the profile {', '.join(those)}.")


def _in_words(found: t.Sequence[Answer], state: str) -> str:
    by_cause: dict[str, list[str]] = {}
    for one in found:
        if one.state == state:
            by_cause.setdefault("; ".join(cause.text for cause in one.causes), []).append(one.profile)
    return ". ".join(f"{', '.join(profiles)}: {text}" for text, profiles in by_cause.items())


def _fix(firewall: policy.Firewall, port: int) -> str:
    try:
        opening(firewall, port)
    except Refused as exc:
        return str(exc)
    return _REPAIR


def _is_udp_open(firewall: policy.Firewall, port: int) -> bool:
    try:
        return is_open(answers(firewall, Traffic(port, UDP)))
    except Unreadable:
        return False


FIREWALL = Check(
    judge,
    section="check-whether-a-firewall-is-blocking-the-rdp-port",
    needs=(WINSTATIONS, *policy.NEEDS),
)
