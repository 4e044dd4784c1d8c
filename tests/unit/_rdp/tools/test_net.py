# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""net.exe: the lines we send."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Command
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import net, sc


def test_commands() -> None:
    assert net.start("TermService").line == "net start TermService"
    assert net.stop("A Service").line == 'net stop "A Service"'


def test_service_that_others_depend_on_is_not_stopped_with_them() -> None:
    assert "/y" not in net.stop("TermService").line


@pytest.mark.parametrize("name", ['a"b', "a&b", "%x%", "a\nb"])
def test_name_that_could_leave_its_command(name: str) -> None:
    for make in (net.start, net.stop):
        with pytest.raises(ValueError, match="not safe"):
            make(name)


def test_command_that_starts_a_service_is_told_from_others() -> None:
    assert net.starts(net.start("TermService")) and net.starts(net.start("A Service"))
    others = (net.stop("TermService"), sc.queryex("TermService"), Command("net starting"), Command("echo net start x"))
    assert not any(map(net.starts, others))
