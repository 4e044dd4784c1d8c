# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One emulated Windows host: its state, and what creating a process on it gives."""

from __future__ import annotations

import datetime
import hashlib
import ipaddress
import json
import threading
from collections.abc import Callable

from .environment import default_environment, expand_variables
from .io import Handles, Sink, Source
from .languages import language as language_of
from .network import Network, NullNetwork
from .process import Hanging, LoggedCommand, ProcessResult, StartInfo
from .programs import find_program, split_program
from .state.boot import boot, seed_files, static_rows
from .state.certificates import Certificates, today
from .state.editions import EDITIONS
from .state.events import EventLog
from .state.files import Files, absolute
from .state.firewall.engine import Firewall, seed_firewall
from .state.policy.group_policy import Policy
from .state.port_owners import PortOwners
from .state.processes import Processes
from .state.registry import Registry
from .state.registry_seed import seed_registry
from .state.security import ADMINISTRATOR, STANDARD_USER, Token
from .state.service_seed import services_of
from .state.services import Service, Services
from .state.sessionenv import SessionEnv
from .state.sessions import Sessions
from .state.sockets import Socket, Sockets
from .state.termservice import TermService

TICKS_BETWEEN_PROCESSES = 2
RDP_PORT = 3389
SYSTEM32 = "C:\\Windows\\System32"  # where a remote session starts a process
PROGRAM_MISSING = 2  # ERROR_FILE_NOT_FOUND, what CreateProcess fails with


