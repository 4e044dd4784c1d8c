# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a name to a connection: all addresses, and names that lead nowhere."""

from __future__ import annotations

import socket
import threading
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.module_utils import rdp_resolve
from ansible_collections.winops.rdp.plugins.module_utils.rdp_errors import NetworkError, NoAddressAnswersError
from ansible_collections.winops.rdp.plugins.module_utils.rdp_loop import WaitingLoop
from ansible_collections.winops.rdp.plugins.module_utils.rdp_resolve import connect_any, resolve
from ansible_collections.winops.rdp.plugins.module_utils.rdp_socket import Address


def test_the_first_address_that_answers_wins(loop: WaitingLoop, listener: socket.socket, silent: socket.socket) -> None:
    closed = Address(socket.AF_INET, ("127.0.0.1", _closed_port()))
    connection, failed = loop.run_until_complete(
        connect_any(loop, [closed, _address(silent), _address(listener)], loop.time() + 5)
    )
    assert connection.address == _address(listener)
    assert [(one.address, one.error.outcome) for one in failed] == [(closed.text, "refused")]
    connection.close()


def test_no_address_answers(loop: WaitingLoop, silent: socket.socket) -> None:
    closed = Address(socket.AF_INET, ("127.0.0.1", _closed_port()))
    with pytest.raises(NoAddressAnswersError) as nobody:
        loop.run_until_complete(connect_any(loop, [_address(silent), closed], loop.time() + 0.6))
    assert {one.error.outcome for one in nobody.value.failed} == {"timeout", "refused"}
    assert nobody.value.most_telling.address == closed.text


def test_addresses_need_no_thread(loop: WaitingLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "Thread", None)
    for text, family in (("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)):
        (found,) = loop.run_until_complete(resolve(loop, text, 3389, loop.time() + 1))
        assert (found.family, found.text, found.sockaddr[1]) == (family, text, 3389)


def test_names(loop: WaitingLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    found = loop.run_until_complete(resolve(loop, "localhost", 3389, loop.time() + 5))
    assert "127.0.0.1" in [address.text for address in found]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("name", ["nowhere.invalid", "a" * 64 + ".invalid", "a..b"])
def test_names_that_lead_nowhere(loop: WaitingLoop, name: str) -> None:
    with pytest.raises(NetworkError) as failed:
        loop.run_until_complete(resolve(loop, name, 3389, loop.time() + 20))
    assert failed.value.outcome == "name" and failed.value.error


def test_a_name_server_that_hangs_is_not_waited_for(loop: WaitingLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = threading.Event()

    def hang(host: str, port: int, flags: int) -> list[Address]:
        if flags:
            raise OSError
        answer.wait(10)
        return []

    monkeypatch.setattr(rdp_resolve, "_addresses", hang)
    with pytest.raises(NetworkError, match="in time") as failed:
        loop.run_until_complete(resolve(loop, "web03", 3389, loop.time() + 0.1))
    assert failed.value.outcome == "name"
    loop.close()
    answer.set()  # its thread finds the loop closed, and must not mind


def test_no_thread_is_left(loop: WaitingLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: t.Any) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(NetworkError, match="can't start") as failed:
        loop.run_until_complete(resolve(loop, "web03", 3389, loop.time() + 1))
    assert failed.value.outcome == "unknown"


def _address(listening: socket.socket) -> Address:
    return Address(socket.AF_INET, listening.getsockname())


def _closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])
