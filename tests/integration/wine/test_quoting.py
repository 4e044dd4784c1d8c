# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What cmd.exe could take for its own: written into files and keys exactly, and never run.

Through PowerShell, our cmd.exe is the only one that parses a line. Where sshd's shell is cmd.exe, that one parses it
first, and what stands between quotes for one of them does not for the other.
"""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import RefusedError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Command
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.quoting import write_file
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs.reference import render
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.listener_key import Tree
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import reg

from integration.wine.hosts import SHELLS, Host, LabHost, Shell, WineHost, content
from integration.wine.prefix import Prefix
from integration.wine.repairing import HEALTHY, KEY, Repair, reviewed, seed, text
from lab.machine import Machine

pytestmark = pytest.mark.needs_program("wine")

#: What a command in a value would leave behind.
_INJECTED = r"C:\injected.txt"
_WRITTEN = r"C:\written (x86).txt"

#: Lines as they stand in .reg files and scripts.
PLAIN_LINES = (
    "Windows Registry Editor Version 5.00",
    "",
    r"[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server (x)\{1-2}]",
    '@="the default"',
    '"a digit at the end, as if it were a handle"=dword:00000001',
    "1",
    "2",
    '"hex"=hex:01,02,\\',
    "  03",
    '"backslashes"="C:\\\\a b\\\\"',
    "it's; a=b, c ~ `@#$*?+[]{}",
    "@rem a remark.",
    "^&|<>() without quotes",
    "(",
    ")",
    "/c",
    "=",
)
#: The same with cmd.exe's own characters between quotes, and with quotes that don't come in pairs.
STRANGE_LINES = (
    '"command"="(a) & b && c"',
    '"redirected"="<in >out | a"',
    '"carets"="^ ^^ ^& ^"',
    '"one quote"="a \\" b"',
)

VALUES = {
    "Command": f"a & echo x>{_INJECTED} & b",
    "Pipe": "a | b",
    "Redirected": "<in >out",
    "Carets": "^ ^^ ^& ^",
    "Quote": 'a " b',
    "After a quote": f"& echo x>{_INJECTED} & rem ",
    "Quotes": f'" & echo x>{_INJECTED} & "',
    "Percent": "%ComSpec% 100% !errorlevel!",
}


@pytest.fixture(params=SHELLS)
def strange_hosts(request: pytest.FixtureRequest, prefix: Prefix, machine: Machine) -> tuple[Host, Host]:
    """Wine and the lab, behind each of the shells."""
    shell: Shell = request.param
    for host in (found := (WineHost(prefix, shell), LabHost(machine, shell))):
        host.run(Command(f"del {_INJECTED}"))
        assert host.read_file(_INJECTED) is None
    return found


@pytest.mark.parametrize("limit", [1, 1500])
def test_a_file_is_written_to_the_byte(limit: int, strange_hosts: tuple[Host, Host]) -> None:
    commands = [Command(line) for line in write_file(_WRITTEN, PLAIN_LINES, limit)]
    for host in strange_hosts:
        host.run(*commands)
        assert host.read_file(_WRITTEN) == "".join(f"{line}\r\n" for line in PLAIN_LINES).encode(), host.name


@pytest.mark.parametrize("line", STRANGE_LINES)
def test_a_strange_line_is_written_to_the_byte_or_refused(line: str, strange_hosts: tuple[Host, Host]) -> None:
    lines = ("first", line, f'"injected"="& echo x>{_INJECTED} & rem "', "last")
    try:
        commands = [Command(command) for command in write_file(_WRITTEN, lines)]
    except ValueError:
        return
    for host in strange_hosts:
        host.run(*commands)
        assert host.read_file(_INJECTED) is None, host.name
        assert host.read_file(_WRITTEN) == "".join(f"{line}\r\n" for line in lines).encode(), host.name


def test_strange_values_of_a_reference_are_replaced_exactly_or_refused(strange_hosts: tuple[Host, Host]) -> None:
    tree: Tree = {**HEALTHY, "": {**HEALTHY[""], **{name: text(value) for name, value in VALUES.items()}}}
    reference = reviewed(("\ufeff" + render(tree, KEY)).encode("utf-16-le"), "a file")
    for host in strange_hosts:
        seed(host, HEALTHY, reg.add(KEY, "PdClass", "REG_DWORD", 1))
        try:
            repair = Repair.planned(host, reference, "replace")
        except RefusedError:
            continue
        repair.save(host)
        repaired, _ = repair.apply(host)
        assert host.read_file(_INJECTED) is None
        _assert_holds(repaired, VALUES)
        repair.undo(host)
        assert host.read_file(_INJECTED) is None


def test_a_strange_value_of_a_reference_is_set_exactly_or_refused(hosts: tuple[Host, Host]) -> None:
    for host in hosts:
        seed(host)
        for name, value in VALUES.items():
            tree: Tree = {**HEALTHY, "": {**HEALTHY[""], name: text(value)}}
            reference = reviewed(("\ufeff" + render(tree, KEY)).encode("utf-16-le"), "a file")
            try:
                repair = Repair.planned(host, reference, "converge")
            except RefusedError:
                continue
            repair.save(host)
            repaired, _ = repair.apply(host)
            assert host.read_file(_INJECTED) is None
            _assert_holds(repaired, {name: value})


def _assert_holds(exported: bytes | None, values: dict[str, str]) -> None:
    assert exported is not None
    key = content(exported)[KEY.replace("HKLM", "HKEY_LOCAL_MACHINE").casefold()]
    assert {name: key[name.casefold()].data for name in values} == values
