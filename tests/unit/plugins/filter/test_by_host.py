# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A variable of many hosts in one dictionary."""

from __future__ import annotations

from ansible_collections.winops.rdp.plugins.filter.by_host import by_host

HOSTVARS = {
    "web02": {"result": {"targets": ["a"]}, "none": None},
    "web01": {"result": {"unreachable": True}, "none": {}},
    "web03": {},
}


def test_hosts_keep_their_order_and_those_without_the_variable_get_the_default() -> None:
    assert by_host(["web02", "web03"], HOSTVARS, "result") == {"web02": {"targets": ["a"]}, "web03": {}}
    assert list(by_host(HOSTVARS, HOSTVARS, "result")) == ["web02", "web01", "web03"]
    assert by_host(["web03"], HOSTVARS, "result", default="") == {"web03": ""}


def test_members_follow_after_dots() -> None:
    assert by_host(HOSTVARS, HOSTVARS, "result.targets", default=[]) == {"web02": ["a"], "web01": [], "web03": []}
    # A text has members for Python, and none for a playbook.
    assert by_host(["a"], {"a": {"result": "text"}}, "result.upper", default=0) == {"a": 0}
    assert by_host(["web02"], HOSTVARS, "none", default=[]) == {"web02": None}
