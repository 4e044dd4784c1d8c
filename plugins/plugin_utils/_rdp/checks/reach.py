# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Remote Desktop answers from outside.

The proof: the handshake of Remote Desktop is begun from the Ansible controller, without signing in. What the
host itself answers is judged. When nothing comes back, the other checks say whether the host is the reason;
if they are all ok, it is the network in between, and people on other computers may well get in. After a repair that
is not enough: without an answer nobody knows whether it helped.

Before a host that can't be proven this way is called broken, look from the computers where people sit, with
``winops.rdp.rdp_reach``.
"""

from __future__ import annotations

import typing as t

from ..model import Check, Expectation, Probe, Reader, Verdict, ok, problem, skipped, unknown, warning
from ..probes import WINSTATIONS, listener_key, outside
from ..tools import knock, reg
from .port import DEFAULT_PORT, configured_port

_ON_THE_WAY = frozenset({"timeout", "unreachable", "prohibited"})
_LOOK_FROM_THERE = (
    "If the other checks are ok, the network between the controller and the host is the reason. Look from the "
    "computers where people sit: winops.rdp.reach."
)
# What the host itself answers: what that means, and what to do about it.
_ANSWERS = {
    "no_certificate": ("Remote Desktop answers without a usable certificate.", "winops.rdp.rdp_cert"),
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
        "Repair what the other checks found. If they are all ok, a firewall refuses the connection.",
    ),
}


def judge(wanted: Expectation, winstations: reg.Query, reader: Reader) -> Verdict:
    """Judge what the controller saw of the port where clients look for Remote Desktop."""
    seen = reader.of(_probe(wanted, winstations))
    verdict, summary = str(seen["verdict"]), str(seen["summary"])
    expected = f"Remote Desktop answers on port {_port(wanted, winstations)}"
    if verdict == "rdp":
        return ok(summary)
    if verdict == "not_tried":
        return skipped(summary[0].lower() + summary[1:])
    if verdict in _ON_THE_WAY:
        sentence = "The controller can't reach Remote Desktop."
        return (unknown if wanted.proof else warning)(sentence, expected=expected, found=summary, fix=_LOOK_FROM_THERE)
    if verdict in _ANSWERS:
        sentence, fix = _ANSWERS[verdict]
        return problem(sentence, expected=expected, found=summary, fix=fix)
    return unknown("Could not look from the controller.", expected=expected, found=summary)


def follow_up(wanted: Expectation, reader: Reader) -> tuple[Probe[t.Any], ...]:
    """Knock where clients do, once the host's own port is known."""
    return (_probe(wanted, reader.of(WINSTATIONS)),)


def _probe(wanted: Expectation, winstations: reg.Query) -> Probe[knock.Sighting]:
    return outside(_port(wanted, winstations))


def _port(wanted: Expectation, winstations: reg.Query) -> int:
    """Return the port where clients look: a port that somebody named, or else the host's own."""
    if wanted.port != DEFAULT_PORT:
        return wanted.port
    return configured_port(listener_key(winstations, wanted.listener)) or wanted.port


REACH = Check(
    judge,
    section="check-whether-a-firewall-is-blocking-the-rdp-port",
    needs=(WINSTATIONS,),
    follow_up=follow_up,
    optional=True,
)
