# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Remote Desktop answers from outside.

The proof: the handshake of Remote Desktop is begun from the Ansible controller, without signing in. What the
host itself answers is judged. When nothing comes back, the other checks say whether the host is the reason,
because Windows does not answer where nothing listens either. If they are all ok, it is the network in between, or a
filter on the host that the Windows Firewall does not show, and people on other computers may well get in. After a
repair that is not enough: without an answer nobody knows whether it helped.

Where TLS breaks off, the host's own log says whether the private key can't be read, or whether the two have no version
or cipher of TLS in common: a certificate is made anew for the first alone. Nothing else that is seen from outside costs
one.

Before a host that can't be proven this way is called broken, look from the computers where people sit, with
``winops.rdp.rdp_reach_info``.
"""

from __future__ import annotations

import typing as t

from ..check import Check, following, positional
from ..errors import UnreadableError
from ..model import Expectation, Probe, Verdict, ok, problem, skipped, unknown, warning
from ..probes import PERSONAL, SELF_SIGNED, STORES, WINSTATIONS, outside
from ..readings import Readings
from ..state import schannel
from ..state.certificate import InUse, in_use
from ..state.listener import DEFAULT_PORT, configured_port, listener_key
from ..tools import port_probe, reg

_ON_THE_WAY = frozenset({"timeout", "unreachable", "prohibited"})
_LOOK_FROM_THERE = (
    "Windows gives no answer where nothing listens, so repair first what the other checks found. If they are all ok, "
    "the network between the controller and the host is the reason, or a filter on the host that the Windows Firewall "
    "does not show. Look from the computers where people sit: winops.rdp.reach."
)
_RENEW = "winops.rdp.rdp_cert"
# What the host itself answers: what that means, and what to do about it.
_ANSWERS = {
    "not_rdp": (
        "Another program answers on the port of Remote Desktop.",
        "Find the program that uses this port, and move or remove it.",
    ),
    "no_answer": (
        "The port is open, and Remote Desktop does not answer.",
        "Restart TermService. If that doesn't help, look for another program on this port.",
    ),
    "reset": (
        "The connection is accepted and broken off.",
        "Restart TermService. If that doesn't help, look at the System event log and at intrusion prevention.",
    ),
    "refused": (
        "The connection is refused.",
        "Repair what the other checks found. If they are all ok, something in between refuses the connection.",
    ),
}
# The answers that have to do with the certificate, so that it counts whose it is.
_CERTIFICATE = (SELF_SIGNED, STORES, PERSONAL)


def judge(wanted: Expectation, winstations: reg.Query, readings: Readings) -> Verdict:
    """Judge what the controller saw of the port where clients look for Remote Desktop."""
    sighting = readings.of(look(wanted, winstations))
    outcome, summary = str(sighting["outcome"]), str(sighting["summary"])
    expected = f"Remote Desktop answers on port {_port(wanted, winstations)}"
    if outcome == "rdp":
        return ok(summary)
    if outcome == "not_tried":
        return skipped(summary[0].lower() + summary[1:])
    if outcome in _ON_THE_WAY:
        sentence = "The controller can't reach Remote Desktop."
        return (unknown if wanted.proof else warning)(sentence, expected=expected, found=summary, fix=_LOOK_FROM_THERE)
    if outcome == "no_certificate":
        sentence = "Remote Desktop answers without a usable certificate."
        return problem(sentence, expected=expected, found=summary, fix=_renewal(_used(wanted, readings)))
    if outcome == "tls_failed":
        return _broken_off(expected, summary, schannel.read(readings), _used(wanted, readings))
    if outcome in _ANSWERS:
        sentence, fix = _ANSWERS[outcome]
        return problem(sentence, expected=expected, found=summary, fix=fix)
    return unknown("Could not look from the controller.", expected=expected, found=summary)


def follow_up(wanted: Expectation, readings: Readings) -> tuple[Probe[t.Any], ...]:
    """PortProbe where clients do, once the host's own port is known, and ask the host why TLS breaks off."""
    probe = look(wanted, readings.of(WINSTATIONS))
    sighting = readings.get(probe)
    outcome = sighting["outcome"] if sighting else ""
    if outcome == "tls_failed":
        return (probe, *schannel.NEEDS, *_CERTIFICATE)
    return (probe, *_CERTIFICATE) if outcome == "no_certificate" else (probe,)


def look(wanted: Expectation, winstations: reg.Query) -> Probe[port_probe.Observation]:
    """Return the look from the controller at the port where clients look."""
    return outside(_port(wanted, winstations))


def seen(wanted: Expectation, readings: Readings) -> port_probe.Observation | None:
    """Return what the controller saw of the host, None if nobody looked or it can't be read."""
    try:
        return readings.get(look(wanted, readings.of(WINSTATIONS)))
    except UnreadableError:
        return None


def _broken_off(expected: str, summary: str, why: schannel.Broken, used: InUse | None) -> Verdict:
    found = f"{summary} What the host says: {why.told}"
    found += f"; turned off below SCHANNEL: {', '.join(why.off)}." if why.off else "."
    if why.cause == "key":
        sentence = "Remote Desktop breaks TLS off: the private key of its certificate can't be used."
        return problem(sentence, expected=expected, found=found, fix=_renewal(used))
    if why.cause == "protocol":
        return problem(
            "Remote Desktop breaks TLS off: the host and the controller have no version or cipher of TLS in common.",
            expected=expected,
            found=found,
            fix="Look at SCHANNEL's keys, the order of cipher suites and the policies that set them. The certificate "
            "is not the reason.",
        )
    return problem(
        "Remote Desktop breaks TLS off.",
        expected=expected,
        found=found,
        fix="Look for Schannel's events in the host's System log: 36870 means that the private key can't be read, "
        "36871, 36874 and 36888 that there is no version or cipher of TLS in common. Make no new certificate before "
        "that is known.",
    )


def _renewal(used: InUse | None) -> str:
    """Return how to get a usable certificate. One that isn't SessionEnv's own is never replaced here."""
    if used is None or used.kind == "self_signed":
        return _RENEW
    whose = "that is bound to the listener" if used.kind == "bound" else "of the policy's template"
    return (
        f"Give NETWORK SERVICE the right to read the private key of the certificate {whose} ({used.thumbprint}), or "
        "bind another certificate."
    )


def _used(wanted: Expectation, readings: Readings) -> InUse | None:
    try:
        return in_use(wanted.listener, *(readings.of(probe) for probe in (WINSTATIONS, *_CERTIFICATE)))
    except UnreadableError:
        return None


def _port(wanted: Expectation, winstations: reg.Query) -> int:
    """Return the port where clients look: a port that somebody named, or else the host's own."""
    if wanted.port != DEFAULT_PORT:
        return wanted.port
    return configured_port(listener_key(winstations, wanted.listener)) or wanted.port


REACH = Check(
    id="reach",
    title="Remote Desktop answers from outside.",
    judge=positional(judge, needs=(WINSTATIONS,), follow_up=follow_up),
    section="check-whether-a-firewall-is-blocking-the-rdp-port",
    needs=(WINSTATIONS,),
    follow_up=following(follow_up),
    optional=True,
)
