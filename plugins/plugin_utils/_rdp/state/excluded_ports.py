# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The TCP ports that Windows keeps from every program, although nobody listens on them.

A program that asks for one is told "access denied" (10013), and netstat shows no owner. What somebody reserved by hand,
marked with a star, is kept from other reservations only: a program can still ask for exactly that port, which is how
people keep Hyper-V away from one (https://github.com/docker/docs/issues/15452).
"""

from __future__ import annotations

import dataclasses

from ..errors import UnreadableError
from ..model import CommandResult, Probe
from ..tools import netsh


@dataclasses.dataclass(frozen=True)
class ExcludedPorts:
    """The excluded ranges of one family of addresses.

    Attributes:
        family: IPv4 or IPv6.
        ranges: What netsh lists.
        unreadable: Why nobody knows. It matters only where nobody listens, so it is not raised at once.
    """

    family: str
    ranges: tuple[netsh.ExcludedRange, ...] = ()
    unreadable: UnreadableError | None = None


def _probe(family: str, strict: Probe[tuple[netsh.ExcludedRange, ...]]) -> Probe[ExcludedPorts]:
    def read(output: CommandResult) -> ExcludedPorts:
        try:
            return ExcludedPorts(family, strict.read(output))
        except UnreadableError as exc:
            return ExcludedPorts(family, unreadable=exc)

    return Probe(strict.command, read)


EXCLUDED_IPV4 = _probe("IPv4", netsh.EXCLUDED_IPV4)
EXCLUDED_IPV6 = _probe("IPv6", netsh.EXCLUDED_IPV6)


def reserving(port: int, *families: ExcludedPorts) -> tuple[str, ...]:
    """Return the ranges that keep a port from programs, for people."""
    return tuple(
        f"{one.first} to {one.last} ({family.family})"
        for family in families
        for one in family.ranges
        if port in one and not one.administered
    )


def require_readable(*families: ExcludedPorts) -> None:
    """Insist on knowing the ranges.

    Raises:
        UnreadableError: Those of a family could not be read.
    """
    for family in families:
        if family.unreadable:
            raise family.unreadable


def is_excluded(port: int, *families: ExcludedPorts) -> bool | None:
    """Whether Windows keeps a port from programs, None if nobody knows."""
    if reserving(port, *families):
        return True
    return None if any(family.unreadable for family in families) else False
