# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""netstat renders what real Windows printed: whole files byte for byte where the source is complete."""

from __future__ import annotations

import re

import pytest

from lab.languages import language
from lab.machine import Machine
from lab.state.sockets import Socket
from lab.testing import Corpus, CorpusBytes, Shell
from lab.tools.netstat import row

END = re.compile(r"^\[?(?P<address>.*?)\]?:(?P<port>\d+)$")


def read_row(line: str, states: dict[str, str]) -> Socket:
    """A printed row -> the socket it shows."""
    parts = line.split()
    local = END.match(parts[1])
    assert local is not None, line
    if parts[0] == "UDP":
        pid = int(parts[3]) if len(parts) > 3 else 0
        other = END.match(parts[2])
        if parts[2] == "*:*" or other is None:
            return Socket("UDP", local["address"], int(local["port"]), pid)
        return Socket("UDP", local["address"], int(local["port"]), pid, other["address"], int(other["port"]))
    remote = END.match(parts[2])
    assert remote is not None, line
    state = states.get(parts[3], parts[3])
    pid = int(parts[4]) if len(parts) > 4 else 0
    return Socket("TCP", local["address"], int(local["port"]), pid, remote["address"], int(remote["port"]), state)


def render(text: str, code: str, *, pid: bool) -> list[str]:
    """The rows of a corpus file, read and rendered again."""
    texts = language(code)
    states = {texts[f"netstat.{word}"]: word for word in ("LISTENING", "ESTABLISHED", "TIME_WAIT", "CLOSE_WAIT")}
    rows = [line for line in text.split("\n") if re.match(r"\s*(TCP|UDP) ", line)]
    return [row(read_row(line, states), texts, pid=pid) for line in rows]


@pytest.mark.parametrize(
    ("name", "code", "pid"),
    [("01", "en-US", True), ("03", "en-US", False), ("20", "es-ES", True)],
)
def test_a_complete_file_comes_out_again_byte_for_byte(
    name: str, code: str, pid: bool, corpus_bytes: CorpusBytes
) -> None:
    data = corpus_bytes(f"netstat/{name}").decode()
    texts = language(code)
    header = ["", texts["netstat.title"], "", texts["netstat.header_pid" if pid else "netstat.header"]]

    rendered = "\r\n".join([*header, *render(data.replace("\r\n", "\n"), code, pid=pid), ""])

    assert rendered == data


@pytest.mark.parametrize(("name", "code"), [("09", "fr-FR"), ("12", "es-ES"), ("23", "zh-CN")])
def test_excerpts_have_the_same_header_and_rows(name: str, code: str, corpus_text: Corpus) -> None:
    lines = [line.rstrip() for line in corpus_text(f"netstat/{name}").split("\n")]

    assert language(code)["netstat.title"] in lines
    assert language(code)["netstat.header_pid"] in lines
    assert render("\n".join(lines), code, pid=True) == [line for line in lines if re.match(r"\s*(TCP|UDP) ", line)]


def test_japanese_has_the_wide_protocol_column(corpus_text: Corpus) -> None:
    lines = [line.removeprefix("   ") for line in corpus_text("netstat/16").split("\n")]
    wanted = [line for line in lines if line.startswith("  TCP ")]

    assert language("ja-JP")["netstat.header_pid"] in lines
    assert render("\n".join(wanted), "ja-JP", pid=True) == wanted


def test_german_translates_the_state(corpus_text: Corpus) -> None:
    header = corpus_text("netstat/06").split("\n")[:3]
    texts = language("de-DE")

    assert [texts["netstat.title"], "", texts["netstat.header_pid"]] == header
    shown = row(Socket("TCP", "0.0.0.0", 25, 4552, "0.0.0.0", 0, "LISTENING"), texts, pid=True)
    # The source was decoded with the wrong code page: its TM sign is the byte of an O with two dots.
    assert shown == corpus_text("netstat/06").split("\n")[3].replace("™", "Ö")


def test_rows_are_in_the_real_order(corpus_text: Corpus) -> None:
    """TCP before UDP, version 4 before 6, by address and port."""
    lines = [line for line in corpus_text("netstat/03").split("\n")[4:] if line and "fe80" not in line]
    rows = [read_row(line, {}) for line in lines]

    assert sorted(rows, key=Socket.order) == rows


def test_the_machine_lists_term_service_on_four_rows(machine: Machine, shell: Shell) -> None:
    service = machine.services.get("TermService")
    assert service is not None
    rows = [line.split() for line in shell.run("netstat -aon").splitlines() if ":3389" in line]

    assert [(line[0], line[1], line[-1]) for line in rows] == [
        ("TCP", "0.0.0.0:3389", str(service.pid)),
        ("TCP", "[::]:3389", str(service.pid)),
        ("UDP", "0.0.0.0:3389", str(service.pid)),
        ("UDP", "[::]:3389", str(service.pid)),
    ]


@pytest.mark.parametrize("line", ["netstat -ab", "netstat -a", "netstat -anz", "netstat foo"])
def test_what_the_lab_does_not_know_is_loud(line: str, shell: Shell) -> None:
    shell.run(line)

    assert shell.code != 0
    assert len(shell.machine.errors()) == 1
