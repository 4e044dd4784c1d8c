# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turn Remote Desktop on or off with its switch, and open the switches beside it."""

from __future__ import annotations

import dataclasses
import typing as t

from ..model import Change, Plan
from ..probes import TERMINAL_SERVER_KEY
from ..state.host import Host, known
from ..state.nla import refuse_without
from ..state.policy.catalog import ALLOW_CONNECTIONS
from ..state.policy.decides import advice, subject
from ..state.switch import DENY, deviations, overruling
from ..tools import gpupdate, reg
from .backup import export, put_back
from .restart import When, refuse_while_connected

State = t.Literal["enabled", "disabled"]

#: How many seconds gpupdate may take.
_WAIT = 120

_NOT_REFRESHED = (
    "The policies were not applied again: what would revert the switch may still do so. Look at what this says on the "
    "host:"
)


@dataclasses.dataclass(frozen=True)
class ProtocolRequest:
    """What a task asks for.

    Attributes:
        state: What Remote Desktop is to be.
        folder: Where to save what is going to change.
        refresh: Let the policies be applied again after it was turned on, so that what reverts that does so at once.
        force: Apply also the policies that have not changed.
        disconnect: Whether people may be disconnected, who are when it is turned off.
        require_nla: Turn it on only where Network Level Authentication is required.
        begun: This task has changed something: the host is what it made of it.
    """

    state: State
    folder: str = ""
    refresh: bool = False
    force: bool = False
    disconnect: When = "when_idle"
    require_nla: bool = True
    begun: bool = False

    @property
    def refreshes(self) -> bool:
        """Whether the policies are applied again after a change."""
        # With the switch at "deny", a refresh could disconnect whom a policy lets in (KB2083411).
        return self.refresh and self.state == "enabled"

    @property
    def gpupdate(self) -> Change:
        """How they are. The switch is set before, so nobody is disconnected (KB2083411)."""
        return Change(
            gpupdate.refresh(_WAIT, force=self.force),
            why="Apply the policies again, so that what would revert the switch does it now.",
        )


def plan(request: ProtocolRequest, host: Host) -> Plan:
    """Plan the way to a state of the local switch.

    Returns:
        The plan. ``before`` and ``after`` hold the values by name, None for one that doesn't exist.

    Raises:
        RefusedError: The host would show its logon screen to everybody, or somebody would be disconnected.
        UnreadableError: The switch, or what else decides that, could not be read.
    """
    key = host.terminal_server
    targets = changes_of(request.state, key)
    if not targets:
        return Plan()
    if request.state == "disabled":
        refuse_while_connected(request.disconnect, known(lambda: host.sessions), "turning Remote Desktop off")
    elif DENY in targets and request.require_nla and not request.begun:
        refuse_without(host.nla_not_required, "require_nla")
    return Plan(
        changes=(
            *(
                Change(
                    reg.add(TERMINAL_SERVER_KEY, name, "REG_DWORD", target),
                    why=_why(name, request.state),
                    undo=(put_back(TERMINAL_SERVER_KEY, name, key.get(name), request.folder),),
                )
                for name, target in targets.items()
            ),
            *((request.gpupdate,) if request.refreshes else ()),
        ),
        saves=(export(TERMINAL_SERVER_KEY, request.folder),),
        before={name: _data(key.get(name)) for name in targets},
        after=dict(targets),
    )


def changes_of(state: State, key: reg.Key) -> dict[str, int]:
    """Return the switches that are not as a state has them, with the value that each gets."""
    if state == "enabled":
        return deviations(key)
    deny = key.get(DENY)
    return {} if deny is not None and deny.type == "REG_DWORD" and deny.data == 1 else {DENY: 1}


def overruled(state: State, host: Host) -> str:
    """Say which policy makes a state of the switch pointless, or nothing.

    Raises:
        UnreadableError: Whether there is such a policy could not be read.
    """
    value = overruling(state, host.policy_key)
    if not value:
        return ""
    source = host.allow_connections
    who = subject(source)
    who = who[0].lower() + who[1:] if who.startswith(("A ", "The ")) else who
    change = advice(ALLOW_CONNECTIONS, source) if state == "enabled" else "Change that policy first."
    return f"{who} decides, {value}. {change}"


def not_refreshed(request: ProtocolRequest, before: Host, now: Host) -> list[str]:
    """Warn that the policies were not applied again, as sentences, after they should have been."""
    if not request.refreshes or known(lambda: now.policies_applied) != known(lambda: before.policies_applied):
        return []
    return [f"{_NOT_REFRESHED} {request.gpupdate.command.line}"]


def _data(value: reg.Value | None) -> t.Any:
    return None if value is None else value.data if isinstance(value.data, int) else str(value.data)


def _why(name: str, state: State) -> str:
    if name == DENY:
        return "Allow remote connections." if state == "enabled" else "Deny remote connections."
    return "Let users connect."
