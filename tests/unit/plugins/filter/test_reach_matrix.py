# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter reach_matrix as Ansible calls it."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

LOOKS = [
    {"vantage": "jump1", "targets": [{"host": "web03", "port": 3389, "outcome": "rdp"}]},
    {"vantage": "jump2", "targets": [{"host": "web03", "port": 3389, "outcome": "timeout"}]},
]


def template(text: str, **variables: t.Any) -> t.Any:
    """Have Ansible itself find and call the filter."""
    try:
        from ansible.template import trust_as_template
    except ImportError:
        return Templar(DataLoader(), variables=variables).template(text)
    return Templar(DataLoader(), variables=variables).template(trust_as_template(text))


def test_called_by_its_name() -> None:
    made = template("{{ looks | winops.rdp.reach_matrix }}", looks=LOOKS)
    assert made["targets"][0]["blocked"] == "one"


def test_called_with_what_the_hosts_say() -> None:
    hosts = {"web03": {"firewall_scoped": True}}
    made = template("{{ looks | winops.rdp.reach_matrix(hosts=hosts) }}", looks=LOOKS, hosts=hosts)
    assert made["targets"][0]["where"] == "host_firewall"


def test_an_error_says_what_is_wrong() -> None:
    with pytest.raises(AnsibleError, match="reach_matrix can't use this: an entry without vantage"):
        template("{{ looks | winops.rdp.reach_matrix }}", looks=[{"targets": []}])
