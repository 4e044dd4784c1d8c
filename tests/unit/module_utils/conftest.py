# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A loop, and listeners that answer or do not."""

from __future__ import annotations

import contextlib
import socket
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.module_utils.rdp_loop import WaitingLoop


@pytest.fixture
def loop() -> t.Iterator[WaitingLoop]:
    loop = WaitingLoop()
    yield loop
    loop.close()


@pytest.fixture
def listener() -> t.Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def silent() -> t.Iterator[socket.socket]:
    """A listener whose queue is full, so that the kernel drops further attempts: a firewall without a firewall."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            filler = stack.enter_context(socket.socket())
            filler.settimeout(0.05)
            try:
                filler.connect(server.getsockname())
            except TimeoutError:
                break
        else:
            pytest.fail("the queue does not get full")
        yield server
