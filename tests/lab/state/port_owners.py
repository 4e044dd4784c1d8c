# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds ports besides Remote Desktop: services, programs without a service, the kernel for a service (HTTP.sys).

A service with ``kernel_ports`` has registered its URLs with HTTP.sys, so netstat shows process 4
(https://learn.microsoft.com/windows/win32/http/http-server-api-overview).
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..environment import default_environment, expand_variables
from ..programs import split_program
from .boot import SYSTEM_PID
from .firewall.engine import ListeningProgram
from .services import Service

if t.TYPE_CHECKING:
    from ..machine import Machine


@dataclasses.dataclass(frozen=True)
class OtherProgram:
    """A program without a service, started when the host boots, that listens on a port."""

    path: str
    port: int
    kind: str  # for the network: http, silent
    user: str = "NT AUTHORITY\\SYSTEM"
    session: int = 0

    @property
    def image(self) -> str:
        """Its file name."""
        return self.path.rpartition("\\")[2]


@dataclasses.dataclass(frozen=True)
class PortOwner:
    """What a network implementation needs to know about a port that another program holds."""

    machine: Machine
    listener: ListeningProgram

    @property
    def blocked(self) -> bool:
        """Whether the firewall drops what comes for it."""
        return self.machine.firewall.drops(self.listener)


class PortOwners:
    """Opens and closes the ports of everything but Remote Desktop."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.others: list[OtherProgram] = []
        self._held: dict[int, str] = {}  # port -> the service or program that got it
        machine.services.on_running.append(self._service_running)
        machine.services.on_stopped.append(self._service_stopped)

    def boot(self) -> None:
        """Start the programs without a service, before any service starts."""
        for other in self.others:
            process = self._machine.processes.start(other.image, user=other.user, session=other.session)
            self._open(other.port, other.kind, process.pid, ListeningProgram(other.port, other.path), other.path)

    def shut_down(self) -> None:
        """Every port that is still held closes."""
        for port in list(self._held):
            self._close(port)

    def process_ended(self, pid: int) -> None:
        """The ports of a process close."""
        for port in [port for port in self._held if self._owner(port) == pid]:
            self._close(port)

    def urls(self) -> list[tuple[Service, str]]:
        """What services have registered with HTTP.sys, and where."""
        running = [s for s in self._machine.services.table.values() if s.kernel_ports and s.pid]
        return [(service, f"HTTP://+:{port}/") for service in running for port, _ in service.listens]

    def _service_running(self, service: Service) -> None:
        program, _ = split_program(expand_variables(service.image_path, default_environment(self._machine)))
        for port, kind in service.listens:
            who = (
                ListeningProgram(port, "System")
                if service.kernel_ports
                else ListeningProgram(port, program, service.name)
            )
            self._open(port, kind, SYSTEM_PID if service.kernel_ports else service.pid, who, service.name)

    def _service_stopped(self, service: Service) -> None:
        for port, _ in service.listens:
            if self._held.get(port) == service.name:
                self._close(port)

    def _owner(self, port: int) -> int:
        row = self._machine.sockets.listener(port)
        return row.pid if row is not None else 0

    def _open(self, port: int, kind: str, pid: int, listener: ListeningProgram, holder: str) -> None:
        machine = self._machine
        if not machine.sockets.may_bind(port):
            return
        if machine.network.listen(port, kind, PortOwner(machine, listener)):
            machine.sockets.listen(port, pid, v6=machine.ipv6)
            self._held[port] = holder

    def _close(self, port: int) -> None:
        del self._held[port]
        self._machine.network.close(port)
        self._machine.sockets.close(port=port)
