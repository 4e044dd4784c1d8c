# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host has right after it booted: processes, sockets, running services, files."""

from __future__ import annotations

import typing as t

from .security import ADMINISTRATOR_USER, parse_sddl
from .services import AUTO, DISABLED, ERROR_SERVICE_NEVER_STARTED, STOPPED
from .sockets import ESTABLISHED, LISTENING, TIME_WAIT, Socket

if t.TYPE_CHECKING:
    from ..machine import Machine

SYSTEM_PID = 4

PROGRAM_FOLDERS = {"regedit": r"C:\Windows", "powershell": r"C:\Windows\System32\WindowsPowerShell\v1.0"}
DIRECTORIES = (
    r"C:\Windows\System32\config",
    r"C:\Windows\System32\drivers\etc",
    r"C:\Windows\System32\GroupPolicy\Machine",
    r"C:\Windows\System32\GroupPolicy\User",
    r"C:\Windows\System32\Wbem",
    r"C:\Windows\System32\WindowsPowerShell\v1.0",
    r"C:\Windows\SysWOW64",
    r"C:\Windows\Temp",
    r"C:\ProgramData\Microsoft\Crypto\RSA\MachineKeys",
    r"C:\ProgramData\Microsoft\Crypto\Keys",
    r"C:\Program Files",
    r"C:\Program Files (x86)",
    r"C:\Users\Administrator\AppData\Local\Temp",
    r"C:\Users\Administrator\AppData\Roaming",
    r"C:\Users\Public",
    r"C:\System Volume Information",
)

SECURITY = {
    r"C:\ProgramData": "O:SYG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)(A;CI;DCLCRPCR;;;BU)",
    # KB278381: nothing of it is handed down
    r"C:\ProgramData\Microsoft\Crypto\RSA\MachineKeys": "O:SYG:SYD:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)",
    r"C:\Users\Administrator": f"O:{ADMINISTRATOR_USER}G:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
    f"(A;OICI;FA;;;{ADMINISTRATOR_USER})",
    r"C:\Windows\Temp": "O:SYG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;CI;DCLCWPRPRC;;;BU)",
    r"C:\System Volume Information": "O:SYG:SYD:P(A;OICI;FA;;;SY)",
}


# Windows 11 24H2 and Server 2025: https://learn.microsoft.com/windows/win32/wmisdk/wmic
WITHOUT_WMIC = 26100


def seed_files(machine: Machine) -> None:
    """The directories and programs of a healthy host. A program runs only while its file is there."""
    from ..tools import TOOLS

    files = machine.files
    for directory in DIRECTORIES:
        files.ensure(directory)
    for directory, sddl in SECURITY.items():
        files.set_security(directory, parse_sddl(sddl))
    missing = {"curl"} if not machine.edition.curl else set()
    if machine.edition.build >= WITHOUT_WMIC:
        missing.add("wmic")
    for name in ("cmd", *(tool for tool in TOOLS if tool not in missing)):
        folder = PROGRAM_FOLDERS.get(name, r"C:\Windows\System32")
        files.write(rf"{folder}\{name}.exe", b"MZ")
    for name in ("termsrv.dll", "rdpcorets.dll", "umrdp.dll", "sessenv.dll", "svchost.exe", "lsass.exe"):
        files.write(rf"C:\Windows\System32\{name}", b"MZ")
    files.write(r"C:\Windows\System32\drivers\etc\hosts", b"# hosts\r\n")


def boot(machine: Machine) -> None:
    """Start everything afresh, with the registry and the files as they are."""
    for service in machine.services.table.values():
        if service.state != STOPPED:
            service.state, service.pid = STOPPED, 0
            for callback in machine.services.on_stopped:
                callback(service)
        service.exit_code, service.remaining, service.checkpoint = ERROR_SERVICE_NEVER_STARTED, 0, 0
    machine.port_owners.shut_down()
    machine.processes.clear()
    machine.sockets.clear()
    machine.sessions.clear()
    machine.policy.boot()
    machine.services.load()
    _system_processes(machine)
    machine.port_owners.boot()
    _start_services(machine)
    _rpc_sockets(machine)
    _log_on(machine)


