# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a batch of commands is written and how its answer is cut, without a host."""

from __future__ import annotations

import functools
import re
import typing as t

import pytest
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible_collections.winops.rdp.plugins.plugin_utils._host import WindowsHost
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import HostError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import CommandResult
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import temporary


class Shell:
    def __init__(self, family: str, windows: bool) -> None:
        self.SHELL_FAMILY = family
        self._IS_WINDOWS = windows


class Connection:
    def __init__(self, transport: str, family: str = "powershell", windows: bool = True) -> None:
        self.transport = transport
        self._shell = Shell(family, windows)


class Line:
    """Answers each line as cmd.exe would, with what ``answers`` says for each command."""

    def __init__(self, answers: t.Mapping[str, tuple[bytes, int]], before: bytes = b"", cut: int | None = None) -> None:
        self.answers, self.before, self.cut = answers, before, cut
        self.lines: list[str] = []

    def __call__(self, line: str, *, sudoable: bool) -> dict[str, t.Any]:
        assert not sudoable
        self.lines.append(line)
        inner = line[line.index("/c ") + 4 : -1]
        printed, code = self.before, 0
        for part in inner.split(" & "):
            if part.startswith("echo @"):
                printed += part.removeprefix("echo ").replace("!errorlevel!", str(code)).encode() + b" \r\n"
            elif part != "exit 0":
                output, code = self.answers[part.removesuffix(" <nul 2>&1")]
                printed += output
        return {"stdout": printed[: self.cut].decode("utf-8", "surrogateescape"), "stderr": "", "rc": 0}


def test_results_belong_to_their_commands() -> None:
    line = Line({"ver": (b"\r\nWindows\r\n", 0), "qwinsta": (b"no newline at end", 1), "sc qc x": (b"", -5)})
    host = WindowsHost(Connection("winrm"), line)
    assert host.run(["ver", "qwinsta", "sc qc x"]) == [
        CommandResult(b"\r\nWindows\r\n", 0),
        CommandResult(b"no newline at end", 1),
        CommandResult(b"", -5),
    ]
    assert host.round_trips == 1


def test_banner_is_cut_off_and_bytes_come_back() -> None:
    line = Line({"ver": ("Größe".encode("cp850"), 0)}, before=b"Welcome to AutoRun\r\n")
    assert WindowsHost(Connection("ssh", "cmd"), line).run(["ver"]) == [CommandResult("Größe".encode("cp850"), 0)]


@pytest.mark.parametrize("keep", range(0, 140, 3))
def test_answer_that_ends_early_never_looks_complete(keep: int) -> None:
    line = Line({"one": (b"1" * 30, 0), "two": (b"2" * 30, 0)}, cut=keep)
    try:
        ran = WindowsHost(Connection("winrm"), line).run(["one", "two"])
    except HostError as exc:
        assert keep < 20 and "did not run the commands" in str(exc)
        return
    assert ran[0] in (CommandResult(b"1" * 30, 0),) or ran[0].exit_code is None
    assert ran[1] in (CommandResult(b"2" * 30, 0),) or ran[1].exit_code is None
    assert not (ran[1].exit_code is not None and ran[0].exit_code is None)


@pytest.mark.parametrize(
    ("connection", "start", "end"),
    [
        (Connection("winrm"), "cmd.exe /d /v:on /s /c 'echo @", "exit 0'"),
        # Since ansible-core 2.21 winrm claims to be cmd, and still runs PowerShell.
        (Connection("ansible.builtin.winrm", "cmd"), "cmd.exe /d /v:on /s /c 'echo @", "exit 0'"),
        (Connection("psrp"), "cmd.exe /d /v:on /s /c 'echo @", "exit 0'"),
        (Connection("ssh", "powershell"), "cmd.exe /d /v:on /s /c 'echo @", "exit 0'"),
        (Connection("ssh", "cmd"), 'cmd.exe /d /v:on /s /c "echo @', 'exit 0"'),
    ],
)
def test_outer_shell_follows_the_transport(connection: Connection, start: str, end: str) -> None:
    line = Line({"ver": (b"", 0)})
    WindowsHost(connection, line).run(["ver"])
    assert line.lines[0].startswith(start) and line.lines[0].endswith(end)


