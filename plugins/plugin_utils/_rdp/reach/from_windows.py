# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a Windows host observes of its targets: TCP connections, and no more.

What a connection alone can't show stays None in these observations.
"""

from __future__ import annotations

import re
import typing as t

from ....module_utils.rdp_errors import FailedAddress, NetworkError
from ....module_utils.rdp_observation import Observation
from ..errors import UnreadableError
from ..model import CommandResult, Probe
from ..probes import TERM_SERVICE_STATE, UM_RDP_SERVICE_STATE
from ..readings import Readings
from ..tools import curl, netconnection, sc

Json = dict[str, t.Any]

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


def observe_transfer(host: str, transfer: curl.Transfer | None) -> Observation:
    """Return what curl's transfer shows of a host, which is named as it was given."""
    if transfer is None:
        return _observation(host, "unknown", error="curl.exe ended without a word about it")
    if transfer.is_connected:
        observed = _observation(host, "open", transfer.address)
        observed.connect = max(0.0, transfer.connected - transfer.resolved)
        return observed
    refusal = transfer.refusal
    error = f"{transfer.message} ({refusal.text})" if refusal else transfer.message
    address = refusal.address if refusal else None
    return _observation(host, _outcome(transfer), address, error or f"curl.exe ended with {transfer.exit_code}")


def _outcome(transfer: curl.Transfer) -> str:
    if transfer.exit_code == curl.NAME:
        return "name"
    if transfer.exit_code == curl.TIMEOUT:
        return "name" if transfer.message.startswith(_RESOLVING) else "timeout"
    if transfer.exit_code != curl.NO_CONNECTION:
        return "unknown"
    return _REFUSALS.get(transfer.refusal.text, "no_connection") if transfer.refusal else "no_connection"


def observe_test(host: str, output: CommandResult) -> Observation:
    """Return what Test-NetConnection shows of a host, which is named as it was given."""
    try:
        tested = netconnection.read(output)
    except UnreadableError as unreadable:
        return _observation(host, "unknown", error=" ".join(filter(None, (unreadable.reason, unreadable.line))))
    if tested.connected:
        return _observation(host, "open", tested.address)
    if tested.resolved is False:
        return _observation(host, "name", error="Test-NetConnection could not resolve the name")
    return _observation(host, "no_connection", tested.address, "Test-NetConnection does not say why")


def _observation(host: str, outcome: str, address: str | None = None, error: str = "") -> Observation:
    observed = Observation()
    observed.outcome, observed.error = outcome, error
    observed.address = address or (host if _ADDRESS.fullmatch(host) else None)
    if observed.address and outcome not in ("open", "unknown"):
        observed.failed_addresses = [FailedAddress(observed.address, NetworkError(outcome, error))]
    return observed


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
    except UnreadableError:
        return None
    return "missing" if service is None else _STATES.get(service.state)
