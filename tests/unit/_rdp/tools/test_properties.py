# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for every output, however odd: tables that are rendered are read back, and nothing else is read."""

from __future__ import annotations

import contextlib
import doctest
import string
import typing as t
from types import ModuleType

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import CommandResult
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import cmd, netstat, qwinsta, reg, sc, tasklist
from hypothesis import given, settings
from hypothesis import strategies as st

from unit._rdp.tools.samples import printed

QUICK = settings(max_examples=100, deadline=None)
READERS: dict[str, t.Callable[[CommandResult], t.Any]] = {
    "reg": reg.read_query,
    "sc": sc.read_state,
    "sc qc": sc.read_config,
    "qwinsta": qwinsta.read,
    "netstat": netstat.read,
    "tasklist": tasklist.read,
    "ver": cmd.read_version,
    "echo": cmd.read_folder,
}
PARSERS: tuple[ModuleType, ...] = (reg, sc, qwinsta, netstat, tasklist)

# Pieces of which outputs are made, so that garbage looks like an output.
PIECES = st.sampled_from(
    [
        *(
            "\n",
            "\r\n",
            "    ",
            "  ",
            " ",
            "\t",
            ":",
            "\uff1a",
            "(",
            ")",
            '"',
            '","',
            ">",
            "[SC] ",
            "[",
            "]",
            "=",
            "=====",
        ),
        *("HKEY_LOCAL_MACHINE\\A", "REG_DWORD", "REG_SZ", "0x1", "TCP", "UDP", "0.0.0.0:3389", "[::]:0", "*:*"),
        *(
            "rdp-tcp",
            "65536",
            "1060",
            "4  RUNNING",
            "20  WIN32",
            "svchost.exe",
            "N/A",
            "abc",
            "ÄÖ",
            "管理",
            "\x00",
            "\ufffd",
        ),
    ]
)
TEXTS = st.lists(PIECES, max_size=40).map("".join)
WORDS = st.text(string.ascii_letters + "äß管理Жя.-_", min_size=1, max_size=12)
PORTS = st.integers(1, 65535)
PIDS = st.integers(0, 2**31)


@pytest.mark.parametrize("reader", READERS)
def test_no_output_crashes_a_reader(reader: str) -> None:
    @QUICK
    @given(st.one_of(st.binary(max_size=200), TEXTS.map(str.encode), TEXTS.map(lambda text: text.encode("utf-16-le"))))
    def check(data: bytes) -> None:
        for exit_code in (0, 1, None):
            try:
                READERS[reader](printed(data, exit_code))
            except UnreadableError as error:
                assert error.reason

    check()


@pytest.mark.parametrize("module", PARSERS, ids=lambda module: module.__name__.rpartition(".")[2])
def test_every_line_is_accounted_for(module: ModuleType) -> None:
    """A line of words that stands anywhere in an output is no row, and isn't lost."""

    @QUICK
    @given(TEXTS)
    def check(text: str) -> None:
        stranger = "<<< nobody prints this >>>"
        # The first paragraph may be the text of an error.
        reading = module.parse([*text.splitlines(), "", stranger, "", stranger])
        assert stranger in reading.not_understood

    check()


@pytest.mark.parametrize("module", PARSERS, ids=lambda module: module.__name__.rpartition(".")[2])
def test_examples_in_the_documentation(module: ModuleType) -> None:
    results = doctest.testmod(module)
    assert results.attempted and not results.failed


@QUICK
@given(st.text(max_size=200))
def test_text_has_no_listener(text: str) -> None:
    with contextlib.suppress(UnreadableError):
        assert not any(session.is_listener for session in qwinsta.read(printed(text)))


@QUICK
@given(
    st.lists(
        st.sampled_from(["TCP", "UDP", "3389", "0.0.0.0:0", ":", "LISTENING", "*:*", " ", "  ", "\n"]), max_size=30
    )
)
def test_listening_socket_comes_from_a_whole_row(pieces: list[str]) -> None:
    text = "".join(pieces)
    for socket in netstat.parse(text.split("\n")).sockets:
        assert any(
            line.split()[0] == socket.protocol and f"{socket.local_address}:{socket.local_port}" in line.split()[1]
            for line in text.split("\n")
            if len(line.split()) > 2
        )


SESSIONS = st.lists(
    st.tuples(
        st.sampled_from(["", "services", "console", "rdp-tcp", "rdp-tcp#1", "31c5ce94259d4...", "12345678901234567"]),
        st.one_of(st.just(""), WORDS, st.tuples(WORDS, WORDS).map(" ".join), st.integers(0, 99999).map(str)),
        st.integers(0, 70000),
        st.one_of(st.just(""), WORDS),
        st.sampled_from(["", "rdpwd", "wdcon"]),
    ).filter(lambda row: bool(row[0] or row[1])),
    min_size=1,
    max_size=6,
)


