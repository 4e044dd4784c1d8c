# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The result for a target, as plain values for playbooks and as a sentence for people: the only maker of it.

On a host with Python and for what Windows' own tools observe: those fill less of an observation.

Runs on any host with Python 3.6 or later, standard library only.
"""

import collections
import datetime
from typing import Any, Dict, List, Optional

from . import rdp_x224
from .rdp_ntlm import Challenge
from .rdp_observation import Observation
from .rdp_x509 import ServerCertificate

#: All there are, the one that comes closest to a working Remote Desktop first. Of several tries the best one counts.
OUTCOMES = (
    "rdp",
    "open",
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
    "no_connection",
    "unknown",
)


def scan_result(targets: List[Dict[str, Any]]) -> Dict[str, Any]:
    """Return what rdp_reach_info returns for all targets, from the results for each."""
    outcomes = collections.Counter(target["outcome"] for target in targets)
    return {
        "changed": False,
        "reachable": set(outcomes) <= {"rdp", "open"},
        "outcomes": dict(outcomes),
        "targets": targets,
    }


def target_result(
    host: str, port: int, observations: List[Observation], timeout: float, now: datetime.datetime
) -> Dict[str, Any]:
    """Return the result for one target.

    Args:
        host: The target as it was given.
        port: Its port.
        observations: What each try has shown, at least one.
        timeout: The seconds that each try had.
        now: The time on this computer, UTC.
    """
    best = min(observations, key=lambda observed: OUTCOMES.index(observed.outcome))
    judged = [observed for observed in observations if observed.outcome != "unknown" or observed.connected]
    lost = sum(not observed.connected for observed in judged)
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
            {"address": failed.address, "outcome": failed.error.outcome, "error": failed.error.error or None}
            for failed in best.failed_addresses
        ],
        "loss_percent": round(100.0 * lost / len(judged), 1) if judged else None,
        "tries": [_try(observed) for observed in observations],
    }


# Stealth mode: a Windows with its firewall on answers nothing at a port where nothing listens, or where too many wait,
# whatever its rules say. So silence may mean that nothing listens, and a refusal that the firewall is off.
# https://learn.microsoft.com/troubleshoot/windows-server/networking/disable-stealth-mode, [MS-FASP] 2.2.38
REFUSED = "nothing listens there and no Windows Firewall hides that, or something on the way rejects it"
SILENT = "nothing listens there, which the Windows Firewall hides, or the packets are dropped, or the host is down"


def summary(host: str, port: int, observed: Observation, timeout: float, now: datetime.datetime) -> str:
    """Return the outcome as a sentence, or two."""
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if observed.outcome == "rdp":
        return _rdp_sentence(where, observed, now)
    because = f": {observed.error}" if observed.error else ""
    by_device = f" (reported by {observed.reported_by})" if observed.reported_by else ""
    accepted = (
        "breaks the connection off while it is made"
        if observed.stage == "connect"
        else ("accepts the connection and breaks it off")
    )
    sentences = {
        "open": f"{where} accepts the connection. Whether Remote Desktop answers there can't be seen from Windows.",
        "no_certificate": f"Remote Desktop answers on {where} and has no usable certificate.",
        # Only the host's log tells them apart: Schannel's events 36871, 36874 and 36888, or 36870.
        "tls_failed": f"Remote Desktop answers on {where} and breaks TLS off{because}. Either the two have no version "
        "or cipher of TLS in common, or it can't read the private key of its certificate.",
        "not_rdp": f"Another program answers on {where}" + (f": {observed.greeting}" if observed.greeting else "."),
        "no_answer": _no_answer_sentence(where, observed, timeout),
        "reset": f"{where} {accepted}{because}.",
        "refused": f"{where} refuses the connection: {REFUSED}.",
        "prohibited": f"{observed.reported_by or 'A route or firewall of this computer'} forbids the connection to "
        f"{where}{because}.",
        "timeout": f"No answer from {where} within {timeout:g} s: {SILENT}.",
        "unreachable": f"No route to {where}{because}{by_device}.",
        "name": f"The name {host} can't be resolved{because}.",
        "no_connection": f"There is no connection to {where}, and this computer does not say why{because}.",
        "unknown": f"{where} could not be judged{because}.",
    }
    return sentences[observed.outcome]


def _rdp_sentence(where: str, observed: Observation, now: datetime.datetime) -> str:
    confirm = observed.confirm or rdp_x224.Confirm()
    answers = f"Remote Desktop answers on {where}"
    if confirm.failure == rdp_x224.SSL_NOT_ALLOWED or confirm.selected == rdp_x224.RDP:
        sentence = f"{answers} with the old RDP security, without TLS."
    elif confirm.failure is not None:
        sentence = f"{answers} and requires another client: {rdp_x224.FAILURES[confirm.failure]}."
    elif confirm.selected == rdp_x224.SSL:
        sentence = f"{answers} with TLS, without Network Level Authentication."
    elif observed.requires_nla:
        sentence = f"{answers} and requires Network Level Authentication."
    elif observed.requires_nla is False:
        sentence = f"{answers} with Network Level Authentication, and does not require it."
    else:
        sentence = f"{answers} with Network Level Authentication."
    if observed.error:
        sentence += f" This computer can't set up TLS with it: {observed.error}."
    if observed.certificate and observed.certificate.not_after and observed.certificate.not_after < now:
        sentence += f" Its certificate expired on {observed.certificate.not_after:%Y-%m-%d}."
    return sentence


def _no_answer_sentence(where: str, observed: Observation, timeout: float) -> str:
    if observed.stage == "tls":
        return f"Remote Desktop answers on {where}, and then hangs while TLS is set up ({timeout:g} s)."
    if observed.began_answer:
        return f"{where} begins to answer like Remote Desktop and does not finish within {timeout:g} s."
    return f"{where} accepts the connection and says nothing: the service hangs, or another program has the port."


def _rdp(observed: Observation) -> Optional[Dict[str, Any]]:
    confirm = observed.confirm
    if confirm is None:
        return None
    selected = confirm.selected
    if confirm.failure == rdp_x224.SSL_NOT_ALLOWED:
        # It allows nothing but the old security, and says so to whoever offers better.
        selected = rdp_x224.RDP
    return {
        "selected_protocol": None if selected is None else rdp_x224.PROTOCOLS[selected],
        "flags": rdp_x224.flag_names(confirm.flags),
        "requires_nla": _requires_nla(confirm, observed.requires_nla),
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
    certificate: Optional[ServerCertificate], tls_version: Optional[str], now: datetime.datetime
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


def _ntlm(challenge: Optional[Challenge], challenged_at: Optional[datetime.datetime]) -> Optional[Dict[str, Any]]:
    if challenge is None:
        return None
    names = ("netbios_host", "netbios_domain", "dns_host", "dns_domain", "dns_forest")
    facts: Dict[str, Any] = {name: challenge.names.get(name) for name in names}
    facts["version"], facts["build"] = challenge.version, challenge.build
    facts["time"] = _time(challenge.time)
    facts["ahead_seconds"] = None
    if challenge.time and challenged_at:
        facts["ahead_seconds"] = round((challenge.time - challenged_at).total_seconds())
    return facts


def _try(observed: Observation) -> Dict[str, Any]:
    return {
        "outcome": observed.outcome,
        "address": observed.address,
        "error": observed.error or None,
        "connect_ms": _milliseconds(observed.connect),
        "negotiate_ms": _milliseconds(observed.negotiate),
        "tls_ms": _milliseconds(observed.tls),
        "retransmits": observed.retransmits,
    }


def _milliseconds(seconds: Optional[float]) -> Optional[float]:
    return None if seconds is None else round(1000 * seconds, 2)


def _time(time: Optional[datetime.datetime]) -> Optional[str]:
    # Not strftime: it writes years before 1000 differently on each system.
    return None if time is None else time.replace(microsecond=0, tzinfo=None).isoformat() + "Z"
