# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What PowerShell makes of a line that runs a native command, and what it must refuse."""

from __future__ import annotations

import base64
import json
import re
import typing as t

import pytest

from lab.shell.powershell import main as powershell
from unit.lab_transports.fake_machine import FakeMachine

CMD = r'"C:\Windows\system32\cmd.exe"'


def run(script: str, **options: t.Any) -> tuple[t.Any, FakeMachine]:
    machine: t.Any = FakeMachine("h")
    return powershell.run_script(machine, script, code_page=65001, **options), machine


def line_of(script: str) -> str:
    """The one command line that a script starts."""
    ran, machine = run(script)
    assert machine.errors() == [], ran
    assert len(machine.lines) == 1
    return machine.lines[0]


@pytest.mark.parametrize(
    ("script", "line"),
    [
        ("cmd.exe /c 'echo a'", f'{CMD} /c "echo a"'),
        (
            "cmd.exe /d /v:on /s /c 'reg query \"HKLM\\A B\" & echo x'",
            f'{CMD} /d /v:on /s /c "reg query "HKLM\\A B" & echo x"',
        ),
        ("cmd.exe /c 'it''s'", f"{CMD} /c it's"),
        ("cmd.exe /c 'a\u2019\u2019b'", f"{CMD} /c a\u2019b"),
        ("cmd.exe /c \u2018a b\u2019", f'{CMD} /c "a b"'),
        ('cmd.exe /c "a b"', f'{CMD} /c "a b"'),
        ('cmd.exe /c "a `"b c`" d"', f'{CMD} /c "a "b c" d"'),
        ("cmd.exe /c '\"a b\" c'", f'{CMD} /c "a b" c'),
        ("cmd.exe '' x", f"{CMD} x"),
        ("cmd.exe 'C:\\a b\\'", f'{CMD} "C:\\a b\\"'),
        ("cmd.exe a`tb", f'{CMD} "a\tb"'),
        ("cmd.exe a`\n  b", f"{CMD} a b"),
        ("cmd.exe a'b c'd", f'{CMD} "ab cd"'),
        ("cmd.exe 'a'b", f"{CMD} a b"),
        ("& 'cmd.exe' a", f"{CMD} a"),
        ("cmd.exe $env:ComSpec", f"{CMD} C:\\Windows\\system32\\cmd.exe"),
        ('cmd.exe "cost 5$ $null."', f'{CMD} "cost 5$ ."'),
        ("cmd.exe a # comment", f"{CMD} a"),
        ("cmd.exe %x% !y! ^ ~ =a", f"{CMD} %x% !y! ^ ~ =a"),
    ],
)
def test_arguments_reach_the_program_as_windows_powershell_passes_them(script: str, line: str) -> None:
    assert line_of(script) == line


@pytest.mark.parametrize(
    "script",
    [
        "cmd.exe /c 'open", 'cmd.exe /c "open', "cmd.exe | findstr x", "cmd.exe > x", "cmd.exe 2>&1",
        "cmd.exe & cmd.exe",
        "cmd.exe (1)", "cmd.exe {a}", "cmd.exe a,b", "cmd.exe @a", "cmd.exe $foo", 'cmd.exe "$(1)"', "Get-Service x",
        "if ($true) {}", "$a = 1", "x=1", "sc query x", "echo hi", "missing.exe", "'cmd.exe' /c", "cmd.exe --% a",
        "cmd.exe -a.b", "[int]1", "1+1", ". x", "% x", "cmd.exe 'a'.Length", "exit 1 2", "cmd.exe a <# b #>", "$x.y",
    ],
)  # fmt: skip
def test_what_is_not_modelled_is_refused_loudly_and_nothing_runs(script: str) -> None:
    ran, machine = run(f"cmd.exe /c 'echo first'\n{script}")
    assert ran.exit_code == 1
    assert ran.stdout == b""
    assert b"FullyQualifiedErrorId" in ran.stderr
    assert machine.lines == []
    assert len(machine.errors()) == 1


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("cmd.exe /c 'fail 7'", 1),
        ("cmd.exe /c 'fail 7'\nexit $LASTEXITCODE", 7),
        ("cmd.exe /c 'fail 7'; exit $LASTEXITCODE", 7),
        ("cmd.exe /c 'fail 7'; cmd.exe /c 'fail 0'", 0),
        ("cmd.exe /c 'fail 7'; 'text'", 0),
        ("cmd.exe /c 'fail -5'; exit $LASTEXITCODE", -5),
        ("exit 3; cmd.exe /c 'fail 7'", 3),
        ("exit $LASTEXITCODE", 0),
        ("exit", 0),
        ("", 0),
    ],
)
def test_exit_codes(script: str, code: int) -> None:
    ran, machine = run(script)
    assert ran.exit_code == code
    assert machine.errors() == []


