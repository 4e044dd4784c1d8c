# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The matrix and its causes: the article's three answers, and what the host's own facts add to them."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.module_utils.rdp_result import OUTCOMES
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import ARTICLE
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.reach.matrix import matrix
from hypothesis import given
from hypothesis import strategies as st

Json = dict[str, t.Any]
HEALTHY = {"listening": True, "firewall_allows": True, "port": 3389}


def target(outcome: str, **more: t.Any) -> Json:
    return {"host": "web03", "port": 3389, "outcome": outcome, "address": "192.0.2.3", **more}


def judged(*outcomes: str | Json | None, host: Json | None = None) -> Json:
    """The only row of a matrix in which v1, v2 and so on saw these outcomes."""
    looks = [
        {"vantage": f"v{index}", "targets": [] if seen is None else [seen if isinstance(seen, dict) else target(seen)]}
        for index, seen in enumerate(outcomes, 1)
    ]
    (row,) = matrix(looks, {"web03": host} if host else {})["targets"]
    return t.cast("Json", row)


@pytest.mark.parametrize(
    ("outcomes", "blocked"),
    [
        (("rdp", "rdp", "rdp"), "none"),
        (("rdp", "rdp", "timeout"), "one"),
        (("rdp", "timeout"), "one"),
        (("rdp", "timeout", "refused"), "some"),
        (("timeout", "timeout", "timeout"), "all"),
        (("timeout",), "all"),
        # A computer that could not look says nothing about the target.
        (("rdp", "unknown"), "none"),
        (("timeout", "unknown"), "all"),
        (("timeout", None), "all"),
        (("unknown", "unknown"), "unknown"),
        # A port that takes connections is a way in, unless somebody sees that no working Remote Desktop is behind it.
        (("open", "open"), "none"),
        (("rdp", "open"), "none"),
        (("open", "timeout"), "one"),
        (("open", "no_connection", "timeout"), "some"),
        (("rdp", "open", "timeout"), "one"),
        (("no_connection", "no_connection"), "all"),
        (("open", "not_rdp"), "all"),
        (("open", "no_answer", "timeout"), "all"),
        (("open", "rdp", "no_certificate"), "one"),
    ],
)
def test_the_articles_answers(outcomes: tuple[str, ...], blocked: str) -> None:
    assert judged(*outcomes)["blocked"] == blocked


@pytest.mark.parametrize(
    ("outcomes", "host", "where", "words", "section"),
    [
        (("rdp", "rdp"), None, "nowhere", "from all 2 computers", "firewall"),
        (("unknown",), None, "unknown", "No computer could test", "firewall"),
        # From everywhere: what the target itself said comes first.
        (("no_certificate", "timeout"), HEALTHY, "certificate", "from v1", "certificate"),
        (
            ("tls_failed", "timeout"),
            HEALTHY,
            "host",
            "from v1, Remote Desktop answers and breaks TLS off",
            "certificate",
        ),
        (("rdp", "tls_failed"), None, "path", "something else answers or breaks off", "firewall"),
        (("not_rdp", "not_rdp"), None, "other_program", "another program answers", "another-application"),
        (("no_answer", "no_answer"), None, "host", "does not answer", "listener"),
        (("reset",), None, "host", "does not answer", "listener"),
        (("refused", "refused"), None, "host", "Nothing listens on port 3389", "listener"),
        (("timeout", "refused"), None, "host", "from v2, the connection is refused", "listener"),
        (("timeout", "timeout"), None, "host_or_path", "nothing listens there, which the Windows", "firewall"),
        (("timeout", "timeout"), {"listening": True}, "host_or_path", "back: the host's own firewall", "firewall"),
        (("unreachable", "unreachable"), None, "path", "no route to it", "firewall"),
        (("prohibited", "timeout"), None, "path", "it is forbidden", "firewall"),
        (("name", "name"), None, "name", "can't be resolved anywhere", "firewall"),
        (("name", "unreachable"), None, "path", "no route", "firewall"),
        # From everywhere, and the host says why.
        (("timeout", "timeout"), {"listening": False}, "host", "does not listen on the host itself", "listener"),
        (("refused", "refused"), {"listening": False}, "host", "does not listen on the host itself", "listener"),
        (("timeout",), {"listening": True, "firewall_allows": False}, "host_firewall", "own firewall", "firewall"),
        (("timeout", "timeout"), HEALTHY, "path", "or another filtering product on the host", "firewall"),
        (("refused", "refused"), HEALTHY, "path", "the network blocks it", "firewall"),
        (("refused",), {"listening": True}, "host_or_path", "a firewall refuses it", "firewall"),
        (
            ("refused", "timeout"),
            {"listening": True, "port": 3390},
            "port",
            "configured for port 3390",
            "rdp-listener-port",
        ),
        (("not_rdp",), {"port": 3390}, "port", "configured for port 3390", "rdp-listener-port"),
        # A Windows host sees connections alone.
        (("open", "open"), None, "nowhere", "They can't tell whether Remote Desktop answers", "firewall"),
        (("open", "open"), {"listening": True}, "nowhere", "the host says that it listens there", "firewall"),
        (
            ("open", "rdp"),
            None,
            "nowhere",
            "from all 2 computers that tried, and Remote Desktop answers v2",
            "firewall",
        ),
        (("no_answer",), {"listening": False}, "other_program", "while Remote Desktop does not", "application"),
        (("open", "not_rdp"), {"listening": False}, "other_program", "from v2, another program", "application"),
        (("open",), {"listening": False}, "other_program", "while Remote Desktop does not listen", "application"),
        (("open", "timeout"), {"listening": True, "port": 3390}, "port", "configured for port 3390", "listener-port"),
        (("open", "no_certificate"), None, "certificate", "from v2", "certificate"),
        (("open", "no_answer"), None, "host", "from v2, the connection is accepted", "listener"),
        (("open", "timeout"), None, "path", "others can connect: the way from there", "firewall"),
        (("rdp", "no_connection"), {"firewall_scoped": True}, "host_firewall", "certain addresses", "firewall"),
        (("no_connection", "timeout"), None, "host_or_path", "from v1, there is no connection", "firewall"),
        (("no_connection", "timeout"), HEALTHY, "path", "the network blocks it", "firewall"),
        (("no_connection", "refused"), None, "host", "from v2, the connection is refused", "listener"),
        # Open for certain addresses, and nobody who looked has one: that is no proof against the network.
        (
            ("timeout", "timeout"),
            {**HEALTHY, "firewall_scoped": True},
            "host_firewall",
            "certain addresses",
            "firewall",
        ),
        # From some: Remote Desktop works, so it is on the way.
        (("rdp", "timeout"), None, "path", "one computer (v2), and others get in", "firewall"),
        (("rdp", "timeout", "unreachable"), HEALTHY, "path", "some computers (v2 and v3)", "firewall"),
        (("rdp", "timeout"), {"firewall_scoped": True}, "host_firewall", "certain addresses only", "firewall"),
        (("rdp", "refused"), {"firewall_scoped": True}, "path", "is blocked", "firewall"),
        (("rdp", "name"), None, "name", "can't be resolved there", "firewall"),
        (("rdp", "not_rdp"), None, "path", "something else answers", "firewall"),
        (("rdp", "reset", "timeout"), None, "path", "from v2, something else", "firewall"),
    ],
)
def test_where_it_is_blocked(
    outcomes: tuple[str, ...], host: Json | None, where: str, words: str, section: str
) -> None:
    row = judged(*outcomes, host=host)
    assert (row["where"], words in row["reason"]) == (where, True), row["reason"]
    assert row["section"].startswith(f"{ARTICLE}#check") and section in row["section"]
    assert row["next_step"]


