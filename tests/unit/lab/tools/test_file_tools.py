# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""dir /b, type, copy, move, del, fc, attrib: the messages, the exit codes, and what rights and attributes do."""

from __future__ import annotations

import pytest

from lab.state.certificates import MACHINE_KEYS
from lab.state.security import parse_sddl
from lab.testing import MakeShell, Shell


@pytest.fixture
def folder(shell: Shell) -> Shell:
    """C:\\d with a file, a hidden file, a system file, a folder and an empty folder."""
    shell.cmd(r"md C:\d\sub C:\d\empty & (echo a)>C:\d\a.txt& (echo h)>C:\d\h.txt& (echo s)>C:\d\s.txt")
    shell.cmd(r"(echo i)>C:\d\sub\i.txt & attrib +h C:\d\h.txt & attrib +s C:\d\s.txt")
    assert shell.machine.errors() == []
    return shell


@pytest.mark.parametrize(
    ("line", "names"),
    [(r"dir /b C:\d", ["a.txt", "empty", "sub"]), (r"dir /b /a C:\d", ["a.txt", "empty", "h.txt", "s.txt", "sub"]),
     (r"dir /b /ad C:\d", ["empty", "sub"]), (r"dir /b /a:d C:\d", ["empty", "sub"]),
     (r"dir /b /a-d C:\d", ["a.txt", "h.txt", "s.txt"]), (r"dir /b /as C:\d", ["s.txt"]),
     (r"dir /b /a-d-s C:\d", ["a.txt", "h.txt"]), (r"dir /b C:\d\*.txt", ["a.txt"]), (r"dir /b C:\d\a.txt", ["a.txt"]),
     (r"dir /a /b C:\d\s.txt", ["s.txt"]), (r'dir /b "C:\d\"', ["a.txt", "empty", "sub"])],
)  # fmt: skip
def test_what_dir_lists(line: str, names: list[str], folder: Shell) -> None:
    assert folder.cmd(line).splitlines() == names
    assert (folder.code, folder.error, folder.machine.errors()) == (0, "", [])


@pytest.mark.parametrize(
    ("line", "message"),
    [(r"dir /b C:\d\empty", "File Not Found"), (r"dir /b /a C:\d\empty", "File Not Found"),
     (r"dir /b C:\nope", "File Not Found"), (r"dir /b C:\nope\x", "The system cannot find the path specified."),
     (r"dir /b C:\d\*.exe", "File Not Found"), (r"dir /b C:\d\s.txt", "File Not Found"),
     (r'dir /b /a "C:\System Volume Information"', "File Not Found")],
)  # fmt: skip
def test_dir_finds_nothing(line: str, message: str, folder: Shell) -> None:
    assert folder.cmd(line) == ""
    assert (folder.code, folder.error, folder.machine.errors()) == (1, message + "\n", [])


def test_dir_in_german(on: MakeShell) -> None:
    shell = on(language="de-DE")
    shell.cmd(r"dir /b C:\nope")

    assert (shell.code, shell.error) == (1, "Datei nicht gefunden\n")


def test_key_files_are_system_files(shell: Shell) -> None:
    shell.cmd(f"dir /b {MACHINE_KEYS}")
    assert shell.code == 1
    assert shell.cmd(f"dir /b /a {MACHINE_KEYS}").startswith("f686aace6942fb7f7ceb231212eef4a4_")


def test_hidden_and_system_files_are_not_seen_by_del_and_copy(folder: Shell) -> None:
    folder.cmd(r"copy C:\d\s.txt C:\x.txt")
    assert (folder.code, folder.error) == (1, "The system cannot find the file specified.\n")
    folder.cmd(r"del C:\d\h.txt")
    assert folder.error == "Could Not Find C:\\d\\h.txt\n"
    folder.cmd(r"del /a C:\d\h.txt")
    assert not folder.machine.files.exists(r"C:\d\h.txt")


