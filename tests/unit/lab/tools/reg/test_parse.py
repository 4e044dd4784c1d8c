# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""reg import: what is obeyed, skipped and refused. Every expectation is what Wine 8.0's reg.exe does with the file."""

from __future__ import annotations

import pytest

from lab.state.termservice import RDP_TCP
from lab.testing import MakeShell, Shell

KEY = r"HKEY_CURRENT_USER\Software\imported"
HEADER = "Windows Registry Editor Version 5.00\r\n\r\n"
OLD = {"old": "1"}


def values(shell: Shell) -> dict[str, object]:
    key = shell.machine.registry.get(KEY)
    if key is None:
        return {}
    return {name: value.text if value.type == 1 else value.number for name, value in key.items()}


def imported(shell: Shell, data: bytes) -> int:
    shell.run(f"reg add {KEY} /v old /d 1 /f")
    shell.machine.files.write(r"C:\f.reg", data)
    shell.run(r"reg import C:\f.reg")
    return shell.code


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f'[{KEY}]  \t\r\n"a"=dword:00000005   \r\n"b"="x" \t\r\n"c"=hex:01,02  \r\n', {"a": 5, "b": "x", "c": 0x201}),
        (f'[{KEY}]\r\n  "a"=dword:5\r\n"b" = "x"\r\n', {"a": 5, "b": "x"}),
        (f'[{KEY}] ; c\r\n"a"=dword:5 ; c\r\n"b"="x" ; c\r\n', {"a": 5, "b": "x"}),
        (f'[{KEY}]\r\n"a"=dword:5 # c\r\n"b"="x" # c\r\n#"c"="x"\r\n', {}),
        (f'[{KEY}]\r\n"a"=dword:5\r\n"bad"=dword:zz\r\n"c"=dword:6\r\n', {"a": 5, "c": 6}),
        (f'[{KEY}]\r\n"a"=dword:5\r\n"bad"=dword:123456789\r\n"c"=dword:6\r\n', {"a": 5, "c": 6}),
        (f'[{KEY}]\r\n"a"=dword:5\r\n"bad"=hex:0g,1\r\n"c"=dword:6\r\n', {"a": 5, "c": 6}),
        (f'[{KEY}]\r\n"a"=DWORD:5\r\n"b"=HEX:01\r\n', {}),
        (f'[{KEY}]\r\n"a"=dword:5\r\nhello world\r\n"c"=dword:6\r\n', {"a": 5, "c": 6}),
        (f'[{KEY}]\r\n"a"=dword:5\r\n"bad"="abc', {"a": 5}),
        (f'[{KEY}]\r\n"a"=dword:5\r\n"cut"=hex:01,02,\\\r\n', {"a": 5, "cut": 0x201}),
        (f'[{KEY}]\r\n"a"=dword:5\r\n[{KEY}\\sub', {"a": 5}),
        (f'[ {KEY}]\r\n"a"=dword:5\r\n', {}),
        (f'[{KEY}]\r\n"b"=hex:01,\\ \r\n  02\r\n"c"=dword:1\r\n', {"b": 0x201, "c": 1}),
        (f'[{KEY}]\r\n"b"=hex:01,\\\r\n; hi\r\n  02\r\n"c"=dword:1\r\n', {"b": 0x201, "c": 1}),
        (f'[{KEY}]\r\n"b"=hex:01\\\r\n"c"=dword:1\r\n', {"c": 1}),
        (f'[{KEY}]\r\n"b"=hex:01,\\\r\n"c"=dword:1\r\n"d"=dword:2\r\n', {"d": 2}),
        (f'[{KEY}]\r\n"b"="fo"o"\r\n"q\\"q"="a\\\\b\\"c"\r\n', {'q"q': 'a\\b"c'}),
        (f'[{KEY}]\r\n@="d"\r\n"e"=""\r\n', {"": "d", "e": ""}),
        (f'[{KEY}\\none]\r\n[-{KEY}\\none]\r\n[{KEY}]\r\n"new"=dword:5\r\n', {"new": 5}),
    ],
)  # fmt: skip
def test_lines_that_cannot_be_read_are_skipped(body: str, expected: dict[str, object], shell: Shell) -> None:
    assert imported(shell, (HEADER + body).encode()) == 0
    assert values(shell) == OLD | expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [(f'[-{KEY}]\r\n\r\n[{KEY}]\r\n"new"=dword:5\r\n', {"new": 5}), (f'[-{KEY}]\r\n"new"=dword:5\r\n', {}),
     (f'[{KEY}]\r\n"old"=-\r\n"new"=dword:5\r\n', {"new": 5})],
)  # fmt: skip
def test_deletions_are_obeyed_in_order(body: str, expected: dict[str, object], shell: Shell) -> None:
    assert imported(shell, (HEADER + body).encode()) == 0
    assert values(shell) == expected


