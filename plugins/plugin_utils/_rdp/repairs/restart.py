# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restart the services of Remote Desktop without cutting anybody off."""

from __future__ import annotations

import typing as t

from ..errors import RefusedError
from ..model import Change, Command
from ..phrases import number
from ..state.services import runs
from ..tools import net, qwinsta, sc

When = t.Literal["when_idle", "always", "never"]

_ANYWAY = "To proceed anyway, set 'disconnect' to 'always' (for a playbook: -e troubleshoot_disconnect=always)."


def term_service(term: sc.ServiceState | None, redirector: sc.ServiceState | None) -> tuple[Change, ...]:
    """Return how to restart TermService with its dependent, each command waiting for its service.

    UmRdpService goes first: it starts TermService again while that stops. To take it back is a restart as well, after
    which only those run that ran before.

    Raises:
        RefusedError: TermService does not stop.
    """
    if term is not None and term.state == sc.STOP_PENDING:
        raise RefusedError("TermService hangs while stopping. Restart Windows: killing its process is not safe.")
    ran = [name for name, state in (("UmRdpService", redirector), ("TermService", term)) if runs(state)]
    undo = (net.stop("UmRdpService"), net.stop("TermService"), *map(net.start, reversed(ran)))
    # Unseen: this restarts both on every edition. github.com/stascorp/rdpwrap issue 754 has the same four commands, and
    # hosts that listened only after a restart of Windows.
    return (
        *(Change(net.stop(name), why=f"Stop {name} and wait for it.") for name in ran),
        Change(net.start("TermService"), why="Start TermService, which reads the listener's key again.", undo=undo),
        Change(net.start("UmRdpService"), why="Start UmRdpService again."),
    )


def session_env(running: bool) -> tuple[Change, ...]:
    """Return how to restart SessionEnv, which disconnects nobody."""
    stop = (Change(net.stop("SessionEnv"), why="Stop SessionEnv."),) if running else ()
    undo = (net.stop("SessionEnv"), net.start("SessionEnv"))
    return (*stop, Change(net.start("SessionEnv"), why="Start SessionEnv, which makes the certificate.", undo=undo))


def disconnects(commands: t.Iterable[Command]) -> bool:
    """Whether commands stop TermService, which disconnects everybody."""
    return net.stop("TermService") in commands


def refuse_other_dependents(dependents: tuple[sc.ServiceState, ...] | None) -> None:
    """Refuse to stop TermService while a service runs that would have to be stopped for that as well.

    Windows refuses that (error 1051), after UmRdpService was stopped already:
    https://learn.microsoft.com/windows/win32/api/winsvc/nf-winsvc-controlservice

    Args:
        dependents: The services that depend on TermService, None if they could not be read.

    Raises:
        RefusedError: There is one, or nobody knows.
    """
    if dependents is None:
        raise RefusedError(
            "Nothing was changed: it could not be read which services depend on TermService, so a restart could stop "
            "half-way. Look at: sc enumdepend TermService"
        )
    others = [one.name for one in dependents if one.state != sc.STOPPED and one.name.casefold() != "umrdpservice"]
    if others:
        raise RefusedError(
            f"Nothing was changed: {', '.join(others)} {'depends' if len(others) == 1 else 'depend'} on TermService, "
            "which can't be restarted while that runs. Stop it, run this again, and start it afterwards."
        )


def refuse_while_connected(
    when: When, sessions: tuple[qwinsta.Session, ...] | None, what: str = "restarting TermService"
) -> None:
    """Refuse to disconnect people, unless the user allows that.

    Args:
        when: The option ``disconnect``.
        sessions: What qwinsta lists, None if it could not be read.
        what: What disconnects them.

    Raises:
        RefusedError: Somebody is connected, or nobody knows.
    """
    if when == "always":
        return
    if sessions is None:
        raise RefusedError(
            f"Nothing was changed: it could not be read who is connected, and {what} may disconnect them. {_ANYWAY}"
        )
    if connected := qwinsta.connected(sessions):
        who = ", ".join(f"{session.name} ({session.user or 'nobody'})" for session in connected)
        raise RefusedError(
            f"Nothing was changed: {what} may disconnect {number(len(connected), 'session')}: {who}. Run it again when "
            f"they are gone. {_ANYWAY}"
        )
