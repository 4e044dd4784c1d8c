# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether Remote Desktop can be reached, proven by its own handshake, for one target or for thousands.

Nothing is signed in to and no secret is sent. Everything is bounded: bytes, connections, and the time of each try.

Runs on any host with Python 3.6 or later, standard library only.
"""

import asyncio
import contextlib
import datetime
import ipaddress
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from .rdp_handshake import look
from .rdp_loop import WaitingLoop
from .rdp_observation import Sighting
from .rdp_resolve import resolve
from .rdp_result import result
from .rdp_socket import Address, Failed

DEFAULT_PORT = 3389
#: A router says "no such host" after three seconds of asking (RFC 4861 and Linux' ARP); less would call that filtered.
DEFAULT_TIMEOUT = 5.0
#: Sockets beside those of the targets that are looked at: the second connection of a target that has several
#: addresses, name resolution, files of Python.
_SPARE_FILES = 100
_FILES_PER_TARGET = 2


class Target(NamedTuple):
    """What to look at: a DNS name or an address, and a TCP port."""

    host: str
    port: int = DEFAULT_PORT


def look_at(host: str, port: int = DEFAULT_PORT, timeout: float = DEFAULT_TIMEOUT, tries: int = 1) -> Dict[str, Any]:
    """Look at one target.

    Args:
        host: A DNS name or an address.
        port: Its TCP port.
        timeout: Seconds that each try may take.
        tries: How often.

    Returns:
        What the module rdp_reach_info documents for each target; ``outcome`` is ``rdp`` when Remote Desktop answers.
    """
    return look_at_all([Target(host, port)], timeout, tries, 1)[0]


def look_at_all(targets: Sequence[Target], timeout: float, tries: int, max_parallel: int) -> List[Dict[str, Any]]:
    """Look at many targets side by side.

    Args:
        targets: What to look at.
        timeout: Seconds that each try may take. All tries of a target come one after another.
        tries: How often to look at each.
        max_parallel: At how many to look at the same time; ``files_for`` says how many this computer allows.

    Returns:
        One result for each target, in their order.
    """
    loop = WaitingLoop()
    try:
        seen = loop.run_until_complete(_look_at_all(loop, targets, timeout, tries, max_parallel))
    finally:
        loop.close()
    now = datetime.datetime.now(datetime.timezone.utc)
    return [result(target.host, target.port, sightings, timeout, now) for target, sightings in zip(targets, seen)]


def files_for(parallel: int) -> int:
    """Return how many targets can be looked at side by side, of those that are wanted: each takes open files.

    Raises this process's own limit as far as the system lets it.
    """
    try:
        import resource
    except ImportError:
        return parallel
    wanted = parallel * _FILES_PER_TARGET + _SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return parallel
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    # macOS allows less than it says.
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        soft = allowed
    return max(1, min(parallel, (soft - _SPARE_FILES) // _FILES_PER_TARGET))


async def _look_at_all(
    loop: asyncio.AbstractEventLoop, targets: Sequence[Target], timeout: float, tries: int, parallel: int
) -> List[List[Sighting]]:
    seen: List[List[Sighting]] = [[] for _target in targets]
    waiting = iter(list(enumerate(targets)))
    workers = [_work(loop, waiting, seen, timeout, tries) for _worker in range(min(parallel, len(targets)))]
    await asyncio.gather(*workers)
    return seen


async def _work(
    loop: asyncio.AbstractEventLoop,
    waiting: Iterator[Tuple[int, Target]],
    seen: List[List[Sighting]],
    timeout: float,
    tries: int,
) -> None:
    """Look at one target after another, until none is left."""
    for index, target in waiting:
        seen[index] = await _look_at(loop, target, timeout, tries)


async def _look_at(loop: asyncio.AbstractEventLoop, target: Target, timeout: float, tries: int) -> List[Sighting]:
    sightings: List[Sighting] = []
    addresses: List[Address] = []
    server_name = _server_name(target.host)
    while len(sightings) < tries:
        deadline = loop.time() + timeout
        details = not any(sighting.confirm for sighting in sightings)
        try:
            addresses = addresses or await resolve(loop, target.host, target.port, deadline)
            sightings.append(await look(loop, server_name, addresses, deadline, details))
        except Failed as failed:
            seen = Sighting()
            seen.stage = "name"
            seen.fail(failed)
            sightings.append(seen)
        except Exception as error:
            # On purpose everything: what goes wrong with one target must not hide the others.
            seen = Sighting()
            seen.error = f"{type(error).__name__}: {error}"
            sightings.append(seen)
    return sightings


def _server_name(host: str) -> Optional[str]:
    """Return the name for TLS, which has none for addresses (RFC 6066, 3)."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host.rstrip(".") or None
    return None