@QUICK
@given(SESSIONS, st.sampled_from([17, 25]))
def test_qwinsta_reads_what_it_prints(rows: list[tuple[str, str, int, str, str]], width: int) -> None:
    head = f" {'SITZUNGSNAME':<{width}} {'BENUTZERNAME':<20} {'ID':>6}  {'STATUS':<7} {'TYP':<11} {'GERÄT':<8}"
    table = [head, f" {'services':<{width}} {'':<20} {0:>6}  Disc"]
    table += [f" {name:<{width}} {user:<20} {id:>6}  {state:<7} {type:<11}" for name, user, id, state, type in rows]
    sessions = qwinsta.read(printed("\n".join(table)))
    assert [(each.name, each.user, each.id, each.state, each.type) for each in sessions[1:]] == rows


SOCKETS = st.lists(
    st.tuples(
        st.sampled_from(["0.0.0.0", "127.0.0.1", "[::]", "[fe80::1%12]", "[2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]"]),
        PORTS,
        st.sampled_from([("0.0.0.0", 0), ("[::]", 0), ("10.1.2.3", 443), ("host-1.example", 65535)]),
        WORDS,
        PIDS,
    ),
    min_size=1,
    max_size=8,
)


@QUICK
@given(SOCKETS)
def test_netstat_reads_what_it_prints(rows: list[tuple[str, int, tuple[str, int], str, int]]) -> None:
    table = [
        "",
        "Aktive Verbindungen",
        "",
        "  Proto  Lokale Adresse         Remoteadresse          Status           PID",
    ]
    table += [
        f"  TCP    {f'{address}:{port}':<22} {f'{remote[0]}:{remote[1]}':<22} {state:<15} {pid}"
        for address, port, remote, state, pid in rows
    ]
    table.append("  UDP    0.0.0.0:5353           *:*                                    1720")
    *sockets, _dns = netstat.read(printed("\n".join(table)))
    assert [
        (each.local_address, each.local_port, (each.remote_address, each.remote_port), each.state, each.pid)
        for each in sockets
    ] == rows
    assert [each.is_listening for each in sockets] == [row[2][1] == 0 for row in rows]


NAMES = st.text(string.ascii_letters + " ()ßя", min_size=1, max_size=10).filter(lambda name: name.strip() == name)
DATA = st.one_of(
    st.tuples(st.just("REG_DWORD"), st.integers(0, 2**32 - 1)),
    st.tuples(st.just("REG_QWORD"), st.integers(0, 2**64 - 1)),
    st.tuples(st.just("REG_BINARY"), st.binary(max_size=8)),
    st.tuples(st.just("REG_SZ"), st.text(string.printable.strip() + " я", max_size=20)),
    st.tuples(st.just("REG_MULTI_SZ"), st.lists(WORDS, max_size=4).map(tuple)),
)


def _shown(data: reg.Data) -> str:
    if isinstance(data, int):
        return hex(data)
    if isinstance(data, bytes):
        return data.hex().upper()
    return data if isinstance(data, str) else "\\0".join(data)


@QUICK
@given(st.dictionaries(NAMES.map(str.casefold), DATA, max_size=6), st.lists(WORDS, max_size=3, unique_by=str.casefold))
def test_reg_reads_what_it_prints(values: dict[str, tuple[str, reg.Data]], subkeys: list[str]) -> None:
    path = "HKEY_LOCAL_MACHINE\\SOFTWARE\\A"
    rows = [f"    {name}    {type}    {_shown(data)}" for name, (type, data) in values.items()]
    text = "\n".join(["", *([path, *rows, ""] if rows else []), *(f"{path}\\{name}" for name in subkeys)])
    reading = reg.read_query(printed(text, line=reg.query("HKLM\\SOFTWARE\\A").line))
    assert not reading.not_understood
    (key,) = reading.keys
    assert {value.name: (value.type, value.data) for value in key.values} == values
    assert key.subkeys == tuple(subkeys)


@QUICK
@given(
    st.lists(
        st.tuples(WORDS, PIDS.filter(lambda pid: pid > 4), st.lists(WORDS.filter(str.isascii), max_size=3)), max_size=6
    ),
    st.sampled_from(["N/A", "Nicht zutreffend", "暂缺"]),
)
def test_tasklist_reads_what_it_prints(rows: list[tuple[str, int, list[str]]], none: str) -> None:
    text = "\n".join(
        f'"{image}","{pid}","{",".join(services) or none}"' for image, pid, services in [("Idle", 0, []), *rows]
    )
    processes = tasklist.read(printed(text))[1:]
    assert [(each.image, each.pid, list(each.services)) for each in processes] == rows


@QUICK
@given(st.integers(1, 7), st.integers(0, 2**32 - 1), PIDS, st.lists(WORDS, min_size=9, max_size=9))
def test_sc_reads_what_it_prints(state: int, code: int, pid: int, labels: list[str]) -> None:
    fields = (f"20  X{state}", f"{state}  WORD", f"{code}  ({code:#x})", "0  (0x0)", "0x0", "0x7d0", str(pid), "")
    rows = [f"        {label:<19}: {field}" for label, field in zip(labels, fields, strict=False)]
    read = sc.read_state(printed("\n".join(["", f"{labels[-1]}: Term Service", *rows, ""])))
    assert read and (read.state, read.win32_exit_code, read.pid) == (state, code, pid)
