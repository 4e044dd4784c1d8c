# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The clock that only counts waiting, and what is there at a deadline."""

from __future__ import annotations

import asyncio
import socket
import time

import pytest
from ansible_collections.winops.rdp.plugins.module_utils.rdp_errors import OutOfTimeError
from ansible_collections.winops.rdp.plugins.module_utils.rdp_loop import WaitingLoop, until_readable


def test_the_clock_stands_still_while_this_computer_computes(loop: WaitingLoop) -> None:
    async def wait_beside_a_busy_neighbour() -> float:
        began = loop.time()
        loop.call_soon(time.sleep, 0.3)
        await asyncio.sleep(0.05)
        return loop.time() - began

    began = time.monotonic()
    waited = loop.run_until_complete(wait_beside_a_busy_neighbour())
    assert time.monotonic() - began >= 0.35, "the time of the neighbour does not count as waiting"
    assert 0.04 <= waited < 0.25


def test_what_has_arrived_at_the_deadline_still_counts(loop: WaitingLoop) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.send(b"x")
        loop.run_until_complete(until_readable(loop, ours, loop.time() - 1))
        ours.recv(1)
        with pytest.raises(OutOfTimeError):
            loop.run_until_complete(until_readable(loop, ours, loop.time() + 0.01))
