# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The service that holds a port: whether it would come back, and whether it may be stopped when a user names it."""

from __future__ import annotations

import dataclasses
import typing as t

from ..errors import RefusedError
from ..model import Probe
from ..quoting import unsafe_characters
from ..state.host import Host
from ..state.port_owner import KERNEL, Owner
from ..tools import sc

# What Windows itself runs on, what people and computers sign in with, what protects a host, and what Remote Desktop
# and the ways to manage it need:
# https://learn.microsoft.com/windows-server/security/windows-services/security-guidelines-for-disabling-system-services-in-windows-server
_CRITICAL = frozenset(
    name.casefold()
    for name in (
        *("RpcSs", "RpcEptMapper", "DcomLaunch", "LSM", "PlugPlay", "Power", "BrokerInfrastructure", "EventLog"),
        *("SystemEventsBroker", "CoreMessagingRegistrar", "Schedule", "ProfSvc", "UserManager", "gpsvc", "Winmgmt"),
        *("SamSs", "Netlogon", "NTDS", "Kdc", "DNS", "DFSR", "ADWS", "W32Time", "CryptSvc", "KeyIso", "VaultSvc"),
        *("BFE", "mpssvc", "WinDefend", "MDCoreSvc", "Sense", "TrustedInstaller"),
        *("Dhcp", "Dnscache", "nsi", "NlaSvc", "netprofm", "LanmanServer", "LanmanWorkstation", "vmms", "ClusSvc"),
        *("TermService", "UmRdpService", "SessionEnv", "CertPropSvc", "WinRM", "sshd"),
    )
)

# A process that hosts more services than this is Windows' own, and how they start says nothing about the port.
_MOST_SERVICES = 4

_STOPPABLE = "STOPPABLE"


@dataclasses.dataclass(frozen=True)
class NamedService:
    """A service that a user named, or that holds a port.

    Attributes:
        config: Its configuration, None if it is not installed or could not be read.
        state: Its state, likewise.
        dependents: The services that depend on it, None if they could not be read.
    """

    config: sc.ServiceConfig | None
    state: sc.ServiceState | None
    dependents: tuple[sc.ServiceState, ...] | None


def probes(service: str) -> tuple[Probe[t.Any], Probe[t.Any], Probe[t.Any]]:
    """Return what to query of a service: its configuration, its state, and what depends on it."""
    return (
        Probe(sc.qc(service), sc.read_config),
        Probe(sc.queryex(service), sc.read_state),
        Probe(sc.enumdepend(service), sc.read_dependents),
    )


def named(service: str, host: Host) -> NamedService:
    """Return what is known of a service whose probes were run."""
    return NamedService(*map(host.readings.get, probes(service)))


def services_of(owners: t.Iterable[Owner]) -> tuple[str, ...]:
    """Return the services behind the owners of a port whose configuration is worth a query."""
    return tuple(
        dict.fromkeys(
            service
            for owner in owners
            if len(owner.services) <= _MOST_SERVICES
            for service in owner.services
            if not unsafe_characters(service)
        )
    )


def return_of(service: str, config: sc.ServiceConfig | None) -> str:
    """Say when a service would be on its port again."""
    if config is None:
        return f"How the service {service} starts could not be read."
    if config.start_type == sc.DISABLED:
        return f"The service {service} is disabled, so it does not come back once it is stopped."
    if config.start_type == sc.DEMAND_START:
        return f"The service {service} is started by hand or by another program, so it may come back."
    return f"The service {service} starts with Windows, so it comes back."


def refuse_unstoppable(service: str, owners: t.Sequence[Owner], port: int, seen: NamedService) -> None:
    """Refuse to stop a service that is not alone to blame, or is needed.

    Args:
        service: The name that the user gave.
        owners: Those who keep TermService from the port, at least one.
        port: The port.
        seen: What was seen of the service.

    Raises:
        RefusedError: It must not be stopped.
    """
    name = service.casefold()
    refusal = f"Nothing was changed: the service {service} is not stopped, because"
    for owner in owners:
        hosted = [one.casefold() for one in owner.services]
        if name not in hosted:
            what = "nobody can stop it" if owner.pid == KERNEL else "that is another"
            raise RefusedError(f"{refusal} TCP port {port} is held by {owner}, and {what}.")
        if len(hosted) > 1:
            raise RefusedError(f"{refusal} its process hosts other services as well: {owner}.")
    if name in _CRITICAL:
        raise RefusedError(f"{refusal} Windows or the access to this host needs it. Let it use another port.")
    if seen.state is None or _STOPPABLE not in seen.state.controls:
        raise RefusedError(f"{refusal} it can't be stopped now.")
    if seen.dependents is None:
        raise RefusedError(f"{refusal} it could not be read which services depend on it.")
    if active := [one.name for one in seen.dependents if one.state != sc.STOPPED]:
        raise RefusedError(f"{refusal} other services depend on it and run: {', '.join(active)}. Stop those first.")
