# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""netstat: any header, any state, and sockets that listen told by their remote end."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import netstat

from unit._rdp.tools.samples import printed

HEADER = "\nActive Connections\n\n  Proto  Local Address          Foreign Address        State           PID\n"
RDP = "  TCP    0.0.0.0:3389           0.0.0.0:0              LISTENING       1764\n"


def one(line: str) -> netstat.Socket:
    reading = netstat.parse([line])
    assert not reading.not_understood
    (socket,) = reading.sockets
    return socket


def test_healthy_host() -> None:
    sockets = netstat.read(
        printed(
            HEADER
            + RDP
            + "  TCP    192.0.2.7:3389         198.51.100.9:50123     ESTABLISHED     1764\n"
            + "  TCP    [::]:3389              [::]:0                 LISTENING       1764\n"
            + "  UDP    0.0.0.0:3389           *:*                                    1764\n"
            + "  UDP    [::]:3389              *:*                                    1764\n"
        )
    )
    assert [socket.is_listening for socket in sockets] == [True, False, True, True, True]
    assert {socket.local_port for socket in sockets} == {3389}
    assert {socket.pid for socket in sockets} == {1764}
    assert [socket.local_address for socket in sockets][2] == "[::]"


@pytest.mark.parametrize(
    ("line", "state", "pid"),
    [
        ("  TCP    0.0.0.0:25   0.0.0.0:0   ABH\u2122REN         4552", "ABH\u2122REN", 4552),
        ("  TCP    10.0.0.1:25   10.0.0.2:9   SCHLIESSEN_WARTEN 4552", "SCHLIESSEN_WARTEN", 4552),
        ("  TCP    10.0.0.1:25   10.0.0.2:9   SCHLIESSEN_WARTEN 4552     31455", "SCHLIESSEN_WARTEN", 4552),
        ("  TCP    10.0.0.1:25   10.0.0.2:9   FIN WAIT 2      4552", "FIN WAIT 2", 4552),
        ("  TCP    10.0.0.1:25   10.0.0.2:9   FIN WAIT 2", "FIN WAIT 2", None),
        ("  TCP    10.0.0.1:25   10.0.0.2:9   FIN_WAIT_2", "FIN_WAIT_2", None),
        ("  TCP    10.0.0.1:25   10.0.0.2:9   HERGESTELLT     InHost      ", "HERGESTELLT", None),
        ("  TCP    10.0.0.1:25   10.0.0.2:9   HERGESTELLT     4552     InHost", "HERGESTELLT", 4552),
        ("TCP 10.0.0.1:25 10.0.0.2:9 ESTABLISHED 4552", "ESTABLISHED", 4552),
        ("  TCP    10.0.0.1:25            10.0.0.2:9                             4552", "", 4552),
        ("  TCP         10.0.0.1:25            10.0.0.2:9             LISTENING       4552", "LISTENING", 4552),
        ("  TCP    10.0.0.1:25            10.0.0.2:9", "", None),
        ("  UDP    10.0.0.1:25            10.0.0.2:9                             4552", "", 4552),
    ],
)
def test_states_and_pids(line: str, state: str, pid: int | None) -> None:
    socket = one(line)
    assert (socket.state, socket.pid, socket.local_port) == (state, pid, 25)
    assert socket.is_listening is (":0 " in line)


@pytest.mark.parametrize(
    ("local", "remote", "ports", "listening"),
    [
        ("0.0.0.0:3389", "HOST:0", (3389, 0), True),
        ("192.0.2.7:49958", "a23-45-15-115:https", (49958, None), False),
        ("192.0.2.7:epmap", "82:http", (None, None), False),
        ("[fe80::244e:2f1e:2096:62b2%9]:3389", "[fe80::1%9]:50000", (3389, 50000), False),
        ("[2001:db8:1234:5678:9abc:def0:1234:5678]:3389", "[::]:0", (3389, 0), True),
        ("HOST:3389", "*:*", (3389, None), False),
    ],
)
def test_addresses(local: str, remote: str, ports: tuple[int | None, int | None], listening: bool) -> None:
    socket = one(f"  TCP    {local:<22} {remote:<22} X")
    assert (socket.local_port, socket.remote_port, socket.is_listening) == (*ports, listening)
    assert socket.local_address == local.rpartition(":")[0]


def test_time_in_state_is_no_process() -> None:
    head = "  Proto  Lokale Adresse         Remoteadresse          Status           {}Zeit im Status (ms)"
    rows = ["  TCP    10.0.0.1:25            10.0.0.2:9             HERGESTELLT     {}31455"]
    assert netstat.parse([head.format(""), rows[0].format("")]).sockets[0].pid is None
    assert netstat.parse([head.format("PID      "), rows[0].format("7     ")]).sockets[0].pid == 7


def test_owners() -> None:
    reading = netstat.parse(
        [
            "  TCP    0.0.0.0:135            0.0.0.0:0              LISTENING       1712",
            "  RpcSs",
            " [svchost.exe]",
            "  TCP    0.0.0.0:445            0.0.0.0:0              LISTENING       4",
            " Impossible d\u2019obtenir les informations de propriétaire",
            "  TCP    0.0.0.0:902            0.0.0.0:0              LISTENING       7388",
            " [vmware-authd.exe]",
            "  TCP    0.0.0.0:136            0.0.0.0:0              LISTENING       1948   RpcSs [svchost.exe]",
            "  TCP    0.0.0.0:446            0.0.0.0:0              LISTENING       4      無 法取得擁有權資訊",
        ]
    )
    assert not reading.not_understood
    assert [socket.owner for socket in reading.sockets] == [
        ("RpcSs", "[svchost.exe]"),
        (),
        ("[vmware-authd.exe]",),
        ("RpcSs", "[svchost.exe]"),
        (),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "  RpcSs",
        " Can not obtain ownership information",
        "TCP 3389 is open",
        "  TCP    0.0.0.0:99999          0.0.0.0:0              LISTENING       4",
        "  TCP    0.0.0.0:3389           0.0.0.0:0              LISTENING       4      and more",
        "  TCP    0.0.0.0:3389",
        "  ...    ...                    ...                    ...",
    ],
)
def test_line_that_is_no_row(line: str) -> None:
    reading = netstat.parse([*HEADER.split("\n"), RDP.rstrip(), line])
    assert len(reading.sockets) == 1
    assert reading.not_understood == (line,)
    with pytest.raises(UnreadableError) as caught:
        netstat.read(printed(HEADER + RDP + line))
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("text", "exit_code"), [("", 0), (HEADER, 0), ("El comando no funciona\n", 1), (HEADER + RDP, None)]
)
def test_no_answer(text: str, exit_code: int | None) -> None:
    with pytest.raises(UnreadableError):
        netstat.read(printed(text, exit_code))


@pytest.mark.parametrize("lost", ["head", "header", "udp"])
def test_table_that_is_not_whole_proves_nothing(lost: str) -> None:
    table = [
        "",
        "Active Connections",
        "",
        "  Proto  Local Address          Foreign Address        State           PID",
        "  TCP    0.0.0.0:3389           0.0.0.0:0              LISTENING       1764",
        "  TCP    [::]:3389              [::]:0                 LISTENING       1764",
        "  UDP    0.0.0.0:5353           *:*                                    1720",
    ]
    kept = {"head": table[5:], "header": table[4:], "udp": table[:-1]}[lost]
    assert len(netstat.read(printed("\n".join(table)))) == 3
    with pytest.raises(UnreadableError, match="not whole"):
        netstat.read(printed("\n".join(kept)))
