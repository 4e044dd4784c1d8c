# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""TLS that fails on real sockets, and a clock that is wrong: what of it is seen from outside."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.module_utils.rdp_scan import scan_target

from lab.fleet.lab import HostSpec, Lab

FAULTS = ("healthy", "tls-alert", "tls-reset", "keyfile-denied", "certificate-bound-missing", "clock-behind")


@pytest.fixture(scope="module")
def lab() -> t.Iterator[Lab]:
    specs = [HostSpec(fault, () if fault == "healthy" else (fault,)) for fault in FAULTS]
    with Lab(specs, transports=()) as running:
        yield running


@pytest.mark.parametrize(
    ("host", "outcome", "words"),
    [
        ("healthy", "rdp", "Network Level Authentication"),
        # H4: all three were "no usable certificate".
        ("tls-alert", "tls_failed", "ALERT_HANDSHAKE_FAILURE"),
        ("tls-reset", "tls_failed", "no version or cipher of TLS in common, or it can't read the private key"),
        ("keyfile-denied", "tls_failed", "breaks TLS off"),
        ("certificate-bound-missing", "rdp", "answers"),
    ],
)
def test_what_is_seen(lab: Lab, host: str, outcome: str, words: str) -> None:
    seen = scan_target(lab[host].address, timeout=3.0)
    assert (seen["outcome"], words in seen["summary"]) == (outcome, True), seen["summary"]


def test_a_host_tells_its_own_time(lab: Lab) -> None:
    ahead = scan_target(lab["clock-behind"].address, timeout=3.0)["ntlm"]["ahead_seconds"]
    assert abs(ahead + 400 * 86400) < 60


def test_the_fallback_shows_the_self_signed_certificate(lab: Lab) -> None:
    machine = lab["certificate-bound-missing"]
    shown = scan_target(machine.address, timeout=3.0)["certificate"]["sha1"]
    used = machine.certificates.self_signed()
    assert used is not None and shown == used.thumbprint
