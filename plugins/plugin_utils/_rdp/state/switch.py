# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The switches of the registry that turn Remote Desktop on and off."""

from __future__ import annotations

from ..probes import POLICY_KEY
from ..tools import reg

DENY = "fDenyTSConnections"

# Switches beside it that keep people out as well, and the value at which they don't. All of them may
# be absent on a healthy host. Source: learn.microsoft.com, troubleshoot-rdp-general-error (Azure).
SWITCHES = {"TSEnabled": 1, "TSUserEnabled": 0}


def overruling(state: str, policy: reg.Key | None) -> str:
    """Return the policy value that makes a state of the local switch pointless, or nothing.

    Args:
        state: What the switch is to be, ``enabled`` or ``disabled``.
        policy: The key with the policies for Remote Desktop, None if there are none.
    """
    value = policy and policy.get(DENY)
    if not value or (value.data == 0) == (state == "enabled"):
        return ""
    return f"{shown_value(value)} in {POLICY_KEY}"


def deviations(key: reg.Key) -> dict[str, int]:
    """Return the switches that keep people out, with the value that each should have."""
    wrong = {name: good for name, good in SWITCHES.items() if (value := key.get(name)) and value.data != good}
    deny = key.get(DENY)
    # Windows Admin Center takes a missing value for off, too (its Test-RdpSystem).
    # Unseen: so does Windows itself, where fDenyTSConnections is missing.
    # Windows ships with 1, so a missing value is not a yes.
    if deny is None or deny.type != "REG_DWORD" or deny.data != 0:
        wrong = {DENY: 0, **wrong}
    return wrong


def shown_value(value: reg.Value | None, name: str = DENY) -> str:
    """Return a value as people read it: its name with what it holds, and with its type where that is wrong."""
    if value is None:
        return f"no {name}"
    kind = "" if value.type == "REG_DWORD" else f" ({value.type})"
    return f"{value.name} = {value.data!s}{kind}"
