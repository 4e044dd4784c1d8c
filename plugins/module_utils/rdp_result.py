# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was seen of a target, as plain values for playbooks and as a sentence for people.

Runs on any host with Python 3.6 or later, standard library only.
"""

import datetime
from typing import Any, Dict, Iterable, List, Optional

from . import rdp_x224
from .rdp_ntlm import Challenge
from .rdp_observation import Sighting
from .rdp_x509 import Certificate

#: All there are, the one that comes closest to a working Remote Desktop first. Of several tries the best one counts.
OUTCOMES = (
    "rdp",
    "no_certificate",
    "tls_failed",
    "not_rdp",
    "no_answer",
    "reset",
    "refused",
    "prohibited",
    "timeout",
    "unreachable",
    "name",
    "unknown",
)


def is_reachable(outcomes: Iterable[str]) -> bool:
    """Whether nothing that could be seen keeps people from any target. A Windows host sees ports that are open."""
    return set(outcomes) <= {"rdp", "open"}


def result(host: str, port: int, sightings: List[Sighting], timeout: float, now: datetime.datetime) -> Dict[str, Any]:
    """Return what is said of one target.

    Args:
        host: The target as it was given.
        port: Its port.
        sightings: What each try saw, at least one.
        timeout: The seconds that each had.
        now: The time on this computer, UTC.
    """
    best = min(sightings, key=lambda sighting: OUTCOMES.index(sighting.outcome))
    tried = [sighting for sighting in sightings if sighting.outcome != "unknown" or sighting.connect is not None]
    lost = sum(sighting.connect is None for sighting in tried)
    return {
        "host": host,
        "port": port,
        "address": best.address,
        "outcome": best.outcome,
        "summary": summary(host, port, best, timeout, now),
        "error": best.error or None,
        "reported_by": best.reported_by,
        "greeting": best.greeting,
        "rdp": _rdp(best),
        "certificate": _certificate(best.certificate, best.tls_version, now),
        "ntlm": _ntlm(best.challenge, best.challenged_at),
        "failed_addresses": [
            {"address": miss.address.text, "outcome": miss.failure.kind, "error": miss.failure.error or None}
            for miss in best.misses
        ],
        "loss_percent": round(100.0 * lost / len(tried), 1) if tried else None,
        "tries": [_try(sighting) for sighting in sightings],
    }


# Stealth mode: a Windows with its firewall on answers nothing at a port where nobody listens, or where too many wait,
# whatever its rules say. So silence may mean that nothing listens, and a refusal that the firewall is off.
# https://learn.microsoft.com/troubleshoot/windows-server/networking/disable-stealth-mode, [MS-FASP] 2.2.38
REFUSED = "nothing listens there and no Windows Firewall hides that, or something on the way rejects it"
SILENT = "nothing listens there, which the Windows Firewall hides, or the packets are dropped, or the host is down"


def summary(host: str, port: int, seen: Sighting, timeout: float, now: datetime.datetime) -> str:
    """Return the outcome as a sentence, or two."""
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if seen.outcome == "rdp":
        return _rdp_sentence(where, seen, now)
    because = f": {seen.error}" if seen.error else ""
    sentences = {
        "no_certificate": f"Remote Desktop answers on {where} and has no usable certificate.",
        # Only the host's log tells them apart: Schannel's events 36871, 36874 and 36888, or 36870.
        "tls_failed": f"Remote Desktop answers on {where} and breaks TLS off{because}. Either the two have no version "
        "or cipher of TLS in common, or it can't read the private key of its certificate.",
        "not_rdp": f"Another program answers on {where}" + (f": {seen.greeting}" if seen.greeting else "."),
        "no_answer": _no_answer_sentence(where, seen, timeout),
        "reset": f"{where} accepts the connection and breaks it off{because}.",
        "refused": f"{where} refuses the connection: {REFUSED}.",
        "prohibited": f"{_prohibiting(seen)} forbids the connection to {where}{because}.",
        "timeout": f"No answer from {where} within {timeout:g} s: {SILENT}.",
        "unreachable": f"No way to {where}{because}"
        + (f" (reported by {seen.reported_by})." if seen.reported_by else "."),
        "name": f"The name {host} can't be resolved{because}.",
        "unknown": f"{where} could not be judged{because}.",
    }
    return sentences[seen.outcome]


def _rdp_sentence(where: str, seen: Sighting, now: datetime.datetime) -> str:
    confirm = seen.confirm or rdp_x224.Confirm()
    begin = f"Remote Desktop answers on {where}"
    if confirm.failure == rdp_x224.SSL_NOT_ALLOWED or confirm.selected == rdp_x224.RDP:
        sentence = f"{begin} with the old RDP security, without TLS."
    elif confirm.failure is not None:
        sentence = f"{begin} and wants another client: {rdp_x224.FAILURES[confirm.failure]}."
    elif confirm.selected == rdp_x224.SSL:
        sentence = f"{begin} with TLS, without Network Level Authentication."
    elif seen.requires_nla:
        sentence = f"{begin} and requires Network Level Authentication."
    elif seen.requires_nla is False:
        sentence = f"{begin} with Network Level Authentication, and does not require it."
    else:
        sentence = f"{begin} with Network Level Authentication."
    if seen.error:
        sentence += f" This computer can't set up TLS with it: {seen.error}."
    if seen.certificate and seen.certificate.not_after and seen.certificate.not_after < now:
        sentence += f" Its certificate expired on {seen.certificate.not_after:%Y-%m-%d}."
    return sentence


def _no_answer_sentence(where: str, seen: Sighting, timeout: float) -> str:
    if seen.stage == "tls":
        return f"Remote Desktop answers on {where}, and then hangs while TLS is set up ({timeout:g} s)."
    if seen.began_answer:
        return f"{where} begins to answer like Remote Desktop and does not finish within {timeout:g} s."
    return f"{where} accepts the connection and says nothing: the service hangs, or another program has the port."


def _prohibiting(seen: Sighting) -> str:
    return seen.reported_by or "A route or firewall of this computer"


def _rdp(seen: Sighting) -> Optional[Dict[str, Any]]:
    confirm = seen.confirm
    if confirm is None:
        return None
    selected = confirm.selected
    if confirm.failure == rdp_x224.SSL_NOT_ALLOWED:
        # It allows nothing but the old security, and says so to whoever offers better.
        selected = rdp_x224.RDP
    return {
        "selected_protocol": None if selected is None else rdp_x224.PROTOCOLS[selected],
        "flags": rdp_x224.flag_names(confirm.flags),
        "requires_nla": _requires_nla(confirm, seen.requires_nla),
        "failure_code": confirm.failure,
        "failure": None if confirm.failure is None else rdp_x224.FAILURES.get(confirm.failure),
    }


def _requires_nla(confirm: rdp_x224.Confirm, asked: Optional[bool]) -> Optional[bool]:
    if confirm.failure == rdp_x224.HYBRID_REQUIRED:
        return True
    if confirm.failure == rdp_x224.SSL_NOT_ALLOWED or confirm.selected in (rdp_x224.RDP, rdp_x224.SSL):
        # Network Level Authentication was offered to it.
        return False
    return asked


def _certificate(
    certificate: Optional[Certificate], tls_version: Optional[str], now: datetime.datetime
) -> Optional[Dict[str, Any]]:
    if certificate is None:
        return None
    return {
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "sha1": certificate.sha1,
        "sha256": certificate.sha256,
        "not_before": _time(certificate.not_before),
        "not_after": _time(certificate.not_after),
        "expired": None if certificate.not_after is None else certificate.not_after < now,
        "self_signed": certificate.self_signed,
        "tls_version": tls_version,
    }


def _ntlm(challenge: Optional[Challenge], seen_at: Optional[datetime.datetime]) -> Optional[Dict[str, Any]]:
    if challenge is None:
        return None
    names = ("netbios_host", "netbios_domain", "dns_host", "dns_domain", "dns_forest")
    facts: Dict[str, Any] = {name: challenge.names.get(name) for name in names}
    facts["version"], facts["build"] = challenge.version, challenge.build
    facts["time"] = _time(challenge.time)
    facts["ahead_seconds"] = None
    if challenge.time and seen_at:
        facts["ahead_seconds"] = round((challenge.time - seen_at).total_seconds())
    return facts


def _try(seen: Sighting) -> Dict[str, Any]:
    return {
        "outcome": seen.outcome,
        "address": seen.address,
        "error": seen.error or None,
        "connect_ms": _milliseconds(seen.connect),
        "negotiate_ms": _milliseconds(seen.negotiate),
        "tls_ms": _milliseconds(seen.tls),
        "retransmits": seen.retransmits,
    }


def _milliseconds(seconds: Optional[float]) -> Optional[float]:
    return None if seconds is None else round(1000 * seconds, 2)


def _time(time: Optional[datetime.datetime]) -> Optional[str]:
    # Not strftime: it writes years before 1000 differently on each system.
    return None if time is None else time.replace(microsecond=0, tzinfo=None).isoformat() + "Z"
