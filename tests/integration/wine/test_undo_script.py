# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""undo.cmd as a person runs it, in a real cmd.exe: from a folder of somebody else's, and after it was cut."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Command
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs import undo_script
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import net, reg

from integration.wine.hosts import Host, LabHost, WineHost
from integration.wine.prefix import Prefix
from lab.machine import Machine

pytestmark = pytest.mark.needs_program("wine")

_FOLDER = r"C:\windows\winops.rdp\backup\0001-protocol-0a1b"
_DENY = "fDenyTSConnections"
_UNDO = [reg.add(probes.TERMINAL_SERVER_KEY, _DENY, "REG_DWORD", 1), net.start("TermService")]
_TEXT = "".join(f"{line}\r\n" for line in undo_script.render(_UNDO, "rdp_protocol", _FOLDER)).encode("ascii")


@pytest.fixture
def both(prefix: Prefix, machine: Machine) -> tuple[Host, Host]:
    """Wine and the lab, with the switch at "allow"."""
    found = (WineHost(prefix), LabHost(machine))
    for host in found:
        host.run(Command(rf'mkdir "{_FOLDER}"'), Command(r"mkdir C:\planted"))
        host.must(reg.add(probes.TERMINAL_SERVER_KEY, _DENY, "REG_DWORD", 0))
    return found


def _denied(host: Host) -> bool:
    key = host.look(probes.TERMINAL_SERVER).of(probes.TERMINAL_SERVER).key(probes.TERMINAL_SERVER_KEY)
    assert key is not None
    value = key.get(_DENY)
    assert value is not None
    return value.data == 1


def test_whole_script_runs_and_no_program_of_the_current_folder_does(both: tuple[Host, Host]) -> None:
    for host in both:
        host.write_file(rf"{_FOLDER}\undo.cmd", _TEXT)
        for name in ("reg", "net"):
            for ending in ("bat", "cmd"):
                host.write_file(rf"C:\planted\{name}.{ending}", rb"@echo x>C:\planted\ran.txt")
        # The planted ones would run: this is what is looked for in the folder first.
        host.run(Command(r"cd /d C:\planted&reg query HKLM"))
        assert host.read_file(r"C:\planted\ran.txt") is not None, host.name
        host.run(Command(r"del C:\planted\ran.txt"))
        host.run(Command(rf'cd /d C:\planted&call "{_FOLDER}\undo.cmd"'))
        assert host.read_file(r"C:\planted\ran.txt") is None, host.name
        assert _denied(host), host.name


def test_script_that_was_cut_anywhere_does_nothing(both: tuple[Host, Host]) -> None:
    # What follows the jump back is a remark.
    last = _TEXT.index(b"@goto undo") + len(b"@goto undo")
    for host in both:
        # All at once: each start of cmd.exe takes Wine its time.
        cuts = range(0, last, 3)
        for cut in cuts:
            host.write_file(rf"{_FOLDER}\cut{cut}.cmd", _TEXT[:cut])
        calls = "\r\n".join(rf'call "{_FOLDER}\cut{cut}.cmd"' for cut in cuts)
        host.write_file(r"C:\planted\all.cmd", f"@echo off\r\n{calls}\r\n".encode("ascii"))
        host.run(Command(r"C:\planted\all.cmd"))
        assert not _denied(host), host.name
        # And the one that isn't cut does what it says.
        host.write_file(rf"{_FOLDER}\undo.cmd", _TEXT[:last])
        host.run(Command(rf'call "{_FOLDER}\undo.cmd"'))
        assert _denied(host), host.name


def test_nothing_runs_behind_a_guard_that_failed(both: tuple[Host, Host]) -> None:
    for host in both:
        lines = ("cmd /c exit 5", "echo two", "cmd /c exit 3", "echo x>C:\\planted\\behind.txt", "echo five")
        ran = host.run(*map(Command, lines), guards=(1, 2))
        assert [(one.exit_code, one.begun) for one in ran] == [
            *((5, True), (5, True)),
            *((None, False), (None, False), (None, False)),
        ], host.name
        ran = host.run(*map(Command, lines), guards=(2, 3))
        assert [one.exit_code for one in ran] == [5, 5, 3, None, None], host.name
        assert host.read_file(r"C:\planted\behind.txt") is None
