# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of a target: the outcome of several tries, the sentence, the plain values."""

from __future__ import annotations

import datetime
import json
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.module_utils.rdp_ntlm import Challenge
from ansible_collections.winops.rdp.plugins.module_utils.rdp_observation import Observation
from ansible_collections.winops.rdp.plugins.module_utils.rdp_result import OUTCOMES, scan_result, summary, target_result
from ansible_collections.winops.rdp.plugins.module_utils.rdp_x224 import HYBRID_EX, RDP, SSL, Confirm
from ansible_collections.winops.rdp.plugins.module_utils.rdp_x509 import ServerCertificate

NOW = datetime.datetime(2026, 8, 1, 12, tzinfo=datetime.UTC)


def saw(outcome: str, **what: t.Any) -> Observation:
    observed = Observation()
    observed.outcome = outcome
    for name, value in what.items():
        assert hasattr(observed, name)
        setattr(observed, name, value)
    return observed


def certificate(days: int = 100) -> ServerCertificate:
    end = NOW + datetime.timedelta(days=days)
    return ServerCertificate("CN=web03", "CN=web03", "A1", "B2", end - datetime.timedelta(days=182), end, True)


@pytest.mark.parametrize(
    ("observed", "said"),
    [
        (saw("rdp", confirm=Confirm(HYBRID_EX), requires_nla=True), "and requires Network Level Authentication."),
        (saw("rdp", confirm=Confirm(HYBRID_EX), requires_nla=False), "and does not require it."),
        (saw("rdp", confirm=Confirm(HYBRID_EX)), "with Network Level Authentication."),
        (saw("rdp", confirm=Confirm(SSL)), "with TLS, without Network Level Authentication."),
        (saw("rdp", confirm=Confirm(RDP)), "with the old RDP security"),
        (saw("rdp", confirm=Confirm(failure=2)), "with the old RDP security"),
        (saw("rdp", confirm=Confirm(failure=5)), "requires another client: HYBRID_REQUIRED_BY_SERVER."),
        (saw("rdp", confirm=Confirm(SSL), error="NO_SHARED_CIPHER"), "can't set up TLS with it: NO_SHARED_CIPHER."),
        (saw("rdp", confirm=Confirm(SSL), certificate=certificate(-3)), "Its certificate expired on 2026-07-29."),
        (saw("no_certificate", stage="negotiate"), "has no usable certificate."),
        (saw("tls_failed", stage="tls", error="X"), "breaks TLS off: X. Either the two have no version"),
        (saw("not_rdp", greeting="SSH-2.0-x"), "Another program answers on web03:3389: SSH-2.0-x"),
        (saw("not_rdp", greeting=""), "Another program answers on web03:3389."),
        (saw("no_answer", stage="negotiate"), "says nothing: the service hangs, or another program has the port."),
        (saw("no_answer", stage="negotiate", began_answer=True), "does not finish within 2.5 s."),
        (saw("no_answer", stage="tls"), "hangs while TLS is set up (2.5 s)."),
        (
            saw("reset", stage="negotiate", error="it closed the connection"),
            "accepts the connection and breaks it off: it",
        ),
        (
            saw("reset", error="Connection was reset"),
            "breaks the connection off while it is made: Connection",
        ),
        (saw("open"), "Whether Remote Desktop answers there can't be seen from Windows."),
        (
            saw("no_connection", error="X"),
            "There is no connection to web03:3389, and this computer does not say why: X",
        ),
        (saw("refused", error="Connection refused"), "nothing listens there and no Windows Firewall hides that, or"),
        (saw("prohibited", error="No route to host", reported_by="192.0.2.1"), "192.0.2.1 forbids the connection"),
        (saw("prohibited", error="Permission denied"), "A route or firewall of this computer forbids"),
        (
            saw("timeout"),
            "No answer from web03:3389 within 2.5 s: nothing listens there, which the Windows Firewall hides",
        ),
        (saw("unreachable", error="No route to host", reported_by="192.0.2.1"), "(reported by 192.0.2.1)."),
        (saw("unreachable", error="Network is unreachable"), "No route to web03:3389: Network is unreachable."),
        (
            saw("name", error="Name or service not known"),
            "The name web03 can't be resolved: Name or service not known.",
        ),
        (saw("unknown", error="Too many open files"), "web03:3389 could not be judged: Too many open files."),
    ],
)
def test_every_outcome_is_a_sentence(observed: Observation, said: str) -> None:
    sentence = summary("web03", 3389, observed, 2.5, NOW)
    assert said in sentence and "web03" in sentence
    assert "None" not in sentence and ".." not in sentence and ": ." not in sentence
    json.dumps(target_result("web03", 3389, [observed], 2.5, NOW))


