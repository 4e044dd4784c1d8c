# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Remote Desktop answers from outside.

The handshake of Remote Desktop is begun from the Ansible controller, without signing in. What the
host itself answers is judged. When nothing comes back, the other checks say whether the host is the reason,
because Windows does not answer where nothing listens either. If they are all ok, it is the network in between, or a
filter on the host that the Windows Firewall does not show, and people on other computers may well get in. After a
repair that is not enough: without an answer nobody knows whether it helped.

Where TLS breaks off, the host's own log says whether the private key can't be read, or whether the two have no version
or cipher of TLS in common: a certificate is made anew for the first alone. Nothing else that is seen from outside costs
one.

Before a host that can't be verified this way is called broken, look from the computers where people sit, with
``winops.rdp.rdp_reach_info``.
"""

from __future__ import annotations

import typing as t

from ..check import Check
from ..model import Expectation, Probe, Verdict, ok, problem, skipped, unknown, warning
from ..probes import WINSTATIONS
from ..state import certificate, schannel
from ..state.host import Host, known

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


def judge(expected: Expectation, host: Host) -> Verdict:
    """Judge what the controller saw of the port where clients look for Remote Desktop."""
    seen = host.observation(expected)
    outcome, summary = str(seen["outcome"]), str(seen["summary"])
    should_be = f"Remote Desktop answers on port {host.client_port(expected)}"
    if outcome == "rdp":
        return ok(summary)
    if outcome == "not_tried":
        return skipped(summary[0].lower() + summary[1:])
    if outcome in _ON_THE_WAY:
        sentence = "The controller can't reach Remote Desktop."
        return (unknown if expected.must_answer else warning)(
            sentence, expected=should_be, found=summary, fix=_LOOK_FROM_THERE
        )
    if outcome == "no_certificate":
        return _without_key("Remote Desktop answers without a usable certificate.", should_be, summary, host)
    if outcome == "tls_failed":
        return _broken_off(should_be, summary, host)
    if outcome in _ANSWERS:
        sentence, fix = _ANSWERS[outcome]
        return problem(sentence, expected=should_be, found=summary, fix=fix)
    return unknown("Could not look from the controller.", expected=should_be, found=summary)


def follow_up(expected: Expectation, host: Host) -> tuple[Probe[t.Any], ...]:
    """Probe where clients connect, once the host's own port is known, and ask the host why TLS breaks off."""
    probe = host.port_probe(expected)
    seen = known(lambda: host.observation(expected))
    outcome = seen["outcome"] if seen else ""
    if outcome == "tls_failed":
        return (probe, *schannel.NEEDS, *certificate.NEEDS[1:])
    return (probe, *certificate.NEEDS[1:]) if outcome == "no_certificate" else (probe,)


def _broken_off(should_be: str, summary: str, host: Host) -> Verdict:
    why = host.tls_failure
    found = f"{summary} What the host says: {why.told}"
    found += f"; turned off below SCHANNEL: {', '.join(why.off)}." if why.off else "."
    if why.cause == "key":
        sentence = "Remote Desktop breaks TLS off: the private key of its certificate can't be used."
        return _without_key(sentence, should_be, found, host)
    if why.cause == "protocol":
        return problem(
            "Remote Desktop breaks TLS off: the host and the controller have no version or cipher of TLS in common.",
            expected=should_be,
            found=found,
            fix="Look at SCHANNEL's keys, the order of cipher suites and the policies that set them. The certificate "
            "is not the reason.",
        )
    return problem(
        "Remote Desktop breaks TLS off.",
        expected=should_be,
        found=found,
        fix="Look for Schannel's events in the host's System log: 36870 means that the private key can't be read, "
        "36871, 36874 and 36888 that there is no version or cipher of TLS in common. Make no new certificate before "
        "that is known.",
    )


def _without_key(sentence: str, should_be: str, found: str, host: Host) -> Verdict:
    """Judge a host whose certificate can't be used. One that isn't SessionEnv's own is never replaced here."""
    used = known(lambda: host.certificate)
    if used is None or used.kind == "self_signed":
        return problem(sentence, expected=should_be, found=found, repair=_RENEW)
    whose = "that is bound to the listener" if used.kind == "bound" else "of the policy's template"
    fix = (
        f"Give NETWORK SERVICE the right to read the private key of the certificate {whose} ({used.thumbprint}), or "
        "bind another certificate."
    )
    return problem(sentence, expected=should_be, found=found, fix=fix)


REACH = Check(
    id="reach",
    title="Remote Desktop answers from outside.",
    judge=judge,
    section="check-whether-a-firewall-is-blocking-the-rdp-port",
    needs=(WINSTATIONS,),
    follow_up=follow_up,
    optional=True,
)
