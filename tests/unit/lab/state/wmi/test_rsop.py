# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What WMI shows of the resultant set of policy, and how Windows PowerShell prints it."""

from __future__ import annotations

import pytest

from lab.faults.policy import BLOCKING_GPO_GUID
from lab.machine import Machine
from lab.shell.powershell.main import run_script
from lab.state.policy.lists import base_dn, stamp
from lab.state.policy.mdm import TERMINAL_SERVICES
from lab.state.policy.objects import Gpo, Link
from lab.state.policy.pol import deletion
from lab.state.termservice import DENY
from lab.testing import MakeShell, Shell

CIM = "Get-CimInstance -Namespace root/rsop/computer -ClassName"
STOP = "$ErrorActionPreference='Stop'"
KEY = TERMINAL_SERVICES.replace("\\", "\\\\")
GPOS = f"foreach($g in {CIM} RSOP_GPO){{ConvertTo-Json -Compress -InputObject @($g.id,$g.version)}}"


def rows(where: str, *fields: str) -> str:
    shown = ",".join(f"$r.{field}" for field in fields or ("precedence", "GPOID", "valueName", "value"))
    where = where.replace("'", "''")
    return (
        f"foreach($r in {CIM} RSOP_RegistryPolicySetting -OperationTimeoutSec 9 -Filter '{where}')"
        f"{{ConvertTo-Json -Compress -InputObject @({shown})}}"
    )


def printed(shell: Shell, *statements: str) -> list[str]:
    found = shell.run(f'powershell.exe -NoProfile -Command "{";".join(statements)}"').splitlines()
    assert not shell.machine.errors()
    return found


def container(guid: str) -> str:
    return f"cn={guid},cn=policies,cn=system,{base_dn('corp.example')}"


def test_rows_are_in_json_as_windows_powershell_prints_it(on: MakeShell) -> None:
    shell = on(faults=("gpo-domain-blocks",))
    version = stamp(shell.machine.policy.gpos[BLOCKING_GPO_GUID].version)
    assert f'["{container(BLOCKING_GPO_GUID)}",{version}]' in printed(shell, GPOS)
    assert printed(shell, GPOS)[0].startswith('["LocalGPO",')
    (row,) = printed(shell, rows(f"registryKey='{KEY}'"))
    assert row == f'[1,"{container(BLOCKING_GPO_GUID)}","{DENY}",[1,0,0,0]]'
    (row,) = printed(shell, rows(f"registryKey='{KEY.upper()}' and precedence=1", "deleted", "valueType"))
    assert row == "[false,4]"
    joined = rows(f"valueName='{DENY}'").replace("$r.value)", "($r.value -join ' '))")
    assert printed(shell, joined)[0].endswith(f'"{DENY}","1 0 0 0"]')
    assert printed(shell, rows(f"valueName='{DENY}'", "id"))[0].count("\\\\") > 2


def test_those_that_did_not_win_are_shown_in_their_order(on: MakeShell) -> None:
    shell = on(faults=("gpo-enforced-blocks", "gpo-local-blocks", "gpo-two-links"))
    found = [row.split(",", 2) for row in printed(shell, rows(f"valueName='{DENY}'"))]
    assert [row[0] for row in found] == ["[1", "[2", "[3", "[4"]
    assert '"LocalGPO"' in found[-1][1]


def test_deleted_value_and_a_text_with_quotes(on: MakeShell) -> None:
    shell = on()
    link = Link(shell.machine.policy.unit)
    shell.machine.policy.add(Gpo("Nobody's <RDP>", "{A}", [link], [deletion(TERMINAL_SERVICES, DENY)]))
    shell.machine.policy.refresh(force=True)
    fields = ("deleted", "valueName", "value", "command", "valueType")
    assert printed(shell, rows("deleted=true", *fields)) == [f'[true,"{DENY}",null,"**del.{DENY}",0]']
    (name,) = printed(shell, GPOS.replace("$g.id,$g.version", "$g.name"))[-1:]
    assert name == r'["Nobody\u0027s \u003cRDP\u003e"]'


@pytest.mark.parametrize(
    ("where", "count"),
    [
        (f"registryKey='{KEY}'", 1),
        (f"registryKey='X' or (registryKey='{KEY}' and precedence=1)", 1),
        (f"registryKey='{KEY}' and precedence=2", 0),
        ("registryKey='X'", 0),
        ("precedence<>1", 0),
        ("deleted=FALSE", 1),
    ],
)
def test_condition(on: MakeShell, where: str, count: int) -> None:
    assert len(printed(on(faults=("gpo-domain-blocks",)), rows(where))) == count


@pytest.mark.parametrize(
    ("faults", "elevated", "script", "code"),
    [
        # A single backslash escapes nothing.
        ((), True, rows(f"registryKey='{TERMINAL_SERVICES}'"), 0x80041017),
        ((), True, rows("nonsense='1'"), 0x80041017),
        ((), True, rows("precedence="), 0x80041017),
        ((), True, GPOS.replace("root/rsop/computer", "root/rsop/nowhere"), 0x8004100E),
        (("gpo-domain-blocks",), False, GPOS, 0x80041003),
    ],
)
def test_error_is_one_and_ends_the_script_where_that_is_wanted(
    on: MakeShell, faults: tuple[str, ...], elevated: bool, script: str, code: int
) -> None:
    shell = on(faults=faults)
    shell.machine.elevated = elevated
    for first, out, exit_code in ((f"{STOP};", b"", 1), ("", b"end\r\n", 0)):
        ran = run_script(shell.machine, f"{first}{script};'end'", code_page=437)
        assert (ran.stdout, ran.exit_code) == (out, exit_code)
        assert f"HRESULT 0x{code:08x}".encode() in ran.stderr
    assert not shell.machine.errors()


def test_nothing_is_there_where_logging_is_off(on: MakeShell) -> None:
    shell = on(faults=("rsop-logging-off", "gpo-domain-blocks"))
    assert printed(shell, STOP, GPOS, rows(f"registryKey='{KEY}'"), "'end'") == ["end"]


@pytest.mark.parametrize(
    "script",
    [
        f"{STOP};Get-Date",
        f"{STOP};{CIM} RSOP_GPO",
        GPOS.replace("RSOP_GPO", "Win32_Service"),
        GPOS.replace("$g.id", "$g.idd"),
        GPOS.replace("$g.id", "$h.id"),
        GPOS.replace("$g.id", "$g.id.Length"),
        GPOS.replace("-Compress ", ""),
        GPOS.replace("-ClassName RSOP_GPO", "-Query 'x'"),
        GPOS.replace("-ClassName RSOP_GPO", "-ClassName RSOP_GPO -KeyOnly x"),
        GPOS + " | Out-Null",
        rows("registryKey like 'SOFTWARE_'"),
        rows("precedence < 2"),
        rows("precedence=1 group by x"),
    ],
)
def test_what_is_not_modelled_is_refused_loudly(machine: Machine, script: str) -> None:
    ran = run_script(machine, script, code_page=437)
    assert (ran.stdout, ran.exit_code) == (b"", 1)
    assert len(machine.errors()) == 1
