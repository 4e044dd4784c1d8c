# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one audit costs on the wire. Counts only: they are the same on every machine, and times are not.

`./run bench` measures both, docs/performance.md shows them.
"""

from __future__ import annotations

import typing as t

from lab import HostSpec

MOST_REQUESTS = 8
# Two lines. 29,616 were measured; the host's address stands in each request, and is longer elsewhere.
MOST_BYTES_UP = 30_700
# Where a policy keeps people out, two more looks say who set it: how large its files are, and what they hold.
MOST_REQUESTS_WITH_A_POLICY = 16
# 50,868 were measured; the host's address stands in each request, and is longer elsewhere.
MOST_BYTES_UP_WITH_A_POLICY = 52_000
MOST_BYTES_DOWN_WITH_A_POLICY = 120_000
# A message without a body for each of NTLM's three steps; only then pywinrm has the keys to seal messages.
REQUESTS_TO_SIGN_IN = 3
# Those messages, and what sealing adds to the others.
MOST_BYTES_TO_SIGN_IN = 4_000


def _traffic_of_an_audit(fleet: t.Callable[..., t.Any], auth: str, host: HostSpec) -> t.Any:
    hosts = fleet(host, auth=auth)
    hosts.lab.reset_traffic()
    played = hosts.playbook("winops.rdp.audit")
    assert played.code == 0, played.stdout
    findings = played.results("rdp_info")[host.name]["findings"]
    # An audit that could not look would be cheap.
    assert findings and "unknown" not in {finding["status"] for finding in findings}, findings
    return hosts.lab.traffic[host.name]


def test_an_audit_is_small(fleet: t.Callable[..., t.Any]) -> None:
    for host in (HostSpec("healthy"), HostSpec("sick", ("port-changed",), "de-DE")):
        traffic = _traffic_of_an_audit(fleet, "basic", host)
        assert 0 < traffic.requests <= MOST_REQUESTS, host
        assert 0 < traffic.bytes_up <= MOST_BYTES_UP, host


def test_only_a_policy_that_is_set_costs_more(fleet: t.Callable[..., t.Any]) -> None:
    # GPOs that say nothing about Remote Desktop are in the lists as well.
    harmless = _traffic_of_an_audit(fleet, "basic", HostSpec("healthy", ("gpo-denies-logon-right", "gpo-filtered")))
    assert 0 < harmless.requests <= MOST_REQUESTS and harmless.bytes_up <= MOST_BYTES_UP
    blocked = _traffic_of_an_audit(fleet, "basic", HostSpec("blocked", ("gpo-domain-blocks",)))
    assert harmless.requests < blocked.requests <= MOST_REQUESTS_WITH_A_POLICY
    assert 0 < blocked.bytes_up <= MOST_BYTES_UP_WITH_A_POLICY
    assert 0 < blocked.bytes_down <= MOST_BYTES_DOWN_WITH_A_POLICY


def test_ntlm_adds_one_sign_in(fleet: t.Callable[..., t.Any]) -> None:
    basic = _traffic_of_an_audit(fleet, "basic", HostSpec("healthy"))
    ntlm = _traffic_of_an_audit(fleet, "ntlm", HostSpec("healthy"))
    assert ntlm.requests == basic.requests + REQUESTS_TO_SIGN_IN
    assert 0 < ntlm.bytes_up - basic.bytes_up <= MOST_BYTES_TO_SIGN_IN