def test_read_only_files(folder: Shell) -> None:
    folder.cmd(r"attrib +r C:\d\a.txt")
    assert folder.cmd(r"attrib C:\d\a.txt") == "A    R               C:\\d\\a.txt\n"
    folder.cmd(r"echo b>C:\d\a.txt")
    assert (folder.code, folder.error) == (1, "Access is denied.\n")
    folder.cmd(r"del C:\d\a.txt")
    assert folder.machine.files.read(r"C:\d\a.txt") == b"a\r\n"
    folder.cmd(r"del /f C:\d\a.txt")
    assert not folder.machine.files.exists(r"C:\d\a.txt")


def test_a_file_without_rights(folder: Shell) -> None:
    folder.machine.files.set_security(r"C:\d\a.txt", parse_sddl("O:SYG:SYD:P(A;;FA;;;SY)"))
    for line in (
        r"type C:\d\a.txt",
        r"copy C:\d\a.txt C:\b.txt",
        r"echo b>>C:\d\a.txt",
        r"copy /y C:\d\h.txt C:\d\a.txt",
    ):
        folder.cmd(line)
        assert folder.code == 1, line
    assert folder.machine.files.read(r"C:\d\a.txt") == b"a\r\n"
    assert not folder.machine.files.exists(r"C:\b.txt")
    folder.cmd(r"move C:\d\a.txt C:\b.txt")  # the folder's full control is enough
    assert folder.code == 0
    assert folder.machine.files.security(r"C:\b.txt").dacl() == "D:P(A;;FA;;;SY)"


def test_a_folder_without_rights(folder: Shell) -> None:
    folder.machine.files.set_security(r"C:\d", parse_sddl("O:SYG:SYD:P(A;;FA;;;SY)(A;;FR;;;BA)"))
    for line in (r"echo n>C:\d\n.txt", r"md C:\d\new", r"move C:\d\a.txt C:\b.txt", r"rd /s /q C:\d\sub || exit 1"):
        folder.cmd(line)
        assert (folder.code, folder.error) == (1, "Access is denied.\n"), line
    assert folder.cmd(r"dir /b C:\d").splitlines() == ["a.txt", "empty", "sub"]


@pytest.mark.parametrize(("code_page", "expected"), [(850, "Größe".encode("cp850")), (65001, "Größe".encode())])
def test_type_converts_a_marked_utf16_file(code_page: int, expected: bytes, shell: Shell) -> None:
    shell.machine.files.write(r"C:\u.txt", b"\xff\xfe" + "Größe".encode("utf-16-le"))
    shell.machine.files.write(r"C:\n.txt", "Größe".encode("utf-16-le"))

    def typed(name: str) -> bytes:
        return shell.machine.create_process(f"cmd /d /c type {name}", code_page=code_page).stdout

    assert typed(r"C:\u.txt") == expected
    assert typed(r"C:\n.txt") == "Größe".encode("utf-16-le")


@pytest.mark.parametrize(
    ("one", "two", "code", "line"),
    [(b"abc", b"abc", 0, "FC: no differences encountered"), (b"abc", b"abd", 1, "00000002: 63 64"),
     (b"abc", b"ab", 1, r"FC: C:\one longer than C:\TWO"), (b"", b"", 0, "FC: no differences encountered"),
     (b"ab", b"abc", 1, r"FC: C:\TWO longer than C:\one"), (b"abc", None, 2, r"FC: cannot open C:\TWO - No such file")],
)  # fmt: skip
def test_fc(one: bytes, two: bytes | None, code: int, line: str, shell: Shell) -> None:
    shell.machine.files.write(r"C:\one", one)
    if two is not None:
        shell.machine.files.write(r"C:\two", two)
    out = shell.cmd(r"fc /b C:\one C:\two")

    assert (shell.code, line in out, shell.machine.errors()) == (code, True, [])


@pytest.mark.parametrize(
    "line", ["fc C:\\a C:\\b", "attrib +x C:\\a", "takeown /f C:\\ /r", "dir C:\\", "dir /b /s C:\\"]
)
def test_what_the_lab_does_not_know_is_an_error(line: str, shell: Shell) -> None:
    shell.cmd(line)

    assert shell.code != 0
    assert len(shell.machine.errors()) == 1