class Machine:
    """One Windows host. It boots when it is made; `reboot()` boots it again after its state was prepared."""

    def __init__(
        self,
        name: str,
        *,
        language: str = "en-US",
        windows: str = "server2022",
        seed: int = 0,
        network: Network | None = None,
    ) -> None:
        self.name = name
        self.address = "10.20.30.40"
        self.seed = seed
        self.edition = EDITIONS[windows]
        self.language = language_of(language)
        self.network: Network = network if network is not None else NullNetwork()
        self.before_command: Callable[[Machine, str], None] | None = None
        self.log: list[LoggedCommand] = []
        self.clock = 0
        self.now = today()  # the host's date; it only moves with `travel`
        self.ipv6 = True
        self.known_hosts: Callable[[str], str | None] = lambda name: None  # what the network's DNS says
        self.elevated = True  # False: the commands run without administrator's rights
        self.emulated = False  # commands run in a 32-bit shell on this 64-bit Windows
        self.logged_on_at_boot: list[str] = []  # users who are connected through RDP when the test begins
        self.console_user_at_boot = ""  # who works at the console then
        self.broken_session_at_boot = 0  # the id of a session without name and user
        self.lock = threading.RLock()
        self.registry = Registry()
        self.files = Files()
        self.processes = Processes(seed)
        self.sockets = Sockets(self.edition)
        self.sessions = Sessions()
        self.events = EventLog(lambda: self.now + datetime.timedelta(seconds=self.clock))
        self.services = Services(self.registry, self.processes, split=self.edition.split_services)
        self.policy = Policy(self)
        seed_registry(
            self.registry, self.edition, name, seed, self.language.ansi_code_page, self.language.oem_code_page
        )
        for service in services_of(self.edition):
            self.services.add(service)
        seed_files(self)
        self.services.can_load = self._service_dll_exists
        self.port_owners = PortOwners(self)
        seed_firewall(self)
        self.firewall = Firewall(self)
        self.certificates = Certificates(self)
        self.certificates.seed()
        self.sessionenv = SessionEnv(self)
        self.termservice = TermService(self)
        self.reboot()

    # -- life ----------------------------------------------------------------------------------------------------------

    def reboot(self, *, prepared: bool = False) -> None:
        """Boot: registry and files stay, everything else starts afresh.

        `prepared`: a fault put the host into a state that a real boot would change (a missing certificate would be
        made); it is to be found as it was prepared.
        """
        with self.lock:
            boot(self)
            self.sessionenv.finish(create=not prepared)
            self.filter_network()

    def travel(self, days: int) -> None:
        """Move the host's clock. Certificates expire; nothing else changes until something checks the date."""
        self.now += datetime.timedelta(days=days)

    def tick(self, moments: int = 1) -> None:
        """Let time pass for services in transition between two states."""
        for _ in range(moments):
            self.clock += 1
            self.services.tick()
            self.sessionenv.tick()
            self.policy.tick()

    def _service_dll_exists(self, service: Service) -> bool:
        """Whether the DLL that the registry names is there; the one that ships with Windows is assumed to be."""
        named = self.registry.text(service.key + r"\Parameters", "ServiceDll") if service.service_dll else None
        if named is None or named.lower() == service.service_dll.lower():
            return True
        return self.files.is_file(absolute(expand_variables(named, default_environment(self))))

    def filter_network(self) -> None:
        """Let the real sockets obey the firewall as it is now.

        A port without a listener does not answer while the firewall is on, whatever its rules say: stealth mode.
        It refuses otherwise. Only the ports of Remote Desktop are modelled so; all others refuse.
        """
        self.network.refresh()
        ports = (RDP_PORT, *self.termservice.ports()) if self.firewall.hides_closed_ports() else ()
        self.network.mute(frozenset(port for port in ports if self.sockets.listener(port) is None))

    def resolve(self, name: str) -> str | None:
        """The address of a name as this host finds it: a literal address, itself, the hosts file, the network."""
        try:
            return str(ipaddress.ip_address(name.strip("[]")))
        except ValueError:
            pass
        wanted = name.lower().rstrip(".")
        if wanted == "localhost":
            return "127.0.0.1"
        if wanted in (self.name.lower(), f"{self.name}.{self.policy.domain}".lower()):
            return self.address
        hosts = r"C:\Windows\System32\drivers\etc\hosts"
        lines = self.files.read(hosts).decode("latin-1").splitlines() if self.files.is_file(hosts) else []
        for words in (line.partition("#")[0].split() for line in lines):
            if wanted in (word.lower() for word in words[1:]):
                return words[0]
        return self.known_hosts(wanted)

    def rdp_ports(self) -> set[int]:
        """The ports on which TermService listens."""
        return {port for port in self.termservice.listening.values() if port}

    def service_display(self, service: Service) -> str:
        """The display name in the host's language."""
        return self.language.services.get(service.name, service.display)

    def end_process(self, pid: int) -> bool:
        """A process is terminated: its services stop with 1067, its sockets close."""
        if self.processes.get(pid) is None:
            return False
        self.services.process_ended(pid)
        self.port_owners.process_ended(pid)
        self.processes.end(pid)
        self.sockets.close(pid=pid)
        return True

    def socket_rows(self) -> list[Socket]:
        """Everything netstat shows, with the rows that depend on the host's own address."""
        rows = [*self.sockets.rows, *static_rows(self)]
        return sorted(rows, key=Socket.order)

    @property
    def token(self) -> Token:
        """Whose rights the commands have."""
        return ADMINISTRATOR if self.elevated else STANDARD_USER

    # -- processes -----------------------------------------------------------------------------------------------------

    def create_process(self, command_line: str, *, code_page: int, stdin: bytes = b"") -> ProcessResult:
        """What CreateProcessW(command_line) and waiting for its end gives."""
        with self.lock:
            out, err = Sink(), Sink()
            handles = Handles(Source(stdin), out, err)
            try:
                with self.files.acting(self.token):
                    code = self._run(command_line, handles, code_page)
            except Hanging as hanging:
                hanging.stdout = bytes(out.data)
                raise
            self.tick(TICKS_BETWEEN_PROCESSES)
            self.filter_network()
            return ProcessResult(bytes(out.data), bytes(err.data), code)

    def program_exists(self, name: str) -> bool:
        """Whether a program of that name is found on the path."""
        return find_program(self, name, default_environment(self), SYSTEM32) is not None

    def _run(self, command_line: str, handles: Handles, code_page: int) -> int:
        """Find the program and run it to its end; the exit code as a signed number."""
        name, _ = split_program(command_line)
        environment = default_environment(self)
        program = find_program(self, name, environment, SYSTEM32, search_batch=False)
        if program is None:
            from .tools import TOOLS

            known = name.lower().removesuffix(".exe") in TOOLS
            reason = "" if known else f"no program {name!r}"
            self.log.append(LoggedCommand(command_line, PROGRAM_MISSING, known, reason=reason))
            message = self.language["win32.2"] + "\r\n"
            handles.stderr.write(message.encode("utf-8", "replace"))
            return PROGRAM_MISSING
        return self.run_program(StartInfo(self, program, command_line, handles, code_page, environment, SYSTEM32))

    def run_program(self, start: StartInfo) -> int:
        """Run a program that was found."""
        if start.program.is_cmd:
            from .shell.cmd.main import run_cmd

            return run_cmd(start)
        from .tools import run_tool

        return run_tool(start)

    def announce(self, line: str) -> None:
        """Call the hook before a tool or builtin runs."""
        if self.before_command is not None:
            self.before_command(self, line)

    def errors(self) -> list[str]:
        """Commands and options that the lab did not know; tests assert that there are none."""
        return [f"{entry.line}: {entry.reason}" for entry in self.log if not entry.understood]

    # -- state ---------------------------------------------------------------------------------------------------------

    def snapshot(self) -> dict[str, object]:
        """The whole state as plain JSON types."""
        with self.lock:
            return {
                "registry": self.registry.plain(),
                "services": self.services.plain(),
                "processes": self.processes.plain(),
                "sockets": self.sockets.plain(),
                "sessions": self.sessions.plain(),
                "files": self.files.plain(),
                "file_security": self.files.plain_security(),
                "policy": self.policy.plain(),
                "firewall": self.firewall.plain(),
            }

    def state_hash(self, *sections: str) -> str:
        """SHA-256 of the canonical JSON of the snapshot, or of some of its sections."""
        snapshot = self.snapshot()
        chosen = {name: snapshot[name] for name in sections} if sections else snapshot
        canonical = json.dumps(chosen, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(canonical.encode()).hexdigest()
