# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scans targets from a Windows host: in as few round trips as its command lines allow, and concurrently.

Private to this collection.
"""

from __future__ import annotations

import datetime
import math
import typing as t

from ..module_utils.rdp_observation import Observation
from ..module_utils.rdp_result import target_result
from ..module_utils.rdp_scan import Target
from ..module_utils.rdp_targets import ScanOptions
from ._host import WindowsHost
from ._rdp.errors import OptionError
from ._rdp.model import Command, CommandResult
from ._rdp.quoting import UNSAFE_NAMES, unsafe_characters
from ._rdp.reach import from_windows
from ._rdp.tools import curl, netconnection

SLOW = (
    "There is no curl.exe on this host, so Test-NetConnection tries one target after the other. It waits as long as "
    "Windows does, about 21 seconds for a target that does not answer: 'timeout' and 'max_parallel' have no effect."
)

# Seconds that a host may need in addition to the time for its targets, and for each target without curl.exe: PowerShell
# has to start, and tries ICMP as well.
_SLACK = 60.0
_SLOWEST = 60.0


def named_in_ascii(targets: t.Sequence[Target]) -> list[Target]:
    """Return targets as commands name them.

    Raises:
        OptionError: One of them holds what could change a command.
    """
    return [target._replace(host=_ascii(target.host, f"targets[{index}]")) for index, target in enumerate(targets)]


def _ascii(host: str, option: str) -> str:
    if unsafe := unsafe_characters(host):
        raise OptionError(
            f"{option} is {host!r}: it holds {unsafe!r}. From a Windows host these characters are not allowed, because "
            f"they could change the command that is run: {UNSAFE_NAMES}."
        )
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError as exc:
        raise OptionError(f"{option} is {host!r}: allowed is a DNS name, an IPv4 or an IPv6 address") from exc


def scan_from(
    host: WindowsHost, targets: t.Sequence[Target], options: ScanOptions, using: curl.Curl | None
) -> list[dict[str, t.Any]]:
    """Scan targets from a Windows host.

    Args:
        host: The host that scans.
        targets: The targets as commands name them.
        options: The targets as they were given, and the limits.
        using: The host's curl.exe, None if it has none.

    Returns:
        What rdp_reach_info documents for each target, in their order.
    """
    given = [target.host for target in options.targets]
    observations: list[list[Observation]] = [[] for _target in targets]
    for _try in range(options.tries):
        if using:
            tried = map(from_windows.observe_transfer, given, _by_curl(host, targets, options, using))
        else:
            tried = map(from_windows.observe_test, given, _by_test_net_connection(host, targets))
        for of_target, observed in zip(observations, tried, strict=True):
            of_target.append(observed)
    now = datetime.datetime.now(datetime.UTC)
    return [
        target_result(*target, tries, options.timeout, now)
        for target, tries in zip(options.targets, observations, strict=True)
    ]


def _by_curl(
    host: WindowsHost, targets: t.Sequence[Target], options: ScanOptions, using: curl.Curl
) -> list[curl.Transfer | None]:
    urls = [curl.url(target.host, target.port) for target in targets]
    groups = _fitting(host, urls, options, using) if using.takes_many_urls else [[url] for url in urls]
    commands = [curl.connect(group, options.timeout, options.max_parallel, using) for group in groups]
    # Unless the host hangs, curl keeps to its time for each target.
    rounds = sum(math.ceil(len(group) / max(options.max_parallel, 1)) for group in groups)
    outputs = _run(host, commands, _SLACK + rounds * options.timeout)
    return [
        transfer
        for group, output in zip(groups, outputs, strict=True)
        for transfer in curl.read_transfers(output, len(group))
    ]


def _fitting(host: WindowsHost, urls: t.Sequence[str], options: ScanOptions, using: curl.Curl) -> list[list[str]]:
    """Return the URLs in groups, as many together as one command can hold."""
    groups: list[list[str]] = []
    left = -1
    for url in urls:
        left -= len(url) + 1
        if left < 0:
            groups.append([])
            longest = host.longest_command
            left = longest - len(curl.connect([url, url], options.timeout, options.max_parallel, using).line)
        groups[-1].append(url)
    return groups


def _by_test_net_connection(host: WindowsHost, targets: t.Sequence[Target]) -> list[CommandResult]:
    commands = [netconnection.connect(target.host, target.port) for target in targets]
    return _run(host, commands, _SLACK + _SLOWEST * len(commands))


def _run(host: WindowsHost, commands: t.Sequence[Command], seconds: float) -> list[CommandResult]:
    # What is read is ASCII in every code page.
    results = host.run([command.line for command in commands], seconds)
    return [CommandResult(ran.data, ran.exit_code, command) for command, ran in zip(commands, results, strict=True)]
