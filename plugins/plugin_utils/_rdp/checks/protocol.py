# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Remote Desktop is enabled.

``fDenyTSConnections`` below ``HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server`` is the switch:
0 lets people in, 1 keeps them out. A policy writes the same value below
``HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services`` and wins over the switch.

What a host is meant to be is said: with ``expect`` ``any`` or ``disabled`` off is fine, and nothing else of the host is
judged then. To get Remote Desktop back, ``winops.rdp.rdp_protocol`` sets the switch, unless the host doesn't require
Network Level Authentication. Where a policy says no, the
policy has to be changed, as the check ``policy`` says: a local change would be reverted.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..check import Check, following, positional
from ..errors import UnreadableError
from ..model import Expectation, Probe, Verdict, ok, problem, warning
from ..probes import (
    EDITION,
    POLICIES,
    POLICIES_PARENT,
    POLICY_KEY,
    TERM_SERVICE_CONFIG,
    TERM_SERVICE_STATE,
    TERMINAL_SERVER,
    TERMINAL_SERVER_KEY,
    WINSTATIONS,
)
from ..readings import Readings
from ..state import session_logons
from ..state.nla import HOW_TO_REQUIRE, not_required
from ..state.registry import listed, policy_key
from ..state.switch import DENY, deviations, shown_value
from ..tools import reg, sc
from .policy import POLICY

_DRAIN = "TSServerDrainMode"

_REPAIR = "winops.rdp.rdp_protocol"
_SEE_POLICY = "Change the policy: the check policy says where it is set. A local change would be reverted."

#: What is said of a host that is off and may be.
OFF_AS_MEANT = "Remote Desktop is off, as it is meant to be."
OFF_AS_MAY_BE = "Remote Desktop is off, which is fine on this host."


def judge(
    wanted: Expectation,
    terminal_server: reg.Query,
    policies: reg.Query,
    parent: reg.Query,
    edition: reg.Query,
    readings: Readings,
) -> Verdict:
    """Judge the switch, the policy that may overrule it, and the switches beside it."""
    key = listed(terminal_server, TERMINAL_SERVER_KEY)
    policy = policy_key(policies, parent)
    by_policy = policy.get(DENY) if policy else None
    home = _home_edition(edition)
    if wanted.expect != "enabled":
        if off := _off(key, by_policy, home, readings):
            summary = OFF_AS_MEANT if wanted.expect == "disabled" else OFF_AS_MAY_BE
            return dataclasses.replace(ok(summary, found=off), settles=True)
        if wanted.expect == "disabled":
            return dataclasses.replace(_on(by_policy), settles=True)
    if home:
        return problem(
            "This edition of Windows can't be a Remote Desktop host.",
            expected="Pro, Enterprise, Education or Server",
            found=f"EditionID {home}",
            fix="Upgrade Windows to another edition.",
        )
    # Unseen: any number but 0 in the policy fDenyTSConnections denies; the template writes 0 and 1.
    if by_policy and by_policy.data != 0:
        return problem(
            "A policy turns Remote Desktop off.",
            expected=f"{DENY} = 0 by policy, or no such policy",
            found=f"{shown_value(by_policy)} by policy ({POLICY_KEY}), {shown_value(key.get(DENY))} on the host itself",
            fix=_SEE_POLICY,
        )
    wrong = deviations(key)
    if wrong and not (by_policy and set(wrong) == {DENY}):
        # Turned on are those that nobody let in: not where a policy does so already.
        open_to_all = DENY in wrong and not by_policy and not_required(readings, wanted.listener)
        return problem(
            "Remote Desktop is turned off." if DENY in wrong else "Remote Desktop is closed to users.",
            expected=", ".join(f"{name} = {good}" for name, good in wrong.items()),
            found=", ".join(shown_value(key.get(name), name) for name in wrong)
            + (f"; Network Level Authentication is not required: {open_to_all}" if open_to_all else ""),
            fix=f"{HOW_TO_REQUIRE}, then use {_REPAIR}." if open_to_all else _REPAIR,
        )
    if closed := session_logons.closed(readings):
        return problem(
            "Logons from clients are turned off (change logon /disable).",
            expected="logons enabled",
            found=closed,
            fix="Once what they were turned off for is over, run on the host: change logon /enable",
        )
    if drains := _drains(key, readings):
        return warning(
            "The host is in drain mode: people get back into their sessions, and only administrators get a new one.",
            expected=f"{_DRAIN} = 0",
            found=drains,
            fix="Once the drain is over, run on the host: change logon /enable",
        )
    if wrong:
        return warning(
            "A policy allows Remote Desktop while the host itself denies it: "
            "each policy refresh may disconnect all sessions (KB2083411).",
            expected=f"{DENY} = 0 in both places",
            found=f"{shown_value(key.get(DENY), DENY)} in {TERMINAL_SERVER_KEY}",
            fix=_REPAIR,
        )
    if reason := session_logons.unread(readings):
        return warning(
            "Remote Desktop is enabled. Whether logons from clients are turned off could not be read.",
            expected="Logons = 0 in Win32_TerminalServiceSetting",
            found=reason,
            fix="Run on the host: change logon /query",
        )
    return ok("Remote Desktop is enabled.", found=f"{DENY} = 0" + (", by policy too" if by_policy else ""))


