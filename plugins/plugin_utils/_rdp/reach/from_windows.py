# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a Windows host sees of its targets: TCP connections, and no more.

The results have the form of those of the Python module, which speaks Remote Desktop's own handshake. What a
connection alone can't show is None here.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ..model import Output, Probe, Unreadable
from ..probes import TERM_SERVICE_STATE, UM_RDP_SERVICE_STATE
from ..readings import Readings
from ..tools import curl, netconnection, sc

Json = dict[str, t.Any]

#: What can be seen, the one that comes closest to a working Remote Desktop first. Of several tries the best one counts.
OUTCOMES = ("open", "reset", "refused", "prohibited", "timeout", "unreachable", "name", "no_connection", "unknown")

#: What curl calls the errors of Winsock, and what a curl of Cygwin or MSYS2 calls them.
_REFUSALS = {
    "Connection refused": "refused",
    "Connection was reset": "reset",
    "Connection reset by peer": "reset",
    "Connection was aborted": "reset",
    "Timed out": "timeout",
    "Connection timed out": "timeout",
    "Network unreachable": "unreachable",
    "Network is unreachable": "unreachable",
    "Host unreachable": "unreachable",
    "No route to host": "unreachable",
    "Network down": "unreachable",
    "Network is down": "unreachable",
    "Host down": "unreachable",
    "Host is down": "unreachable",
    "Address not available": "unreachable",
    "Cannot assign requested address": "unreachable",
    "Address family not supported": "unreachable",
    "Address family not supported by protocol": "unreachable",
    "Invalid argument": "unreachable",
    "Bad access": "prohibited",
    "Permission denied": "prohibited",
    "Operation not permitted": "prohibited",
}
_RESOLVING = "Resolving timed out"
_ADDRESS = re.compile(r"[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")

# What the article asks for on the client.
CLIENT = (TERM_SERVICE_STATE, UM_RDP_SERVICE_STATE)
_STATES = {
    1: "stopped",
    2: "start_pending",
    3: "stop_pending",
    4: "running",
    5: "continue_pending",
    6: "pause_pending",
    7: "paused",
}
CLIENT_NOTE = (
    "The article looks at these services on the client as well. A client needs neither of them: they serve those who "
    "connect to this computer."
)


@dataclasses.dataclass(frozen=True)
class Attempt:
    """One try to connect.

    Attributes:
        outcome: One of OUTCOMES.
        address: The address that was connected to, or that was tried last.
        error: Why, in the words of the tool.
        connect_ms: How long it took, None if there is no connection or nobody measured it.
    """

    outcome: str
    address: str | None = None
    error: str | None = None
    connect_ms: float | None = None


def judge_transfer(transfer: curl.Transfer | None) -> Attempt:
    """Return what curl's transfer shows."""
    if transfer is None:
        return Attempt("unknown", error="curl.exe ended without a word about it")
    if transfer.is_connected:
        took = round(1000 * max(0.0, transfer.connected - transfer.resolved), 2)
        return Attempt("open", transfer.address, None, took)
    refusal = transfer.refusal
    address = refusal.address if refusal else None
    error = f"{transfer.message} ({refusal.text})" if refusal else transfer.message
    return Attempt(_outcome(transfer), address, error or f"curl.exe ended with {transfer.exit_code}")


def _outcome(transfer: curl.Transfer) -> str:
    if transfer.exit_code == curl.NAME:
        return "name"
    if transfer.exit_code == curl.TIMEOUT:
        return "name" if transfer.message.startswith(_RESOLVING) else "timeout"
    if transfer.exit_code != curl.NO_CONNECTION:
        return "unknown"
    return _REFUSALS.get(transfer.refusal.text, "no_connection") if transfer.refusal else "no_connection"


def judge_test(output: Output) -> Attempt:
    """Return what Test-NetConnection shows."""
    try:
        tested = netconnection.read(output)
    except Unreadable as unreadable:
        return Attempt("unknown", error=" ".join(filter(None, (unreadable.reason, unreadable.line))))
    if tested.connected:
        return Attempt("open", tested.address)
    if tested.resolved is False:
        return Attempt("name", error="Test-NetConnection could not resolve the name")
    return Attempt("no_connection", tested.address, "Test-NetConnection does not say why")


def result(host: str, port: int, attempts: t.Sequence[Attempt], timeout: float) -> Json:
    """Return what is said of one target, in the form of the Python module.

    Args:
        host: The target as it was given.
        port: Its port.
        attempts: What each try showed, at least one.
        timeout: The seconds that each had.
    """
    best = min(attempts, key=lambda attempt: OUTCOMES.index(attempt.outcome))
    if best.address is None and _ADDRESS.fullmatch(host):
        best = dataclasses.replace(best, address=host)
    judged = [attempt for attempt in attempts if attempt.outcome != "unknown"]
    lost = sum(attempt.outcome != "open" for attempt in judged)
    failed = best.address and best.outcome not in ("open", "unknown")
    return {
        "host": host,
        "port": port,
        "address": best.address,
        "outcome": best.outcome,
        "summary": _summary(host, port, best, timeout),
        "error": best.error,
        "reported_by": None,
        "greeting": None,
        "rdp": None,
        "certificate": None,
        "ntlm": None,
        "failed_addresses": (
            [{"address": best.address, "outcome": best.outcome, "error": best.error}] if failed else []
        ),
        "loss_percent": round(100.0 * lost / len(judged), 1) if judged else None,
        "tries": [_try(attempt) for attempt in attempts],
    }


# As the Python module says it, module_utils/rdp_result.py, which has the source: stealth mode hides closed ports.
_REFUSED = "nothing listens there and no Windows Firewall hides that, or something on the way rejects it"
_SILENT = "nothing listens there, which the Windows Firewall hides, or the packets are dropped, or the host is down"


def _summary(host: str, port: int, best: Attempt, timeout: float) -> str:
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    because = f": {best.error}" if best.error else ""
    return {
        "open": f"{where} accepts the connection. Whether Remote Desktop answers there can't be seen from Windows.",
        "reset": f"{where} breaks the connection off while it is made{because}.",
        "refused": f"{where} refuses the connection: {_REFUSED}.",
        "prohibited": f"A rule of this computer forbids the connection to {where}{because}.",
        "timeout": f"No answer from {where} within {timeout:g} s: {_SILENT}.",
        "unreachable": f"No way to {where}{because}.",
        "name": f"The name {host} can't be resolved{because}.",
        "no_connection": f"There is no connection to {where}, and this computer does not say why{because}.",
        "unknown": f"{where} could not be judged{because}.",
    }[best.outcome]


def _try(attempt: Attempt) -> Json:
    return {
        "outcome": attempt.outcome,
        "address": attempt.address,
        "error": attempt.error,
        "connect_ms": attempt.connect_ms,
        "negotiate_ms": None,
        "tls_ms": None,
        "retransmits": None,
    }


def client(readings: Readings) -> Json:
    """Return the article's client side: the states of the services that it asks for."""
    return {
        "services": {
            "TermService": _state(readings, TERM_SERVICE_STATE),
            "UmRdpService": _state(readings, UM_RDP_SERVICE_STATE),
        },
        "note": CLIENT_NOTE,
    }


def _state(readings: Readings, probe: Probe[sc.ServiceState | None]) -> str | None:
    try:
        service = readings.of(probe)
    except Unreadable:
        return None
    return "missing" if service is None else _STATES.get(service.state)
