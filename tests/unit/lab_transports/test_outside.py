# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every fault looks like from outside, through real sockets.

The firewall drops, and its stealth mode hides that a port is closed, whatever the rules say; without it, that refuses.
https://learn.microsoft.com/troubleshoot/windows-server/networking/disable-stealth-mode, MS-FASP 2.2.38
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from lab.faults import FAULTS
from lab.fleet.lab import Lab
from lab.fleet.specs import HostSpec
from lab.machine import Machine
from lab.state.firewall.engine import POLICY
from lab.state.registry import dword
from lab.testing import Shell

#: Nothing comes back within this. The hosts that say nothing are looked at side by side.
WAIT = 1.0
#: X.224 connection request for TLS, CredSSP and CredSSP with early authorization
REQUEST = struct.pack(">BBH", 3, 0, 19) + bytes([14, 0xE0, 0, 0, 0, 0, 0]) + struct.pack("<BBHI", 1, 0, 8, 11)
FAILED, CLOSED = "failure", "closed"
# what a client sees on port 3389; a fault that is not here leaves the handshake as it is
NOBODY_LISTENS = (
    "protocol-disabled", "service-stopped", "service-disabled", "listener-key-missing", "listener-disabled",
    "listener-damaged", "listener-wrong-values", "listener-vendor-silent", "listener-vendor-left",
    "listener-demanding", "listener-one-adapter", "setup-in-progress", "home-edition",
    "port-changed", "port-excluded", "policy-reverts", "local-policy-blocks", "policy-stray", "gpo-local-blocks",
    "gpo-domain-blocks", "gpo-domain-blocks-local-allows", "gpo-enforced-blocks", "gpo-two-links", "gpo-tattooed",
    "mdm-blocks", "mdm-wins", "policy-stray-write", "policy-preference", "policy-computer-preference",
    "registry-pol-missing",
    "registry-pol-truncated", "registry-pol-corrupt", "registry-pol-outdated", "registry-pol-large",
    "local-pol-truncated", "local-pol-corrupt",
    "service-dependency-disabled", "service-account-changed", "service-account-system", "service-dll-gone",
    "service-hangs-starting", "gpo-disables-service",
)  # fmt: skip
NEGOTIATION_FAILS = (
    "certificate-missing", "certificate-suppressed", "certificate-store-unnamed", "certificate-never",
    "gpo-nla-required-weak", "sessionenv-fails",
    "listener-planted",
)  # fmt: skip
DROPPED = (
    "port-taken-service", "firewall-rule-off", "firewall-rule-missing", "firewall-blocks", "firewall-block-all",
    "firewall-local-merge-off", "firewall-gpo-blocks", "firewall-scope-limited", "firewall-profile-limited",
    "firewall-domain-lost", "firewall-ipsec-required",
)  # fmt: skip
SEEN = {
    **dict.fromkeys(NOBODY_LISTENS, CLOSED),
    **dict.fromkeys(NEGOTIATION_FAILS, FAILED),
    **dict.fromkeys(DROPPED, "timeout"),
    "port-taken": "http",
    "port-taken-kernel": "http",
    "port-taken-process": "silent",
}


def seen(address: str, port: int = 3389) -> str:
    """What a client sees on a port."""
    try:
        sock = socket.create_connection((address, port), timeout=WAIT)
    except ConnectionRefusedError:
        return "refused"
    except TimeoutError:
        return "timeout"
    with sock:
        sock.sendall(REQUEST)
        try:
            answer = sock.recv(100)
        except TimeoutError:
            return "silent"
    if answer[:2] == b"\x03\x00":
        return "rdp" if answer[11] == 2 else FAILED
    return "http" if answer.startswith(b"HTTP") else "other"


@contextmanager
def no_stealth(machine: Machine) -> Iterator[None]:
    """A policy lets closed ports refuse for a while."""
    keys = [rf"{POLICY}\{profile}" for profile in ("DomainProfile", "PrivateProfile", "PublicProfile")]
    with machine.lock:
        for key in keys:
            machine.registry.set(key, "DisableStealthMode", dword(1))
        machine.filter_network()
    try:
        yield
    finally:
        with machine.lock:
            for key in keys:
                machine.registry.delete_value(key, "DisableStealthMode")
            machine.filter_network()


def judged(machine: Machine, port: int = 3389) -> str:
    """What a client sees on a port; of silence, also whether it hides that nobody listens there."""
    first = seen(machine.address, port)
    if first != "timeout":
        return first
    with no_stealth(machine):
        return CLOSED if seen(machine.address, port) == "refused" else first


@pytest.fixture(scope="module")
def hosts() -> Iterator[Lab]:
    specs = [HostSpec(fault, (fault,)) for fault in FAULTS]
    specs += [HostSpec("moved-and-stopped", ("port-changed", "service-stopped")), HostSpec("repaired")]
    with Lab(specs, transports=()) as lab:
        yield lab


@pytest.fixture(scope="module")
def looks(hosts: Lab) -> dict[str, str]:
    """What a client sees of each host, before any test changed one."""
    with ThreadPoolExecutor(20) as pool:
        return dict(zip(FAULTS, pool.map(lambda fault: judged(hosts[fault]), FAULTS), strict=True))


@pytest.mark.parametrize("fault", FAULTS)
def test_what_a_fault_looks_like_from_outside(fault: str, looks: dict[str, str]) -> None:
    assert looks[fault] == SEEN.get(fault, "rdp")


def test_the_table_speaks_of_faults_that_exist() -> None:
    assert SEEN.keys() <= FAULTS.keys()


