# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks at targets from a Windows host: in as few round trips as the lines allow, and side by side.

Private to this collection.
"""

from __future__ import annotations

import math
import typing as t

from ..module_utils.rdp_targets import Wanted
from ._host import Ran, WindowsHost
from ._rdp.model import Command, Output
from ._rdp.quoting import UNSAFE_NAMES, unsafe_characters
from ._rdp.reach import from_windows
from ._rdp.tools import curl, netconnection

Json = dict[str, t.Any]
Attempts = list[from_windows.Attempt]

SLOW = (
    "There is no curl.exe on this host, so Test-NetConnection looks at one target after the other. It waits as long as "
    "Windows does, about 21 seconds for a target that does not answer: 'timeout' and 'max_parallel' have no effect."
)


# What a host may need beside the time for its targets, in seconds, and for each target without curl.exe: PowerShell has
# to start, and tries ICMP as well.
_SLACK = 60.0
_SLOWEST = 60.0


class Target(t.NamedTuple):
    """A target as it was given, and as a command names it."""

    given: str
    host: str
    port: int


class BadTarget(Exception):
    """A target that can't be put into a command. The text names it."""


def targets_of(wanted: Wanted) -> list[Target]:
    """Return the targets as commands name them.

    Raises:
        BadTarget: One of them holds what could change a command.
    """
    return [
        Target(target.host, _ascii(target.host, f"targets[{index}]"), target.port)
        for index, target in enumerate(wanted.targets)
    ]


def _ascii(host: str, option: str) -> str:
    if unsafe := unsafe_characters(host):
        raise BadTarget(
            f"{option} is {host!r}: it holds {unsafe!r}. From a Windows host these characters are not allowed, because "
            f"they could change the command that is run: {UNSAFE_NAMES}."
        )
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError as exc:
        raise BadTarget(f"{option} is {host!r}: allowed is a DNS name, an IPv4 or an IPv6 address") from exc


def look_from(host: WindowsHost, targets: t.Sequence[Target], wanted: Wanted, using: curl.Curl | None) -> list[Json]:
    """Return what a Windows host sees of each target, in their order."""
    seen: list[Attempts] = [[] for _target in targets]
    for _try in range(wanted.tries):
        attempts = _by_curl(host, targets, wanted, using) if using else _by_test_net_connection(host, targets)
        for of_target, attempt in zip(seen, attempts, strict=True):
            of_target.append(attempt)
    return [
        from_windows.result(target.given, target.port, attempts, wanted.timeout)
        for target, attempts in zip(targets, seen, strict=True)
    ]


def _by_curl(host: WindowsHost, targets: t.Sequence[Target], wanted: Wanted, using: curl.Curl) -> Attempts:
    urls = [curl.url(target.host, target.port) for target in targets]
    groups = _fitting(host, urls, wanted, using) if using.takes_many_urls else [[url] for url in urls]
    commands = [curl.connect(group, wanted.timeout, wanted.max_parallel, using) for group in groups]
    # Unless the host hangs, curl keeps to its time for each target.
    rounds = sum(math.ceil(len(group) / max(wanted.max_parallel, 1)) for group in groups)
    seconds = _SLACK + rounds * wanted.timeout
    outputs = map(_output, commands, host.run([command.line for command in commands], seconds))
    return [
        from_windows.judge_transfer(transfer)
        for group, output in zip(groups, outputs, strict=True)
        for transfer in curl.read_transfers(output, len(group))
    ]


def _fitting(host: WindowsHost, urls: t.Sequence[str], wanted: Wanted, using: curl.Curl) -> list[list[str]]:
    """Return the URLs in groups, as many together as one command can hold."""
    groups: list[list[str]] = []
    left = -1
    for url in urls:
        left -= len(url) + 1
        if left < 0:
            groups.append([])
            left = host.longest_command - len(curl.connect([url, url], wanted.timeout, wanted.max_parallel, using).line)
        groups[-1].append(url)
    return groups


def _by_test_net_connection(host: WindowsHost, targets: t.Sequence[Target]) -> Attempts:
    commands = [netconnection.connect(target.host, target.port) for target in targets]
    ran = host.run([command.line for command in commands], _SLACK + _SLOWEST * len(commands))
    return [from_windows.judge_test(output) for output in map(_output, commands, ran)]


def _output(command: Command, ran: Ran) -> Output:
    # What is read is ASCII in every code page.
    return Output(command, ran.data, ran.exit_code)