@pytest.mark.parametrize("connection", [Connection("local", "sh", False), Connection("ssh", "sh", False)])
def test_linux_target_is_refused_with_a_hint(connection: Connection) -> None:
    with pytest.raises(HostError, match="ansible_shell_type"):
        WindowsHost(connection, Line({}))


def test_quotes_are_doubled_for_powershell_alone() -> None:
    command = "echo it's \u2019x"
    sent = []

    def execute(line: str, *, sudoable: bool) -> dict[str, t.Any]:
        sent.append(line)
        return {"stdout": "", "stderr": "", "rc": 0}

    for family in ("powershell", "cmd"):
        with pytest.raises(HostError):
            WindowsHost(Connection("ssh", family), execute).run([command])
    assert "echo it''s \u2019\u2019x" in sent[0] and command in sent[1]


@pytest.mark.parametrize(("transport", "limit"), [("winrm", 2900), ("psrp", 8000), ("ssh", 8000)])
def test_long_batches_are_split_at_the_limit(transport: str, limit: int) -> None:
    commands = [f"reg query {'k' * 90}{n:03}" for n in range(150)]
    line = Line({command: (command.encode(), 0) for command in commands})
    host = WindowsHost(Connection(transport), line)
    assert [ran.data.decode() for ran in host.run(commands)] == commands
    assert all(len(sent) <= limit for sent in line.lines)
    assert len({re.search(r"@(\w+) b", sent)[1] for sent in line.lines}) == len(line.lines) == host.round_trips
    sent = len(line.lines)
    with pytest.raises(HostError, match="does not fit"):
        host.run([*commands, "x" * 9000])
    assert len(line.lines) == sent, "nothing is sent if not everything can be"


def _raising(exc: Exception) -> t.Any:
    def execute(line: str, *, sudoable: bool) -> dict[str, t.Any]:
        raise exc

    return execute


@pytest.mark.parametrize("exc", [OSError("reset"), AnsibleConnectionFailure("401"), AnsibleError("it timed out")])
def test_errors_of_the_transport_mean_unreachable(exc: Exception) -> None:
    with pytest.raises(AnsibleConnectionFailure):
        WindowsHost(Connection("winrm"), _raising(exc)).run(["ver"])


def test_other_errors_of_ansible_stay_what_they_are() -> None:
    with pytest.raises(AnsibleError, match="not installed") as caught:
        WindowsHost(Connection("winrm"), _raising(AnsibleError("pywinrm is not installed"))).run(["ver"])
    assert not isinstance(caught.value, AnsibleConnectionFailure)


@pytest.mark.parametrize(
    "more",
    [b"@# 1 0@ @# 2 0@ @# 3 0@", b"@# 1 0@ @# b 0@", b"@# 1 " + b"9" * 5000 + b"@", b"@# " + b"1" * 5000 + b" 0@"],
)
def test_marks_that_are_none_of_ours_end_the_answer(more: bytes) -> None:
    def execute(line: str, *, sudoable: bool) -> dict[str, t.Any]:
        nonce = line.partition("echo @")[2][:8].encode()
        printed = (b"@# b 0@ one@# 0 7@ two" + more).replace(b"#", nonce)
        return {"stdout": printed.decode(), "stderr": "", "rc": 0}

    ran = WindowsHost(Connection("winrm"), execute).run(["one", "two"])
    assert ran[0] == CommandResult(b"one", 7) and len(ran) == 2


def test_temporary_files_of_two_runs_have_different_names_and_those_of_one_run_the_same() -> None:
    names = []
    for unique in ("0a1b2c3d", "4e5f6071"):
        line = Line({})
        line.answers = type("Any", (dict,), {"__missing__": lambda _self, _key: (b"", 0)})()
        host = WindowsHost(Connection("winrm"), line, functools.partial(temporary.chosen, unique=unique))
        host.run([f'type "{temporary.file("acl")}"'])
        host.run([f'del "{temporary.file("acl")}"'])
        found = {
            name for sent in line.lines for name in re.findall(r"%SystemRoot%\\(winops\.rdp-[0-9a-f]{8})\.acl", sent)
        }
        assert len(found) == 1 and not any(temporary.PLACEHOLDER in sent for sent in line.lines)
        names += found
    assert len(set(names)) == 2
