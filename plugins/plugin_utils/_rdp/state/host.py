# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One host, as its readings describe it: each part derived once, the first time that somebody asks for it.

Checks, facts and repairs take what they know of a host from here. Whatever could not be read raises UnreadableError
where it is asked for, and nowhere else: an unreadable part costs those who need it, and nobody else.
"""

from __future__ import annotations

import functools
import typing as t

from .. import probes
from ..errors import UnreadableError
from ..model import Expectation, Probe
from ..readings import Readings
from ..tools import cmd, gpresult, icacls, netstat, qwinsta, reg, rsop, tasklist
from ..tools.port_probe import Observation
from . import certificate, machine_keys, nla, port_owner, private_key, schannel, service_start, session_logons
from .certificate import InUse
from .clocks import Clocks
from .clocks import read as read_clocks
from .excluded_ports import EXCLUDED_IPV4, EXCLUDED_IPV6, ExcludedPorts
from .firewall.collect import collect as collect_firewall
from .firewall.collect import follow_up as firewall_follow_up
from .firewall.settings import Firewall
from .listener import DEFAULT_PORT, Listener, Listening, listening, others_class
from .policy import collect, decides, gpo_list, local
from .policy.attribution import Source
from .policy.catalog import ALLOW_CONNECTIONS, Policy
from .private_key import PrivateKey
from .registry import listed, policy_key
from .schannel import TlsFailure
from .service_start import foreign_service_dll
from .services import Service
from .session_logons import SessionLogons
from .windows import edition_id, installation_type, unfinished_setup


class Host:
    """What a host is.

    Args:
        readings: What the probes read on it.
        listener: Name of the listener's key below WinStations.
    """

    def __init__(self, readings: Readings, listener: str = Expectation.listener) -> None:
        self.readings = readings
        self.listener_name = listener

    # --- Windows --------------------------------------------------------------------------------------------------

    @functools.cached_property
    def version(self) -> cmd.WindowsVersion:
        """The version of Windows."""
        return self.readings.of(probes.VERSION)

    @functools.cached_property
    def system_root(self) -> str:
        r"""The Windows directory, such as C:\Windows."""
        return self.readings.of(probes.SYSTEM_ROOT)

    @functools.cached_property
    def program_data(self) -> str:
        """The folder behind %ProgramData%."""
        return self.readings.of(probes.PROGRAM_DATA)

    @functools.cached_property
    def edition(self) -> str:
        """The EditionID, such as ServerStandard. Every Windows has one."""
        return edition_id(self.readings.of(probes.EDITION))

    @functools.cached_property
    def installation_type(self) -> str:
        """Client, Server or Server Core."""
        return installation_type(self.readings.of(probes.INSTALLATION))

    @functools.cached_property
    def unfinished_setup(self) -> str:
        """The value that says that Windows Setup has not finished. Empty if it has."""
        return unfinished_setup(self.readings.of(probes.SETUP))

    # --- the switch and the policies ------------------------------------------------------------------------------

    @functools.cached_property
    def terminal_server(self) -> reg.Key:
        """The key Terminal Server, with the switch of Remote Desktop."""
        return listed(self.readings.of(probes.TERMINAL_SERVER), probes.TERMINAL_SERVER_KEY)

    @functools.cached_property
    def policy_key(self) -> reg.Key | None:
        """The key with the policies for Remote Desktop, None if there are none."""
        return policy_key(self.readings.of(probes.POLICIES), self.readings.of(probes.POLICIES_PARENT))

    @functools.cached_property
    def policy_values(self) -> list[tuple[Policy, reg.Value]]:
        """The policies that are set, each with its value."""
        return collect.set_values(self.readings)

    @functools.cached_property
    def policies(self) -> tuple[decides.Set, ...]:
        """The policies that are set, each with its value and who set it."""
        return decides.sources(self.readings)

    @functools.cached_property
    def allow_connections(self) -> Source:
        """Who decides by policy whether Remote Desktop is on."""
        return decides.allow_connections(self.readings)

    @property
    def known_source(self) -> Source:
        """Who decides by policy whether Remote Desktop is on, as far as it could be read."""
        return decides.known_source(self.readings)

    @property
    def gpos_decide(self) -> bool:
        """Whether one of the GPOs says whether Remote Desktop is on, so that a refresh can change that."""
        return collect.gpos_decide(ALLOW_CONNECTIONS, self.readings)

    @functools.cached_property
    def local_policy(self) -> local.LocalPolicy:
        """The local policy, in its files."""
        return local.read(self.readings)

    @property
    def local_policy_probes(self) -> tuple[Probe[t.Any], ...]:
        """The probes that fetch the files of the local policy, as far as what was read so far tells."""
        return local.fetching(self.readings)

    @property
    def local_policy_applied(self) -> bool:
        """Whether the local policy was applied after its last change."""
        return collect.is_applied(self.local_policy.machine_version, self.readings)

    @functools.cached_property
    def policies_applied(self) -> int:
        """When policies were applied last."""
        return self.readings.of(gpo_list.FINISHED)

    def policy_probes(self, expected: Expectation) -> tuple[Probe[t.Any], ...]:
        """Return the probes of who set policies, as far as what was read so far tells."""
        return collect.follow_up(self.readings, rights=expected.rights)

    @property
    def nla_not_required(self) -> str:
        """Where Network Level Authentication is not required. Empty if it is."""
        return nla.not_required(self.policy_key, self.listener)

    @functools.cached_property
    def policy_report(self) -> gpresult.Report | None:
        """What gpresult reports, None where it was not asked or knows nothing."""
        return collect.report(self.readings)

    # --- services and sessions ------------------------------------------------------------------------------------

    @functools.cached_property
    def term_service(self) -> Service:
        """TermService, which answers the clients."""
        return Service(self.readings, "TermService", probes.TERM_SERVICE_STATE, probes.TERM_SERVICE_CONFIG)

    @functools.cached_property
    def um_rdp_service(self) -> Service:
        """UmRdpService, which redirects the devices of clients."""
        return Service(self.readings, "UmRdpService", probes.UM_RDP_SERVICE_STATE, probes.UM_RDP_SERVICE_CONFIG)

    @functools.cached_property
    def session_env(self) -> Service:
        """SessionEnv, which makes the self-signed certificate."""
        return Service(self.readings, "SessionEnv", probes.SESSION_ENV_STATE, probes.SESSION_ENV_CONFIG)

    @functools.cached_property
    def foreign_service_dll(self) -> str | None:
        """The program that TermService runs instead of its own: empty if it runs its own, None if it names none."""
        return foreign_service_dll(self.readings.of(probes.SERVICE_DLL), known(lambda: self.system_root) or "")

    @functools.cached_property
    def start_types(self) -> tuple[rsop.StartType, ...]:
        """The start types of services that Group Policy sets, as Windows logged them."""
        return self.readings.of(service_start.START_TYPES)

    @property
    def start_type_probes(self) -> tuple[Probe[t.Any], ...]:
        """The probes of who sets start types by Group Policy, as far as what was read so far tells."""
        return service_start.start_type_probes(self.readings)

    @functools.cached_property
    def session_logons(self) -> SessionLogons:
        """What was set of logons from clients, as far as it was asked."""
        return session_logons.read(self.readings)

    @functools.cached_property
    def sessions(self) -> tuple[qwinsta.Session, ...]:
        """The sessions and listeners that qwinsta lists."""
        return self.readings.of(probes.SESSIONS)

    @functools.cached_property
    def connected(self) -> tuple[qwinsta.Session, ...]:
        """The sessions of people who are connected."""
        return tuple(qwinsta.connected(self.sessions))

    # --- the listener and its port --------------------------------------------------------------------------------

    @functools.cached_property
    def listener(self) -> Listener:
        """The listener, as its key describes it."""
        return Listener(self.listener_name, self.readings.of(probes.WINSTATIONS))

    @property
    def port(self) -> int | None:
        """The TCP port that the listener's key names, None if it names no usable one."""
        return self.listener.port

    @functools.cached_property
    def listening(self) -> Listening:
        """Whether the listener listens: its socket, and its row in qwinsta."""
        return listening(self.listener, known(lambda: self.sessions), self.sockets, self.term_service.state)

    @functools.cached_property
    def others_class(self) -> str:
        """The class of the listener's protocol if another product has registered it. Empty if none has."""
        return others_class(self.listener, self.readings)

    @functools.cached_property
    def sockets(self) -> tuple[netstat.Socket, ...]:
        """The sockets that netstat lists."""
        return self.readings.of(probes.SOCKETS)

    @functools.cached_property
    def processes(self) -> tuple[tasklist.Process, ...]:
        """The processes that tasklist lists, with their services."""
        return self.readings.of(probes.PROCESSES)

    @functools.cached_property
    def excluded_ports(self) -> tuple[ExcludedPorts, ...]:
        """The ports that Windows keeps from every program, for IPv4 and IPv6."""
        return (self.readings.of(EXCLUDED_IPV4), self.readings.of(EXCLUDED_IPV6))

    def owners(self, port: int) -> tuple[port_owner.Owner, ...]:
        """Return who listens on a port, without the names of the programs."""
        return port_owner.owners(port, self.sockets, self.term_service.state)

    def named_owners(self, port: int) -> tuple[port_owner.Owner, ...]:
        """Return who listens on a port, with the names of the programs."""
        return port_owner.owners(port, self.sockets, self.term_service.state, self.processes)

    # --- certificate and key --------------------------------------------------------------------------------------

    @functools.cached_property
    def certificate(self) -> InUse:
        """The certificate that the listener uses."""
        return certificate.in_use(self.listener_name, *(self.readings.of(probe) for probe in certificate.NEEDS))

    @functools.cached_property
    def renewed_certificate(self) -> InUse | None:
        """The self-signed certificate that is there since the handshake, None if nobody looked again."""
        return certificate.renewed(self.readings)

    def private_key(self, used: InUse) -> PrivateKey:
        """Return what is known of the private key of a certificate, which is there."""
        return private_key.read(used, self.readings)

    def private_key_probes(self) -> tuple[Probe[t.Any], ...]:
        """Return the probes of the file of the key of the certificate in use, which is there."""
        return private_key.probes(self.certificate, self.readings)

    @functools.cached_property
    def store_dacl(self) -> str:
        """The descriptor of the store in which SessionEnv keeps its certificate."""
        return self.readings.of(probes.STORE_DACL)

    @functools.cached_property
    def machine_keys(self) -> icacls.Saved:
        """The rights on the folder MachineKeys."""
        return self.readings.of(probes.MACHINE_KEYS_DACL)[0]

    @functools.cached_property
    def key_file(self) -> icacls.Named:
        """The file in it that SessionEnv takes first for its key."""
        return self.readings.of(machine_keys.KEY_FILE)

    @functools.cached_property
    def key_file_owner(self) -> str:
        """The descriptor of that file with its owner."""
        return self.readings.of(machine_keys.owner_of(self.key_file.name, self.program_data))

    @functools.cached_property
    def tls_failure(self) -> TlsFailure:
        """Why a handshake was broken off, as far as the host says."""
        return schannel.read(self.readings)

    # --- the firewall ---------------------------------------------------------------------------------------------

    @functools.cached_property
    def firewall(self) -> Firewall:
        """The rules and settings of the Windows Firewall."""
        return collect_firewall(self.readings)

    def firewall_follow_up(self, port: int) -> tuple[Probe[t.Any], ...]:
        """Return which further probes it takes to know what the firewall does with a port."""
        return firewall_follow_up(self.readings, port, lambda: self.firewall)

    # --- from outside ---------------------------------------------------------------------------------------------

    def client_port(self, expected: Expectation) -> int:
        """Return the port where clients look: a port that somebody named, or else the host's own."""
        listener = self.listener
        return expected.port if expected.port != DEFAULT_PORT else listener.port or expected.port

    def port_probe(self, expected: Expectation) -> Probe[Observation]:
        """Return the probe from the controller of the port where clients look."""
        return probes.outside(self.client_port(expected))

    def observation(self, expected: Expectation) -> Observation:
        """Return what the controller saw of that port."""
        return self.readings.of(self.port_probe(expected))

    def is_observed(self, expected: Expectation) -> bool:
        """Whether the controller has probed that port, whatever came of it."""
        return self.readings.has(self.port_probe(expected))

    def clocks(self, expected: Expectation) -> Clocks | None:
        """Return the controller's clock and the host's, None if the time doesn't matter."""
        return read_clocks(expected, known(lambda: self.observation(expected)), self.readings)


T = t.TypeVar("T")


def known(part: t.Callable[[], T]) -> T | None:
    """Return a part of a host, None where it could not be read."""
    try:
        return part()
    except UnreadableError:
        return None
