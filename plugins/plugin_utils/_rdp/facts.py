# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was seen on a host beside the judgements, as plain values for people and playbooks."""

from __future__ import annotations

import typing as t

from . import probes
from .checks import CHECKS
from .checks.cert import CERT, FORESEEN
from .checks.policy import POLICY
from .checks.reach import seen
from .diagnosis import probes as probes_of
from .errors import UnreadableError
from .model import Expectation
from .readings import Readings
from .state.certificate import described, in_use
from .state.excluded_ports import EXCLUDED_IPV4, EXCLUDED_IPV6, is_excluded
from .state.firewall import settings
from .state.firewall.collect import look
from .state.firewall.effective import answers
from .state.firewall.matching import UDP, Traffic
from .state.listener import configured_port, listener_key, listener_tree
from .state.listener_key import plain
from .state.policy.attribution import assigned
from .state.policy.catalog import RIGHTS
from .state.policy.collect import keeps_out
from .state.policy.collect import report as gpresult_report
from .state.policy.decides import sources
from .state.port_owner import described as described_owners
from .state.port_owner import owners
from .state.registry import listed
from .tools.qwinsta import connected

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


def facts(readings: Readings, wanted: Expectation) -> dict[str, t.Any]:
    """Return the facts of one look. What could not be read is None, whatever came of the rest."""
    parts: dict[str, t.Callable[[], t.Any]] = {
        "windows": lambda: _windows(readings),
        "listener": lambda: _listener(readings, wanted),
        "port": lambda: _port(readings, wanted),
        "services": lambda: {
            "TermService": _service(readings, probes.TERM_SERVICE_STATE, probes.TERM_SERVICE_CONFIG),
            "UmRdpService": _service(readings, probes.UM_RDP_SERVICE_STATE, probes.UM_RDP_SERVICE_CONFIG),
        },
        "certificate": lambda: _certificate(readings, wanted),
        "policies": lambda: _policies(readings),
        "rights": lambda: _rights(readings),
        "firewall": lambda: _firewall(readings, wanted),
        "sessions": lambda: _sessions(readings),
        "reach": lambda: _reach(readings, wanted),
    }
    return {name: _known(part) for name, part in parts.items()}


def _known(part: t.Callable[[], T]) -> T | None:
    """Return a part of the facts, or None where it could not be read. The check that needs it says why."""
    try:
        return part()
    except Exception:  # UnreadableError, and a mistake that must not take the other facts along.
        return None


def port_facts(readings: Readings, port: int) -> dict[str, t.Any] | None:
    """Return who listens on a port, address by address. None if the open sockets could not be read."""
    sockets, processes = readings.get(probes.SOCKETS), readings.get(probes.PROCESSES)
    if sockets is None:
        return None
    families = [known for probe in (EXCLUDED_IPV4, EXCLUDED_IPV6) if (known := readings.get(probe))]
    found = owners(port, sockets, readings.get(probes.TERM_SERVICE_STATE), processes or ())
    return {
        "number": port,
        "owners": described_owners(found),
        "excluded": None if len(families) < 2 else is_excluded(port, *families),
    }


def _windows(readings: Readings) -> dict[str, t.Any]:
    version = readings.get(probes.VERSION)
    edition = _text(readings, probes.EDITION, "EditionID")
    return {
        "version": str(version) if version else None,
        "build": version.build if version else None,
        "edition": edition,
        "installation_type": _text(readings, probes.INSTALLATION, "InstallationType"),
        "system_root": readings.get(probes.SYSTEM_ROOT),
    }


def _text(readings: Readings, probe: t.Any, name: str) -> str | None:
    query = readings.get(probe)
    for key in query.keys if query else ():
        value = key.get(name)
        if value is not None:
            return str(value.data)
    return None


def _listener(readings: Readings, wanted: Expectation) -> dict[str, t.Any] | None:
    winstations = readings.of(probes.WINSTATIONS)
    key = listener_key(winstations, wanted.listener)
    parent = listed(winstations, probes.WINSTATIONS_KEY)
    return {
        "name": wanted.listener,
        "exists": key is not None,
        "port": configured_port(key),
        "security_layer": _number(key, "SecurityLayer"),
        "user_authentication": _number(key, "UserAuthentication"),
        "key": _known(lambda: plain(listener_tree(winstations, wanted.listener) or {})),
        "others": sorted(
            name
            for name in (path.rpartition("\\")[2] for path in parent.subkeys)
            if name.casefold() != wanted.listener.casefold()
        ),
    }


def _port(readings: Readings, wanted: Expectation) -> dict[str, t.Any] | None:
    port = configured_port(listener_key(readings.of(probes.WINSTATIONS), wanted.listener))
    return None if port is None else port_facts(readings, port)


def _certificate(readings: Readings, wanted: Expectation) -> dict[str, t.Any] | None:
    return described(in_use(wanted.listener, *(readings.of(probe) for probe in CERT.needs)))


def _reach(readings: Readings, wanted: Expectation) -> dict[str, t.Any] | None:
    """Return what was seen from the controller, None if nobody looked."""
    sighting = seen(wanted, readings)
    return None if sighting is None else dict(sighting)


def _number(key: t.Any, name: str) -> int | None:
    value = key and key.get(name)
    return value.data if value and isinstance(value.data, int) else None


def _service(readings: Readings, state_probe: t.Any, config_probe: t.Any) -> dict[str, t.Any] | None:
    state, config = readings.get(state_probe), readings.get(config_probe)
    if state is None:
        return None
    return {"state": state.state, "pid": state.pid, "start_type": config.start_type if config else None}


def _policies(readings: Readings) -> list[dict[str, t.Any]] | None:
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
        for policy, value, source in sources(readings)
    ]


def _rights(readings: Readings) -> list[dict[str, t.Any]] | None:
    """Return who may log on through Remote Desktop by policy, None where gpresult was not asked or knows nothing."""
    report = gpresult_report(readings)
    if report is None:
        return None
    found = [(right, assigned(right, report)) for right in RIGHTS]
    return [
        {"id": right.id, "title": right.title, "name": right.name, "source": source.to_json()}
        for right, source in found
    ]


def _firewall(readings: Readings, wanted: Expectation) -> dict[str, t.Any] | None:
    """Return what the firewall does with the listener's port in each active profile, None if that isn't known."""
    key = listener_key(readings.of(probes.WINSTATIONS), wanted.listener)
    firewall = look(readings)
    port = configured_port(key)
    return {
        "active_profiles": list(firewall.active),
        "port": port,
        "tcp": _let_in(firewall, Traffic(port)) if port else None,
        "udp": _let_in(firewall, Traffic(port, UDP)) if port else None,
    }


def _let_in(firewall: settings.Firewall, traffic: Traffic) -> dict[str, t.Any] | None:
    try:
        found = answers(firewall, traffic)
    except UnreadableError:
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


def _sessions(readings: Readings) -> dict[str, t.Any] | None:
    sessions = readings.get(probes.SESSIONS)
    if sessions is None:
        return None
    return {
        "listeners": [session.name for session in sessions if session.is_listener],
        "connected": len(connected(sessions)),
    }
