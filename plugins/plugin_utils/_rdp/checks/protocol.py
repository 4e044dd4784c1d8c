# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Remote Desktop is enabled.

``fDenyTSConnections`` below ``HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server`` is the switch:
0 lets people in, 1 keeps them out. A policy writes the same value below
``HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services`` and wins over the switch.

To get Remote Desktop back, ``winops.rdp.rdp_protocol`` sets the switch. Where a policy says no, the
policy has to be changed, as the check ``policy`` says: a local change would be reverted.
"""

from __future__ import annotations

from ..model import Check, Expectation, Verdict, ok, problem, warning
from ..probes import (
    EDITION,
    POLICIES,
    POLICIES_PARENT,
    POLICY_KEY,
    TERMINAL_SERVER,
    TERMINAL_SERVER_KEY,
    listed,
    policy_key,
)
from ..tools import reg
from .policy import POLICY

DENY = "fDenyTSConnections"

# Switches beside it that keep people out as well, and the value at which they don't. All of them may
# be absent on a healthy host. Source: learn.microsoft.com, troubleshoot-rdp-general-error (Azure).
SWITCHES = {"TSEnabled": 1, "TSUserEnabled": 0}
_DRAIN = "TSServerDrainMode"

_REPAIR = "winops.rdp.rdp_protocol"
_SEE_POLICY = "Change the policy: the check policy says where it is set. A local change would be reverted."


def judge(
    wanted: Expectation, terminal_server: reg.Query, policies: reg.Query, parent: reg.Query, edition: reg.Query
) -> Verdict:
    """Judge the switch, the policy that may overrule it, and the switches beside it."""
    if home := _home_edition(edition):
        return problem(
            "This edition of Windows can't be a Remote Desktop host.",
            expected="Pro, Enterprise, Education or Server",
            found=f"EditionID {home}",
            fix="Upgrade Windows to another edition.",
        )
    key = listed(terminal_server, TERMINAL_SERVER_KEY)
    policy = policy_key(policies, parent)
    by_policy = policy and policy.get(DENY)
    if by_policy and by_policy.data != 0:
        return problem(
            "A policy turns Remote Desktop off.",
            expected=f"{DENY} = 0 by policy, or no such policy",
            found=f"{_shown(by_policy)} by policy ({POLICY_KEY}), {_shown(key.get(DENY))} on the host itself",
            fix=_SEE_POLICY,
        )
    wrong = deviations(key)
    if wrong and not (by_policy and set(wrong) == {DENY}):
        return problem(
            "Remote Desktop is turned off." if DENY in wrong else "Remote Desktop is closed to users.",
            expected=", ".join(f"{name} = {good}" for name, good in wrong.items()),
            found=", ".join(_shown(key.get(name), name) for name in wrong),
            fix=_REPAIR,
        )
    if _drains(key):
        return problem(
            "The host is in drain mode and takes no new sessions.",
            expected=f"{_DRAIN} = 0",
            found=_shown(key.get(_DRAIN)),
            fix="Once the drain is over, run on the host: change logon /enable",
        )
    if wrong:
        return warning(
            "A policy allows Remote Desktop while the host itself denies it: "
            "each policy refresh may disconnect all sessions (KB2083411).",
            expected=f"{DENY} = 0 in both places",
            found=f"{_shown(key.get(DENY), DENY)} in {TERMINAL_SERVER_KEY}",
            fix=_REPAIR,
        )
    return ok("Remote Desktop is enabled.", found=f"{DENY} = 0" + (", by policy too" if by_policy else ""))


def overruling(state: str, policies: reg.Query, parent: reg.Query) -> str:
    """Return the policy value that makes a state of the local switch pointless, or nothing.

    Args:
        state: What is wanted, ``enabled`` or ``disabled``.
        policies: What POLICIES read.
        parent: What POLICIES_PARENT read.
    """
    policy = policy_key(policies, parent)
    value = policy and policy.get(DENY)
    if not value or (value.data == 0) == (state == "enabled"):
        return ""
    return f"{_shown(value)} in {POLICY_KEY}"


def deviations(key: reg.Key) -> dict[str, int]:
    """Return the switches that keep people out, with the value that each should have."""
    wrong = {name: good for name, good in SWITCHES.items() if (value := key.get(name)) and value.data != good}
    deny = key.get(DENY)
    # Windows ships with 1, so a missing value is not a yes.
    if deny is None or deny.type != "REG_DWORD" or deny.data != 0:
        wrong = {DENY: 0, **wrong}
    return wrong


def _drains(key: reg.Key) -> bool:
    drain = key.get(_DRAIN)
    return drain is not None and drain.data != 0


def _home_edition(edition: reg.Query) -> str:
    """Return the EditionID if it is one of the Home editions, which are all called Core…"""
    for key in edition.keys:
        value = key.get("EditionID")
        if value and str(value.data).startswith("Core"):
            return str(value.data)
    return ""


def _shown(value: reg.Value | None, name: str = DENY) -> str:
    if value is None:
        return f"no {name}"
    kind = "" if value.type == "REG_DWORD" else f" ({value.type})"
    return f"{value.name} = {value.data!s}{kind}"


PROTOCOL = Check(
    judge,
    section="check-the-status-of-the-rdp-protocol-on-a-remote-computer",
    needs=(TERMINAL_SERVER, POLICIES, POLICIES_PARENT, EDITION),
    explained_by=(POLICY,),
)
