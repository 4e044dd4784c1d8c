# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Made-up results have the shape of real ones. If one of these fails, ``./run record-hosts`` records them anew."""

from __future__ import annotations

import dataclasses

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks import CHECKS
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.facts import facts
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Expectation, Finding
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings

import made_results


def test_every_check_has_a_finding_with_every_member() -> None:
    well = made_results.result()
    assert [finding["check"] for finding in well["findings"]] == [check.id for check in CHECKS]
    members = {field.name for field in dataclasses.fields(Finding)}
    assert all(set(finding) == members for finding in well["findings"])
    assert well["healthy"] is True and well["root_cause"] is None


def test_every_fact_is_there() -> None:
    recorded = made_results.result()["facts"]
    assert set(recorded) == set(facts(Readings({}, "is not there"), Expectation()))
    # Nobody asked for rights.
    assert [name for name, value in recorded.items() if value is None] == ["rights"]


def test_a_faulty_host_is_diagnosed_as_it_was_recorded() -> None:
    for check, faults in made_results.FAULTY_HOSTS.items():
        made = made_results.result(*faults)
        assert made["healthy"] is False
        assert made["root_cause"] is None or made["root_cause"]["check"] == {"port": "firewall"}.get(check, check)


def test_hosts_of_a_fleet_have_addresses_of_their_own() -> None:
    hosts = [one for one in made_results.fleet(40).values() if "findings" in one]
    assert len({one["facts"]["reach"]["address"] for one in hosts}) == len(hosts)
    assert len({one["facts"]["certificate"]["thumbprint"] for one in hosts}) == len(hosts)
