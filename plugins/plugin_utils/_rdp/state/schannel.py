# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why TLS breaks off: what the host logged of it, and what its administrators turned off.

From outside a private key that can't be read looks like a client and a server without a cipher in common. The host
itself knows: https://learn.microsoft.com/troubleshoot/azure/virtual-machines/windows/event-id-troubleshoot-vm-rdp-connecton
and https://learn.microsoft.com/windows-server/security/tls/tls-registry-settings
"""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ..model import Probe
from ..readings import Readings
from ..tools import reg, wevtutil
from ..tools.wevtutil import REMOTE_DESKTOP, SCHANNEL
from .clocks import CLOCK

# Seen in real logs: 36870 with ErrorCode 0x8009030d for a key that can't be used, 36888 with AlertDesc 40 for nothing
# in common. 36871: no credential for TLS could be made; 36874: no cipher suite in common.
# Unseen: these events are in the log within seconds of the handshake.
_KEY, _NO_CREDENTIAL, _NO_CIPHER, _ALERT_SENT = 36870, 36871, 36874, 36888
_HANDSHAKE_FAILURE = "40"
# Of making the self-signed certificate: it could not be made, not be replaced, was made.
_NOT_CREATED, _NOT_REPLACED, _CREATED = 1057, 1058, 1056
_MOST = 20
EVENTS = Probe(
    wevtutil.query(
        "System",
        {
            SCHANNEL: (_KEY, _NO_CREDENTIAL, _NO_CIPHER, _ALERT_SENT),
            REMOTE_DESKTOP: (_CREATED, _NOT_CREATED, _NOT_REPLACED),
        },
        _MOST,
    ),
    wevtutil.read,
)
_SCHANNEL_KEY = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL"
SETTINGS = Probe(reg.query(_SCHANNEL_KEY, recursive=True), reg.read_query)

#: What tells why TLS broke off a moment ago.
NEEDS: tuple[Probe[t.Any], ...] = (EVENTS, CLOCK, SETTINGS)

# Other programs use Schannel as well, so only what was logged at the time of the handshake is about it.
_AT_THAT_TIME = datetime.timedelta(minutes=5)
# SessionEnv writes about Remote Desktop alone, and only when it tries to make a certificate.
_LATELY = datetime.timedelta(days=1)

Reason = t.Literal["key", "protocol", ""]


@dataclasses.dataclass(frozen=True)
class TlsFailure:
    """Why TLS breaks off.

    Attributes:
        cause: ``key`` for a private key that can't be read or made, ``protocol`` for no version or cipher in common,
            nothing if the host doesn't say.
        told: What tells so, in words.
        off: What of TLS is turned off for servers, by its key below SCHANNEL.
    """

    cause: Reason
    told: str = ""
    off: tuple[str, ...] = ()


def read(readings: Readings) -> TlsFailure:
    """Return why a handshake was broken off, by what NEEDS saw afterwards."""
    off = _turned_off(readings.get(SETTINGS))
    events, now = readings.get(EVENTS), readings.get(CLOCK)
    if events is None or now is None:
        return TlsFailure("", "the host's System log could not be read", off)
    cause, event = _cause(events, now)
    if event is None:
        return TlsFailure("", "the host's System log says nothing about it", off)
    # Not when: the handshake itself leaves the event, so each diagnosis would name another time.
    return TlsFailure(cause, f"event {event.id} of {event.provider} in its System log", off)


def _cause(events: t.Sequence[wevtutil.Event], now: datetime.datetime) -> tuple[Reason, wevtutil.Event | None]:
    schannel = {
        event.id: event
        for event in reversed(events)
        if event.provider == SCHANNEL and abs(now - event.time) <= _AT_THAT_TIME
    }
    alert = schannel.get(_ALERT_SENT)
    # A busy web server beside it may have logged the one or the other: what isn't clear doesn't cost a certificate.
    if protocol := schannel.get(_NO_CIPHER) or schannel.get(_NO_CREDENTIAL):
        return "protocol", protocol
    if key := schannel.get(_KEY):
        return "key", key
    if alert and alert.data.get("AlertDesc") == _HANDSHAKE_FAILURE:
        return "protocol", alert
    own = next((event for event in events if event.provider == REMOTE_DESKTOP), None)
    if own and own.id != _CREATED and abs(now - own.time) <= _LATELY:
        return "key", own
    return "", None


def _turned_off(settings: reg.Query | None) -> tuple[str, ...]:
    """Return the keys with Enabled 0. Those of clients say nothing about a listener."""
    found = []
    for key in settings.keys if settings else ():
        below = key.path.partition("SCHANNEL\\")[2]
        enabled = key.get("Enabled")
        if enabled is not None and enabled.data == 0 and not below.casefold().endswith("\\client"):
            found.append(below)
    return tuple(found)
