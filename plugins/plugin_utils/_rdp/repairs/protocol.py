# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turn Remote Desktop on or off with its switch, and open the switches beside it."""

from __future__ import annotations

import typing as t

from ..model import Change, Plan
from ..probes import TERMINAL_SERVER_KEY
from ..state.switch import DENY, deviations
from ..tools import gpupdate, reg
from .backup import export, put_back

State = t.Literal["enabled", "disabled"]

#: How many seconds gpupdate may take.
WAIT = 120


class Refresh(t.NamedTuple):
    """How the policies are applied again: those that have changed, or all of them."""

    force: bool


def plan(state: State, key: reg.Key, folder: str, *, refresh: Refresh | None = None) -> Plan:
    """Plan the way to a state of the local switch.

    Args:
        state: What is wanted.
        key: The Terminal Server key as it is.
        folder: Where to save what is going to change.
        refresh: How to let the policies be applied again after a change, so that what reverts it does so at once;
            None not to.

    Returns:
        The plan. ``before`` and ``after`` hold the values by name, None for one that doesn't exist.
    """
    if state == "enabled":
        targets = deviations(key)
    else:
        deny = key.get(DENY)
        targets = {} if deny is not None and deny.type == "REG_DWORD" and deny.data == 1 else {DENY: 1}
    return Plan(
        changes=(
            *(
                Change(
                    reg.add(TERMINAL_SERVER_KEY, name, "REG_DWORD", target),
                    why=_why(name, state),
                    undo=(put_back(TERMINAL_SERVER_KEY, name, key.get(name), folder),),
                )
                for name, target in targets.items()
            ),
            *((_refresh(refresh),) if targets and refresh else ()),
        ),
        saves=(export(TERMINAL_SERVER_KEY, folder),) if targets else (),
        before={name: _data(key.get(name)) for name in targets},
        after=dict(targets),
    )


def _refresh(how: Refresh) -> Change:
    # The switch is set before, so nobody is disconnected (KB2083411).
    return Change(
        gpupdate.refresh(WAIT, force=how.force),
        why="Apply the policies again, so that what would revert the switch does it now.",
    )


def _data(value: reg.Value | None) -> t.Any:
    return None if value is None else value.data if isinstance(value.data, int) else str(value.data)


def _why(name: str, state: State) -> str:
    if name == DENY:
        return "Allow remote connections." if state == "enabled" else "Deny remote connections."
    return "Let users connect."
