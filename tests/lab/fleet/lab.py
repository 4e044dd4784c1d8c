# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lab: many emulated Windows hosts in one process, each on a loopback address of its own with its real ports."""

from __future__ import annotations

import dataclasses
import secrets
import socket
import threading
import typing as t
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType

from ..control import ControlServer
from ..faults import FAULTS
from ..machine import Machine
from ..rdp.network import LoopbackNetwork
from ..rdp.tls import TlsCertificates
from ..transports.auth import Accounts
from ..transports.faults import TransportFaults
from ..transports.host import ServedHost, Traffic
from ..transports.reactor import Reactor, bind
from ..transports.ssh import SshKeys, SshServer
from ..transports.winrm import PORT as WINRM_PORT
from ..transports.winrm import WinRMServer
from . import addresses, inventory
from .specs import HostSpec

TRANSPORTS = ("winrm", "psrp", "ssh")
USER = "Administrator"
#: login shell → the ports that are tried for it, in this order
SSH_PORTS = {"cmd": (22, 2022), "powershell": (2222,)}


class Server(t.Protocol):
    """What serves one port of a host; both methods are for the loop."""

    async def open(self, sock: socket.socket) -> None: ...

    async def close(self) -> None: ...


@dataclasses.dataclass
class Endpoint:
    """A port of a host and its server; `claim` keeps the port ours while nothing listens there, so that it refuses."""

    port: int
    server: Server
    claim: socket.socket | None


@dataclasses.dataclass
class Running:
    """One host that is up: its machine, its network, its servers."""

    spec: HostSpec
    host: ServedHost
    network: LoopbackNetwork
    endpoints: dict[str, Endpoint] = dataclasses.field(default_factory=dict)
    #: holds port 5985 of a host without WinRM
    claim: socket.socket | None = None


