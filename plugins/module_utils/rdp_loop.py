# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An event loop for thousands of connections in one thread, whose clock only counts time spent waiting.

While this computer computes, the clock stands still. So a target is never called silent because this computer was
busy with a thousand others, and the times that are measured are those of the network.

Runs on any host with Python 3.6 or later, standard library only.
"""

import asyncio
import selectors
import socket
import time
from typing import Any, List, Optional, Tuple

from .rdp_errors import OutOfTimeError


class _WaitingSelector(selectors.DefaultSelector):
    """Waits for sockets, and knows how long it has waited."""

    def __init__(self) -> None:
        super().__init__()
        self.waited = 0.0

    def select(self, timeout: Optional[float] = None) -> List[Tuple[selectors.SelectorKey, int]]:
        """Wait as every selector does."""
        began = time.monotonic()
        try:
            return super().select(timeout)
        finally:
            self.waited += time.monotonic() - began


class WaitingLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock only runs while it waits."""

    def __init__(self) -> None:
        self._waiting = _WaitingSelector()
        super().__init__(self._waiting)

    def time(self) -> float:
        """Return the seconds spent waiting."""
        return self._waiting.waited


async def until_readable(loop: asyncio.AbstractEventLoop, sock: socket.socket, deadline: float) -> None:
    """Return when there is something to read; raise OutOfTimeError if there is nothing by the deadline."""
    future = loop.create_future()
    loop.add_reader(sock, settle, future, None)
    try:
        await _until(loop, future, deadline)
    finally:
        loop.remove_reader(sock)


async def until_writable(loop: asyncio.AbstractEventLoop, sock: socket.socket, deadline: float) -> None:
    """Return when the socket takes data, or has an error; raise OutOfTimeError at the deadline."""
    future = loop.create_future()
    loop.add_writer(sock, settle, future, None)
    try:
        await _until(loop, future, deadline)
    finally:
        loop.remove_writer(sock)


async def _until(loop: asyncio.AbstractEventLoop, future: "asyncio.Future[Any]", deadline: float) -> None:
    # The loop looks at the sockets before it looks at the clock: what is there at the deadline still counts.
    timer = loop.call_at(deadline, settle, future, OutOfTimeError())
    try:
        await future
    finally:
        timer.cancel()


def settle(future: "asyncio.Future[Any]", outcome: Any) -> None:
    """End a future with its result or its exception, unless it has ended already."""
    if future.done():
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
