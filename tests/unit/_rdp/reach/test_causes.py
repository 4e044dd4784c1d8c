# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The causes: each rule, in its order, and what the host's own facts add to them."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.module_utils.rdp_result import OUTCOMES
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import ARTICLE
from hypothesis import given
from hypothesis import strategies as st

from .rows import Json, finding, judged, target

HEALTHY = {"listening": True, "firewall_allows": True, "port": 3389}


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


def test_the_device_that_forbids_is_named() -> None:
    row = judged("rdp", target("prohibited", reported_by="192.0.2.254"))
    assert "(reported by 192.0.2.254)" in row["reason"]


def test_a_name_that_leads_to_different_machines() -> None:
    row = judged(target("rdp", address="192.0.2.3"), target("timeout", address="192.0.2.99"))
    assert row["where"] == "name"
    assert "leads to 192.0.2.99 there, and to 192.0.2.3 where people get in" in row["reason"]


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
