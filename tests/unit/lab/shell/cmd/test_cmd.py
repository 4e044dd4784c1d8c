# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""cmd.exe: quoting, chaining, redirection, expansion, ERRORLEVEL, batch files."""

from __future__ import annotations

import pytest

from lab.shell.cmd.control import CmdSyntaxError
from lab.shell.cmd.main import strip_quotes
from lab.shell.cmd.parser import parse
from lab.testing import MakeShell, Shell

DENY = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server"


@pytest.mark.parametrize(
    ("text", "strict", "stripped"),
    [
        ("echo hi", False, "echo hi"),
        ('"echo hi"', False, "echo hi"),
        ('"echo hi"', True, "echo hi"),
        # `cmd /?`: two quotes, no special character, a blank, a program: kept, unless /s.
        ('"C:\\Program Files\\x.exe"', False, '"C:\\Program Files\\x.exe"'),
        ('"C:\\Program Files\\x.exe"', True, "C:\\Program Files\\x.exe"),
        ('"C:\\Program Files\\x.exe" a "b"', False, 'C:\\Program Files\\x.exe" a "b'),
        ('"reg query "HKLM\\A B" /v x & echo 1"', True, 'reg query "HKLM\\A B" /v x & echo 1'),
        ('"a" b "c" d', True, 'a" b "c d'),
        ('reg query "HKLM\\A B"', True, 'reg query "HKLM\\A B"'),
        ('"unbalanced', True, "unbalanced"),
    ],
)
def test_quotes_after_c(text: str, strict: bool, stripped: str) -> None:
    assert strip_quotes(text, strict=strict, exists=lambda name: name.endswith("x.exe")) == stripped


@pytest.mark.parametrize(
    ("line", "printed"),
    [
        ("echo a & echo b", "a \nb\n"),
        ("echo a&echo b", "a\nb\n"),
        ("echo a && echo b", "a \nb\n"),
        ("echo a || echo b", "a \n"),
        ("nosuch 2>nul || echo b", "b\n"),
        ("nosuch 2>nul && echo a || echo b", "b\n"),
        ("cd \\nope 2>nul & echo !errorlevel!", "1\n"),
        ("(echo a & echo b) & echo c", "a \nb\nc\n"),
        ("echo a ^& echo b", "a & echo b\n"),
        ("echo a^^b", "a^b\n"),
        ('echo "a & b"', '"a & b"\n'),
        ("echo a 1>&2", ""),
        ("echo a 2>&1", "a \n"),
        ("echo a>nul&echo b", "b\n"),
        ("echo a1>nul", ""),
        ("echo a 1>nul", ""),
        (">nul echo a & echo b", "b\n"),
        ("echo.", "\n"),
        ("echo.x  ", "x  \n"),
        ("echo(x", "x\n"),
        ("echo", "ECHO is on.\n"),
        ("@echo off & echo", "ECHO is off.\n"),
        ("rem nothing & echo x", ""),
        ("set A=1& echo !A!", "1\n"),
        ("set A=1& echo %A%", "%A%\n"),
        ('set "A=x y" & echo [!A!]', "[x y]\n"),
        ("set A=abcdef& echo !A:~1,3! !A:~-2! !A:cd=X!", "bcd ef abXef\n"),
        ("echo %SystemRoot% %nope% 100%", "C:\\Windows %nope% 100%\n"),
        ("echo !nope!x", "x\n"),
        ("echo a^!b", "ab\n"),
        ("if exist C:\\Windows\\System32\\reg.exe (echo yes) else (echo no)", "yes\n"),
        ("if not exist C:\\nope echo no", "no\n"),
        ("if a==a echo same & echo more", "same \nmore\n"),
        ("if /i A==a (echo same) else echo other", "same\n"),
        ("if A==a (echo same) else echo other", "other\n"),
        ("if 10 gtr 9 echo number", "number\n"),
        ("if defined windir echo set", "set\n"),
        ("cd \\nope 2>nul & if errorlevel 1 echo bad", "bad\n"),
        ("for %i in (a b) do @echo [%i]", "[a]\n[b]\n"),
        ("for /l %i in (1,1,3) do @echo %i", "1\n2\n3\n"),
        ("for /f \"tokens=2 delims=:\" %i in ('echo a:b:c') do @echo %i", "b\n"),
        ("for /f \"tokens=1,2*\" %a in (\"x y z w\") do @echo %b-%c", "y-z w\n"),
        ("ver", "\nMicrosoft Windows [Version 10.0.20348.2762]\n"),
        ("cd /d C:\\Windows & cd", "C:\\Windows\n"),
        ("echo a b c| find \"b\"", "a b c\n"),
        ("echo abc| findstr /i ABC", "abc\n"),
        ("echo 0.0.0.0:3389| findstr /c:\"0.0.0.0:3389\"", "0.0.0.0:3389\n"),
        ("echo x > C:\\f.txt & type C:\\f.txt", "x  \n"),
        ("(echo x& echo y) > C:\\f.txt & type C:\\f.txt", "x\ny\n"),
        ("echo x>C:\\f.txt&>>C:\\f.txt echo y&type C:\\f.txt", "x\ny\n"),
        ("cmd /c echo inner & echo outer", "inner \nouter\n"),
        ("call echo hi", "hi\n"),
        ("chcp", "Active code page: 65001\n"),
        ("whoami", "corp\\administrator\n"),
        ("hostname", "srv1\n"),
        ("where qwinsta", "C:\\Windows\\System32\\qwinsta.exe\n"),
    ],
)  # fmt: skip
def test_lines(line: str, printed: str, shell: Shell) -> None:
    out = shell.cmd(line)

    # A blank before & belongs to what echo prints, as on Windows.
    assert out == printed


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("reg query HKLM\\nope 2>nul", "1"),
        ("reg query HKLM\\nope 2>nul & echo x>nul", "1"),  # echo keeps it
        ("reg query HKLM\\nope 2>nul & rem x", "1"),
        ("reg query HKLM\\nope 2>nul & set A=1", "1"),
        ("reg query HKLM\\nope 2>nul & ver >nul", "0"),
        ("reg query HKLM\\nope 2>nul & md C:\\new", "0"),
        ("reg query HKLM\\nope 2>nul & hostname >nul", "0"),
        ("reg query HKLM\\nope 2>nul & (call )", "0"),
        ("reg query HKLM\\nope 2>nul & if a==a rem", "1"),
        ("nosuch 2>nul", "9009"),
        ("sc start nope >nul", "1060"),
        ("sc stop RpcSs >nul", "1051"),
        ("md C:\\Windows 2>nul", "1"),
        ("type C:\\nope 2>nul", "1"),
        ("del C:\\nope 2>nul", "0"),
        ("rd C:\\nope 2>nul", "0"),
        ("rd C:\\nope 2>nul || rem", "2"),
        ("echo x > C:\\nope\\y 2>nul", "1"),
        ("cmd /c exit 7", "7"),
        ("cmd /c nosuch 2>nul", "1"),
        ("echo a| find \"b\"", "1"),
        ("set nope 2>nul", "1"),
    ],
)  # fmt: skip
def test_errorlevel(line: str, level: str, shell: Shell) -> None:
    # A line of its own for the look, so that an IF or a REM does not swallow it.
    assert shell.cmd(f"({line}\n) & echo !errorlevel!") == level + "\n"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("exit 5", 5), ("exit /b 6", 6), ("cmd /c exit -1", -1), ("exit 0 & nosuch", 0), ("nosuch", 1),
        ("reg query HKLM\\nope", 1), ("reg query HKLM\\nope & exit 0", 0), ("sc query nope", 1060),
    ],
)  # fmt: skip
def test_exit_code_of_cmd(line: str, code: int, shell: Shell) -> None:
    shell.cmd(line)

    assert shell.code == code


