# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Free loopback addresses: one per host, claimed by binding, so that labs on one machine don't collide."""

from __future__ import annotations

import contextlib
import ipaddress
import random
import resource
import socket

from ..transports.reactor import bind

#: 127.64.0.0/10 is left alone by resolvers (127.0.0.53) and by what programs use by habit (127.0.1.1)
RANGE = ipaddress.ip_network("127.64.0.0/10")
CLAIM_PORT = 5985
RDP_PORT = 3389
ATTEMPTS = 50
#: listeners of a host (WinRM, RDP, two of SSH), a port that drops, and some room for connections
FILES_PER_HOST = 10


class NoAddressesError(RuntimeError):
    """No free range was found, or the process may not open enough sockets."""


def claim(count: int) -> dict[str, socket.socket]:
    """`count` addresses in a row, port 5985 of each bound (not listening), port 3389 free at the time of the check."""
    allow_files(count)
    size = int(RANGE.num_addresses)
    for _ in range(ATTEMPTS):
        first = int(RANGE.network_address) + random.SystemRandom().randrange(256, size - 2 * count - 512)
        claimed = _claim_from(first, count)
        if claimed is not None:
            return claimed
    raise NoAddressesError(f"no {count} addresses in a row are free in {RANGE}; is another lab still up?")


def _claim_from(first: int, count: int) -> dict[str, socket.socket] | None:
    claimed: dict[str, socket.socket] = {}
    at = first
    while len(claimed) < count:
        address = str(ipaddress.ip_address(at))
        at += 1
        if address.endswith((".0", ".255")):  # legal on loopback, but it reads like a mistake
            continue
        sock = bind(address, CLAIM_PORT) if _is_free(address, RDP_PORT) else None
        if sock is None:
            release(claimed)
            return None
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        claimed[address] = sock
    return claimed


def release(claimed: dict[str, socket.socket]) -> None:
    """Release addresses."""
    for sock in claimed.values():
        sock.close()
    claimed.clear()


def _is_free(address: str, port: int) -> bool:
    sock = bind(address, port)
    if sock is None:
        return False
    sock.close()
    return True


def allow_files(count: int) -> None:
    """Raise the soft limit of open files as far as `count` hosts need it, or say that it can't be done."""
    wanted = 512 + FILES_PER_HOST * count
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        if hard != resource.RLIM_INFINITY and hard < wanted:
            raise NoAddressesError(
                f"{count} hosts need {wanted} open files, this process may only have {hard} (ulimit -Hn)"
            )
        with contextlib.suppress(ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