def _system_processes(machine: Machine) -> None:
    start = machine.processes.start
    start("System Idle Process", pid=0, memory_kb=8, critical=True)
    start("System", pid=SYSTEM_PID, memory_kb=144, critical=True)
    for image, session in (
        ("Registry", 0), ("smss.exe", 0), ("csrss.exe", 0), ("wininit.exe", 0), ("csrss.exe", 1), ("winlogon.exe", 1),
        ("services.exe", 0),
    ):  # fmt: skip
        if image != "Registry" or machine.edition.build >= 17134:
            start(image, session=session, critical=True)
    start("lsass.exe", host_key="lsass", critical=True)
    start("LogonUI.exe", session=1)
    start("dwm.exe", session=1, user="Window Manager\\DWM-1")


def _start_services(machine: Machine) -> None:
    services = machine.services
    wanted = [s for s in services.table.values() if s.at_boot and s.start != DISABLED]
    # who holds a port comes before Remote Desktop, and of two of them the same one always gets it
    for service in sorted(
        wanted,
        key=lambda s: (not s.driver, not s.listens, s.start != AUTO and not s.driver, s.name if s.listens else ""),
    ):
        services.start_now(service)


def _log_on(machine: Machine) -> None:
    """Who works at the console, and people who are connected through RDP with their network connections.

    Without a listener no user is connected.
    """
    if machine.broken_session_at_boot:
        machine.sessions.leave_broken(machine.broken_session_at_boot)
    if machine.console_user_at_boot:
        machine.sessions.console(machine.console_user_at_boot)
    ports = machine.rdp_ports()
    service = machine.services.get("TermService")
    if not ports or service is None:
        return
    for number, user in enumerate(machine.logged_on_at_boot):
        machine.sessions.log_on(user, number=number, listener=machine.sessions.entrance)
        client = f"10.20.1.{20 + number}"
        port = min(ports)
        machine.sockets.add(Socket("TCP", machine.address, port, service.pid, client, 51000 + number, ESTABLISHED))


def _rpc_sockets(machine: Machine) -> None:
    """The fixed and dynamic ports of the system's own services."""
    services, sockets = machine.services, machine.sockets

    def pid_of(name: str) -> int:
        service = services.get(name)
        return service.pid if service is not None else 0

    for port in (445, 5985, 47001):
        sockets.listen(port, SYSTEM_PID, v6=machine.ipv6)
    wininit = machine.processes.named("wininit.exe")[0].pid
    for port, pid in (
        (135, pid_of("RpcSs")),
        (49664, machine.processes.named("lsass.exe")[0].pid),
        (49665, wininit),
        (49666, pid_of("EventLog")),
        (49667, pid_of("SessionEnv")),
        (49668, pid_of("Spooler")),
    ):
        if pid:
            sockets.listen(port, pid, v6=machine.ipv6)
    for port, name in ((123, "W32Time"), (5353, "Dnscache"), (5355, "Dnscache")):
        if pid_of(name):
            sockets.add(Socket("UDP", "0.0.0.0", port, pid_of(name)))
            if machine.ipv6:
                sockets.add(Socket("UDP", "::", port, pid_of(name)))


def static_rows(machine: Machine) -> list[Socket]:
    """The rows of the host's own address: NetBIOS and the WinRM connections that are open right now."""
    here = machine.address
    resolver = machine.services.get("Dnscache")
    connected = []
    if machine.edition.wide_sessions and resolver is not None and resolver.pid:
        connected.append(Socket("UDP", here, 61279, resolver.pid, "10.20.0.1", 53))
    return [
        Socket("TCP", here, 139, SYSTEM_PID, "0.0.0.0", 0, LISTENING),
        Socket("TCP", here, 5985, SYSTEM_PID, "10.20.0.5", 50122, ESTABLISHED),
        Socket("TCP", here, 5985, 0, "10.20.0.5", 50118, TIME_WAIT),
        Socket("UDP", here, 137, SYSTEM_PID),
        Socket("UDP", here, 138, SYSTEM_PID),
        *connected,
    ]
