# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service control manager: start types, states, dependencies, shared processes and the error codes.

States and codes: https://learn.microsoft.com/windows/win32/api/winsvc/ns-winsvc-service_status and
https://learn.microsoft.com/windows/win32/debug/system-error-codes--1000-1299-. The configuration lives in the
registry; like Windows' own manager this one keeps its copy from boot, so a `Start` value written straight into the
registry counts only after the next boot, while `sc config` changes both.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from .processes import Processes
from .registry import Registry, dword, expand_sz, multi_sz, sz

STOPPED, START_PENDING, STOP_PENDING, RUNNING = 1, 2, 3, 4
BOOT, SYSTEM, AUTO, DEMAND, DISABLED = 0, 1, 2, 3, 4
KERNEL_DRIVER, OWN_PROCESS, SHARE_PROCESS = 0x1, 0x10, 0x20

ERROR_ACCESS_DENIED = 5
ERROR_MOD_NOT_FOUND = 126
ERROR_DEPENDENT_SERVICES_RUNNING = 1051
ERROR_INVALID_SERVICE_CONTROL = 1052
ERROR_SERVICE_REQUEST_TIMEOUT = 1053
ERROR_SERVICE_ALREADY_RUNNING = 1056
ERROR_SERVICE_DISABLED = 1058
ERROR_SERVICE_DOES_NOT_EXIST = 1060
ERROR_SERVICE_CANNOT_ACCEPT_CTRL = 1061
ERROR_SERVICE_NOT_ACTIVE = 1062
ERROR_PROCESS_ABORTED = 1067
ERROR_SERVICE_DEPENDENCY_FAIL = 1068
ERROR_SERVICE_NEVER_STARTED = 1077

SERVICES_KEY = r"HKLM\SYSTEM\CurrentControlSet\Services"


@dataclasses.dataclass
class Service:
    """One service: its configuration, its state, and how it behaves when asked to start or stop."""

    name: str
    display: str
    image_path: str
    type: int = SHARE_PROCESS
    start: int = DEMAND
    account: str = "LocalSystem"
    dependencies: tuple[str, ...] = ()
    group: str = ""
    service_dll: str = ""
    image: str = "svchost.exe"
    host_group: str = ""
    own_host: bool = False  # stays alone in its process even where svchost groups services
    always_shared: bool = False  # stays in its group's process even where svchost is split
    delayed: bool = False
    trigger_started: bool = False
    at_boot: bool = False
    stoppable: bool = True
    stop_denied: bool = False  # its own security descriptor keeps administrators from stopping it
    accepts_shutdown: bool = False
    start_polls: int = 1  # commands that still see START_PENDING
    stop_polls: int = 1
    hangs_stopping: bool = False
    hangs_starting: bool = False
    installed: bool = True  # False: it was deleted
    fails_to_start: int = 0  # the error code of every attempt
    state: int = STOPPED
    exit_code: int = ERROR_SERVICE_NEVER_STARTED
    pid: int = 0
    checkpoint: int = 0
    remaining: int = 0
    triggers: tuple[str, ...] = dataclasses.field(default=())
    listens: tuple[tuple[int, str], ...] = ()  # (TCP port, kind for the network) of a foreign program
    kernel_ports: bool = False  # it has these ports through HTTP.sys: they are process 4's

    @property
    def key(self) -> str:
        """Its registry key."""
        return rf"{SERVICES_KEY}\{self.name}"

    @property
    def driver(self) -> bool:
        """Whether it is a driver: no process of its own."""
        return self.type < OWN_PROCESS

    @property
    def stuck(self) -> bool:
        """Whether it is between two states and stays there."""
        return (self.state == STOP_PENDING and self.hangs_stopping) or (
            self.state == START_PENDING and self.hangs_starting
        )

    @property
    def pending(self) -> bool:
        """Whether it is on its way between two states."""
        return self.state in (START_PENDING, STOP_PENDING)


