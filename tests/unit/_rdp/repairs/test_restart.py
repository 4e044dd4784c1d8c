# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restarting services cuts off nobody who was not asked, and stops nothing that would stay stopped."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import RefusedError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Change
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.probes import SESSIONS, TERM_SERVICE_DEPENDENTS
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs import restart
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import qwinsta, sc
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools.net import start, stop

from unit._rdp.state.outputs import read


def _state(state: int, name: str = "TermService") -> sc.ServiceState:
    return sc.ServiceState(name, None, 0x20, state, "?")


RUNNING, STOPPED = _state(sc.RUNNING), _state(sc.STOPPED)


def _lines(changes: tuple[Change, ...]) -> list[str]:
    return [change.command.line for change in changes]


@pytest.mark.parametrize(
    ("term", "redirector", "lines", "undo"),
    [
        (
            RUNNING,
            RUNNING,
            ["net stop UmRdpService", "net stop TermService", "net start TermService", "net start UmRdpService"],
            ["net stop UmRdpService", "net stop TermService", "net start TermService", "net start UmRdpService"],
        ),
        (
            RUNNING,
            STOPPED,
            ["net stop TermService", "net start TermService", "net start UmRdpService"],
            ["net stop UmRdpService", "net stop TermService", "net start TermService"],
        ),
        (
            STOPPED,
            None,
            ["net start TermService", "net start UmRdpService"],
            ["net stop UmRdpService", "net stop TermService"],
        ),
        # What is only starting is not stopped, and may run by the time it is started.
        (
            _state(sc.START_PENDING),
            None,
            ["net start TermService", "net start UmRdpService"],
            ["net stop UmRdpService", "net stop TermService"],
        ),
    ],
)
def test_dependent_is_stopped_first_and_started_last(
    term: sc.ServiceState, redirector: sc.ServiceState | None, lines: list[str], undo: list[str]
) -> None:
    changes = restart.term_service(term, redirector)
    assert _lines(changes) == lines
    # One of the steps takes the whole restart back, or it would be taken back step by step.
    (undone,) = [change for change in changes if change.undo]
    assert undone.command == start("TermService") and [command.line for command in undone.undo] == undo


def test_service_that_does_not_stop_is_not_restarted() -> None:
    with pytest.raises(RefusedError, match="hangs while stopping"):
        restart.term_service(_state(sc.STOP_PENDING), RUNNING)


@pytest.mark.parametrize("running", [True, False])
def test_session_env_disconnects_nobody(running: bool) -> None:
    changes = restart.session_env(running)
    assert _lines(changes) == [*(["net stop SessionEnv"] if running else []), "net start SessionEnv"]
    assert changes[-1].undo == (stop("SessionEnv"), start("SessionEnv"))
    assert not restart.disconnects(change.command for change in changes)


def test_only_stopping_term_service_disconnects() -> None:
    changes = restart.term_service(RUNNING, RUNNING)
    assert restart.disconnects(change.command for change in changes)
    assert not restart.disconnects([start("TermService"), stop("UmRdpService")])
    assert not restart.disconnects(change.command for change in restart.term_service(STOPPED, RUNNING))


DEPENDENTS = """
[SC] EnumDependentServices: entriesread = 2

SERVICE_NAME: UmRdpService
DISPLAY_NAME: Anschlussumleitung fuer Remotedesktopdienst im Benutzermodus
        TYP                : 20  WIN32_SHARE_PROCESS
        STATUS             : 4  RUNNING
                                (STOPPABLE, NOT_PAUSABLE, IGNORES_SHUTDOWN)
        WIN32_EXITCODE     : 0  (0x0)
        DIENST_EXITCODE    : 0  (0x0)
        PRUEFPUNKT         : 0x0
        WARTEHINWEIS       : 0x0

SERVICE_NAME: Vendor
DISPLAY_NAME: Vendor
        TYP                : 10  WIN32_OWN_PROCESS
        STATUS             : 1  STOPPED
        WIN32_EXITCODE     : 0  (0x0)
        DIENST_EXITCODE    : 0  (0x0)
        PRUEFPUNKT         : 0x0
        WARTEHINWEIS       : 0x0
"""


@pytest.mark.parametrize(
    ("state", "others"), [("1  STOPPED", ""), ("4  RUNNING", "Vendor depends"), ("2  START_PENDING", "Vendor depends")]
)
def test_another_service_that_would_have_to_be_stopped(state: str, others: str) -> None:
    dependents = read(TERM_SERVICE_DEPENDENTS, *DEPENDENTS.replace("1  STOPPED", state).splitlines())
    assert [one.name for one in dependents] == ["UmRdpService", "Vendor"]
    if not others:
        restart.refuse_other_dependents(dependents)
        return
    with pytest.raises(RefusedError, match=rf"^Nothing was changed: {others} on TermService"):
        restart.refuse_other_dependents(dependents)


def test_two_of_them_and_none() -> None:
    restart.refuse_other_dependents(())
    restart.refuse_other_dependents((_state(sc.RUNNING, "UMRDPSERVICE"),))
    with pytest.raises(RefusedError, match="A, B depend on TermService"):
        restart.refuse_other_dependents((_state(sc.RUNNING, "A"), _state(sc.STOP_PENDING, "B")))


def test_dependents_that_are_not_known_are_not_none() -> None:
    with pytest.raises(RefusedError, match="could not be read which services depend on TermService"):
        restart.refuse_other_dependents(None)


HEADER = " SESSIONNAME       USERNAME                 ID  STATE   TYPE        DEVICE "
SERVICES = ">services                                    0  Disc                        "
CONSOLE = " console           Chef                      1  Active                      "
REMOTE = " rdp-tcp#3         Jürgen                    2  Active                      "
GONE = "                   Anna                      3  Disc                        "
LISTENER = " rdp-tcp                                 65536  Listen                      "


def _sessions(*rows: str) -> tuple[qwinsta.Session, ...]:
    sessions: tuple[qwinsta.Session, ...] = read(SESSIONS, HEADER, SERVICES, *rows, LISTENER)
    return sessions


@pytest.mark.parametrize(
    ("rows", "who"),
    [
        ((), ""),
        ((CONSOLE, GONE), ""),
        ((CONSOLE, REMOTE, GONE), "may disconnect 1 session: rdp-tcp#3 (Jürgen)."),
        ((REMOTE, REMOTE.replace("#3", "#4").replace("Jürgen", "      ").replace("2  A", "5  A")), "2 sessions"),
    ],
)
def test_people_who_are_connected(rows: tuple[str, ...], who: str) -> None:
    sessions = _sessions(*rows)
    restart.refuse_while_connected("always", sessions)
    for when in ("when_idle", "never"):
        if not who:
            restart.refuse_while_connected(when, sessions)
            continue
        with pytest.raises(RefusedError, match=r"^Nothing was changed") as refused:
            restart.refuse_while_connected(when, sessions)
        assert who in str(refused.value) and "troubleshoot_disconnect=always" in str(refused.value)


def test_people_who_are_not_known_may_be_there() -> None:
    restart.refuse_while_connected("always", None)
    with pytest.raises(RefusedError, match="could not be read who is connected, and opening a port may"):
        restart.refuse_while_connected("when_idle", None, "opening a port")
