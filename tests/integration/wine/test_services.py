# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our lines for net.exe start and stop real services, wait for them, and sc.exe's answer says so.

Wine has ``sc query``, but neither ``queryex`` nor ``qc``. Its exit codes for what failed are 1, where Windows' net.exe
says 2 and sc.exe the error: only whether they are 0 is compared.
"""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Command, Probe
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs import restart
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import net, sc

from integration.wine.hosts import Host
from integration.wine.prefix import Prefix

pytestmark = pytest.mark.needs_program("wine")


def _query(name: str) -> Command:
    return Command(f"sc query {name}")


_TERM = Probe(_query("TermService"), sc.read_state)
_REDIRECTOR = Probe(_query("UmRdpService"), sc.read_state)
_NOBODY = Probe(_query("NoSuchService"), sc.read_state)


@pytest.fixture(scope="module", autouse=True)
def redirector(prefix: Prefix) -> None:
    """Wine has a TermService that does nothing; a second one stands in for UmRdpService."""
    prefix.run(r'sc create UmRdpService type= own start= demand binPath= "C:\windows\system32\termsv.exe"')


def states(host: Host) -> tuple[int, int]:
    """The states of the two services, as the collection reads them."""
    seen = host.look(_TERM, _REDIRECTOR)
    return seen.of(_TERM).state, seen.of(_REDIRECTOR).state


def worked(host: Host, *commands: Command) -> list[bool]:
    """Which commands ended with exit code 0."""
    return [ran.exit_code == 0 for ran in host.run(*commands)]


def test_services_are_stopped_and_started(hosts: tuple[Host, Host]) -> None:
    for host in hosts:
        host.run(net.stop("UmRdpService"), net.stop("TermService"))
        assert states(host) == (sc.STOPPED, sc.STOPPED), host.name
        assert worked(host, net.stop("TermService")) == [False], host.name
        assert worked(host, net.start("TermService")) == [True], host.name
        # net.exe has waited: the first look sees it running.
        assert states(host) == (sc.RUNNING, sc.STOPPED), host.name
        assert worked(host, net.start("TermService")) == [False], host.name
        assert worked(host, net.start("UmRdpService"), net.stop("UmRdpService")) == [True, True], host.name
        assert worked(host, net.stop("TermService")) == [True], host.name
        assert states(host) == (sc.STOPPED, sc.STOPPED), host.name


def test_a_restart_leaves_both_running_from_wherever_it_begins(hosts: tuple[Host, Host]) -> None:
    for host in hosts:
        host.run(net.stop("UmRdpService"), net.stop("TermService"))
        for _ in range(2):  # from stopped services, and from running ones
            seen = host.look(_TERM, _REDIRECTOR)
            steps = restart.term_service(seen.of(_TERM), seen.of(_REDIRECTOR))
            host.must(*(step.command for step in steps))
            assert states(host) == (sc.RUNNING, sc.RUNNING), host.name


def test_what_is_no_service_is_never_taken_for_one(hosts: tuple[Host, Host]) -> None:
    for host in hosts:
        assert worked(host, net.start("NoSuchService"), net.stop("NoSuchService")) == [False, False], host.name
        seen = host.look(_NOBODY)
    assert seen.of(_NOBODY) is None
    # Wine's sc.exe prints nothing, and its exit code is not the error.
    with pytest.raises(UnreadableError):
        hosts[0].look(_NOBODY).of(_NOBODY)