class Lab:
    """The fleet. Use it as a context manager, or call start() and stop(); both may be called from any thread."""

    def __init__(
        self,
        specs: Sequence[HostSpec],
        transports: Sequence[str] = ("winrm",),
        *,
        make_machine: Callable[..., Machine] = Machine,
    ) -> None:
        names = [spec.name for spec in specs]
        twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) != len(names) else []
        if twice:
            raise ValueError(f"host names used twice: {', '.join(twice)}")
        unknown = set(transports) - set(TRANSPORTS)
        if unknown:
            raise ValueError(f"unknown transports {sorted(unknown)}; known are {', '.join(TRANSPORTS)}")
        for spec in specs:
            HostSpec.of(spec.name, (*spec.faults, *spec.transport_faults))
        self.specs = tuple(specs)
        self.transports = tuple(transports)
        self._make_machine = make_machine
        self.user = USER
        self.password = "Aa1-" + secrets.token_urlsafe(18)
        self._lock = threading.RLock()
        self._claimed: dict[str, socket.socket] = {}
        self._running: dict[str, Running] = {}
        self._published: list[Path] = []
        self._up = False

    # -- life ----------------------------------------------------------------------------------------------------------

    def __enter__(self) -> Lab:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def reserve(self) -> Lab:
        """Claim the addresses without starting a thread, so that a daemon can do it before it forks."""
        with self._lock:
            if not self._claimed and not self._up:
                self._claimed = addresses.claim(len(self.specs))
        return self

    def start(self) -> Lab:
        """Start every host. Raises, with nothing left behind, when one can't be started."""
        with self._lock:
            if self._up:
                return self
            self.reserve()
            self._running = {}
            self._reactor = Reactor()
            self._reactor.start()
            self._accounts = Accounts(self.user, self.password)
            self.certificates = TlsCertificates()
            self._ssh_keys = SshKeys()
            self.control = ControlServer(self, self._reactor)
            self._up = True
            try:
                for spec, address in zip(self.specs, list(self._claimed), strict=True):
                    self._running[spec.name] = self._bring_up(spec, address)
                self.control.open()
            except BaseException:
                self.stop()
                raise
        return self

    def stop(self) -> None:
        """Stop every host, close every socket, remove the published files. Safe to call twice."""
        with self._lock:
            up, self._up = self._up, False
            addresses.release(self._claimed)
        if not up:
            return
        # without the lock from here on: requests that are being served may want it before they end
        for running in self._running.values():
            running.network.close_all()
        self._reactor.call(self._close_servers(), timeout=60)
        self._reactor.stop()
        for running in self._running.values():
            for claim in (running.claim, *(endpoint.claim for endpoint in running.endpoints.values())):
                if claim is not None:
                    claim.close()
        self._accounts.close()
        for path in self._published:
            path.unlink(missing_ok=True)
        self._published = []

    async def _close_servers(self) -> None:
        await self.control.close()
        for running in self._running.values():
            for endpoint in running.endpoints.values():
                await endpoint.server.close()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for a request to stop (/shutdown of the control interface); True when one came."""
        return self.control.shutdown_asked.wait(timeout)

    def _bring_up(self, spec: HostSpec, address: str) -> Running:
        network = LoopbackNetwork(self._reactor, address, spec.name, self.certificates)
        seed = int.from_bytes(spec.name.encode()[-6:], "big")
        machine = self._make_machine(
            spec.name, language=spec.language, windows=spec.windows, seed=seed, network=network
        )
        machine.address = address
        machine.known_hosts = self._address_of
        for fault in spec.faults:
            FAULTS[fault].apply(machine)
        host = ServedHost(
            machine=machine,
            address=address,
            user=self.user,
            password=self.password,
            reactor=self._reactor,
            faults=TransportFaults(spec.transport_faults),
            after_run=network.refresh,
        )
        network.refresh()
        running = Running(spec, host, network, claim=self._claimed.pop(address))
        if "winrm" in self.transports or "psrp" in self.transports:
            running.endpoints["winrm"] = Endpoint(WINRM_PORT, WinRMServer(host, self._accounts), running.claim)
            running.claim = None
        if "ssh" in self.transports:
            for shell, ports in SSH_PORTS.items():
                port, sock = _first_free(address, ports)
                running.endpoints[f"ssh-{shell}"] = Endpoint(port, SshServer(host, self._ssh_keys, shell), sock)
        self._apply_refusal(running)
        return running

    # -- faults of the wire --------------------------------------------------------------------------------------------

    def transport_fault(self, name: str, fault: str, on: bool = True) -> None:
        """Switch a fault of the wire on or off while the lab runs."""
        running = self._host(name)
        with self._lock:
            if on:
                running.host.faults.enable(fault)
            else:
                running.host.faults.disable(fault)
            self._apply_refusal(running)

    def _apply_refusal(self, running: Running) -> None:
        """Make the ports of the transports listen or refuse, as the fault `refuse` says now."""
        refuse = running.host.faults.get("refuse") is not None
        for endpoint in running.endpoints.values():
            if refuse and endpoint.claim is None:
                self._reactor.call(endpoint.server.close())
                endpoint.claim = bind(running.host.address, endpoint.port, reuse=True)
            elif not refuse and endpoint.claim is not None:
                sock, endpoint.claim = endpoint.claim, None
                self._reactor.call(endpoint.server.open(sock))

    def _address_of(self, name: str) -> str | None:
        """The lab's DNS: the address of a host by its name, with or without the domain."""
        short = name.lower().partition(".")[0]
        for known, running in list(self._running.items()):
            if known.lower() in (name.lower(), short):
                return running.host.address
        return None

    # -- what there is -------------------------------------------------------------------------------------------------

    def _host(self, name: str) -> Running:
        try:
            return self._running[name]
        except KeyError:
            known = ", ".join(list(self._running)[:10])
            raise KeyError(f"no host {name!r} in this lab; there are {len(self._running)}: {known} …") from None

    def __getitem__(self, name: str) -> Machine:
        return self._host(name).host.machine

    def __contains__(self, name: object) -> bool:
        return name in self._running

    def __iter__(self) -> Iterator[str]:
        return iter(self._running)

    def __len__(self) -> int:
        return len(self._running)

    def served(self, name: str) -> ServedHost:
        """The host as its transports see it: faults of the wire, traffic, failures of the lab itself."""
        return self._host(name).host

    def network(self, name: str) -> LoopbackNetwork:
        """The sockets of a host's machine."""
        return self._host(name).network

    def spec(self, name: str) -> HostSpec:
        return self._host(name).spec

    def ssh_ports(self, name: str) -> dict[str, int]:
        """The port of each login shell."""
        found = self._host(name).endpoints
        return {kind.removeprefix("ssh-"): found[kind].port for kind in found if kind.startswith("ssh-")}

    def ssh_private_key(self) -> str:
        """The key by which the user may log on over SSH."""
        return self._ssh_keys.private_key()

    @property
    def addresses(self) -> dict[str, str]:
        return {name: running.host.address for name, running in self._running.items()}

    @property
    def traffic(self) -> dict[str, Traffic]:
        """Requests and bytes per host, as counted on the sockets of WinRM and PSRP."""
        return {name: running.host.traffic for name, running in self._running.items()}

    def reset_traffic(self) -> None:
        for running in self._running.values():
            running.host.traffic.reset()

    def errors(self) -> dict[str, list[str]]:
        """What the hosts' machines or the lab itself did not understand, by host; tests want this empty."""
        found = {name: [*run.host.machine.errors(), *run.host.failures] for name, run in self._running.items()}
        return {name: errors for name, errors in found.items() if errors}

    def gpupdate(self, name: str) -> str:
        """Run gpupdate on a host, as its administrator would; what it printed."""
        ran = self[name].create_process("gpupdate /force", code_page=65001)
        self._host(name).network.refresh()
        return (ran.stdout + ran.stderr).decode("utf-8", "replace")

    # -- files ---------------------------------------------------------------------------------------------------------

    def write_inventory(self, path: str | Path, connection: str = "winrm", auth: str = "ntlm") -> Path:
        """Write the inventory, and next to it <name>.lab.json for the commands that talk to this lab."""
        target = Path(path).resolve()
        needed = "ssh" if connection.startswith("ssh-") else "winrm"
        if needed not in self.transports and not (needed == "winrm" and "psrp" in self.transports):
            raise ValueError(f"connection {connection!r} needs the transport {needed!r}, not {self.transports}")
        port, key = 0, ""
        if needed == "ssh":
            port = max((running.endpoints[connection].port for running in self._running.values()), default=0)
            key_file = target.with_name(target.name + ".key")
            inventory.publish(key_file, self._ssh_keys.private_key())
            self._published.append(key_file)
            key = str(key_file)
        variables = inventory.connection_variables(
            connection, auth, user=self.user, password=self.password, ssh_port=port, ssh_key=key
        )
        lab_file = target.with_name(target.name + ".lab.json")
        inventory.publish(lab_file, self.control.description())
        inventory.publish(target, inventory.render(self.addresses, variables))
        self._published.append(lab_file)
        return target


def _first_free(address: str, ports: Sequence[int]) -> tuple[int, socket.socket]:
    """The first of the ports that can be bound: on some machines only root may bind low ones."""
    for port in ports:
        sock = bind(address, port, reuse=True)
        if sock is not None:
            return port, sock
    raise addresses.NoAddressesError(f"none of the ports {list(ports)} of {address} can be bound for SSH")
