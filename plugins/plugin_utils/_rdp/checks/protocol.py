# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Remote Desktop is enabled.

``fDenyTSConnections`` below ``HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server`` is the switch:
0 lets people in, 1 keeps them out. A policy writes the same value below
``HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services`` and wins over the switch.

What a host is meant to be is said: with ``expect`` ``any`` or ``disabled`` off is fine, and nothing else of the host is
judged then. To get Remote Desktop back, ``winops.rdp.rdp_protocol`` sets the switch, unless the host doesn't require
Network Level Authentication. Where a policy says no, the policy has to be changed, as the check ``policy`` says: a
local change would be reverted.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..check import Check
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
from ..state import session_logons
from ..state.host import Host
from ..state.nla import HOW_TO_REQUIRE
from ..state.switch import DENY, deviations, shown_value
from ..tools import reg, sc
from .policy import POLICY

_DRAIN = "TSServerDrainMode"

_REPAIR = "winops.rdp.rdp_protocol"
_SEE_POLICY = "Change the policy: the check policy says where it is set. A local change would be reverted."

#: What is said of a host that is off and may be.
OFF_AS_MEANT = "Remote Desktop is off, as it is meant to be."
OFF_AS_MAY_BE = "Remote Desktop is off, which is fine on this host."


def judge(expected: Expectation, host: Host) -> Verdict:
    """Judge the switch, the policy that may overrule it, and the switches beside it."""
    key = host.terminal_server
    by_policy = host.policy_key.get(DENY) if host.policy_key else None
    # The Home editions are all called Core…
    home = host.edition if host.edition.startswith("Core") else ""
    if expected.expect != "enabled":
        if off := _off(host, by_policy, home):
            summary = OFF_AS_MEANT if expected.expect == "disabled" else OFF_AS_MAY_BE
            return dataclasses.replace(ok(summary, found=off), settles=True)
        if expected.expect == "disabled":
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
        open_to_all = DENY in wrong and not by_policy and host.nla_not_required
        return problem(
            "Remote Desktop is turned off." if DENY in wrong else "Remote Desktop is closed to users.",
            expected=", ".join(f"{name} = {good}" for name, good in wrong.items()),
            found=", ".join(shown_value(key.get(name), name) for name in wrong)
            + (f"; Network Level Authentication is not required: {open_to_all}" if open_to_all else ""),
            fix=f"{HOW_TO_REQUIRE}, then use {_REPAIR}." if open_to_all else "",
            repair="" if open_to_all else _REPAIR,
        )
    logons = host.session_logons
    if logons.closed:
        return problem(
            "Logons from clients are turned off (change logon /disable).",
            expected="logons enabled",
            found=logons.closed,
            fix="Once what they were turned off for is over, run on the host: change logon /enable",
        )
    if drains := _drains(key) or logons.draining:
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
            repair=_REPAIR,
        )
    if logons.unread:
        return warning(
            "Remote Desktop is enabled. Whether logons from clients are turned off could not be read.",
            expected="Logons = 0 in Win32_TerminalServiceSetting",
            found=logons.unread,
            fix="Run on the host: change logon /query",
        )
    return ok("Remote Desktop is enabled.", found=f"{DENY} = 0" + (", by policy too" if by_policy else ""))


def follow_up(expected: Expectation, host: Host) -> tuple[Probe[t.Any], ...]:
    """Probe for what only matters where Remote Desktop is off, where it may be off, or on a session host."""
    key = host.terminal_server
    asked: list[Probe[t.Any]] = []
    if expected.expect != "enabled":
        asked += [TERM_SERVICE_STATE, TERM_SERVICE_CONFIG]
    if DENY in deviations(key):
        asked.append(WINSTATIONS)
    return (*asked, *session_logons.follow_up(key))


def _off(host: Host, by_policy: reg.Value | None, home: str) -> str:
    """Say by what Remote Desktop is off, or nothing."""
    key, service = host.terminal_server, host.term_service
    if home:
        return f"EditionID {home}, which has no Remote Desktop host"
    if by_policy and by_policy.data != 0:
        return f"{shown_value(by_policy)} by policy ({POLICY_KEY})"
    wrong = [name for name in deviations(key) if name != DENY or not by_policy]
    if wrong:
        return ", ".join(shown_value(key.get(name), name) for name in wrong)
    state, config = service.state, service.config
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


def _drains(key: reg.Key) -> str:
    """Say how the host drains, or nothing. Reconnections and administrators (/admin) get in all the same:
    https://learn.microsoft.com/windows-server/administration/windows-commands/change-logon
    """
    drain = key.get(_DRAIN)
    return shown_value(drain) if drain is not None and drain.data != 0 else ""


PROTOCOL = Check(
    id="protocol",
    title="Remote Desktop is enabled.",
    judge=judge,
    section="check-the-status-of-the-rdp-protocol-on-a-remote-computer",
    needs=(TERMINAL_SERVER, POLICIES, POLICIES_PARENT, EDITION),
    follow_up=follow_up,
    explained_by=(POLICY,),
)