class Services:
    """The service control manager of one host."""

    def __init__(self, registry: Registry, processes: Processes, *, split: bool) -> None:
        self._registry = registry
        self._processes = processes
        self.split = split
        self.table: dict[str, Service] = {}
        self.on_running: list[Callable[[Service], None]] = []
        self.on_stopped: list[Callable[[Service], None]] = []
        self.can_load: Callable[[Service], bool] = lambda service: True  # whether its program or DLL is there

    def add(self, service: Service) -> Service:
        """Install a service and write its registry key."""
        self.table[service.name.upper()] = service
        put = self._registry.create(service.key).put
        if service.dependencies:
            put("DependOnService", multi_sz(*service.dependencies))
        put("DisplayName", sz(service.display))
        put("ErrorControl", dword(1))
        if service.group:
            put("Group", sz(service.group))
        put("ImagePath", expand_sz(service.image_path))
        if not service.driver:
            put("ObjectName", sz(service.account))
        put("Start", dword(service.start))
        put("Type", dword(service.type))
        if service.delayed:
            put("DelayedAutostart", dword(1))
        if service.service_dll:
            self._registry.set(service.key + r"\Parameters", "ServiceDll", expand_sz(service.service_dll))
        return service

    def get(self, name: str) -> Service | None:
        """The service by its key name, in any case."""
        service = self.table.get(name.upper())
        return service if service is not None and service.installed else None

    def by_display(self, display: str, translate: Callable[[Service], str]) -> Service | None:
        """The service by the display name that the host's language shows (net.exe accepts it too)."""
        return next((s for s in self.table.values() if translate(s).lower() == display.lower()), None)

    def dependents(self, name: str, *, active: bool) -> list[Service]:
        """Services that need this one, directly or not, those to be stopped first in front."""
        found: list[Service] = []

        def collect(parent: str) -> None:
            for service in self.table.values():
                needs = {dependency.upper() for dependency in service.dependencies}
                if parent.upper() in needs and service not in found and (not active or service.state != STOPPED):
                    collect(service.name)
                    if service not in found:
                        found.append(service)

        collect(name)
        return found

    def hosted_by(self, pid: int) -> list[Service]:
        """The services that live in a process, alphabetically, as tasklist /svc lists them."""
        hosted = [s for s in self.table.values() if s.pid == pid and pid and not s.driver]
        return sorted(hosted, key=lambda service: service.name.upper())

    # -- configuration -------------------------------------------------------------------------------------------------

    def set_start(self, service: Service, start: int, *, delayed: bool = False) -> None:
        """Change the start type in the manager and in the registry."""
        service.start, service.delayed = start, delayed
        self._registry.set(service.key, "Start", dword(start))
        if delayed:
            self._registry.set(service.key, "DelayedAutostart", dword(1))
        else:
            self._registry.delete_value(service.key, "DelayedAutostart")

    def load(self) -> None:
        """Read the start types from the registry, as the manager does at boot."""
        for service in self.table.values():
            start = self._registry.number(service.key, "Start")
            service.start = service.start if start is None else start
            service.delayed = self._registry.number(service.key, "DelayedAutostart") == 1

    # -- time ----------------------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """A moment passes: pending services get on, unless they hang."""
        for service in list(self.table.values()):
            if not service.pending or service.stuck:
                continue
            if service.remaining > 0:
                service.remaining -= 1
                service.checkpoint += 1
                continue
            self._settle(service)

    def settle(self) -> None:
        """Let every pending service reach its goal, except those that hang."""
        for service in list(self.table.values()):
            if service.pending and not service.stuck:
                self._settle(service)

    def _settle(self, service: Service) -> None:
        service.remaining = service.checkpoint = 0
        if service.state == START_PENDING:
            service.state, service.exit_code = RUNNING, 0
            for callback in self.on_running:
                callback(service)
        elif service.state == STOP_PENDING:
            self._stopped(service, 0)

    def _stopped(self, service: Service, exit_code: int) -> None:
        service.state, service.exit_code, pid = STOPPED, exit_code, service.pid
        service.pid = service.checkpoint = service.remaining = 0
        for callback in self.on_stopped:
            callback(service)
        process = self._processes.get(pid)
        if process is not None and not process.critical and not self.hosted_by(pid):
            self._processes.end(pid)

    # -- control -------------------------------------------------------------------------------------------------------

    def request_start(self, service: Service) -> int:
        """StartService: 0 or the error code. The service is START_PENDING afterwards."""
        if service.state == RUNNING or service.state == START_PENDING:
            return ERROR_SERVICE_ALREADY_RUNNING
        if service.state == STOP_PENDING:
            return ERROR_SERVICE_ALREADY_RUNNING
        if service.start == DISABLED:
            return ERROR_SERVICE_DISABLED
        for name in service.dependencies:
            needed = self.get(name)
            if needed is None or needed.state in (RUNNING, START_PENDING):
                continue
            if needed.state == STOP_PENDING or self.request_start(needed):
                service.exit_code = ERROR_SERVICE_DEPENDENCY_FAIL
                return ERROR_SERVICE_DEPENDENCY_FAIL
            self._settle(needed)
        if not self.can_load(service):
            service.exit_code = ERROR_MOD_NOT_FOUND
            return ERROR_MOD_NOT_FOUND
        if service.fails_to_start:
            service.exit_code = service.fails_to_start
            return service.fails_to_start
        service.state, service.remaining, service.checkpoint = START_PENDING, service.start_polls, 0
        if not service.driver:
            service.pid = self._host_process(service)
        return 0

    def request_stop(self, service: Service) -> int:
        """ControlService(STOP): 0 or the error code. The service is STOP_PENDING afterwards."""
        if service.stop_denied:
            return ERROR_ACCESS_DENIED
        if service.state == STOPPED:
            return ERROR_SERVICE_NOT_ACTIVE
        if service.pending:
            return ERROR_SERVICE_CANNOT_ACCEPT_CTRL
        if self.dependents(service.name, active=True):
            return ERROR_DEPENDENT_SERVICES_RUNNING
        if not service.stoppable:
            return ERROR_INVALID_SERVICE_CONTROL
        service.state, service.remaining, service.checkpoint = STOP_PENDING, service.stop_polls, 0
        return 0

    def start_now(self, service: Service) -> int:
        """Start and wait until it runs (boot, a trigger, another service that needs it)."""
        code = self.request_start(service)
        if not code and not service.stuck:
            self._settle(service)
        return code

    def process_ended(self, pid: int) -> None:
        """The process of some services died."""
        for service in self.hosted_by(pid):
            self._stopped(service, ERROR_PROCESS_ABORTED)

    def _host_key(self, service: Service) -> str:
        alone = service.type & OWN_PROCESS or service.own_host or (self.split and not service.always_shared)
        return service.name if alone else service.host_group or service.image

    def _host_process(self, service: Service) -> int:
        key = self._host_key(service)
        process = self._processes.host(key)
        if process is None:
            user = {"LocalSystem": "NT AUTHORITY\\SYSTEM"}.get(service.account, service.account)
            process = self._processes.start(service.image, host_key=key, user=user)
        return process.pid

    def plain(self) -> dict[str, dict[str, object]]:
        """As plain JSON types."""
        return {
            s.name: {"state": s.state, "start": s.start, "delayed": s.delayed, "pid": s.pid, "exit_code": s.exit_code}
            for s in self.table.values()
        }