def test_output_of_values_and_programs_in_their_order() -> None:
    ran, _ = run("'a'; cmd.exe /c 'fail 2'; $LASTEXITCODE; cmd.exe /c 'echo b&ERR oops'")
    assert ran.stdout == b"a\r\n2\r\nb\r\n"
    assert ran.stderr == b"oops\r\n"


def encoded(script: str) -> str:
    return base64.b64encode(script.encode("utf-16-le")).decode()


@pytest.mark.parametrize(
    "line",
    [
        "powershell -NoProfile -NonInteractive -ExecutionPolicy Unrestricted -EncodedCommand {b64}",
        "PowerShell.exe -nop -noni -ep bypass -enc {b64}",
        r'"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe" -e {b64}',
        "powershell -InputFormat None -EncodedCommand {b64}",
        "powershell -Command cmd.exe /c 'echo hi'",
        "powershell -c \"cmd.exe /c 'echo hi'\"",
        "powershell cmd.exe /c 'echo hi'",
    ],
)
def test_the_script_is_found_in_the_command_line(line: str) -> None:
    machine: t.Any = FakeMachine("h")
    ran = powershell.start(machine, line.replace("{b64}", encoded("cmd.exe /c 'echo hi'")), code_page=65001)
    assert (ran.stdout, ran.stderr, ran.exit_code) == (b"hi\r\n", b"", 0)
    assert machine.lines == [f'{CMD} /c "echo hi"']


def test_other_lines_go_through_cmd() -> None:
    machine: t.Any = FakeMachine("h")
    assert powershell.start(machine, "echo hi", code_page=437).stdout == b"hi\r\n"
    powershell.start(machine, "tool.exe x", code_page=437, skip_cmd=True)
    powershell.start(machine, "powershell -c 'x' & echo y", code_page=437)
    assert machine.lines == ['cmd.exe /C "echo hi"', "tool.exe x", "cmd.exe /C \"powershell -c 'x' & echo y\""]


def test_a_line_beyond_the_limit_of_cmd_does_not_run() -> None:
    machine: t.Any = FakeMachine("h")
    longest = encoded("cmd.exe /c 'echo " + "x" * 3000 + "'")
    assert powershell.start(machine, f"powershell -enc {longest}", code_page=65001).exit_code == 0
    too_long = encoded("cmd.exe /c 'echo " + "x" * 3100 + "'")
    ran = powershell.start(machine, f"powershell -enc {too_long}", code_page=65001)
    assert (ran.stdout, ran.stderr, ran.exit_code) == (b"", b"The command line is too long.\r\n", 1)


def test_errors_of_an_encoded_command_are_clixml() -> None:
    machine: t.Any = FakeMachine("h")
    ran = powershell.start(machine, f"powershell -enc {encoded('a | b <x> & _x0041_')}", code_page=65001)
    assert ran.stderr.startswith(b'#< CLIXML\r\n<Objs Version="1.1.0.1"')
    assert not re.search(rb"<x>|[^n]& ", ran.stderr)


MANIFEST = {
    "scripts": {},
    "actions": [
        {
            "name": "module_wrapper.ps1",
            "params": {
                "Script": "ansible_collections.acme.win.plugins.modules.thing.ps1",
                "Variables": [{"Name": "complex_args", "Value": {"name": "n"}, "Scope": "Global"}],
            },
        }
    ],
}
BOOTSTRAP = "$code = ConvertFrom-Json -InputObject $codeJson\n$code.script"


def module_input(manifest: object) -> bytes:
    return b'{"name":"exec_wrapper"}\n\0\0\0\0\n' + json.dumps(manifest).encode()


@pytest.mark.parametrize("name", ["acme.win.thing", "thing"])
def test_a_canned_module_answers(name: str) -> None:
    machine: t.Any = FakeMachine("h")
    machine.canned_modules = {name: lambda arguments: {"changed": True, "got": arguments}}
    ran = powershell.run_script(machine, BOOTSTRAP, code_page=65001, stdin=module_input(MANIFEST))
    assert json.loads(ran.stdout) == {"changed": True, "got": {"name": "n"}}
    assert ran.exit_code == 0
    assert machine.errors() == []


@pytest.mark.parametrize("given", [module_input(MANIFEST), module_input({"actions": []}), b"", module_input([])])
def test_a_module_that_nobody_canned_fails_and_is_noted(given: bytes) -> None:
    machine: t.Any = FakeMachine("h")
    ran = powershell.run_script(machine, BOOTSTRAP, code_page=65001, stdin=given)
    assert json.loads(ran.stdout)["failed"] is True
    assert len(machine.errors()) == 1
