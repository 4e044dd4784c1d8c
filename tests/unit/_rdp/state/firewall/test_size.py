# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tens of thousands of rules, and a rule with thousands of addresses, are judged in time that grows with them."""

from __future__ import annotations

import time
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks.firewall import FIREWALL, follow_up
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.diagnosis import diagnose
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Expectation

from unit._rdp.state.firewall.hosts import Host, rule

# Four times the rules may take this many times as long. Twice for each of them would be sixteen.
_SLACK = 8
# What is quicker is not measured: in seconds.
_QUICK = 0.3


def _of_programs(count: int) -> Host:
    fields = "Protocol=6|Profile=Domain|LPort={0}|App=C:\\Program Files\\App {0}\\app.exe|Name=App {0}|Desc=App {0}|"
    return Host(rules={f"{{{number:08X}}}": rule(fields=fields.format(number % 60000)) for number in range(count)})


def _that_block(count: int) -> Host:
    fields = "Protocol=6|LPort=3389|RA4=10.{}.{}.1|Name=Locked out|"
    return Host(
        rules={f"{{{n:08X}}}": rule("Block", fields.format(n // 250, n % 250)) for n in range(count)},
        tcp=rule(active=False),
    )


def _of_another_service(count: int) -> Host:
    fields = "Protocol=6|Svc=Dnscache|LPort2_10=3000-4000|Name=x|"
    return Host(rules={f"{{{number:08X}}}": rule("Block", fields) for number in range(count)})


def _with_one_long_rule(count: int) -> Host:
    addresses = "".join(f"RA4=10.{n // 250}.{n % 250}.1|" for n in range(count))
    return Host(rules={"{1}": rule("Block", f"Protocol=6|LPort=3389|{addresses}Name=Locked out|")})


def _seconds(host: Host) -> float:
    derived = host.derived()
    start = time.process_time()
    follow_up(Expectation(), derived)
    finding = diagnose((FIREWALL,), derived, Expectation())[0]
    assert finding.status != "unknown" and len(finding.found) < 2000, finding.found[:2000]
    return time.process_time() - start


@pytest.mark.parametrize("make", [_of_programs, _that_block, _of_another_service, _with_one_long_rule])
def test_time_grows_as_the_rules_do(make: t.Callable[[int], Host]) -> None:
    few, many = make(1_000), make(4_000)
    best = [_seconds(few), _seconds(many)]
    for _again in range(3):
        if best[1] < max(_QUICK, _SLACK * best[0]):
            return
        best = [min(old, _seconds(host)) for old, host in zip(best, (few, many), strict=True)]
    assert best[1] < max(_QUICK, _SLACK * best[0]), best