def test_the_form_of_a_batch_of_commands(shell: Shell) -> None:
    out = shell.cmd(
        f'echo @n b 0@ & reg query "{DENY}" /v fDenyTSConnections <nul 2>&1 & echo @n 0 !errorlevel!@ & '
        "nosuch <nul 2>&1 & echo @n 1 !errorlevel!@ & exit 0"
    )

    assert shell.code == 0
    assert out.split("\n") == [
        "@n b 0@ ",
        "",
        "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server",
        "    fDenyTSConnections    REG_DWORD    0x0",
        "",
        "@n 0 0@ ",
        "'nosuch' is not recognized as an internal or external command,",
        "operable program or batch file.",
        "@n 1 9009@ ",
        "",
    ]
    assert shell.machine.errors() == ["nosuch <nul 2>&1: no program 'nosuch'"] or shell.machine.errors() == [
        "nosuch: no program 'nosuch'"
    ]


def test_without_v_on_there_is_no_delayed_expansion(shell: Shell) -> None:
    assert shell.run('cmd /s /c "echo !errorlevel!"') == "!errorlevel!\n"


def test_a_builtin_in_a_pipe_has_no_delayed_expansion(shell: Shell) -> None:
    assert shell.cmd('set A=1& echo !A!| find "A"') == "!A!\n"


def test_a_line_of_a_thousand_commands(shell: Shell) -> None:
    assert shell.cmd("&".join(["echo."] * 1300)) == "\n" * 1300


def test_the_line_length_limit(shell: Shell) -> None:
    fits = "echo " + "a" * (8191 - 5)
    assert shell.cmd(fits) == "a" * (8191 - 5) + "\n"

    assert shell.cmd(fits + "a") == ""
    assert (shell.code, shell.error) == (1, "The command line is too long.\n")


def test_german_messages_in_the_oem_code_page(on: MakeShell) -> None:
    machine = on(language="de-DE").machine

    ran = machine.create_process("cmd /c reg query HKLM\\nope & nosuch", code_page=850)

    assert b"Registrierungsschl\x81ssel" in ran.stderr
    assert 'Der Befehl "nosuch" ist entweder falsch geschrieben oder' in ran.stderr.decode("cp850")


