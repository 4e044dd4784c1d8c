# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user may name as a target."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.module_utils.rdp_errors import ScanOptionError
from ansible_collections.winops.rdp.plugins.module_utils.rdp_scan import Target
from ansible_collections.winops.rdp.plugins.module_utils.rdp_targets import (
    read_number,
    read_port,
    read_targets,
)
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("web03", Target("web03", 3389)),
        ("web03.example.com.", Target("web03.example.com.", 3389)),
        ("büro-3", Target("büro-3", 3389)),
        ("_kerberos.example.com", Target("_kerberos.example.com", 3389)),
        ("web03:3390", Target("web03", 3390)),
        ("192.0.2.13:65535", Target("192.0.2.13", 65535)),
        ("2001:db8::3", Target("2001:db8::3", 3389)),
        ("[2001:db8::3]", Target("2001:db8::3", 3389)),
        ("[2001:db8::3]:3390", Target("2001:db8::3", 3390)),
        ("fe80::1%eth0", Target("fe80::1%eth0", 3389)),
        ({"host": "web03"}, Target("web03", 3389)),
        ({"host": "web03", "port": None}, Target("web03", 3389)),
        ({"host": "web03", "port": "3390"}, Target("web03", 3390)),
        ({"host": "2001:db8::3", "port": 1}, Target("2001:db8::3", 1)),
    ],
)
def test_understood(given: t.Any, expected: Target) -> None:
    assert read_targets([given], 3389) == [expected]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("", "targets[1] is ''"),
        (" web03", "targets[1] is ' web03'"),
        ("web03 ", "a DNS name"),
        ("web03\n", "a DNS name"),
        ("https://web03", "port of targets[1] is '//web03'"),
        ("web03:", "1 to 65535"),
        ("web03:0", "the port of targets[1] is 0: allowed is 1 to 65535"),
        ("web03:65536", "65536"),
        ("web03:rdp", "'rdp'"),
        ("web03:-1", "'-1'"),
        ("web03:٣٣٨٩", "1 to 65535"),
        ("[web03]:3389", "only an IPv6 address"),
        ("[::1]3389", "a DNS name"),
        ("::1%", "a DNS name"),
        ("-web03", "a DNS name"),
        ("a" * 254, "a DNS name"),
        ("web\x0003", "a DNS name"),
        ({"host": "web03", "port": True}, "targets[1].port is True"),
        ({"host": "web03", "port": 3389.5}, "3389.5"),
        ({"host": 3}, "targets[1].host is 3"),
        ({"name": "web03"}, "a dictionary with host and port"),
        ({"host": "web03", "prot": 3389}, "a dictionary with host and port"),
        (3389, "targets[1] is 3389"),
        (None, "targets[1] is None"),
        (["web03"], "targets[1] is ['web03']"),
    ],
)
def test_refused_by_name(given: t.Any, named: str) -> None:
    with pytest.raises(ScanOptionError) as refused:
        read_targets(["web01", given], 3389)
    assert named in str(refused.value)


def test_no_target() -> None:
    with pytest.raises(ScanOptionError, match="targets is empty"):
        read_targets([], 3389)


@pytest.mark.parametrize("value", [0, -1, 601, float("nan"), float("inf")])
def test_numbers_out_of_bounds(value: float) -> None:
    with pytest.raises(ScanOptionError, match=r"^timeout is .*: allowed is 0.001 to 600$"):
        read_number(value, "timeout", 0.001, 600)


def test_numbers_and_ports() -> None:
    assert read_number(0.5, "timeout", 0.001, 600) == 0.5
    assert read_port(65535, "port") == 65535
    with pytest.raises(ScanOptionError, match="port is 70000: allowed is 1 to 65535"):
        read_port(70000, "port")


@given(st.text(max_size=30))
def test_any_text_is_a_target_or_refused(text: str) -> None:
    try:
        (target,) = read_targets([text], 3389)
    except ScanOptionError:
        return
    assert 1 <= target.port <= 65535
    assert target.host in text and target.host.isprintable() and not target.host.startswith("-")