def follow_up(wanted: Expectation, readings: Readings) -> tuple[Probe[t.Any], ...]:
    """Look at what only matters where Remote Desktop is off, where it may be off, or on a session host."""
    key = listed(readings.of(TERMINAL_SERVER), TERMINAL_SERVER_KEY)
    asked: list[Probe[t.Any]] = []
    if wanted.expect != "enabled":
        asked += [TERM_SERVICE_STATE, TERM_SERVICE_CONFIG]
    if DENY in deviations(key):
        asked.append(WINSTATIONS)
    return (*asked, *session_logons.follow_up(key))


def _off(key: reg.Key, by_policy: reg.Value | None, home: str, readings: Readings) -> str:
    """Say by what Remote Desktop is off, or nothing."""
    if home:
        return f"EditionID {home}, which has no Remote Desktop host"
    if by_policy and by_policy.data != 0:
        return f"{shown_value(by_policy)} by policy ({POLICY_KEY})"
    wrong = [name for name in deviations(key) if name != DENY or not by_policy]
    if wrong:
        return ", ".join(shown_value(key.get(name), name) for name in wrong)
    state, config = readings.of(TERM_SERVICE_STATE), readings.of(TERM_SERVICE_CONFIG)
    if state is None or config is None:
        return "TermService is not installed"
    return "TermService is disabled" if config.start_type == sc.DISABLED and state.state == sc.STOPPED else ""


def _on(by_policy: reg.Value | None) -> Verdict:
    return problem(
        "Remote Desktop is on, and is meant to be off.",
        expected=f"{DENY} = 1",
        found=f"{DENY} = 0" + (", by policy" if by_policy else ""),
        fix=_SEE_POLICY if by_policy else f"To turn it off: {_REPAIR} with state: disabled. Nothing does so by itself.",
    )


def _drains(key: reg.Key, readings: Readings) -> str:
    """Say how the host drains, or nothing. Reconnections and administrators (/admin) get in all the same:
    https://learn.microsoft.com/windows-server/administration/windows-commands/change-logon
    """
    drain = key.get(_DRAIN)
    if drain is not None and drain.data != 0:
        return shown_value(drain)
    return session_logons.draining(readings)


def _home_edition(edition: reg.Query) -> str:
    """Return the EditionID if it is one of the Home editions, which are all called Core…

    Raises:
        UnreadableError: There is none: every Windows has one.
    """
    found = [value for key in edition.keys if (value := key.get("EditionID"))]
    if not found:
        raise UnreadableError("The edition of Windows could not be read.", " ".join(edition.not_understood))
    edition_id = str(found[0].data)
    return edition_id if edition_id.startswith("Core") else ""


PROTOCOL = Check(
    id="protocol",
    title="Remote Desktop is enabled.",
    judge=positional(judge, needs=(TERMINAL_SERVER, POLICIES, POLICIES_PARENT, EDITION), follow_up=follow_up),
    section="check-the-status-of-the-rdp-protocol-on-a-remote-computer",
    needs=(TERMINAL_SERVER, POLICIES, POLICIES_PARENT, EDITION),
    follow_up=following(follow_up),
    explained_by=(POLICY,),
)
