# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What TermService does with its registry keys: which listeners exist, and which TCP port is really bound.

A listener is a sub-key of WinStations whose ``LoadableProtocol_Object`` names a registered protocol
(https://learn.microsoft.com/windows/win32/termserv/registering-the-custom-protocol). A missing or thin key leaves the
service running without a listener row and with nothing on the port. ``fDenyTSConnections`` acts at once, without a
restart; the policy value wins over the plain one (KB2083411). Everything else is read when the service starts.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .events import (
    ALERT_SENT,
    CONNECTIONS,
    KEY_NOT_ACCESSIBLE,
    LISTENER_FAILED,
    LISTENER_STARTED,
    LISTENER_STOPPED,
    NO_CIPHER,
    REMOTE_DESKTOP,
    SCHANNEL,
    SYSTEM,
)
from .firewall.engine import ListeningProgram
from .policy.group_policy import RDP_POLICY
from .registry import Key
from .service_seed import NETWORK_SERVICE
from .services import RUNNING, Service

if t.TYPE_CHECKING:
    from ..machine import Machine

TERMINAL_SERVER = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server"
WINSTATIONS = TERMINAL_SERVER + r"\WinStations"
RDP_TCP = WINSTATIONS + r"\RDP-Tcp"
RDP_PROTOCOL = "{5828227c-20cf-4408-b73f-73ab70b8849f}"
SVCHOST = r"C:\Windows\system32\svchost.exe"
DEFAULT_PORT = 3389
DENY = "fDenyTSConnections"


@dataclasses.dataclass(frozen=True)
class RdpListener:
    """What a network implementation needs to speak RDP for a listener; the machine can be asked for the rest."""

    machine: Machine
    name: str
    port: int

    def _effective(self, name: str, default: int) -> int:
        policy = self.machine.registry.number(RDP_POLICY, name)
        if policy is not None:
            return policy
        plain = self.machine.registry.number(rf"{WINSTATIONS}\{self.name}", name)
        return default if plain is None else plain

    @property
    def blocked(self) -> bool:
        """Whether the firewall drops what comes for it."""
        return self.machine.firewall.drops(self.machine.termservice.listener(self.port))

    @property
    def security_layer(self) -> int:
        """0 RDP, 1 negotiate, 2 TLS; the policy value wins."""
        return self._effective("SecurityLayer", 1)

    @property
    def user_authentication(self) -> int:
        """1 = network level authentication required; the policy value wins."""
        return self._effective("UserAuthentication", 0)

    @property
    def min_encryption_level(self) -> int:
        """1 low, 2 client compatible, 3 high, 4 FIPS; the policy value wins."""
        return self._effective("MinEncryptionLevel", 2)

    @property
    def identity(self) -> tuple[str, str, str, str, tuple[int, int, int], int]:
        """What network level authentication tells of the host: its names, its version, how many days it is ahead."""
        from .certificates import today

        domain = self.machine.policy.domain
        edition = self.machine.edition
        major, minor, build = edition.version.split(".")[:3]
        name = self.machine.name
        return (
            name.upper()[:15], domain.split(".")[0].upper(), f"{name}.{domain}", domain,
            (int(major), int(minor), int(build)), (self.machine.now - today()).days,
        )  # fmt: skip

    @property
    def certificate(self) -> tuple[bytes, object] | None:
        """The certificate (DER) and private key in use now; None when there is none, or its key cannot be read."""
        from .certificates import private_key

        chosen = self.machine.certificates.presented(self.name)
        return None if chosen is None else (chosen.der, private_key())

    def tls_fault(self) -> str:
        """How TLS fails for the next client, and what Schannel logs of it: "alert", "reset", or "" for not at all.

        # Unseen: with a private key that it can't read, Windows resets the connection after the negotiation.
        """
        machine = self.machine
        chosen = machine.certificates.presented(self.name)
        if machine.termservice.tls_fault == "alert":
            data = {"AlertDesc": "40", "ErrorState": "1205"}
            machine.events.write(SYSTEM, NO_CIPHER, provider=SCHANNEL)
            machine.events.write(SYSTEM, ALERT_SENT, provider=SCHANNEL, data=data)
        elif chosen is not None and not machine.certificates.key_is_readable(chosen.container):
            data = {"Type": "server", "ErrorCode": "0x8009030d", "ErrorStatus": "10001"}
            machine.events.write(SYSTEM, KEY_NOT_ACCESSIBLE, provider=SCHANNEL, data=data)
            return "reset"
        return machine.termservice.tls_fault


class TermService:
    """The behaviour behind the service of that name."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.listening: dict[str, int] = {}  # listener key name -> port that is bound (0 for listeners without a port)
        self.broken_classes: set[str] = set()  # protocols that are registered and don't start
        self.demands: dict[str, int] = {}  # numbers that a listener's key must hold here, for an unknown reason
        self.tls_fault = ""  # "alert": no cipher in common with anybody; "reset": something resets TLS
        self._denied = True
        machine.services.on_running.append(self._service_running)
        machine.services.on_stopped.append(self._service_stopped)
        machine.registry.watch(self._registry_changed)

    # -- judgement of the registry -------------------------------------------------------------------------------------

    def connections_denied(self) -> bool:
        """Whether remote connections are off: the policy value wins, a missing value means off."""
        registry = self._machine.registry
        value = registry.number(RDP_POLICY, DENY)
        if value is None:
            value = registry.number(TERMINAL_SERVER, DENY)
        # Unseen: a missing fDenyTSConnections means off, and everything but 0 denies.
        return value != 0

    def host_can_listen(self) -> bool:
        """Whether this Windows listens at all: edition, set-up state, TSEnabled."""
        registry = self._machine.registry
        edition = registry.text(r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion", "EditionID") or ""
        setup = r"HKLM\SYSTEM\Setup"
        busy = registry.number(setup, "SystemSetupInProgress") or registry.number(setup, "OOBEInProgress")
        return not edition.startswith("Core") and not busy and registry.number(TERMINAL_SERVER, "TSEnabled") != 0

    def port_of(self, key: Key) -> int | None:
        """The TCP port of a listener key; 0 when its protocol has none; None when the key makes no listener."""

        def number(name: str) -> int | None:
            value = key.get(name)
            return value.number if value is not None and value.type == 4 else None

        def text(name: str) -> str:
            value = key.get(name)
            return value.text if value is not None and value.type in (1, 2) else ""

        # A listener needs the class of its protocol and nothing else; the names of protocols next to it are older than
        # that: https://learn.microsoft.com/windows/win32/termserv/registering-the-custom-protocol
        protocol = text("LoadableProtocol_Object").lower()
        if number("fEnableWinStation") != 1 or not self._registered(protocol):
            return None
        port = number("PortNumber")
        if protocol != RDP_PROTOCOL:
            # Unseen: a product that puts its own class into RDP-Tcp, as Citrix' agent does, listens on the same port.
            return None if protocol in self.broken_classes else port or 0
        # KB555382: an adapter that isn't there keeps the listener from coming up. The lab's hosts have none but 0.
        # Unseen: with MaxInstanceCount 0 nothing listens. fLogonDisabled turns people away later, at the sign-in.
        sound = number("MaxInstanceCount") != 0 and not number("LanAdapter")
        wishes = all(number(name) == data for name, data in self.demands.items())
        return port if sound and wishes and port is not None and 0 < port < 65536 else None

    def listener(self, port: int) -> ListeningProgram:
        """Who the firewall takes Remote Desktop for."""
        return ListeningProgram(port, SVCHOST, "TermService")

    def ports(self) -> set[int]:
        """The usual port, and those the listeners are configured for, whether they are open or not."""
        stations = self._machine.registry.get(WINSTATIONS)
        found = {self.port_of(key) for key in (stations.subkeys() if stations is not None else [])}
        return {port for port in found if port} | {DEFAULT_PORT}

    def _registered(self, protocol: str) -> bool:
        return bool(protocol) and self._machine.registry.exists(
            rf"HKLM\SOFTWARE\Classes\CLSID\{protocol}\InprocServer32"
        )

    # -- events --------------------------------------------------------------------------------------------------------

    def _service_running(self, service: Service) -> None:
        if service.name != "TermService":
            return
        self._denied = self.connections_denied()
        self._open()

    def _service_stopped(self, service: Service) -> None:
        if service.name == "TermService":
            self._close()

    def _registry_changed(self, path: str) -> None:
        if not path.endswith("TERMINAL SERVER") and not path.endswith("TERMINAL SERVICES"):
            return
        service = self._machine.services.get("TermService")
        denied = self.connections_denied()
        if service is None or service.state != RUNNING or denied == self._denied:
            return
        self._denied = denied
        if denied:
            self._close()
        else:
            self._open()

    def _start_dependent_services(self) -> None:
        """RCDependentServices: what the connection manager starts together with Remote Desktop."""
        value = self._machine.registry.value(TERMINAL_SERVER, "RCDependentServices")
        for name in value.texts if value is not None else []:
            service = self._machine.services.get(name)
            if service is not None:
                self._machine.services.start_now(service)

    # -- listeners -----------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        machine = self._machine
        stations = machine.registry.get(WINSTATIONS)
        service = machine.services.get("TermService")
        if stations is None or service is None or not self.host_can_listen():
            return
        if service.account != NETWORK_SERVICE:
            # Running, and "not listening", until the account was NetworkService again (stascorp/rdpwrap#999).
            return
        if not self._denied:
            self._start_dependent_services()
            machine.sessionenv.signal()
        for key in stations.subkeys():
            port = self.port_of(key)
            if port is None or (port and self._denied) or key.name in self.listening:
                continue
            if port and not self._bind(key.name, port, service.pid):
                machine.events.write(CONNECTIONS, LISTENER_FAILED, key.name, provider=REMOTE_DESKTOP)
                continue
            self.listening[key.name] = port
            machine.events.write(CONNECTIONS, LISTENER_STARTED, key.name, provider=REMOTE_DESKTOP)
        self._show()

    def _bind(self, name: str, port: int, pid: int) -> bool:
        machine = self._machine
        if not machine.sockets.may_bind(port):
            return False
        if not machine.network.listen(port, "rdp", RdpListener(machine, name, port)):
            return False
        machine.sockets.listen(port, pid, udp=self._uses_udp(name), v6=machine.ipv6)
        return True

    def _uses_udp(self, name: str) -> bool:
        """SelectTransport=1 is TCP only, and the policy value wins."""
        registry = self._machine.registry
        transport = registry.number(RDP_POLICY, "SelectTransport")
        if transport is None:
            transport = registry.number(rf"{WINSTATIONS}\{name}", "SelectTransport")
        return transport != 1

    def _close(self) -> None:
        machine = self._machine
        for name, port in self.listening.items():
            machine.events.write(CONNECTIONS, LISTENER_STOPPED, name, provider=REMOTE_DESKTOP)
            if port:
                machine.network.close(port)
                machine.sockets.close(port=port)
            machine.sessions.disconnect(name.lower())
        self.listening = {}
        self._show()

    def _show(self) -> None:
        # Unseen: qwinsta has no row for a listener that is turned off or has no port; LISTENERENUM of MS-TSTS
        # 2.2.2.12.1.1 has a flag for one that does not listen.
        self._machine.sessions.listeners = [name.lower() for name in sorted(self.listening, key=str.upper)]
