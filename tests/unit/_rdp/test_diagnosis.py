# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a host is judged by several checks, with checks made up for the purpose."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import diagnosis, model
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.check import Check
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import (
    Command,
    CommandResult,
    Expectation,
    Probe,
)
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.host import Host

WANTED = Expectation()


def _text(output: CommandResult) -> str:
    if output.data == b"?":
        raise UnreadableError("this says nothing", "?")
    return output.data.decode()


ONE = Probe(Command("one"), _text)
TWO = Probe(Command("two"), _text)


def _judge(wanted: Expectation, *readings: str) -> model.Verdict:
    if "crash" in readings:
        raise ZeroDivisionError("by zero")
    if "bad" in readings:
        return model.problem("It is bad.", expected="good", found="bad", fix="make it good")
    return model.ok("It is good.")


def _check(name: str, *needs: Probe[t.Any], **more: t.Any) -> Check:
    def judge(expected: Expectation, host: Host) -> model.Verdict:
        return _judge(expected, *(host.readings.of(probe) for probe in needs))

    return Check(name, f"{name} is fine.", judge, section=name, needs=needs, **more)


def _diagnose(checks: t.Sequence[Check], **outputs: bytes | None) -> dict[str, model.Finding]:
    readings = Readings(
        {
            Command(name): CommandResult(data or b"", None if data is None else 0, Command(name))
            for name, data in outputs.items()
        }
    )
    return {finding.check: finding for finding in diagnosis.diagnose(checks, Host(readings), WANTED)}


A, B = _check("a", ONE), _check("b", TWO)
C = _check("c", TWO, requires=(A,))
D = _check("d", TWO, requires=(C,))


def test_findings_come_in_the_order_of_the_checks_with_their_commands() -> None:
    findings = _diagnose((A, B), one=b"good", two=b"bad")
    assert [finding.status for finding in findings.values()] == ["ok", "problem"]
    assert findings["b"].commands == ("two",) and findings["b"].section.endswith("#b")
    assert findings["b"].to_json()["commands"] == ["two"]


@pytest.mark.parametrize("outputs", [{}, {"one": None}, {"one": b"?"}])
def test_what_was_not_seen_or_understood_is_unknown(outputs: dict[str, bytes | None]) -> None:
    assert _diagnose((A,), **outputs)["a"].status == "unknown"


def test_mistake_in_one_check_is_unknown_and_leaves_the_others_alone() -> None:
    findings = _diagnose((A, B), one=b"crash", two=b"good")
    assert findings["a"].status == "unknown" and "ZeroDivisionError" in findings["a"].found
    assert findings["b"].status == "ok"


@pytest.mark.parametrize("first", [b"bad", b"?"])
def test_skipped_says_which_check_comes_first_even_if_that_was_not_asked_for(first: bytes) -> None:
    findings = _diagnose((C, D), one=first, two=b"good")
    assert "because a is not ok" in findings["c"].summary and "because c is not ok" in findings["d"].summary
    assert {finding.status for finding in findings.values()} == {"skipped"}


def test_each_probe_is_looked_at_once_with_those_of_required_checks() -> None:
    assert diagnosis.probes((D, C, B)) == (ONE, TWO)


def test_root_cause_is_the_first_problem_or_what_explains_it() -> None:
    explained = _check("e", ONE, explained_by=(B,))
    checks = (explained, A, B)
    both = tuple(_diagnose(checks, one=b"bad", two=b"bad").values())
    assert diagnosis.root_cause(both, checks).check == "b"
    alone = tuple(_diagnose(checks, one=b"bad", two=b"good").values())
    assert diagnosis.root_cause(alone, checks).check == "e"
    assert diagnosis.root_cause(tuple(_diagnose(checks, one=b"good", two=b"good").values()), checks) is None


@pytest.mark.parametrize(
    ("outputs", "healthy", "step"),
    [
        ({"one": b"good", "two": b"good"}, True, diagnosis.NOTHING_TO_DO),
        ({"one": b"?", "two": b"bad"}, False, "make it good"),
        ({"one": b"good", "two": b"?"}, False, "Run the commands below"),
    ],
)
def test_next_step(outputs: dict[str, bytes], healthy: bool, step: str) -> None:
    findings = tuple(_diagnose((A, B), **outputs).values())
    assert diagnosis.healthy(findings, ()) is healthy
    assert step in diagnosis.next_step(findings, diagnosis.root_cause(findings, (A, B)))


@pytest.mark.parametrize(
    ("fail_on", "failing"), [("never", ""), ("problem", "b"), ("unknown", "ab"), ("warning", "ab")]
)
def test_fail_on_includes_what_is_worse(fail_on: str, failing: str) -> None:
    findings = tuple(_diagnose((A, B), one=b"?", two=b"bad").values())
    assert [line[0] for line in diagnosis.failing(findings, fail_on)] == list(failing)


def _more(expected: Expectation, host: Host) -> tuple[Probe[str], ...]:
    """Ask for TWO, and for THREE once TWO says so."""
    return (TWO, THREE) if host.readings.get(TWO) == "more" else (TWO,)


def _read_all(expected: Expectation, host: Host) -> model.Verdict:
    return model.ok(" ".join(host.readings.of(probe) for probe in (ONE, *_more(expected, host))))


THREE = Probe(Command("three"), _text)
CURIOUS = Check("curious", "It knows.", _read_all, section="curious", needs=(ONE,), follow_up=_more)


def test_check_asks_for_more_until_it_knows() -> None:
    def output(name: str, text: bytes) -> dict[Command, CommandResult]:
        return {Command(name): CommandResult(text, 0, Command(name))}

    readings = Readings(output("one", b"a"))
    assert diagnosis.follow_ups((CURIOUS,), Host(readings), WANTED) == (TWO,)
    readings = readings.with_more(output("two", b"more"))
    assert diagnosis.follow_ups((CURIOUS,), Host(readings), WANTED) == (THREE,)
    readings = readings.with_more(output("three", b"c"))
    assert diagnosis.follow_ups((CURIOUS,), Host(readings), WANTED) == ()
    (finding,) = diagnosis.diagnose((CURIOUS,), Host(readings), WANTED)
    assert finding.summary == "a more c" and finding.commands == ("one", "two", "three")


def test_answer_that_was_cut_off_is_not_asked_for_again() -> None:
    cut = Readings(
        {command: CommandResult(b"a", code, command) for command, code in ((Command("one"), 0), (Command("two"), None))}
    )
    assert diagnosis.follow_ups((CURIOUS,), Host(cut), WANTED) == ()
    assert diagnosis.diagnose((CURIOUS,), Host(cut), WANTED)[0].status == "unknown"


def test_mistake_in_a_follow_up_loses_its_own_check_alone() -> None:
    def broken(*_seen: t.Any) -> t.Any:
        raise ValueError("not safe in a command line")

    check = Check("made", "It is fine.", lambda *_seen: model.ok("fine"), section="x", needs=(), follow_up=broken)
    assert diagnosis.follow_ups((check,), Host(Readings({})), Expectation()) == ()
    assert diagnosis.diagnose((check,), Host(Readings({})), Expectation())[0].status == "ok"
