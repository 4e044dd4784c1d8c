# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Batch files in cmd.exe."""

from __future__ import annotations

from lab.testing import Shell

BATCH = rb"""@echo off
setlocal enabledelayedexpansion
set "HERE=%~dp0"
set COUNT=1
:again
set PREVIOUS=!COUNT!
if "!COUNT!"=="" (
  echo never
) else (
  echo [%1] %~2 !COUNT!
)
if !COUNT! geq 111 goto done
set COUNT=!COUNT!1
goto again
:done
call :sub "a b" c
echo back !errorlevel! %HERE%
call other.cmd 4
echo after !errorlevel!
exit /b 3
:sub
echo sub %~1 %2 %*
exit /b 9
"""


def test_a_batch_file(shell: Shell) -> None:
    files = shell.machine.files
    files.mkdir(r"C:\work")
    files.write(r"C:\work\undo.cmd", BATCH.replace(b"\n", b"\r\n"))
    files.write(r"C:\work\other.cmd", b"@exit /b %1\r\n")

    out = shell.cmd(r'cd /d C:\work & undo.cmd "x y" "z"')

    assert out.split("\n") == [
        '["x y"] z 1', '["x y"] z 11', '["x y"] z 111', 'sub a b c "a b" c',
        "back 9 C:\\work\\", "after 4", "",
    ]  # fmt: skip
    assert shell.code == 3
    assert shell.machine.errors() == []


def test_a_batch_file_echoes_its_lines_unless_told(shell: Shell) -> None:
    shell.machine.files.write(r"C:\e.cmd", b"echo a\r\n@echo b\r\n")

    assert shell.cmd("cd /d C:\\& e") == "\nC:\\>echo a \na\nb\n"


def test_a_missing_label(shell: Shell) -> None:
    shell.machine.files.write(r"C:\e.cmd", b"@goto nowhere\r\n@echo x\r\n")

    assert shell.cmd(r"C:\e.cmd") == ""
    assert (shell.code, shell.error) == (1, "The system cannot find the batch label specified - nowhere\n")


def test_endless_batch_files_end(shell: Shell) -> None:
    shell.machine.files.write(r"C:\e.cmd", b"@call C:\\e.cmd\r\n")

    shell.cmd(r"C:\e.cmd")

    assert shell.code == 1