@pytest.mark.parametrize(("outcomes", "blocked"), [("timeout timeout", "all"), ("rdp timeout", "none")])
def test_target_that_is_named_twice_is_one(outcomes: str, blocked: str) -> None:
    for order in (outcomes.split(), outcomes.split()[::-1]):
        (row,) = matrix([{"vantage": "v1", "targets": [target(outcome) for outcome in order]}], {})["targets"]
        assert row["blocked"] == blocked and len(row["open_from"] + row["blocked_from"]) == 1, row
        assert "the one computer that tried" in row["reason"]


def test_the_device_that_forbids_is_named() -> None:
    row = judged("rdp", target("prohibited", reported_by="192.0.2.254"))
    assert "(reported by 192.0.2.254)" in row["reason"]


def test_a_name_that_leads_to_different_machines() -> None:
    row = judged(target("rdp", address="192.0.2.3"), target("timeout", address="192.0.2.99"))
    assert row["where"] == "name"
    assert "leads to 192.0.2.99 there, and to 192.0.2.3 where people get in" in row["reason"]


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


def finding(check: str, status: str) -> Json:
    return {"check": check, "status": status}


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


def test_the_host_knows_better_what_to_do_about_itself() -> None:
    cause = {"check": "firewall", "summary": "The Windows Firewall blocks TCP port 3389.", "fix": "Change that policy."}
    diagnosis = {"findings": [finding("listener", "ok"), finding("firewall", "problem")], "root_cause": cause}
    row = judged("timeout", "timeout", host=diagnosis)
    assert row["next_step"] == "On the host: The Windows Firewall blocks TCP port 3389. Change that policy."
    # Not about the way to it, and not what it only knows from looking at itself from outside.
    assert "On the host" not in judged("rdp", "timeout", host=diagnosis)["next_step"]
    assert (
        "On the host" not in judged("timeout", host=diagnosis | {"root_cause": cause | {"check": "reach"}})["next_step"]
    )
    assert "On the host" not in judged("timeout", host=diagnosis | {"root_cause": None})["next_step"]


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


def test_a_host_that_could_not_be_examined_says_nothing() -> None:
    assert judged("timeout", host={"unreachable": True, "msg": "x"})["where"] == "host_or_path"


def test_facts_by_host_and_port() -> None:
    looks = [{"vantage": "v1", "targets": [target("timeout")]}]
    hosts = {"web03": {"listening": True}, "web03:3389": {"listening": False}}
    assert matrix(looks, hosts)["targets"][0]["where"] == "host"


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


_MAYBE = st.sampled_from([True, False, None])


@given(
    st.lists(st.sampled_from([*OUTCOMES, None, "something new"]), min_size=1, max_size=6),
    st.fixed_dictionaries(
        {
            "listening": _MAYBE,
            "firewall_allows": _MAYBE,
            "firewall_scoped": _MAYBE,
            "port": st.sampled_from([None, 3389, 1]),
        }
    ),
)
def test_every_case_has_a_cause(outcomes: list[str | None], host: Json) -> None:
    if not any(outcomes):
        return
    row = judged(*outcomes, host=host)
    assert row["reason"] and row["next_step"] and "None" not in row["reason"]
    # Somebody gets in only if somebody got an answer or a connection, and nobody's silence makes a target healthy.
    assert bool(row["open_from"]) >= ("rdp" in outcomes)
    assert bool(row["open_from"]) <= bool({"rdp", "open"} & set(outcomes))
    assert (row["blocked"] == "none") == (row["where"] == "nowhere")
    if row["blocked"] == "none":
        assert {outcome for outcome in outcomes if outcome} <= {"rdp", "open", "unknown"}
    # A connection alone proves nothing.
    assert row["proven"] <= bool("rdp" in outcomes or (host["listening"] and host["port"] in (None, 3389)))