def test_another_port_needs_another_rule(hosts: Lab) -> None:
    address = hosts["port-changed"].address
    assert judged(hosts["port-changed"], 3390) == "timeout"
    assert judged(hosts["moved-and-stopped"], 3389) == judged(hosts["moved-and-stopped"], 3390) == CLOSED
    shell = Shell(hosts["port-changed"])
    shell.run('netsh advfirewall firewall add rule name="own" dir=in action=allow protocol=TCP localport=3390')
    assert seen(address, 3390) == "rdp"
    shell.run("netsh advfirewall firewall delete rule name=own")
    assert seen(address, 3390) == "timeout"


def test_the_listener_moves_with_the_port_number(hosts: Lab) -> None:
    shell, address = Shell(hosts["repaired"]), hosts["repaired"].address
    with no_stealth(hosts["repaired"]):
        assert (seen(address), seen(address, 3391)) == ("rdp", "refused")
        key = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp"
        shell.run('netsh advfirewall firewall add rule name="own" dir=in action=allow protocol=TCP localport=3391')
        shell.run(f'reg add "{key}" /v PortNumber /t REG_DWORD /d 3391 /f')
        assert (seen(address), seen(address, 3391)) == ("rdp", "refused")
        shell.run("net stop TermService /y")
        shell.run("net start TermService")
        assert (seen(address), seen(address, 3391)) == ("refused", "rdp")
    rows = [line.split() for line in shell.run("netstat -ano").split("\n") if ":3391 " in line]
    pid = str(shell.machine.services.get("TermService").pid)  # type: ignore[union-attr]
    assert [row[:2] for row in rows] == [
        [protocol, f"{address}:3391"] for protocol in ("TCP", "UDP") for address in ("0.0.0.0", "[::]")
    ]
    assert {row[-1] for row in rows} == {pid}


def test_rules_and_profiles_count_from_the_next_connection_on(hosts: Lab) -> None:
    address, shell = hosts["umrdp-stopped"].address, Shell(hosts["umrdp-stopped"])
    group = 'netsh advfirewall firewall set rule group="@FirewallAPI.dll,-28752" new enable='
    for state, expected in (("no", "timeout"), ("yes", "rdp")):
        shell.run(group + state)
        assert seen(address) == expected
    shell.run("net stop UmRdpService")
    shell.run("net stop TermService")
    for state in ("no", "yes"):
        shell.run(group + state)
        assert judged(hosts["umrdp-stopped"]) == CLOSED, "a port without an endpoint is met before any rule is"


@pytest.mark.parametrize(
    ("fault", "owner", "free"),
    [
        ("port-taken", ("httpd.exe", "Apache2.4"), "net stop Apache2.4"),
        ("port-taken-service", ("svchost.exe", "iphlpsvc"), "sc stop iphlpsvc"),
        ("port-taken-process", ("portrelay.exe", "N/A"), "taskkill /f /pid {pid}"),
        ("port-taken-kernel", ("System", "N/A"), "net stop SQLServerReportingServices"),
    ],
)
def test_the_owner_of_the_port_is_told_and_can_give_it_back(
    fault: str, owner: tuple[str, str], free: str, hosts: Lab
) -> None:
    shell = Shell(hosts[fault])
    rows = [line.split() for line in shell.run("netstat -ano").split("\n") if ":3389 " in line]
    assert {row[0] for row in rows} == {"TCP"}
    (pid,) = {row[-1] for row in rows}
    line = shell.run(f'tasklist /svc /fo csv /nh /fi "PID eq {pid}"').strip().strip('"').split('","')
    assert (line[0], line[2]) == owner
    assert (pid == "4") == (fault == "port-taken-kernel")
    if owner[1] != "N/A":
        assert f": {pid}\n" in shell.run(f"sc queryex {owner[1]}")
    shell.run(free.format(pid=pid))
    assert shell.code == 0
    shell.run("sc query TermService")
    assert judged(shell.machine) == CLOSED
    shell.run("net stop TermService /y")
    shell.run("net start TermService")
    assert seen(shell.machine.address) == "rdp"
    assert shell.machine.errors() == []


def test_an_excluded_port_is_nobodys(hosts: Lab) -> None:
    machine = hosts["port-excluded"]
    shell = Shell(machine)
    assert ":3389 " not in shell.run("netstat -ano")
    assert "rdp-tcp" not in shell.run("qwinsta")
    assert "3340        3439" in shell.run("netsh int ipv6 show excludedportrange protocol=tcp")
    assert [event.number for event in machine.events.entries if event.subject == "RDP-Tcp"][-1] == 260
    machine.sockets.excluded["tcp"].pop()
    shell.run("net stop TermService /y")
    shell.run("net start TermService")
    assert seen(machine.address) == "rdp"


def test_the_management_ports_are_never_cut() -> None:
    with Lab([HostSpec("shut", ("firewall-block-all",))], transports=("winrm",)) as lab:
        assert seen(lab["shut"].address) == "timeout"
        socket.create_connection((lab["shut"].address, 5985), timeout=WAIT).close()


def test_tcp_only_has_no_udp_rows(hosts: Lab) -> None:
    shell = Shell(hosts["drain-mode"])
    policy = r"HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services"
    shell.run(f'reg add "{policy}" /v SelectTransport /t REG_DWORD /d 1 /f')
    shell.run("net stop TermService /y")
    shell.run("net start TermService")
    rows = [line.split()[0] for line in shell.run("netstat -ano").split("\n") if ":3389 " in line]
    assert rows == ["TCP", "TCP"]