BODY = f'[{KEY}]\r\n"a"=dword:5\r\n'


@pytest.mark.parametrize(
    ("data", "code", "expected"),
    [
        ((HEADER + BODY).encode(), 0, {"a": 5}), ((HEADER + BODY).replace("\r\n", "\n").encode(), 0, {"a": 5}),
        (b"\xff\xfe" + (HEADER + BODY).encode("utf-16-le"), 0, {"a": 5}),
        (b"  " + (HEADER + BODY).encode(), 0, {"a": 5}),
        (("REGEDIT4\r\n" + BODY).encode(), 0, {"a": 5}), (("REGEDIT5\r\n" + BODY).encode(), 0, {}),
        (b"\xef\xbb\xbf" + (HEADER + BODY).encode(), 1, {}), ((HEADER + BODY).encode("utf-16-le"), 1, {}),
        (b"\xfe\xff" + (HEADER + BODY).encode("utf-16-be"), 1, {}), (b"", 1, {}), (b"W", 1, {}), (b"hello\r\n", 1, {}),
        (("Windows Registry Editor Version 5.00  \r\n" + BODY).encode(), 1, {}),
        (("\r\n" + HEADER + BODY).encode(), 1, {}), (BODY.encode(), 1, {}),
    ],
)  # fmt: skip
def test_headers_and_encodings(data: bytes, code: int, expected: dict[str, object], shell: Shell) -> None:
    assert imported(shell, data) == code
    assert values(shell) == OLD | expected
    assert shell.error.startswith("ERROR: " if code else "The operation completed")


def test_plain_utf8_is_taken_for_ansi(shell: Shell) -> None:
    imported(shell, (HEADER + f'[{KEY}]\r\n"a"="ä"\r\n').encode())

    assert values(shell)["a"] == "Ã¤"


def test_a_key_that_cannot_be_opened_is_an_error_in_the_end(shell: Shell) -> None:
    code = imported(shell, (HEADER + f'[HKEY_NOPE\\x]\r\n"q"=dword:1\r\n[{KEY}]\r\n"a"=dword:5\r\n').encode())

    assert (code, values(shell)) == (1, OLD | {"a": 5})


def test_regedit_says_nothing_of_a_refused_file(shell: Shell) -> None:
    shell.machine.files.write(r"C:\f.reg", b"no")
    shell.run(r"regedit /s C:\f.reg")

    assert (shell.code, shell.error) == (0, "")


def test_a_listener_is_replaced_by_one_file(on: MakeShell) -> None:
    """The key is removed and written by the same import, and then it is what the file says and no more."""
    donor, shell = on(), on(faults=("listener-wrong-values",))
    path = RDP_TCP.replace("HKLM", "HKEY_LOCAL_MACHINE")
    donor.run(rf'reg export "{RDP_TCP}" C:\good.reg')
    text = donor.machine.files.read(r"C:\good.reg").decode("utf-16")
    assert text.count(f"[{path}]\r\n") == 1
    shell.machine.files.write(
        r"C:\new.reg", text.replace(f"[{path}]\r\n", f"[-{path}]\r\n\r\n[{path}]\r\n").encode("utf-16")
    )
    shell.run(f'reg add "{RDP_TCP}" /v Stray /d x')
    shell.run(r"reg import C:\new.reg")
    shell.run(rf'reg export "{RDP_TCP}" C:\after.reg')

    assert shell.machine.files.read(r"C:\after.reg") == donor.machine.files.read(r"C:\good.reg")
    assert not shell.machine.rdp_ports()
    shell.cmd("net stop TermService /y & net start TermService")
    assert shell.machine.rdp_ports() == {3389}
