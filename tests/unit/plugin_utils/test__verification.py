# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The address to prove something at is the connection's own, and a way around is seen before it misleads."""

from __future__ import annotations

import socket
import threading
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils import _verification


class Connection:
    def __init__(self, transport: str, **options: t.Any) -> None:
        self.transport, self.options = transport, options

    def get_option(self, name: str) -> t.Any:
        return self.options[name]


@pytest.mark.parametrize(
    ("connection", "address"),
    [
        (Connection("ssh", host="10.0.0.5", remote_addr="wrong"), "10.0.0.5"),
        (Connection("ansible.builtin.winrm", remote_addr="web03.example.com"), "web03.example.com"),
        (Connection("psrp", remote_addr="2001:db8::3"), "2001:db8::3"),
    ],
)
def test_address(connection: Connection, address: str) -> None:
    assert _verification.address_of(connection) == address


@pytest.mark.parametrize(
    ("connection", "seen"),
    [
        (Connection("ssh", ssh_args="-C -o ControlMaster=auto"), False),
        (Connection("ssh", ssh_common_args="-o StrictHostKeyChecking=no"), False),
        (Connection("ssh", ssh_common_args="-J admin@bastion"), True),
        (Connection("ssh", ssh_extra_args="-o ProxyJump=bastion"), True),
        (Connection("ssh", ssh_common_args='-o proxycommand="ssh -W %h:%p bastion"'), True),
        (Connection("ssh", ssh_common_args="-o ProxyCommand=none"), False),
        (Connection("winrm", _extras={}), False),
        (Connection("winrm", _extras={"ansible_winrm_proxy": None}), False),
        (Connection("winrm", _extras={"ansible_winrm_proxy": "http://user:secret@proxy:3128"}), True),
        (Connection("psrp", proxy=None), False),
        (Connection("psrp", proxy="http://user:secret@proxy:3128"), True),
    ],
)
def test_detour(connection: Connection, seen: bool) -> None:
    said = _verification.detour(connection)
    assert bool(said) is seen and "secret" not in said


def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    verification = _verification.verify(Connection("winrm", remote_addr="127.0.0.1"), port)
    assert (verification.outcome, verification.holds, verification.port) == ("refused", False, port)
    assert verification.to_json() == {
        "address": "127.0.0.1",
        "port": port,
        "outcome": "refused",
        "summary": verification.summary,
        "requires_nla": None,
    }


@pytest.mark.parametrize(
    ("outcome", "holds"), [("rdp", True), ("no_certificate", False), ("not_rdp", False), ("unknown", False)]
)
def test_what_counts(outcome: str, holds: bool) -> None:
    assert _verification.Verification("web", 3389, outcome, "").holds is holds


@pytest.mark.parametrize(
    "connection",
    [Connection("psrp", remote_addr="127.0.0.1", proxy="http://proxy:3128"), Connection("winrm"), object()],
)
def test_port_probe_does_not_pretend_where_it_would_prove_nothing(connection: t.Any) -> None:
    seen = _verification.probe_port(connection, 1)
    assert seen["outcome"] == "not_tried" and seen["summary"].startswith("Not tried from the controller: ")


def test_port_probe_looks_at_the_address_of_the_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: server.accept()[0].close(), daemon=True).start()
        seen = _verification.probe_port(Connection("winrm", remote_addr="127.0.0.1"), server.getsockname()[1])
    assert seen["address"] == "127.0.0.1" and seen["outcome"] in ("reset", "no_answer"), seen
