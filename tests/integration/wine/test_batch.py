# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole line that WindowsHost sends, in a real cmd.exe: every command's output and exit code, cut right."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Command

from integration.wine.hosts import SHELLS, Host, LabHost, Shell, WineHost
from integration.wine.prefix import Prefix
from lab.machine import Machine

pytestmark = pytest.mark.needs_program("wine")

_SCRIPT = r"C:\a b\three.cmd"

#: Commands whose output has no words of Windows', with both. The redirections' blanks belong to what echo prints.
SAYING = {
    "echo text": (b"text   \r\n", 0),
    'echo "a b" (c) it\'s': (b'"a b" (c) it\'s   \r\n', 0),
    "cmd /c exit 7": (b"", 7),
    "cmd /c exit -1": (b"", -1),
    "cmd /c exit 1060": (b"", 1060),
    f'"{_SCRIPT}"': (b"in a script\r\n", 3),
    r'dir /b /ad "C:\a b"': (b"c d\r\n", 0),
    r'type "C:\a b\no end.txt"': (b"no line end", 0),
    r'type "C:\a b\marker.txt"': (b"@00000000 1 0@\r\n", 0),
    "echo !errorlevel!": (b"0   \r\n", 0),
}
#: Commands that fail with words of Windows'.
FAILING = {
    "nosuchprogram /x": 9009,
    r'type "C:\no such file"': 1,
    r'dir /b /ad "C:\no such folder"': 1,
    r'mkdir "C:\a b\c d"': 1,
    r'reg query "HKLM\no such key"': 1,
}


@pytest.fixture(params=SHELLS)
def both(request: pytest.FixtureRequest, prefix: Prefix, machine: Machine) -> tuple[Host, Host]:
    """Wine and the lab, behind each of the shells, with something to see."""
    shell: Shell = request.param
    for host in (found := (WineHost(prefix, shell), LabHost(machine, shell))):
        host.run(Command(r'mkdir "C:\a b\c d"'))
        host.write_file(_SCRIPT, b"@echo in a script\r\n@exit /b 3\r\n")
        host.write_file(r"C:\a b\no end.txt", b"no line end")
        host.write_file(r"C:\a b\marker.txt", b"@00000000 1 0@\r\n")
    return found


def test_every_command_has_its_output_and_its_exit_code(both: tuple[Host, Host]) -> None:
    for host in both:
        ran = host.run(*map(Command, SAYING))
        assert {line: (one.data, one.exit_code) for line, one in zip(SAYING, ran, strict=True)} == SAYING, host.name


def test_a_command_that_fails_stops_no_other(both: tuple[Host, Host]) -> None:
    lines = [line for failing in FAILING for line in (failing, "cmd /c exit 5", "echo next")]
    for host in both:
        ran = host.run(*map(Command, lines))
        assert [one.exit_code for one in ran[::3]] == list(FAILING.values()), host.name
        assert all(one.data for one in ran[::3]), host.name
        assert {one.exit_code for one in ran[1::3]} == {5}
        assert {one.data for one in ran[2::3]} == {b"next   \r\n"}


def test_a_long_batch_is_split_and_loses_nothing(both: tuple[Host, Host]) -> None:
    lines = [f"echo {number} {'x' * 60}" for number in range(150)]
    for host in both:
        ran = host.run(*map(Command, lines))
        assert [one.data.split()[0] for one in ran] == [b"%d" % number for number in range(150)], host.name
        assert {one.exit_code for one in ran} == {0}


def test_what_ends_the_line_leaves_the_rest_unknown(both: tuple[Host, Host]) -> None:
    for host in both:
        ran = host.run(*map(Command, ("echo before", "exit 3", "echo after")))
        assert [one.exit_code for one in ran] == [0, None, None], host.name
        assert ran[0].data == b"before   \r\n"


def test_a_banner_of_the_shell_is_cut_off(prefix: Prefix, machine: Machine) -> None:
    class Talking(WineHost):
        def from_cmd(self, line: str) -> tuple[bytes, int]:
            stdout, code = super().from_cmd(line)
            return b"Welcome @00000000 b 0@\r\n" + stdout + b"Good-bye\r\n", code

    (ran,) = Talking(prefix).run(Command("echo text"))
    assert (ran.data, ran.exit_code) == (b"text   \r\n", 0)
