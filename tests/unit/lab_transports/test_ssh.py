# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""SSH with cmd.exe or PowerShell as login shell, by a real client."""

from __future__ import annotations

import asyncio
import typing as t

import asyncssh
import pytest

from unit.lab_transports.conftest import Target


def run(target: Target, shell: str, line: str, **options: t.Any) -> t.Any:
    """One command over one connection; what asyncssh's client got."""
    port = target.lab.ssh_ports(target.name)[shell]
    given = options.pop("input", None)
    access: dict[str, t.Any] = {"username": target.lab.user, "password": target.lab.password, "client_keys": None}

    async def go() -> t.Any:
        async with asyncssh.connect(
            target.address, port, known_hosts=None, config=None, **(access | options)
        ) as client:
            return await client.run(line, encoding=None, input=given)

    return asyncio.run(asyncio.wait_for(go(), 20))


def test_cmd_gets_the_very_line(target: Target) -> None:
    ran = run(target, "cmd", 'echo a & tool "b c" & ERR no & exit 7')
    assert (ran.stdout, ran.stderr, ran.exit_status) == (b'a\r\n<tool "b c"|437>\r\n', b"no\r\n", 7)
    assert target.machine.lines == ['cmd.exe /C "echo a & tool "b c" & ERR no & exit 7"']


def test_powershell_gets_the_very_line(german: Target) -> None:
    ran = run(german, "powershell", "cmd.exe /d /v:on /s /c 'echo größe & tool \"b c\" & exit 7'")
    assert (ran.stdout, ran.exit_status) == ('größe\r\n<tool "b c"|850>\r\n'.encode("cp850"), 1)
    assert german.machine.lines == [
        '"C:\\Windows\\system32\\cmd.exe" /d /v:on /s /c "echo größe & tool "b c" & exit 7"'
    ]
    assert run(german, "powershell", "cmd.exe /c 'exit 7'; exit $LASTEXITCODE").exit_status == 7


def test_input(target: Target) -> None:
    assert run(target, "cmd", "stdin", input=b"abc" * 50000).stdout == b"abc" * 50000


def test_a_key_and_a_wrong_key(target: Target) -> None:
    key = asyncssh.import_private_key(target.lab.ssh_private_key())
    assert run(target, "cmd", "echo a", client_keys=[key], password=None).stdout == b"a\r\n"
    other = asyncssh.generate_private_key("ssh-ed25519")
    for wrong in ({"client_keys": [other], "password": None}, {"password": "wrong"}, {"username": "nobody"}):
        with pytest.raises(asyncssh.PermissionDenied):
            run(target, "cmd", "echo a", **wrong)


def test_faults_of_the_wire(target: Target) -> None:
    target.lab.transport_fault(target.name, "truncate:3")
    assert run(target, "cmd", "tool").stdout == b"<to"
    target.lab.transport_fault(target.name, "truncate", on=False)
    target.lab.transport_fault(target.name, "drop-mid-batch:2")
    with pytest.raises((asyncssh.ConnectionLost, ConnectionError)):
        ran = run(target, "cmd", "one & two")
        raise ConnectionError if ran.exit_status is None else AssertionError(ran)
    assert [entry.line for entry in target.machine.log][-1] == "one"
    target.lab.transport_fault(target.name, "drop-mid-batch", on=False)
    target.lab.transport_fault(target.name, "http-401")
    with pytest.raises(asyncssh.PermissionDenied):
        run(target, "cmd", "tool")
    target.lab.transport_fault(target.name, "http-401", on=False)
    target.lab.transport_fault(target.name, "refuse")
    with pytest.raises(ConnectionRefusedError):
        run(target, "powershell", "cmd.exe /c tool")
    target.lab.transport_fault(target.name, "refuse", on=False)
    assert run(target, "cmd", "echo a").stdout == b"a\r\n"
    assert run(target, "powershell", "cmd.exe /c 'echo a'").stdout == b"a\r\n"


def test_no_terminal_and_no_subsystem(target: Target) -> None:
    ran = run(target, "cmd", "")
    assert ran.exit_status == 1
    assert b"commands only" in ran.stderr
