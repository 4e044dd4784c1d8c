# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A call that takes too long is interrupted, what had arrived is kept, and the next call works."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
import types
import typing as t

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible_collections.winops.rdp.plugins.plugin_utils import _deadline, _host
from ansible_collections.winops.rdp.plugins.plugin_utils._deadline import Late, deadline
from ansible_collections.winops.rdp.plugins.plugin_utils._host import WindowsHost
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import CommandResult

from .test__host import Connection, Line

SOON = 0.05
LONG = 20.0


class Session(Connection):
    """A connection plugin that keeps a session."""

    def __init__(self) -> None:
        super().__init__("winrm")
        self.protocol: object | None = object()
        self.shell_id: str | None = "1"
        self._connected = True
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


class Hanging:
    """Prints what cmd.exe would until a command hangs, and keeps it as one of the connection plugins does."""

    def __init__(self, before: str, keep: t.Callable[[bytes], t.Any] = lambda data: [data[:9], data[9:]]) -> None:
        self.before, self.keep = before, keep
        self.swallowed = 0
        self.ended: subprocess.Popen[bytes] | None = None

    def __call__(self, line: str, *, sudoable: bool) -> dict[str, t.Any]:
        sent = [b"ssh", line.encode()]
        nonce = line.partition("echo @")[2][:8]
        kept = self.keep(self.before.replace("#", nonce).encode())
        self.wait(sent, kept)
        raise AssertionError("nobody interrupted it")

    def wait(self, *_held: object) -> None:
        time.sleep(LONG)


BEFORE = "banner\r\n@# b 0@ \r\nWindows\r\n@# 0 0@ \r\nhalf"
KEPT = {
    "parts, as winrm keeps them": lambda data: [data[:9], data[9:]],
    "bytes, as ssh keeps them": lambda data: data,
    "lines of a pipeline, as psrp keeps them": lambda data: types.SimpleNamespace(output=data.decode().split("\r\n")),
}


@pytest.mark.parametrize("keep", KEPT.values(), ids=KEPT)
def test_answers_that_had_arrived_are_kept(keep: t.Callable[[bytes], t.Any]) -> None:
    connection = Session()
    host = WindowsHost(connection, Hanging(BEFORE, keep))
    start = time.monotonic()
    ran = host.run(["ver", "qwinsta", "sc qc x"], SOON)
    assert time.monotonic() - start < LONG / 2
    assert ran == [
        CommandResult(b"Windows\r\n", 0),
        CommandResult(b"half", None, late=True),
        CommandResult(b"", None, late=True, begun=False),
    ]
    assert connection.closed == 1 and connection.protocol is None and not connection._connected


def test_nothing_that_arrived_is_nothing_known() -> None:
    host = WindowsHost(Session(), Hanging("", lambda data: [data]))
    assert host.run(["ver", "qwinsta"], SOON) == [CommandResult(b"", None, late=True, begun=False)] * 2


def test_no_line_is_sent_after_one_that_was_late() -> None:
    commands = [f"reg query {'k' * 200}{n:03}" for n in range(30)]
    host = WindowsHost(Session(), Hanging("@# b 0@ \r\n"))
    ran = host.run(commands, SOON)
    assert host.round_trips == 1 and len(ran) == len(commands) and all(one.late for one in ran)
    assert [one.begun for one in ran] == [True] + [False] * (len(commands) - 1)


def test_next_call_after_a_late_one_works() -> None:
    connection = Session()
    assert WindowsHost(connection, Hanging("")).run(["ver"], SOON)[0].late
    assert WindowsHost(connection, Line({"ver": (b"10.0", 0)})).run(["ver"], SOON) == [CommandResult(b"10.0", 0)]
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_error_of_the_cleaning_up_is_late_all_the_same() -> None:
    class Failing(Hanging):
        def wait(self, *held: object) -> None:
            try:
                super().wait(*held)
            finally:
                raise OSError("400 Bad Request")

    ran = WindowsHost(Session(), Failing(BEFORE)).run(["ver", "qwinsta"], SOON)
    assert ran == [CommandResult(b"Windows\r\n", 0), CommandResult(b"half", None, late=True)]


def test_cleaning_up_that_hangs_is_interrupted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_deadline, "GRACE", SOON)

    class Stubborn(Hanging):
        def wait(self, *held: object) -> None:
            try:
                super().wait(*held)
            finally:
                time.sleep(LONG)

    class HangsClosing(Session):
        def close(self) -> None:
            time.sleep(LONG)

    connection = HangsClosing()
    start = time.monotonic()
    ran = WindowsHost(connection, Stubborn(BEFORE)).run(["ver", "qwinsta"], SOON)
    assert time.monotonic() - start < LONG / 2
    assert ran[0] == CommandResult(b"Windows\r\n", 0) and ran[1].late and connection.protocol is None


def test_no_plugin_can_take_it_for_an_error_of_its_own() -> None:
    class Retrying(Hanging):
        def wait(self, *held: object) -> None:
            try:
                super().wait(*held)
            except Exception as exc:
                raise AnsibleConnectionFailure("again") from exc

    assert WindowsHost(Session(), Retrying("")).run(["ver"], SOON)[0].late


def test_program_that_waits_for_the_host_is_ended() -> None:
    class Ssh(Hanging):
        def wait(self, *held: object) -> None:
            process = self.ended = subprocess.Popen(["sleep", "60"])
            time.sleep(LONG)
            assert process

    ssh = Ssh("")
    assert WindowsHost(Session(), ssh).run(["ver"], SOON)[0].late
    assert ssh.ended is not None and ssh.ended.wait(5) < 0


def test_alarm_of_the_task_stays_in_force() -> None:
    class TaskTimeout(BaseException):
        pass

    def of_the_task(_signal: int, _frame: object) -> None:
        raise TaskTimeout

    before = signal.signal(signal.SIGALRM, of_the_task)
    try:
        signal.setitimer(signal.ITIMER_REAL, 4 * SOON)
        with pytest.raises(Late), deadline(SOON):
            time.sleep(LONG)
        with pytest.raises(TaskTimeout), deadline(LONG):
            time.sleep(LONG)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_another_thread_can_not_be_interrupted_and_is_not_harmed() -> None:
    done: list[bool] = []

    def work() -> None:
        with deadline(SOON):
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]


def test_answer_that_grows_too_large_is_interrupted_long_before_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_deadline, "_BETWEEN", SOON)
    monkeypatch.setattr(_host, "MAX_ANSWER", 1 << 20)

    class Flooding(Hanging):
        def wait(self, *held: t.Any) -> None:
            start = time.monotonic()
            while time.monotonic() < start + LONG:
                held[1].append(b"x" * (1 << 16))
                time.sleep(0.001)

    start = time.monotonic()
    ran = WindowsHost(Session(), Flooding(BEFORE)).run(["ver", "netstat", "sc qc x"], LONG)
    assert time.monotonic() - start < LONG / 2
    assert (
        ran[0] == CommandResult(b"Windows\r\n", 0)
        and ran[1] == CommandResult(b"", None, late=True, flood=True)
        and not ran[2].begun
    )
