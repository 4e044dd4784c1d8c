# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scans from a Windows host: how targets are named and grouped, and that each observation belongs to its target."""

from __future__ import annotations

import re
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.module_utils.rdp_scan import Target
from ansible_collections.winops.rdp.plugins.module_utils.rdp_targets import ScanOptions
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import OptionError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import CommandResult
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import curl
from ansible_collections.winops.rdp.plugins.plugin_utils._reach import named_in_ascii, scan_from

NEW, OLD = curl.Curl((8, 0)), curl.Curl((7, 55))


class Host:
    """A Windows host without curl.exe, which connects to even ports alone."""

    longest_command = 900

    def __init__(self) -> None:
        self.sent: list[list[str]] = []
        self.seconds: list[float] = []

    def run(self, lines: t.Sequence[str], seconds: float) -> list[CommandResult]:
        self.sent.append(list(lines))
        self.seconds.append(seconds)
        return [CommandResult(self.answer(line), 0) for line in lines]

    def answer(self, line: str) -> bytes:
        (port,) = re.findall(r"-Port (\d+)", line)
        connected = int(port) % 2 == 0
        return f"RemoteAddress : 192.0.2.3\r\nTcpTestSucceeded : {connected}\r\n".encode()


class Silent(Host):
    """A Windows host whose curl.exe says nothing."""

    def answer(self, line: str) -> bytes:
        return b""


def _options(ports: t.Iterable[int], tries: int = 1, host: str = "web03", parallel: int = 100) -> ScanOptions:
    return ScanOptions([Target(host, port) for port in ports], 5.0, tries, parallel)


def _scan(host: Host, options: ScanOptions, using: curl.Curl | None = None) -> list[dict[str, t.Any]]:
    return scan_from(t.cast("t.Any", host), named_in_ascii(options.targets), options, using)


def test_names_in_any_language_are_named_in_ascii() -> None:
    assert named_in_ascii([Target("münchen", 3390), Target("web03")]) == [
        Target("xn--mnchen-3ya", 3390),
        Target("web03"),
    ]


@pytest.mark.parametrize("host", ["a" * 64 + "ü", "fe80::1%eth0", "a&b"])
def test_what_could_change_a_command_is_refused_with_its_option(host: str) -> None:
    with pytest.raises(OptionError, match=r"^targets\[1\] is "):
        named_in_ascii([Target("web03"), Target(host)])


def test_each_observation_belongs_to_its_target_as_it_was_given() -> None:
    host = Host()
    seen = _scan(host, _options([2, 3, 4], tries=2, host="münchen"))
    assert [(one["host"], one["port"], one["outcome"]) for one in seen] == [
        ("münchen", 2, "open"), ("münchen", 3, "no_connection"), ("münchen", 4, "open"),
    ]  # fmt: skip
    assert [len(one["tries"]) for one in seen] == [2, 2, 2] and len(host.sent) == 2
    assert seen[1]["loss_percent"] == 100.0 and "xn--mnchen-3ya" in host.sent[0][0]


@pytest.mark.parametrize(("using", "most"), [(NEW, 900), (OLD, 900)])
def test_commands_are_as_long_as_the_host_takes_and_no_longer(using: curl.Curl, most: int) -> None:
    host = Silent()
    ports = list(range(3000, 3060))
    seen = _scan(host, _options(ports), using)
    (lines,) = host.sent
    assert [int(port) for line in lines for port in re.findall(r"telnet://web03:(\d+)", line)] == ports
    assert all(len(line) <= most for line in lines)
    assert (len(lines) < len(ports)) == using.takes_many_urls
    assert {one["outcome"] for one in seen} == {"unknown"}


def test_a_host_gets_time_for_every_round_of_targets() -> None:
    few, many = Silent(), Silent()
    _scan(few, _options(range(1, 11), parallel=10), NEW)
    _scan(many, _options(range(1, 11), parallel=1), NEW)
    assert many.seconds[0] - few.seconds[0] == pytest.approx(9 * 5.0)
