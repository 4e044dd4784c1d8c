# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host of the lab connects to others: curl.exe as the real curl does it, and Test-NetConnection."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator

import pytest

from lab import outgoing
from lab.fleet.lab import Lab
from lab.fleet.specs import HostSpec
from lab.state.firewall.engine import POLICY
from lab.state.registry import dword
from lab.testing import Shell

FORM = "[%{url_effective}|%{exitcode}|%{time_connect}|%{remote_ip}]"
QUICK = "-s -o NUL --connect-timeout 0.6 -m 0.9"


@pytest.fixture(scope="module")
def hosts() -> Iterator[Lab]:
    specs = [
        HostSpec("source"), HostSpec("healthy"), HostSpec("shut", ("firewall-rule-off",)),
        HostSpec("stopped", ("service-stopped",)), HostSpec("taken", ("port-taken",)),
        HostSpec("refusing", ("service-stopped",)), HostSpec("old", windows="server2016"),
    ]  # fmt: skip
    with Lab(specs, transports=()) as lab:
        # A closed port refuses only where stealth mode is off.
        lab["refusing"].registry.set(rf"{POLICY}\DomainProfile", "DisableStealthMode", dword(1))
        lab["refusing"].filter_network()
        yield lab


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused connection takes two seconds on Windows, and none of these tests is about that."""
    monkeypatch.setattr(outgoing, "REFUSED_SECONDS", 0.1)


def looked(shell: Shell, options: str, *urls: str, form: str = FORM) -> list[list[str]]:
    """What -w says, by transfer."""
    text = shell.cmd(f'curl.exe {options} -w "{form}\\n" {" ".join(urls)} <nul')
    return [line[1:-1].split("|") for line in text.split("\n") if line]


@pytest.mark.parametrize(
    ("target", "code", "connects"),
    [("healthy", "28", True), ("shut", "28", False), ("stopped", "28", False), ("refusing", "7", False),
     ("taken", "28", True), ("nowhere", "6", False), ("healthy.corp.example", "28", True)],
)  # fmt: skip
def test_what_curl_says_of_a_host(target: str, code: str, connects: bool, hosts: Lab) -> None:
    shell = Shell(hosts["source"])
    started = time.monotonic()
    ((url, exit_code, connected, address),) = looked(shell, QUICK, f"telnet://{target}:3389")
    assert (url, exit_code) == (f"telnet://{target}:3389/", code)
    assert shell.code == int(code)
    assert (float(connected) > 0) == connects == bool(address)
    assert address in ("", hosts[target.partition(".")[0]].address if target != "nowhere" else "")
    assert time.monotonic() - started < 1.5
    assert shell.machine.errors() == []


@pytest.mark.needs_program("curl")
def test_the_real_curl_says_the_same(hosts: Lab) -> None:
    shell = Shell(hosts["source"])
    names = ("healthy", "shut", "stopped", "refusing", "taken")
    form = "[%{url_effective}|%{exitcode}|%{remote_ip}|%{urlnum}]"
    for parallel in ("", "-Z "):
        options = f"{parallel}-s{' -o NUL' * len(names)} --connect-timeout 0.6 -m 0.9"
        urls = [f"telnet://{hosts[name].address}:3389" for name in names]
        line = ["curl", *options.replace("NUL", "/dev/null").split(), "-w", form + "\\n", *urls]
        real = subprocess.run(line, capture_output=True, text=True, timeout=30, check=False, stdin=subprocess.DEVNULL)
        shown = [line[1:-1].split("|") for line in real.stdout.splitlines()]
        mine = looked(shell, options, *urls, form=form)
        assert sorted(mine) == sorted(shown)
        if not parallel:
            assert mine == shown
            assert shell.code == real.returncode


def test_many_at_once_take_the_time_of_one(hosts: Lab) -> None:
    shell = Shell(hosts["source"])
    urls = [f"telnet://{hosts['shut'].address}:3389"] * 6
    started = time.monotonic()
    assert {row[1] for row in looked(shell, f"-Z {QUICK} {'-o NUL ' * 5}", *urls)} == {"28"}
    assert time.monotonic() - started < 2.5


def test_no_packet_leaves_the_machine(hosts: Lab) -> None:
    shell = Shell(hosts["source"])
    for target in ("192.0.2.1", "2001:db8::1"):
        bracketed = f"[{target}]" if ":" in target else target
        ((_, code, connected, address),) = looked(shell, QUICK, f"telnet://{bracketed}:3389")
        assert (code, connected, address) == ("28", "0.000000", "")


def test_a_refusal_takes_two_seconds_on_windows(hosts: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "REFUSED_SECONDS", 2.0)
    shell = Shell(hosts["source"])
    url = f"telnet://{hosts['refusing'].address}:3389"
    assert [row[1] for row in looked(shell, "-s -o NUL --connect-timeout 1 -m 2", url)] == ["28"]
    started = time.monotonic()
    assert [row[1] for row in looked(shell, "-s -o NUL --connect-timeout 3 -m 4", url)] == ["7"]
    assert 2.0 <= time.monotonic() - started < 3.0


def test_names_come_from_the_hosts_file_first(hosts: Lab) -> None:
    machine = hosts["source"]
    path = r"C:\Windows\System32\drivers\etc\hosts"
    before = machine.files.read(path)
    machine.files.write(path, f"{hosts['healthy'].address} healthy gateway # mine\r\n".encode())
    assert machine.resolve("GATEWAY") == machine.resolve("healthy") == hosts["healthy"].address
    machine.files.write(path, before)
    assert (machine.resolve("gateway"), machine.resolve("source")) == (None, machine.address)


def test_old_windows_brings_no_curl(hosts: Lab) -> None:
    shell = Shell(hosts["old"])
    shell.cmd("curl.exe --version")
    assert "is not recognized" in shell.error
    assert shell.machine.errors() == []
    assert Shell(hosts["source"]).cmd("curl.exe --version").startswith("curl 8.9.1 (Windows)")


def netconnection(shell: Shell, rest: str) -> str:
    return shell.cmd(f'powershell.exe -NoProfile -NonInteractive -Command "Test-NetConnection -ComputerName {rest}"')


def test_test_netconnection_is_laid_out_as_published(hosts: Lab) -> None:
    shell = Shell(hosts["source"])
    healthy, here = hosts["healthy"].address, hosts["source"].address
    assert netconnection(shell, "healthy -Port 3389") == (
        f"\n\nComputerName     : healthy\nRemoteAddress    : {healthy}\nRemotePort       : 3389\n"
        f"InterfaceAlias   : Ethernet\nSourceAddress    : {here}\nTcpTestSucceeded : True\n\n\n\n"
    )
    stopped = hosts["stopped"].address
    assert netconnection(shell, f"{stopped} -Port 3389") == (
        f"WARNING: TCP connect to ({stopped} : 3389) failed\n\n\nComputerName           : {stopped}\n"
        f"RemoteAddress          : {stopped}\nRemotePort             : 3389\nInterfaceAlias         : Ethernet\n"
        f"SourceAddress          : {here}\nPingSucceeded          : True\nPingReplyDetails (RTT) : 0 ms\n"
        "TcpTestSucceeded       : False\n\n\n\n"
    )
    assert shell.code == 0


def test_test_netconnection_shows_what_is_asked_for(hosts: Lab) -> None:
    shell = Shell(hosts["source"])
    shown = netconnection(shell, "healthy -Port 3389 | Format-List ComputerName,RemotePort,TcpTestSucceeded")
    assert re.findall(r"^(\w+) +: (.*)$", shown, re.MULTILINE) == [
        ("ComputerName", "healthy"), ("RemotePort", "3389"), ("TcpTestSucceeded", "True"),
    ]  # fmt: skip
    quiet = netconnection(shell, "nowhere -Port 3389 -WarningAction SilentlyContinue | Format-List TcpTestSucceeded")
    assert quiet == "\n\nTcpTestSucceeded : False\n\n\n\n"
    assert "WARNING: Name resolution of nowhere failed" in netconnection(shell, "nowhere -Port 3389")
    assert netconnection(shell, "healthy -Port 3389 -InformationLevel Quiet") == "True\n"
    assert shell.machine.errors() == []
    netconnection(shell, "healthy -Port 3389 | Format-List Nonsense")
    assert shell.machine.errors()[-1].partition("Nonsense")[2].find("not modelled") > 0
    shell.machine.log.clear()


def test_test_netconnection_of_a_host_that_drops(hosts: Lab) -> None:
    shell = Shell(hosts["source"])
    assert "TcpTestSucceeded : False" in netconnection(shell, "shut -Port 3389 | Format-List TcpTestSucceeded")