def test_no_outcome_is_without_a_sentence() -> None:
    for outcome in OUTCOMES:
        assert summary("2001:db8::3", 3389, saw(outcome, confirm=Confirm(SSL)), 1, NOW)
    assert "[2001:db8::3]:3389" in summary("2001:db8::3", 3389, saw("timeout"), 1, NOW)


def test_of_several_tries_the_best_one_counts() -> None:
    tries = [saw("timeout"), saw("rdp", connect=0.00125, confirm=Confirm(SSL), address="192.0.2.3"), saw("timeout")]
    said = target_result("web03", 3389, [*tries, saw("refused")], 1, NOW)
    assert (said["outcome"], said["address"], said["loss_percent"]) == ("rdp", "192.0.2.3", 75.0)
    assert [each["outcome"] for each in said["tries"]] == ["timeout", "rdp", "timeout", "refused"]
    assert [each["connect_ms"] for each in said["tries"]] == [None, 1.25, None, None]


def test_a_connection_of_unknown_duration_is_no_loss() -> None:
    # Test-NetConnection does not say how long one took.
    assert target_result("web03", 3389, [saw("open"), saw("no_connection")], 1, NOW)["loss_percent"] == 50.0


@pytest.mark.parametrize(
    ("outcomes", "reachable"), [(("rdp", "open"), True), (("rdp", "no_certificate"), False), (("unknown",), False)]
)
def test_a_scan_counts_its_outcomes(outcomes: tuple[str, ...], reachable: bool) -> None:
    targets = [{"outcome": outcome} for outcome in (*outcomes, outcomes[0])]
    scanned = scan_result(targets)
    assert (scanned["reachable"], scanned["changed"], scanned["targets"]) == (reachable, False, targets)
    assert scanned["outcomes"] == {outcome: 1 + (outcome == outcomes[0]) for outcome in outcomes}


def test_a_fault_of_this_computer_is_not_a_loss() -> None:
    assert target_result("web03", 3389, [saw("unknown")], 1, NOW)["loss_percent"] is None
    assert target_result("web03", 3389, [saw("unknown"), saw("refused")], 1, NOW)["loss_percent"] == 100.0
    assert target_result("web03", 3389, [saw("unknown", connect=0.1)], 1, NOW)["loss_percent"] == 0.0


@pytest.mark.parametrize(
    ("confirm", "asked", "protocol", "required"),
    [
        (Confirm(HYBRID_EX), True, "hybrid_ex", True),
        (Confirm(HYBRID_EX), False, "hybrid_ex", False),
        (Confirm(HYBRID_EX), None, "hybrid_ex", None),
        (Confirm(SSL), None, "ssl", False),
        (Confirm(RDP), None, "rdp", False),
        (Confirm(failure=2), None, "rdp", False),
        (Confirm(failure=5), None, None, True),
        (Confirm(failure=3), None, None, None),
    ],
)
def test_protocol_and_whether_nla_is_required(
    confirm: Confirm, asked: bool | None, protocol: str | None, required: bool | None
) -> None:
    said = target_result("web03", 3389, [saw("rdp", confirm=confirm, requires_nla=asked)], 1, NOW)["rdp"]
    assert (said["selected_protocol"], said["requires_nla"]) == (protocol, required)


def test_certificate_and_clock() -> None:
    challenge = Challenge(
        {"dns_host": "web03.example.com"}, "10.0.20348", 20348, NOW + datetime.timedelta(seconds=301.4)
    )
    observed = saw(
        "rdp", confirm=Confirm(HYBRID_EX), certificate=certificate(-1), challenge=challenge, challenged_at=NOW
    )
    said = target_result("web03", 3389, [observed], 1, NOW)
    assert said["certificate"]["expired"] is True and said["certificate"]["not_after"] == "2026-07-31T12:00:00Z"
    assert said["ntlm"]["ahead_seconds"] == 301 and said["ntlm"]["time"] == "2026-08-01T12:05:01Z"
    assert said["ntlm"]["netbios_host"] is None
