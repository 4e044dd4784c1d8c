# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which service may be stopped to free a port: the one that a user names, alone in its process, and not needed."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import RefusedError, UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs import stoppable
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.port_owner import KERNEL, Owner
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import sc

from ..tools.samples import printed

WEB = Owner(2096, ("0.0.0.0",), (), "httpd.exe", ("Apache2.4",))
OTHER = Owner(3000, ("[::]",), (), "nginx.exe", ("nginx",))
SHARED = Owner(900, ("0.0.0.0",), (), "svchost.exe", ("iphlpsvc", "Schedule"))
ALONE = Owner(900, ("0.0.0.0",), (), "svchost.exe", ("iphlpsvc",))
RUNNING = sc.ServiceState("x", None, 0x10, sc.RUNNING, "RUNNING", controls=("STOPPABLE", "NOT_PAUSABLE"))
STUBBORN = sc.ServiceState("x", None, 0x10, sc.RUNNING, "RUNNING", controls=("NOT_STOPPABLE",))
DEPENDENT = sc.ServiceState("Shop", None, 0x10, sc.RUNNING, "RUNNING")
STOPPED = sc.ServiceState("Shop", None, 0x10, sc.STOPPED, "STOPPED")


def _seen(
    state: sc.ServiceState | None = RUNNING, dependents: tuple[sc.ServiceState, ...] | None = ()
) -> stoppable.NamedService:
    return stoppable.NamedService(None, state, dependents)


@pytest.mark.parametrize(
    ("service", "owners", "seen"),
    [
        ("Apache2.4", (WEB,), _seen()),
        ("apache2.4", (WEB,), _seen(dependents=(STOPPED,))),
        ("iphlpsvc", (ALONE,), _seen()),
    ],
)
def test_allowed(service: str, owners: tuple[Owner, ...], seen: stoppable.NamedService) -> None:
    stoppable.refuse_unstoppable(service, owners, 3389, seen)


@pytest.mark.parametrize(
    ("service", "owners", "seen", "reason"),
    [
        ("nginx", (WEB,), _seen(), "httpd.exe"),
        ("Apache2.4", (WEB, OTHER), _seen(), "nginx.exe"),
        ("Apache2.4", (Owner(KERNEL, ("[::]",), ()),), _seen(), "netsh http show servicestate"),
        ("Apache2.4", (Owner(5, ("[::]",), ()),), _seen(), "ended meanwhile"),
        ("iphlpsvc", (SHARED,), _seen(), "hosts other services"),
        ("Dnscache", (Owner(7, ("[::]",), (), "svchost.exe", ("Dnscache",)),), _seen(), "needs it"),
        ("winrm", (Owner(7, ("[::]",), (), "svchost.exe", ("WinRM",)),), _seen(), "needs it"),
        ("Apache2.4", (WEB,), _seen(STUBBORN), "can't be stopped"),
        ("Apache2.4", (WEB,), _seen(None), "can't be stopped"),
        ("Apache2.4", (WEB,), _seen(dependents=None), "depend"),
        ("Apache2.4", (WEB,), _seen(dependents=(STOPPED, DEPENDENT)), "Shop"),
    ],
)
def test_refused(service: str, owners: tuple[Owner, ...], seen: stoppable.NamedService, reason: str) -> None:
    with pytest.raises(RefusedError, match=r"^Nothing was changed") as refused:
        stoppable.refuse_unstoppable(service, owners, 3389, seen)
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("start_type", "text"),
    [
        (sc.AUTO_START, "starts with Windows"),
        (sc.DEMAND_START, "may come back"),
        (sc.DISABLED, "does not come back"),
        (None, "could not be read"),
    ],
)
def test_whether_it_comes_back(start_type: int | None, text: str) -> None:
    config = None if start_type is None else sc.ServiceConfig("Apache2.4", 0x10, start_type, False)
    assert text in stoppable.return_of("Apache2.4", config)


def test_second_look_is_bounded_and_safe() -> None:
    crowd = Owner(1, ("[::]",), (), "svchost.exe", ("A", "B", "C", "D", "E"))
    odd = Owner(2, ("[::]",), (), "x.exe", ('Bad" & del', "Good"))
    assert stoppable.services_of((crowd, odd, WEB, WEB)) == ("Good", "Apache2.4")


def test_dependents_are_read_strictly() -> None:
    none = "[SC] EnumDependentServices: entriesread = 0\n"
    one = (
        "[SC] EnumDependentServices: entriesread = 1\n\nSERVICE_NAME: Shop\nDISPLAY_NAME: Shop\n"
        "        TYPE               : 10  WIN32_OWN_PROCESS \n        STATE              : 4  RUNNING \n"
        "                                (STOPPABLE, NOT_PAUSABLE, ACCEPTS_SHUTDOWN)\n"
        "        WIN32_EXIT_CODE    : 0  (0x0)\n        SERVICE_EXIT_CODE  : 0  (0x0)\n"
        "        CHECKPOINT         : 0x0\n        WAIT_HINT          : 0x0\n"
    )
    assert sc.read_dependents(printed(none)) == ()
    (shop,) = sc.read_dependents(printed(one))
    assert (shop.name, shop.state) == ("Shop", sc.RUNNING)
    for text, code in (
        ("[SC] EnumDependentServices FAILED 234:\n\nMore data is available.\n", 234),
        (one + "?? x\n", 0),
    ):
        with pytest.raises(UnreadableError):
            sc.read_dependents(printed(text, code))
