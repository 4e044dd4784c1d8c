# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The matrix: what is joined, what else is noticed, and what is refused."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.reach.matrix import matrix

from .rows import Json, finding, judged, target


@pytest.mark.parametrize(("outcomes", "blocked"), [("timeout timeout", "all"), ("rdp timeout", "none")])
def test_target_that_is_named_twice_is_one(outcomes: str, blocked: str) -> None:
    for order in (outcomes.split(), outcomes.split()[::-1]):
        (row,) = matrix([{"vantage": "v1", "targets": [target(outcome) for outcome in order]}], {})["targets"]
        assert row["blocked"] == blocked and len(row["open_from"] + row["blocked_from"]) == 1, row
        assert "the one computer that tried" in row["reason"]


def test_what_else_was_noticed() -> None:
    lossy = target("rdp", loss_percent=25.0, tries=[{"retransmits": 0}, {"retransmits": 2}, {"retransmits": None}])
    row = judged(lossy, target("rdp", certificate={"sha256": "A"}), target("rdp", certificate={"sha256": "B"}), None)
    notes = "\n".join(row["notes"])
    assert "Not tested from v4." in notes
    assert "Some tries failed: 25 % from v1." in notes
    assert "Packets were lost while connecting from v1." in notes
    assert "not all computers see the same certificate" in notes.lower()
    assert judged("rdp", "rdp")["notes"] == []
    assert "Tested from one computer only" in judged("timeout")["notes"][0]


def test_the_whole() -> None:
    looks = [
        {
            "vantage": "jump1",
            "targets": [target("rdp"), target("rdp", host="web04"), target("timeout", host="2001:db8::3")],
        },
        {"vantage": "jump2", "targets": [target("rdp"), target("refused", host="web04")]},
        {"vantage": "jump3", "targets": None},
    ]
    made = matrix(looks, None)
    json.dumps(made)
    assert made["vantages"] == ["jump1", "jump2", "jump3"]
    assert made["blocked"] == {"all": 1, "some": 0, "one": 1, "none": 1, "unknown": 0}
    assert made["reachable"] is False
    assert [row["target"] for row in made["targets"]] == ["web03:3389", "web04:3389", "[2001:db8::3]:3389"]
    assert made["targets"][1]["outcomes"] == {"jump1": "rdp", "jump2": "refused", "jump3": None}
    assert made["targets"][1]["open_from"] == ["jump1"] and made["targets"][1]["blocked_from"] == ["jump2"]
    assert matrix([], {})["reachable"] is False, "nothing proven"


def test_facts_by_host_and_port() -> None:
    looks = [{"vantage": "v1", "targets": [target("timeout")]}]
    hosts = {"web03": {"listening": True}, "web03:3389": {"listening": False}}
    assert matrix(looks, hosts)["targets"][0]["where"] == "host"


def test_a_host_that_could_not_be_examined_says_nothing() -> None:
    assert judged("timeout", host={"unreachable": True, "msg": "x"})["where"] == "host_or_path"


@pytest.mark.parametrize(
    ("looks", "hosts", "reason"),
    [
        ({}, {}, "not a list"),
        ("v1", {}, "not a list"),
        (None, {}, "not a list"),
        ([1], {}, "an entry without vantage"),
        ([{"targets": []}], {}, "an entry without vantage"),
        ([{"vantage": "v1"}, {"vantage": "v1"}], {}, "v1 is there twice"),
        ([{"vantage": "v1", "targets": [{}]}], {}, "an entry without host"),
        ([{"vantage": "v1", "targets": [{"host": "a", "outcome": "rdp"}]}], {}, "a target without port"),
        ([{"vantage": "v1", "targets": [{"host": "a", "port": 1}]}], {}, "an entry without outcome"),
        ([], [], "not a dictionary"),
        ([], {"web03": "up"}, "neither a result of rdp_info nor"),
        ([], {"web03": {"listens": True}}, "neither a result of rdp_info nor"),
    ],
)
def test_anything_else_is_refused(looks: t.Any, hosts: t.Any, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        matrix(looks, hosts)


@pytest.mark.parametrize(
    ("findings", "where"),
    [
        ([finding("listener", "ok"), finding("firewall", "ok")], "path"),
        ([finding("listener", "ok"), finding("firewall", "problem")], "host_firewall"),
        ([finding("listener", "problem")], "host"),
        ([finding("protocol", "problem"), finding("listener", "skipped")], "host"),
        ([finding("listener", "unknown")], "host_or_path"),
        ([finding("listener", "ok")], "host_or_path"),
        ([], "host_or_path"),
    ],
)
def test_the_host_s_own_facts_come_from_rdp_info(findings: list[Json], where: str) -> None:
    diagnosis = {"findings": findings, "facts": {"listener": {"port": 3389}}}
    assert judged("timeout", "timeout", host=diagnosis)["where"] == where


def test_a_port_of_its_own_is_known_from_rdp_info() -> None:
    diagnosis = {"findings": [finding("listener", "ok")], "facts": {"listener": {"port": 3390}}}
    assert judged("refused", host=diagnosis)["where"] == "port"


@pytest.mark.parametrize(
    ("answers", "where"), [(("open",), "path"), (("open", "limited"), "host_firewall"), (("off",), "path")]
)
def test_rules_for_certain_addresses_are_known_from_rdp_info(answers: tuple[str, ...], where: str) -> None:
    tcp = {f"profile{number}": {"answer": answer, "causes": []} for number, answer in enumerate(answers)}
    diagnosis = {"findings": [finding("listener", "ok")], "facts": {"firewall": {"tcp": tcp}}}
    row = judged("rdp", "timeout", host=diagnosis)
    assert row["where"] == where and "Also check that" not in row["next_step"]
