# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""qwinsta and query user render what real Windows printed for the same sessions."""

from __future__ import annotations

import pytest

from lab.machine import Machine
from lab.state.sessions import Session
from lab.testing import Corpus, MakeShell, Shell

GUID = "31c5ce94259d4006a9e4"
# corpus file -> language, windows, current session, sessions (id, name, state, user, type), listeners
SERVICES = (0, "services", "Disc", "", "")
CASES = {
    "01": ("ru-RU", "server2022", 2,
           [SERVICES, (1, "console", "Conn", "", ""), (2, "rdp-tcp#0", "Active", "Администратор", ""),
            (3, "rdp-tcp#1", "Active", "Администратор", "")], [GUID, "rdp-tcp"]),
    "03": ("en-US", "win11", 1, [SERVICES, (1, "console", "Active", "Fidel", "")], []),
    "04": ("zh-CN", "server2016", 2,
           [SERVICES, (1, "console", "Conn", "", ""), (2, "rdp-tcp#0", "Active", "Administrator", "rdpwd")],
           ["rdp-tcp"]),
    "08": ("en-US", "server2022", 0, [SERVICES, (1, "console", "Active", "drbrown", "")], ["rdp-tcp"]),
    "10": ("en-US", "server2022", 0, [SERVICES, (1, "console", "Active", "neville.longbottom", "")], ["rdp-tcp"]),
    "13": ("en-US", "server2019", 1,
           [SERVICES, (1, "rdp-tcp#6", "Active", "eli", ""), (3, "console", "Conn", "", "")],
           ["7a78855482a04fa781dc", "rdp-tcp"]),
    "15": ("en-US", "server2022", 0,
           [SERVICES, (1, "rdp-tcp#0", "Active", "nigel.mills", ""), (2, "console", "Conn", "", "")],
           [GUID, "rdp-tcp"]),
    "16": ("ja-JP", "server2016", 2, [SERVICES, (2, "console", "Active", "user1", "")], ["rdp-tcp"]),
}  # fmt: skip


def prepared(number: str) -> Machine:
    language, windows, current, sessions, listeners = CASES[number]
    machine = Machine("host", language=language, windows=windows)
    machine.sessions.table = [Session(i, name, state, user, type=kind) for i, name, state, user, kind in sessions]
    machine.sessions.listeners = listeners
    machine.sessions.current = current
    return machine


def table(text: str) -> list[str]:
    """The lines from the header on, without the prompt, the trailing blanks and the lines' own ends."""
    lines = [line.rstrip() for line in text.split("\n")]
    start = next(i for i, line in enumerate(lines) if "ID" in line)
    return [line for line in lines[start:] if line]


@pytest.mark.parametrize("number", CASES)
def test_qwinsta_prints_the_real_table(number: str, corpus_text: Corpus) -> None:
    printed = prepared(number).create_process("qwinsta", code_page=65001)

    assert printed.exit_code == 0
    assert table(printed.stdout.decode()) == table(corpus_text(f"qwinsta/{number}"))


def test_every_row_has_the_real_trailing_blanks(corpus_text: Corpus) -> None:
    printed = prepared("13").create_process("query session", code_page=65001).stdout.decode()

    assert printed.replace("\r\n", "\n") == corpus_text("qwinsta/13")


def test_the_wide_form_has_the_real_trailing_blanks(corpus_text: Corpus) -> None:
    printed = prepared("03").create_process("qwinsta", code_page=65001).stdout.decode().replace("\r\n", "\n")

    assert printed.startswith(corpus_text("qwinsta/03"))


def test_a_session_that_is_not_there(shell: Shell) -> None:
    shell.run("qwinsta nobody")

    assert (shell.code, shell.error) == (1, "No session exists for nobody\n")
    assert shell.machine.errors() == []


def test_query_user_without_users_fails(shell: Shell) -> None:
    shell.run("query user")

    assert (shell.code, shell.error) == (1, "No User exists for *\n")


def test_quser_lists_people(on: MakeShell) -> None:
    shell = on(faults=("active-sessions",))

    assert [line.split()[:4] for line in shell.run("quser").splitlines()[1:]] == [
        ["anna.keller", "rdp-tcp#0", "2", "Active"],
        ["jsmith", "rdp-tcp#1", "3", "Active"],
    ]
