# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which address the proof from outside uses, and when there is none."""

from __future__ import annotations

import socket
import threading
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._knock import knock


class Connection:
    """A connection plugin with some options."""

    def __init__(self, **options: t.Any) -> None:
        self._options = options

    def get_option(self, name: str) -> t.Any:
        """Return an option, as Ansible's connection plugins do."""
        return self._options[name]


@pytest.mark.parametrize("option", ["remote_addr", "host"])
def test_looks_at_the_address_of_the_connection(option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: server.accept()[0].close(), daemon=True).start()
        seen = knock(Connection(**{option: "127.0.0.1"}), server.getsockname()[1])
    assert seen["address"] == "127.0.0.1" and seen["verdict"] in ("reset", "no_answer", "not_rdp"), seen


@pytest.mark.parametrize(
    "options",
    [
        {"remote_addr": "127.0.0.1", "proxy": "http://proxy.example:3128"},
        {"host": "127.0.0.1", "ssh_common_args": "-o ProxyJump=jump.example"},
        {"host": "127.0.0.1", "ssh_extra_args": "-J jump.example"},
        {"host": "127.0.0.1", "ssh_args": "-o ProxyCommand='ssh -W %h:%p jump.example'"},
        {},
        {"remote_addr": None},
    ],
)
def test_does_not_pretend_where_it_would_prove_nothing(options: dict[str, t.Any]) -> None:
    seen = knock(Connection(**options), 1)
    assert seen["verdict"] == "not_tried" and seen["summary"].startswith("Not tried from the controller: ")


def test_connection_without_options_is_not_an_error() -> None:
    assert knock(object(), 1)["verdict"] == "not_tried"
