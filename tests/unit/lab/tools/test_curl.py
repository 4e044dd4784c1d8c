# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab's curl.exe and Test-NetConnection: real connections, curl's own texts, and nothing that isn't modelled."""

from __future__ import annotations

import dataclasses
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator

import pytest

from lab.machine import Machine

OPTIONS = '-q -s -v --stderr - -g --noproxy "*" -t x --connect-timeout 2 -m 3'
RECORD = r'-w "\n[%{urlnum} %{exitcode} %{time_namelookup} %{time_connect} %{remote_ip}] %{errormsg}\n"'
TEST = (
    'powershell.exe -NoProfile -NonInteractive -Command "Format-List -InputObject (Test-NetConnection -ComputerName '
    "'{}' -Port {} -WarningAction SilentlyContinue) -Property RemoteAddress,TcpTestSucceeded,NameResolutionSucceeded\""
)


def run(machine: Machine, line: str) -> tuple[list[str], int]:
    """The lines that a command prints, and its exit code."""
    ran = machine.create_process(line, code_page=437)
    return (ran.stdout + ran.stderr).decode("ascii").replace("\r\n", "\n").split("\n"), ran.exit_code


@pytest.fixture
def machine() -> Machine:
    made = Machine("srv1")
    made.address = "127.0.0.1"
    return made


@pytest.fixture
def ports() -> Iterator[list[int]]:
    """One that takes connections, and one that refuses."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        refusing = int(closed.getsockname()[1])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield [int(listening.getsockname()[1]), refusing]


@pytest.mark.parametrize(("windows", "there"), [("server2022", True), ("win11", True), ("server2016", False)])
def test_windows_brings_it_since_1803(windows: str, there: bool) -> None:
    lines, code = run(Machine("srv1", windows=windows), "cmd.exe /c curl.exe --version")
    assert (code == 0, lines[0].startswith("curl 8.")) == (there, there)
    assert any(line.startswith("Protocols: ") and " telnet " in line for line in lines) == there


@pytest.mark.parametrize("parallel", ["", " -Z --parallel-max 300"])
def test_connections(machine: Machine, ports: list[int], parallel: str) -> None:
    urls = f"telnet://127.0.0.1:{ports[0]} telnet://127.0.0.1:{ports[1]} telnet://nobody.invalid:3389"
    lines, code = run(machine, f"curl.exe {OPTIONS}{parallel} {RECORD} {urls}")
    records = sorted(line for line in lines if line.startswith("["))
    assert [record.split()[1] for record in records] == ["49", "7", "6"] and code in (6, 7, 49)
    assert re.fullmatch(r"\[0 49 0\.\d{6} 0\.\d{6} 127\.0\.0\.1\] Syntax error in telnet option: x", records[0])
    refused = lines.index(next(line for line in lines if line.startswith("* Failed to connect to 127.0.0.1")))
    assert lines[refused - 1].endswith("failed: Connection refused") and lines[refused][2:] in records[1]


@pytest.mark.needs_program("curl")
def test_it_prints_what_curl_prints(machine: Machine, ports: list[int]) -> None:
    curl = shutil.which("curl") or ""
    said = subprocess.run([curl, "--version"], capture_output=True, text=True, check=True, timeout=10).stdout
    machine.edition = dataclasses.replace(machine.edition, curl=said.split()[1])
    for url in (f"telnet://127.0.0.1:{ports[0]}", f"telnet://127.0.0.1:{ports[1]}", "telnet://nobody.invalid:3389"):
        line = f"{OPTIONS} {RECORD} {url}"
        real = subprocess.run(
            f"{curl} {line}",
            shell=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        )
        lines, code = run(machine, f"curl.exe {line}")
        assert (_plain(lines), code) == (_plain(real.stdout.split("\n")), real.returncode)


def _plain(lines: list[str]) -> list[str]:
    """Without times, ports of our own, and what a version says beside the point."""
    text = "\n".join(re.sub(r"from \S+ port \d+ |\d+\.\d{6}|after \d+ ms", "", line) for line in dict.fromkeys(lines))
    beside = re.compile(r"\* (?:(?i:closing|shutting down) connection.*|Host .* was resolved\.|IPv[46]: .*)\n")
    return re.sub(r" \(#\d+\)|Couldn't|Could not", "", beside.sub("", text)).split("\n")


@pytest.mark.parametrize(
    "arguments",
    ["", "--fail telnet://127.0.0.1:1", "-t TTYPE=x telnet://127.0.0.1:1", "http://127.0.0.1:1", "telnet://127.0.0.1",
     "-s -q telnet://127.0.0.1:1", r'-w "%{size_download}" telnet://127.0.0.1:1', "-o C:\\x telnet://127.0.0.1:1"],
)  # fmt: skip
def test_what_is_not_modelled_is_loud(machine: Machine, arguments: str) -> None:
    _, code = run(machine, f"curl.exe {arguments}")
    assert code and machine.errors()


def test_a_test_of_powershell(machine: Machine, ports: list[int]) -> None:
    for port, connected in zip(ports, ("True", "False"), strict=True):
        lines, code = run(machine, TEST.format("127.0.0.1", port))
        assert code == 0 and [line for line in lines if line] == [
            "RemoteAddress           : 127.0.0.1",
            f"TcpTestSucceeded        : {connected}",
            "NameResolutionSucceeded : True",
        ]
    lines, _ = run(machine, TEST.format("nobody.invalid", 3389))
    assert "NameResolutionSucceeded : False" in lines
    assert machine.errors() == []
