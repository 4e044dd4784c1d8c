# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the name of a target to a connection: all its addresses, the first that answers.

Runs on any host with Python 3.6 or later, standard library only.
"""

import asyncio
import contextlib
import socket
import threading
from typing import Any, Dict, List, Optional, Tuple

from .rdp_errors import FailedAddress, NetworkError, NoAddressAnswersError
from .rdp_loop import settle
from .rdp_socket import Address, Connection, connect

#: RFC 8305 (Happy Eyeballs), section 5: how long an address has for itself before the next one is tried as well.
_HEAD_START = 0.25
#: Further addresses of one name are not tried.
_MOST_ADDRESSES = 8


async def connect_any(
    loop: asyncio.AbstractEventLoop, addresses: List[Address], deadline: float
) -> Tuple[Connection, List[FailedAddress]]:
    """Connect to the first address that answers, each one a little after the one before it (RFC 8305).

    Returns:
        The connection, and the addresses that had failed by then.

    Raises:
        NoAddressAnswersError: There is no connection by the deadline.
    """
    waiting = list(addresses[:_MOST_ADDRESSES])
    running: Dict[Any, Address] = {}
    failed: List[FailedAddress] = []
    try:
        while waiting or running:
            if waiting:
                address = waiting.pop(0)
                running[loop.create_task(connect(loop, address, deadline))] = address
            finished, _pending = await asyncio.wait(
                set(running), timeout=_HEAD_START if waiting else None, return_when=asyncio.FIRST_COMPLETED
            )
            for task in finished:
                address = running.pop(task)
                connection, failure = _outcome(task)
                if connection:
                    return connection, failed
                failed.append(FailedAddress(address.text, failure))
    finally:
        await _stop(running)
    raise NoAddressAnswersError(failed)


def _outcome(task: Any) -> Tuple[Optional[Connection], NetworkError]:
    try:
        return task.result(), NetworkError("unknown")
    except NetworkError as failure:
        return None, failure


async def _stop(running: Dict[Any, Address]) -> None:
    """Cancel the attempts that are no longer needed."""
    for task in running:
        task.cancel()
    for outcome in await asyncio.gather(*running, return_exceptions=True):
        if isinstance(outcome, Connection):
            outcome.close()


async def resolve(loop: asyncio.AbstractEventLoop, host: str, port: int, deadline: float) -> List[Address]:
    """Return the addresses of a host, in the order in which the system would try them.

    Raises:
        NetworkError: 'name' if there are none, or none were found in time.
    """
    try:
        return _addresses(host, port, socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        pass  # It is a name.
    future = loop.create_future()
    timer = loop.call_at(deadline, settle, future, NetworkError("name", "name resolution did not answer in time"))
    try:
        # Name resolution can't be interrupted. A pool of threads would wait for the slowest name at its end.
        threading.Thread(target=_ask, args=(loop, future, host, port), daemon=True).start()
        return list(await future)
    except RuntimeError as error:
        # This computer allows no more threads.
        raise NetworkError("unknown", str(error)) from error
    finally:
        timer.cancel()


def _ask(loop: asyncio.AbstractEventLoop, future: Any, host: str, port: int) -> None:
    """Look a name up and hand the answer to the loop. Runs in its own thread."""
    answer: Any
    try:
        answer = _addresses(host, port, 0)
    except (OSError, UnicodeError) as error:
        answer = NetworkError("name", getattr(error, "strerror", None) or str(error))
    # A closed loop raises RuntimeError: this name is no longer waited for.
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(settle, future, answer)


def _addresses(host: str, port: int, flags: int) -> List[Address]:
    found: List[Address] = []
    for family, _type, _proto, _name, sockaddr in socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM, 0, flags):
        address = Address(family, sockaddr)
        if address not in found and family in (socket.AF_INET, socket.AF_INET6):
            found.append(address)
    if not found:
        raise OSError(0, "no IPv4 or IPv6 address")
    return found