@pytest.mark.parametrize("line", ["& echo a", "echo a & & echo b", "(echo a", "if a==", "echo a >", ") echo"])
def test_syntax_errors(line: str, shell: Shell) -> None:
    shell.cmd(line)

    assert shell.code == 1
    assert shell.error
    assert shell.machine.errors()


def test_unexpected_tokens_are_named() -> None:
    with pytest.raises(CmdSyntaxError, match="&&"):
        parse("&& echo a")


@pytest.mark.parametrize("line", ["start x", "mklink a b", "dir C:\\", "for /d %i in (*) do echo %i", "set /a X=1"])
def test_what_is_not_modelled_is_loud(line: str, shell: Shell) -> None:
    shell.cmd(line)

    assert shell.code != 0
    assert len(shell.machine.errors()) == 1


def test_a_regfile_written_line_by_line(shell: Shell) -> None:
    file = r"C:\Windows\Temp\a b.reg"
    lines = [
        "Windows Registry Editor Version 5.00", "", r"[HKEY_LOCAL_MACHINE\SOFTWARE\T]", '"a & b"="c > d"',
        '"n"=dword:00000001', '"h"=hex:01,\\', "  02",
    ]  # fmt: skip
    shell.cmd(" & ".join(f'>>"{file}" echo.{line}' for line in lines))

    assert shell.machine.files.read(file).decode().split("\r\n") == [*(f"{line} " for line in lines[:-1]), "  02", ""]


def test_a_line_inside_sshd_s_own_cmd(shell: Shell) -> None:
    """Windows OpenSSH runs `"cmd.exe" /c "<line>"`: the inner quotes protect the inner line's operators."""
    inner = f'cmd.exe /d /v:on /s /c "reg query "{DENY}" /v TSUserEnabled <nul 2>&1 & echo !errorlevel! & exit 0"'

    out = shell.run(f'"cmd.exe" /c "{inner}"')

    assert out.splitlines()[-3:] == ["    TSUserEnabled    REG_DWORD    0x0", "", "0 "]
    assert shell.code == 0


def test_interactive_cmd_is_loud(shell: Shell) -> None:
    shell.run("cmd.exe")
    assert (shell.code, len(shell.machine.errors())) == (1, 1)


def test_autorun_runs_unless_d(shell: Shell) -> None:
    shell.run(r'reg add "HKLM\Software\Microsoft\Command Processor" /v AutoRun /d "echo banner" /f')

    assert shell.run("cmd /c echo x") == "banner\nx\n"
    assert shell.run("cmd /d /c echo x") == "x\n"


def test_files(shell: Shell) -> None:
    run, files = shell.cmd, shell.machine.files
    run(r"md C:\a\b\c & echo one>C:\a\one.txt& copy C:\a\one.txt C:\a\two.txt & ren C:\a\two.txt three.txt")
    assert run(r"dir /b C:\a") == "b\none.txt\nthree.txt\n"
    assert run(r"move C:\a\three.txt C:\a\b") == "        1 file(s) moved.\n"
    assert files.read(r"C:\A\B\THREE.TXT") == b"one\r\n"
    run(r"rd C:\a")
    assert "not empty" in shell.error
    run(r"del /q C:\a\one.txt & rd /s /q C:\a")
    assert not files.exists(r"C:\a")
    assert shell.machine.errors() == []


def test_copy_asks_before_it_overwrites(shell: Shell) -> None:
    shell.cmd(r"echo a>C:\x& echo b>C:\y")
    shell.cmd(r"copy C:\x C:\y")
    assert (shell.code, shell.machine.files.read(r"C:\y")) == (1, b"b\r\n")
    shell.cmd(r"copy /y C:\x C:\y")
    assert shell.code == 0


def test_type_converts_utf16(shell: Shell) -> None:
    shell.machine.files.write(r"C:\u.txt", b"\xff\xfe" + "grün\r\n".encode("utf-16-le"))

    assert shell.cmd(r"type C:\u.txt") == "grün\n"


def test_the_hook_sees_every_command_and_may_cut_the_wire(shell: Shell) -> None:
    from lab.process import WireCut

    seen: list[str] = []

    def hook(machine: object, line: str) -> None:
        seen.append(line.strip())
        if line.startswith("sc "):
            raise WireCut

    shell.machine.before_command = hook
    with pytest.raises(WireCut):
        shell.cmd(r"echo a & reg add HKLM\SOFTWARE\T /f & sc query TermService & reg add HKLM\SOFTWARE\U /f")

    assert seen == ["echo a", r"reg add HKLM\SOFTWARE\T /f", "sc query TermService"]
    assert shell.machine.registry.exists(r"HKLM\SOFTWARE\T")
    assert not shell.machine.registry.exists(r"HKLM\SOFTWARE\U")
