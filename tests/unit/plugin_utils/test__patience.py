# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host on which programs hang is looked at in bounded time, and what does not hang is answered."""

from __future__ import annotations

import re
import time
import typing as t

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible_collections.winops.rdp.plugins.plugin_utils import _patience
from ansible_collections.winops.rdp.plugins.plugin_utils._host import MAX_ANSWER, WindowsHost
from ansible_collections.winops.rdp.plugins.plugin_utils._patience import PatientHost, program_of
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import CommandResult

from .test__deadline import Session

LOOK = ["ver", "reg query A", "qwinsta", "netstat -ano", "netsh a", "reg query B", "netsh b", "tasklist", "sc qc x"]
HANGS = 30.0
SECONDS = 2.0


class Host:
    """Answers each command with itself, but for programs that hang. Keeps what was sent."""

    def __init__(self, *hanging: str, shows: bool = True) -> None:
        self.hanging, self.shows = hanging, shows
        self.sent: list[list[str]] = []

    def __call__(self, line: str, *, sudoable: bool) -> dict[str, t.Any]:
        mark = line.partition("echo ")[2][:9]
        commands = [part.removesuffix(" <nul 2>&1") for part in line[line.index("/c ") + 4 : -1].split(" & ")[1::2]]
        commands = commands[: line.count(" <nul 2>&1")]
        self.sent.append(commands)
        printed = [f"{mark} b 0@\r\n".encode()]
        for index, command in enumerate(commands):
            if program_of(command) in self.hanging:
                if not self.shows:
                    printed.clear()
                time.sleep(HANGS)
            printed.append(f"{command}\r\n{mark} {index} 0@\r\n".encode())
        return {"stdout": b"".join(printed).decode(), "stderr": "", "rc": 0}


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for long."""
    monkeypatch.setattr(_patience, "_ALONE", 0.2)
    monkeypatch.setattr(_patience, "_SIGN_OF_LIFE", 0.2)


def _answered(ran: list[CommandResult]) -> list[str]:
    return [one.data.decode().strip() for one in ran if one.exit_code == 0]


def _without(*programs: str) -> list[str]:
    return [line for line in LOOK if program_of(line) not in programs]


def test_healthy_host_is_asked_once() -> None:
    host = Host()
    assert _answered(PatientHost(Session(), host).query(LOOK, SECONDS)) == LOOK
    assert host.sent == [LOOK]


@pytest.mark.parametrize("shows", [True, False], ids=["its answer arrives in parts", "its answer arrives at its end"])
@pytest.mark.parametrize("program", ["qwinsta", "netstat", "netsh", "tasklist"])
def test_program_that_hangs_costs_its_own_answer(program: str, shows: bool) -> None:
    host = Host(program, shows=shows)
    start = time.monotonic()
    ran = PatientHost(Session(), host).query(LOOK, SECONDS)
    assert time.monotonic() - start < 2 * SECONDS
    assert _answered(ran) == _without(program)
    lost = [one for line, one in zip(LOOK, ran, strict=True) if program_of(line) == program]
    assert lost[0].late and lost[0].begun == (shows or lost[0].begun) and all(one.late for one in lost)


def test_everything_that_can_hang_at_once() -> None:
    hanging = ("qwinsta", "netstat", "netsh", "tasklist")
    start = time.monotonic()
    ran = PatientHost(Session(), Host(*hanging)).query(LOOK, SECONDS)
    assert time.monotonic() - start < 2 * SECONDS
    assert _answered(ran) == _without(*hanging)


def test_registry_that_hangs_leaves_the_programs() -> None:
    ran = PatientHost(Session(), Host("reg")).query(LOOK, SECONDS)
    assert set(_answered(ran)) >= {"ver", "qwinsta", "netstat -ano", "netsh a", "netsh b", "tasklist"}


def test_host_that_runs_nothing_is_unreachable_soon() -> None:
    host = Host("ver", "qwinsta", shows=False)
    start = time.monotonic()
    with pytest.raises(AnsibleConnectionFailure, match="timed out"):
        PatientHost(Session(), host).query(LOOK, SECONDS)
    assert time.monotonic() - start < 2 * SECONDS and host.sent == [LOOK, ["ver"]]


def test_program_that_has_hung_is_asked_by_itself_afterwards() -> None:
    sent = Host("qwinsta")
    host = PatientHost(Session(), sent)
    host.query(LOOK, SECONDS)
    sent.sent.clear()
    sent.hanging = ()
    assert _answered(host.query(LOOK, SECONDS)) == LOOK
    assert sent.sent == [_without("qwinsta"), ["qwinsta"]]


def test_connection_that_breaks_after_a_late_batch_keeps_what_was_answered() -> None:
    class Breaking(Host):
        def __call__(self, line: str, *, sudoable: bool) -> dict[str, t.Any]:
            if self.sent:
                raise AnsibleConnectionFailure("refused")
            return super().__call__(line, sudoable=sudoable)

    assert _answered(PatientHost(Session(), Breaking("qwinsta")).query(LOOK, SECONDS)) == ["ver", "reg query A"]


def test_output_of_one_command_that_is_too_long_costs_its_own_answer() -> None:
    class Flooding(Host):
        def __call__(self, line: str, *, sudoable: bool) -> dict[str, t.Any]:
            answer = super().__call__(line, sudoable=sudoable)
            return {**answer, "stdout": re.sub("qwinsta", "x" * (MAX_ANSWER + 1), answer["stdout"])}

    ran = WindowsHost(Session(), Flooding()).query(LOOK, SECONDS)
    assert _answered(ran) == _without("qwinsta")
    assert ran[2] == CommandResult(b"", None, flood=True)


@pytest.mark.parametrize(
    ("line", "program"),
    [
        ("qwinsta", "qwinsta"),
        (r'"C:\Windows\System32\SC.EXE" query x', "sc"),
        ('(dir /b /a "C:\\x y" | find /c /v "")', "dir"),
        (r"C:\Windows\System32\reg.exe query HKLM\x | findstr y", "reg"),
        (
            '(for /f "tokens=3" %g in (\'reg query K\') do @for %f in ("x_%g") do @(echo %g&icacls %f /save t))',
            "icacls",
        ),
        ("((reg query K /s&&echo end)|findstr /v x)", "reg"),
        ("", ""),
    ],
)
def test_program_of_a_line(line: str, program: str) -> None:
    assert program_of(line) == program
