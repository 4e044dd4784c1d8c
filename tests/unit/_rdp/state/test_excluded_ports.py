# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ports that Windows keeps from every program."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.excluded_ports import (
    EXCLUDED_IPV4,
    EXCLUDED_IPV6,
    ExcludedPorts,
    is_excluded,
    require_readable,
    reserving,
)

from unit._rdp.state.outputs import Output, result

# German, as on a host with Hyper-V: nothing in it but the numbers, the rule below them and the star is known.
TABLE = """
Protokoll tcp Portausschlussbereiche

Startport    Endport
----------    --------
      3380        3479
     50000       50059     *

* - Verwaltete Portausschlüsse.
"""
NONE = TABLE.replace("      3380        3479\n     50000       50059     *\n", "")


def _read(ipv4: Output, ipv6: Output = NONE) -> tuple[ExcludedPorts, ExcludedPorts]:
    return EXCLUDED_IPV4.read(result(EXCLUDED_IPV4, ipv4)), EXCLUDED_IPV6.read(result(EXCLUDED_IPV6, ipv6))


@pytest.mark.parametrize(
    ("port", "ranges"),
    [
        (3379, ()),
        (3380, ("3380 to 3479 (IPv4)",)),
        (3389, ("3380 to 3479 (IPv4)",)),
        (3479, ("3380 to 3479 (IPv4)",)),
        (3480, ()),
        # Kept by a person, and a program may still ask for it.
        (50000, ()),
    ],
)
def test_ranges_that_keep_a_port(port: int, ranges: tuple[str, ...]) -> None:
    families = _read(TABLE)
    assert reserving(port, *families) == ranges
    assert is_excluded(port, *families) is bool(ranges)


def test_each_family_counts() -> None:
    assert reserving(3389, *_read(NONE, TABLE)) == ("3380 to 3479 (IPv6)",)
    assert len(reserving(3389, *_read(TABLE, TABLE))) == 2


@pytest.mark.parametrize("output", ["", "?\n", ("Zugriff verweigert\n", 1), (TABLE, None), "Startport\n3380 3479\n"])
def test_ranges_that_can_not_be_read_are_told_when_they_matter(output: Output) -> None:
    families = _read(output)
    assert families[0].ranges == () and families[0].unreadable is not None
    assert is_excluded(3389, *families) is None
    with pytest.raises(UnreadableError):
        require_readable(*families)


def test_one_family_that_keeps_it_is_enough_to_know() -> None:
    families = _read(("", 1), TABLE)
    assert is_excluded(3389, *families) is True and is_excluded(80, *families) is None
    require_readable(*_read(TABLE))
