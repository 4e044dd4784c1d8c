# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""``./run parse``: a program of its own, and what it takes off a pasted text."""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from dev import parse
from dev.transcript import clean

SCRIPT = Path(parse.__file__)
SESSIONS = (
    " SESSIONNAME       USERNAME                 ID  STATE   TYPE        DEVICE",
    ">services                                    0  Disc",
    " rdp-tcp                                 65536  Listen",
)


def run(*arguments: str, stdin: bytes = b"", cwd: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    # -S -E: no installed package, no Ansible.
    command = [sys.executable, "-S", "-E", str(SCRIPT), *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, cwd=cwd, timeout=60, check=False)


def test_program(tmp_path: Path) -> None:
    (tmp_path / "out.txt").write_bytes("\r\n".join(SESSIONS).encode("utf-16"))
    ran = run("qwinsta", "out.txt", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    answer = json.loads(ran.stdout)
    assert list(answer) == ["tool", "file", "encoding", "removed", "read", "not_understood"]
    assert (answer["tool"], answer["file"], answer["encoding"]) == ("qwinsta", "out.txt", "utf-16")
    assert [session["is_listener"] for session in answer["read"]["sessions"]] == [False, True]
    assert answer["not_understood"] == answer["removed"] == []


def test_standard_input_and_code_page() -> None:
    ran = run("sc", "-", "--code-page", "850", stdin=b"[SC] StartService FEHLER 5:\r\n\r\n\x9aber\r\n")
    answer = json.loads(ran.stdout)
    assert answer["encoding"] == "cp850"
    assert answer["read"]["errors"] == [{"function": "StartService", "code": 5, "text": "Über"}]


def test_unknown_tool_and_missing_file(tmp_path: Path) -> None:
    ran = run("notepad", "x")
    assert ran.returncode == 2 and b"notepad" in ran.stderr and b"qwinsta" in ran.stderr and not ran.stdout
    ran = run("reg", str(tmp_path / "nothing"))
    assert ran.returncode == 2 and b"nothing" in ran.stderr and b"Traceback" not in ran.stderr
    assert run("reg", str(tmp_path)).returncode == 2


@pytest.mark.parametrize("tool", parse.TOOLS)
@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"\x00\x01\x02", "äöü\n".encode("cp1252"), b"\xd0\xc5"])
def test_any_bytes(tool: str, data: bytes) -> None:
    json.dumps(parse.parse(tool, data))


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"abc", "utf-8"),
        ("ä".encode(), "utf-8"),
        ("abcd".encode("utf-16-le"), "utf-16-le"),
        ("abcd".encode("utf-16"), "utf-16"),
        (b"\x81 abc", "cp1252"),
    ],
)
def test_encoding(data: bytes, encoding: str) -> None:
    assert parse.parse("reg", data)["encoding"] == encoding


@pytest.mark.parametrize(
    "decorate",
    [
        lambda line: line,
        lambda line: f"   # {line}",
        lambda line: f"// {line}",
        lambda line: f"rem {line}",
        lambda line: f"## {line}",
        lambda line: f" * {line}",
        lambda line: f"-- {line}",
        lambda line: f"    {line}",
        lambda line: f"> {line}",
        lambda line: f"; {line}    <---- look here",
    ],
)
def test_decorations(decorate: t.Callable[[str], str]) -> None:
    text = "\n".join(decorate(line) for line in SESSIONS)
    answer = parse.parse("qwinsta", text.encode())
    assert answer["not_understood"] == []
    assert [(each["name"], each["id"], each["is_current"]) for each in answer["read"]["sessions"]] == [
        ("services", 0, True),
        ("rdp-tcp", 65536, False),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "PS C:\\> qwinsta",
        "PS>qwinsta",
        "C:\\Windows\\system32>qwinsta",
        "*Evil-WinRM* PS C:\\Users\\a> qwinsta",
        "[host]: PS C:\\> qwinsta",
        "    C:\\>",
        "qwinsta.exe",
        "netstat -ano",
        "tasklist /svc",
        "```console",
    ],
)
def test_lines_that_are_not_the_tools(line: str) -> None:
    transcript = clean([line, *SESSIONS])
    assert transcript.lines == ("", *SESSIONS)
    assert transcript.removed == (f"1: {line.strip()}",)


@pytest.mark.parametrize(
    "line",
    [
        "-- More --",
        ">rdp-tcp#1         maria                     2  Active",
        "  TCP    0.0.0.0:3389           0.0.0.0:0              LISTENING       1764",
        "    (Default)    REG_SZ    // no comment",
        "    Comment    REG_SZ    C:\\>dir",
        '"tasklist.exe","7","N/A"',
        "tasklist.exe                  1172 N/A",
        "        TYPE               : 20  WIN32_SHARE_PROCESS",
    ],
)
def test_lines_of_a_tool_are_left_alone(line: str) -> None:
    assert clean([line]).lines == (line,)
    assert not clean([line]).removed


@pytest.mark.parametrize(
    ("tool", "data", "expected"),
    [
        (
            "reg_export",
            "Windows Registry Editor Version 5.00\r\n\r\n[-HKEY_LOCAL_MACHINE\\A]\r\n".encode("utf-16"),
            {"kind": "DeleteKey", "key": "HKEY_LOCAL_MACHINE\\A"},
        ),
        ("certstore", bytes.fromhex("03000000 01000000 02000000 abcd"), {"kind": "Property", "id": 3}),
        (
            "registry_pol",
            b"PReg\x01\0\0\0" + "[A\0;b\0;".encode("utf-16-le") + b"\4\0\0\0;\0\4\0\0\0;\0\1\0\0\0]\0",
            {"kind": "Record", "key": "A", "name": "b", "type": 4, "data": "01000000"},
        ),
    ],
)
def test_files_of_windows_are_read_by_their_bytes(tool: str, data: bytes, expected: dict[str, object]) -> None:
    entry = parse.parse(tool, data)["read"][0]
    assert {name: entry[name] for name in expected} == expected


def test_report_of_gpresult_is_read_as_one(corpus: Path) -> None:
    read = parse.parse("gpresult", (corpus / "gpresult/01_en-US_srv_rsop_dc_logged.xml").read_bytes())["read"]
    assert [gpo["applied_order"] for gpo in read["gpos"]] == [0, 1, 2]
    with pytest.raises(parse.CannotParse, match="report for people"):
        parse.parse("gpresult", b"<html></html>")
