# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of a host, as plain values for people and playbooks."""

from __future__ import annotations

import typing as t

from . import probes
from .checks import CHECKS
from .checks.cert import CERT, FORESEEN
from .checks.policy import POLICY
from .diagnosis import probes as probes_of
from .model import Expectation
from .state.certificate import described
from .state.excluded_ports import EXCLUDED_IPV4, EXCLUDED_IPV6, is_excluded
from .state.firewall import settings
from .state.firewall.effective import answers
from .state.firewall.matching import UDP, Traffic
from .state.firewall.settings import Firewall
from .state.host import Host
from .state.listener import Listener
from .state.listener_key import plain
from .state.policy.attribution import assigned
from .state.policy.catalog import RIGHTS
from .state.policy.collect import keeps_out
from .state.policy.decides import Set
from .state.port_owner import described as described_owners
from .state.port_owner import owners
from .state.services import Service
from .tools import reg

SEEN = (
    *probes.HOST,
    probes.TERMINAL_SERVER,
    probes.WINSTATIONS,
    *POLICY.needs,
    probes.TERM_SERVICE_STATE,
    probes.TERM_SERVICE_CONFIG,
    probes.UM_RDP_SERVICE_STATE,
    probes.UM_RDP_SERVICE_CONFIG,
    probes.SESSIONS,
    probes.SOCKETS,
    probes.PROCESSES,
    EXCLUDED_IPV4,
    EXCLUDED_IPV6,
    *CERT.needs,
    *settings.NEEDS,
)

T = t.TypeVar("T")

# What a recording holds, whichever checks are reported when it is made.
EVERYTHING = tuple(dict.fromkeys((*probes.HOST, *probes_of(CHECKS), *SEEN)))
# What a script records, which has no clock but the host's and asks everything at once: also what may not be needed.
SCRIPTED = tuple(dict.fromkeys((*probes.CLOCKS, *EVERYTHING, *FORESEEN)))


def facts(host: Host, expected: Expectation) -> dict[str, t.Any]:
    """Return what is known of a host, as plain values. What could not be read is None, whatever came of the rest."""
    parts: dict[str, t.Callable[[], t.Any]] = {
        "windows": lambda: _windows(host),
        "listener": lambda: _listener(host.listener),
        "port": lambda: None if host.port is None else port_facts(host, host.port),
        "services": lambda: {
            "TermService": _known(lambda: _service(host.term_service)),
            "UmRdpService": _known(lambda: _service(host.um_rdp_service)),
        },
        "certificate": lambda: described(host.certificate),
        "policies": lambda: _policies(host.policies),
        "rights": lambda: _rights(host),
        "firewall": lambda: _firewall(host.firewall, host.port),
        "sessions": lambda: _sessions(host),
        "reach": lambda: dict(host.observation(expected)),
    }
    return {name: _known(part) for name, part in parts.items()}


def _known(part: t.Callable[[], T]) -> T | None:
    """Return a part of the facts, or None where it could not be read. The check that needs it says why."""
    try:
        return part()
    except Exception:  # UnreadableError, and a mistake that must not take the other facts along.
        return None


def port_facts(host: Host, port: int) -> dict[str, t.Any] | None:
    """Return who listens on a port, address by address. None if the open sockets could not be read."""
    sockets, excluded = _known(lambda: host.sockets), _known(lambda: host.excluded_ports)
    if sockets is None:
        return None
    processes = _known(lambda: host.processes) or ()
    return {
        "number": port,
        "owners": described_owners(owners(port, sockets, _known(lambda: host.term_service.state), processes)),
        "excluded": None if excluded is None else is_excluded(port, *excluded),
    }


def _windows(host: Host) -> dict[str, t.Any]:
    version = _known(lambda: host.version)
    return {
        "version": str(version) if version else None,
        "build": version.build if version else None,
        "edition": _known(lambda: host.edition),
        "installation_type": _known(lambda: host.installation_type),
        "system_root": _known(lambda: host.system_root),
    }


def _listener(listener: Listener) -> dict[str, t.Any]:
    key = listener.key
    return {
        "name": listener.name,
        "exists": key is not None,
        "port": listener.port,
        "security_layer": _number(key, "SecurityLayer"),
        "user_authentication": _number(key, "UserAuthentication"),
        "key": _known(lambda: plain(listener.tree or {})),
        "others": listener.others,
    }


def _number(key: reg.Key | None, name: str) -> int | None:
    value = key and key.get(name)
    return value.data if value and isinstance(value.data, int) else None


def _service(service: Service) -> dict[str, t.Any] | None:
    state, config = service.state, _known(lambda: service.config)
    if state is None:
        return None
    return {"state": state.state, "pid": state.pid, "start_type": config.start_type if config else None}


def _policies(found: t.Iterable[Set]) -> list[dict[str, t.Any]]:
    """Return the policies that decide over Remote Desktop, each with who set it: [] if there are none."""
    return [
        {
            "id": policy.id,
            "title": policy.title,
            "key": policy.key,
            "name": policy.name,
            "value": value.data.hex() if isinstance(value.data, bytes) else value.data,
            "meaning": policy.meaning(value.data),
            "keeps_out": keeps_out(policy, value),
            "source": source.to_json(),
        }
        for policy, value, source in found
    ]


def _rights(host: Host) -> list[dict[str, t.Any]] | None:
    """Return who may log on through Remote Desktop by policy, None where gpresult was not asked or knows nothing."""
    report = host.policy_report
    if report is None:
        return None
    found = [(right, assigned(right, report)) for right in RIGHTS]
    return [
        {"id": right.id, "title": right.title, "name": right.name, "source": source.to_json()}
        for right, source in found
    ]


def _firewall(firewall: Firewall, port: int | None) -> dict[str, t.Any]:
    """Return what the firewall does with the listener's port in each active profile."""
    return {
        "active_profiles": list(firewall.active),
        "port": port,
        "tcp": _let_in(firewall, Traffic(port)) if port else None,
        "udp": _let_in(firewall, Traffic(port, UDP)) if port else None,
    }


def _let_in(firewall: Firewall, traffic: Traffic) -> dict[str, t.Any] | None:
    found = _known(lambda: answers(firewall, traffic))
    if found is None:
        return None
    return {
        one.profile: {
            "answer": one.state,
            "causes": [
                {"text": cause.text, "place": cause.place or None, "rule": cause.rule.id if cause.rule else None}
                for cause in one.causes
            ],
        }
        for one in found
    }


def _sessions(host: Host) -> dict[str, t.Any]:
    return {
        "listeners": [session.name for session in host.sessions if session.is_listener],
        "connected": len(host.connected),
    }
