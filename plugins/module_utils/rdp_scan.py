# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scans one target or thousands: whether Remote Desktop can be reached, proven by its own handshake.

No sign-in is attempted and no secret is sent. Everything is bounded: bytes, connections, and the time of each try.

Runs on any host with Python 3.6 or later, standard library only.
"""

import asyncio
import contextlib
import datetime
import ipaddress
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from .rdp_errors import NetworkError
from .rdp_handshake import probe_target
from .rdp_loop import WaitingLoop
from .rdp_observation import Observation
from .rdp_resolve import resolve
from .rdp_result import target_result
from .rdp_socket import Address

DEFAULT_PORT = 3389
#: A router says "no such host" after three seconds of asking (RFC 4861 and Linux' ARP); less would call that filtered.
DEFAULT_TIMEOUT = 5.0
#: Open files in addition to those of the targets: the second connection of a target that has several addresses, name
#: resolution, files of Python.
_SPARE_FILES = 100
_FILES_PER_TARGET = 2


class Target(NamedTuple):
    """A DNS name or an address, and a TCP port."""

    host: str
    port: int = DEFAULT_PORT


def scan_target(
    host: str, port: int = DEFAULT_PORT, timeout: float = DEFAULT_TIMEOUT, tries: int = 1
) -> Dict[str, Any]:
    """Scan one target.

    Args:
        host: A DNS name or an address.
        port: Its TCP port.
        timeout: Seconds that each try may take.
        tries: How often to try.

    Returns:
        What the module rdp_reach_info documents for each target; ``outcome`` is ``rdp`` if Remote Desktop answers.
    """
    return scan_targets([Target(host, port)], timeout, tries, 1)[0]


def scan_targets(targets: Sequence[Target], timeout: float, tries: int, max_parallel: int) -> List[Dict[str, Any]]:
    """Scan many targets concurrently.

    Args:
        targets: The targets.
        timeout: Seconds that each try may take. The tries with a target come one after another.
        tries: How often to try each.
        max_parallel: How many to scan at the same time; ``files_for`` says how many this computer allows.

    Returns:
        One result for each target, in their order.
    """
    loop = WaitingLoop()
    try:
        observed = loop.run_until_complete(_scan_all(loop, targets, timeout, tries, max_parallel))
    finally:
        loop.close()
    now = datetime.datetime.now(datetime.timezone.utc)
    return [target_result(*target, tried, timeout, now) for target, tried in zip(targets, observed)]


def files_for(parallel: int) -> int:
    """Return how many of so many targets can be scanned concurrently: each takes open files.

    Raises this process's own limit as far as the system allows.
    """
    try:
        import resource
    except ImportError:
        return parallel
    needed = parallel * _FILES_PER_TARGET + _SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return parallel
    allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    # macOS allows less than it says.
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        soft = allowed
    return max(1, min(parallel, (soft - _SPARE_FILES) // _FILES_PER_TARGET))


async def _scan_all(
    loop: asyncio.AbstractEventLoop, targets: Sequence[Target], timeout: float, tries: int, parallel: int
) -> List[List[Observation]]:
    observations: List[List[Observation]] = [[] for _target in targets]
    waiting = iter(list(enumerate(targets)))
    workers = [_work(loop, waiting, observations, timeout, tries) for _worker in range(min(parallel, len(targets)))]
    await asyncio.gather(*workers)
    return observations


async def _work(
    loop: asyncio.AbstractEventLoop,
    waiting: Iterator[Tuple[int, Target]],
    observations: List[List[Observation]],
    timeout: float,
    tries: int,
) -> None:
    """Scan one target after another, until none is left."""
    for index, target in waiting:
        observations[index] = await _scan(loop, target, timeout, tries)


async def _scan(loop: asyncio.AbstractEventLoop, target: Target, timeout: float, tries: int) -> List[Observation]:
    observations: List[Observation] = []
    addresses: List[Address] = []
    server_name = _server_name(target.host)
    while len(observations) < tries:
        deadline = loop.time() + timeout
        details = not any(observation.confirm for observation in observations)
        observed = Observation()
        try:
            addresses = addresses or await resolve(loop, target.host, target.port, deadline)
            observed = await probe_target(loop, server_name, addresses, deadline, details)
        except NetworkError as failure:
            observed.stage = "name"
            observed.fail(failure)
        except Exception as error:
            # Everything, on purpose: what goes wrong with one target must not hide the others.
            observed.error = f"{type(error).__name__}: {error}"
        observations.append(observed)
    return observations


def _server_name(host: str) -> Optional[str]:
    """Return the name for TLS; addresses have none (RFC 6066, 3)."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host.rstrip(".") or None
    return None
