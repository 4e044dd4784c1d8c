# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The loop that gathers what checks need, with commands and parsers made up for the purpose."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import gathering, probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.check import Check
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import RefusedError, UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import (
    Command,
    CommandResult,
    Expectation,
    Probe,
    Verdict,
    ok,
)
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.host import Host
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.text import decode

PARSED: list[str] = []


def _text(result: CommandResult) -> str:
    PARSED.append(result.command.line)
    return decode(result.data, result.code_page)


ONE, TWO, THREE = (Probe(Command(name), _text) for name in ("one", "two", "three"))


class Asked:
    """Answers commands, and keeps in which rounds they came."""

    def __init__(self, **answers: bytes) -> None:
        self.answers = {Command(line): data for line, data in answers.items()}
        self.rounds: list[list[str]] = []

    def __call__(self, commands: t.Sequence[Command]) -> dict[Command, CommandResult]:
        """Return what the commands printed."""
        host = {probe.command for probe in probes.HOST}
        self.rounds.append([one.line for one in commands if one not in host])
        return {one: CommandResult(self.answers[one], 0) for one in commands if one in self.answers}


def _check(*needs: Probe[t.Any], more: t.Callable[[Host], tuple[Probe[t.Any], ...]] = lambda host: ()) -> Check:
    def judge(expected: Expectation, host: Host) -> Verdict:
        return ok("It is.")

    return Check("made", "It is.", judge, "x", needs, follow_up=lambda expected, host: more(host))


def test_rounds_go_on_until_nothing_new_is_named() -> None:
    def more(host: Host) -> tuple[Probe[t.Any], ...]:
        return (TWO, THREE) if host.readings.get(TWO) == "more" else (TWO,)

    run = Asked(one=b"1", two=b"more", three=b"3")
    host = gathering.gather(run, (_check(ONE, more=more),), Expectation(), (ONE,))
    assert run.rounds == [["one"], ["two"], ["three"]]
    assert host.readings.of(THREE) == "3"


def test_what_has_no_answer_is_asked_once() -> None:
    run = Asked(one=b"1")
    host = gathering.gather(run, (_check(ONE, more=lambda host: (TWO,)),), Expectation(), missing="is not recorded")
    assert run.rounds == [["one"], ["two"]]
    with pytest.raises(UnreadableError, match=r"'two' is not recorded\."):
        host.readings.of(TWO)


def test_output_is_parsed_once_in_all_rounds() -> None:
    PARSED.clear()

    def more(host: Host) -> tuple[Probe[t.Any], ...]:
        host.readings.of(ONE)
        return (TWO,)

    host = gathering.gather(Asked(one=b"1", two=b"2"), (_check(ONE, more=more),), Expectation())
    assert host.readings.of(ONE) == "1" and PARSED.count("one") == 1


def test_a_caller_may_name_more_and_end_it_after_the_first_look() -> None:
    run = Asked(one=b"1", two=b"2")
    gathering.gather(run, (), Expectation(), (ONE,), more=lambda host: (TWO,))
    assert run.rounds == [["one"], ["two"]]

    def refuse(readings: Readings) -> None:
        raise RefusedError(f"not with {readings.of(ONE)}")

    with pytest.raises(RefusedError, match="not with 1"):
        gathering.gather(run, (), Expectation(), (ONE,), more=lambda host: (TWO,), started=refuse)
    assert run.rounds[2:] == [["one"]]


def test_outputs_are_read_in_the_code_page_that_the_host_names() -> None:
    key = rb"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Nls\CodePage"
    listing = b"\r\n" + key + b"\r\n    OEMCP    REG_SZ    850\r\n\r\n"
    run = Asked(one="Größe".encode("cp850"), **{probes.CODE_PAGE.command.line: listing})
    assert gathering.gather(run, (_check(ONE),), Expectation()).readings.of(ONE) == "Größe"


def test_what_a_32_bit_shell_sees_elsewhere_is_lost() -> None:
    query = Command(r"reg query HKLM\SOFTWARE\Vendor")
    run = Asked(**{query.line: b"x", probes.EMULATED.command.line: b"AMD64\r\n"})
    readings = gathering.gather(run, (), Expectation(), (Probe(query, _text),)).readings
    with pytest.raises(UnreadableError, match="32-bit shell"):
        readings.of(Probe(query, _text))
