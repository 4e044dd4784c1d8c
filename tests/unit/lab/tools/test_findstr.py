# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""findstr, alone and behind a pipe in brackets, the way a batch filters a long listing."""

from __future__ import annotations

import pytest

from lab.state.firewall.engine import RULES
from lab.testing import Shell

LINES = b"v2.31|Active=TRUE|Dir=In|\r\nv2.31|active=false|Dir=In|\r\nC:\\temp\\a.txt\r\n\r\n10:5,4 end\r\n"


@pytest.mark.parametrize(
    ("line", "numbers"),
    [
        ('/l /c:"|Active=TRUE|"', "1"),
        ('/v /i /l /c:"|Active=FALSE|" /c:"temp"', "145"),
        ('/v /l /c:"|Active=FALSE|" /c:"temp"', "1245"),
        ('/i /c:"ACTIVE="', "12"),
        ('/c:"dir"', ""),
        ('/c:"v2.31|A"', "1"),
        ('/c:"v2x31"', ""),
        ('/r /c:"v2.31|A"', "1"),
        ('/r /c:"^v2"', "12"),
        ('/r "^$"', "4"),
        ('/r "^[0-9][0-9]:"', "5"),
        ('/r "^[^v]"', "35"),
        ('/r "|$"', "12"),
        (r'/r "\<end\>"', "5"),
        ('/r "t*xt"', "3"),
        (r'/c:"C:\\temp"', "3"),
        (r'/c:"temp\a"', "3"),
        (r'/r /c:"a\.txt"', "3"),
        ('"v2 end"', "125"),
        ("v.*In", "12"),
        ('/l "v.*In"', ""),
        ("/b /l v2", "12"),
        ("/e /l end", "5"),
        ("/b /l end", ""),
        ('/x /c:"C:\\temp\\a.txt"', "3"),
        ("/v /b /l v2", "345"),
        ("/n end", "5"),
    ],
)
def test_which_lines_are_shown(line: str, numbers: str, shell: Shell) -> None:
    shown = shell.run(f"findstr /n {line}", stdin=LINES)
    assert [row.split(":")[0] for row in shown.split("\n") if row] == list(numbers)
    assert shell.code == (0 if numbers else 1)
    assert shell.machine.errors() == []


def test_a_file_is_named_once(shell: Shell) -> None:
    shell.machine.files.write(r"C:\Windows\Temp\a.txt", LINES)
    assert shell.run(r"findstr /m v2 C:\Windows\Temp\a.txt") == "C:\\Windows\\Temp\\a.txt\n"
    assert shell.run(r"findstr /m nothing C:\Windows\Temp\a.txt") == ""
    assert shell.run(r"findstr v2 C:\Windows\Temp\b.txt") == ""
    assert shell.code == 1


def test_files_of_a_name_in_all_folders_below(shell: Shell) -> None:
    for folder in (r"C:\Windows\Temp\one", r"C:\Windows\Temp\two\deep", r"C:\Windows\Other"):
        shell.machine.files.ensure(folder)
        shell.machine.files.write(rf"{folder}\A.txt", LINES)
    shown = shell.run(r'findstr /s /b /l /c:"C:" "C:\Windows\Temp\a.txt"')
    assert [line.partition("A.txt:")[0] for line in shown.split("\n") if line] == [
        "C:\\Windows\\Temp\\one\\",
        "C:\\Windows\\Temp\\two\\deep\\",
    ]
    assert shell.run(r'findstr /s /b /l C: "C:\Windows\Temp\b.txt"') == "" and shell.code == 1
    assert shell.run(r'findstr /s x "C:\Nowhere\a.txt"') == "" and shell.code == 1
    assert shell.machine.errors() == []


def test_a_line_too_long_for_a_pipe_is_dropped(shell: Shell) -> None:
    fits, long = "a" * 8189, "a" * 8190
    shown = shell.run("findstr /v x", stdin=f"one\r\n{fits}\r\n{long}\r\ntwo\r\n".encode())
    assert (shown, shell.error, shell.code) == (f"one\n{fits}\ntwo\n", "FINDSTR: Line 3 is too long.\n", 0)
    shell.machine.files.write("C:\\Windows\\Temp\\long.txt", f"{long}\r\n".encode())
    assert shell.run(r"findstr a C:\Windows\Temp\long.txt") == f"{long}\n", "a file has no limit"


@pytest.mark.parametrize("line", ["findstr", "findstr /q x", f'findstr /c:"{"x" * 512}"', "findstr /p x y"])
def test_a_wrong_line_ends_with_2(line: str, shell: Shell) -> None:
    shell.run(line, stdin=LINES)
    assert shell.code == 2


FILTER = 'findstr /v /i /l /c:"|Active=FALSE|" /c:"|Dir=Out|" /c:"|AppPkgId="'


def test_a_filtered_listing_of_the_rules(shell: Shell) -> None:
    shown = shell.cmd(f"(reg query {RULES} | {FILTER}) <nul 2>&1")
    assert shell.code == 0
    assert shell.error == ""
    rows = [row for row in shown.split("\n") if row.startswith("    ")]
    rules = shell.machine.firewall.rules()
    expected = [one for one, rule in rules.items() if rule.active and rule.inbound and not rule.get("AppPkgId")]
    assert [row.split("    ")[1] for row in rows] == expected
    assert 20 < len(rows) < 50
    assert "FirewallPolicy\\FirewallRules\n" in shown


def test_the_streams_and_the_exit_code_of_a_pipe_in_brackets(shell: Shell) -> None:
    assert "unable to find" in shell.cmd(r'(reg query HKLM\NOWHERE | findstr /v /c:"x") <nul 2>&1')
    assert shell.code == 1
    assert shell.cmd(r'(reg query HKLM\NOWHERE | findstr /v /c:"x") <nul & echo !errorlevel!') == "1\n"
    assert "unable to find" in shell.error
    assert shell.cmd('(echo a^|b| findstr /c:"|") <nul 2>&1 & echo !errorlevel!') == "a|b\n0\n"
    assert shell.cmd("(echo a & echo b) | findstr /v b") == "a \n"
    assert shell.cmd("(echo a | findstr b) <nul 2>&1 || echo none") == "none\n"
    assert shell.cmd("((echo a | findstr a) <nul 2>&1 & echo !errorlevel!) <nul") == "a \n0\n"
    assert shell.machine.errors() == []
