# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a Windows host does, with this machine's curl in the place of curl.exe: the lines, the outcomes, the times."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.winops.rdp.plugins.module_utils.rdp_targets import read_options
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Command, CommandResult
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import curl
from ansible_collections.winops.rdp.plugins.plugin_utils._reach import named_in_ascii, scan_from

from integration.reach import networks as net
from integration.reach.networks import World
from integration.reach.real_servers import free_port
from integration.reach.strange_servers import serving, silent

pytestmark = pytest.mark.needs_program("curl")

Json = dict[str, t.Any]
Look = t.Callable[..., dict[str, Json]]


class CurlHost:
    """Runs the lines of a Windows host in sh, which leaves our quotes and what they hold alone, as cmd.exe does."""

    def __init__(self, folder: Path, enter: t.Sequence[str] = (), longest: int = 2800) -> None:
        real = shutil.which("curl")
        assert real
        (folder / "curl.exe").symlink_to(real)
        self.enter, self.folder, self.longest_command = [*enter], folder, longest
        self.lines: list[str] = []
        self.seconds: float | None = None

    def run(self, lines: t.Sequence[str], seconds: float | None = None) -> list[CommandResult]:
        # curl has to keep to its own time: an answer that comes late fails the test.
        self.seconds = seconds
        self.lines += lines
        assert all(len(line) <= self.longest_command for line in lines)
        return [self._run(line) for line in lines]

    def _run(self, line: str) -> CommandResult:
        # A proxy and a file of settings, which must not be used.
        environment = {
            "PATH": f"{self.folder}:{os.environ['PATH']}",
            "ALL_PROXY": "http://127.0.0.1:1",
            "HOME": str(self.folder),
        }
        (self.folder / ".curlrc").write_text("max-time = 0.001\n", encoding="ascii")
        settings = [f"{name}={value}" for name, value in environment.items()]
        ran = subprocess.run(
            [*self.enter, "/usr/bin/env", *settings, "/bin/sh", "-c", line],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=self.seconds or 120, check=False,
        )  # fmt: skip
        return CommandResult(ran.stdout, ran.returncode)

    @property
    def version(self) -> curl.Curl:
        (ran,) = self.run([curl.VERSION.command.line])
        version = curl.VERSION.read(CommandResult(ran.data, ran.exit_code, Command("")))
        assert version, ran.data
        return version

    def look(self, targets: t.Sequence[t.Any], using: curl.Curl | None = None, **options: t.Any) -> list[Json]:
        """What rdp_reach_info returns from this host."""
        wanted = read_options(
            {"targets": [*targets], "port": 3389, "timeout": 5.0, "tries": 1, "max_parallel": 1000, **options}
        )
        return scan_from(t.cast("t.Any", self), named_in_ascii(wanted.targets), wanted, using or self.version)


#: A curl before 7.75 looks at one target with each command; this machine's does so just the same.
OLD = curl.Curl((7, 55))


@pytest.mark.parametrize("using", [None, OLD], ids=["many", "one by one"])
@pytest.mark.parametrize("max_parallel", [1000, 1])
def test_outcomes_on_loopback(tmp_path: Path, using: curl.Curl | None, max_parallel: int) -> None:
    host = CurlHost(tmp_path)
    closed = free_port()
    with serving(silent) as port, serving(silent, socket.AF_INET6) as port6:
        began = time.monotonic()
        targets = [
            f"127.0.0.1:{port}",
            f"[::1]:{port6}",
            f"127.0.0.1:{closed}",
            f"localhost:{closed}",
            f"localhost:{port}",
            "nobody.invalid",
        ]
        seen = host.look(targets, using, timeout=4.0, max_parallel=max_parallel)
        assert time.monotonic() - began < 4, "a port that takes connections is not waited for"
    assert [each["outcome"] for each in seen] == ["open", "open", "refused", "refused", "open", "name"]
    assert [each["address"] for each in seen[:3]] == ["127.0.0.1", "::1", "127.0.0.1"]
    assert [each["loss_percent"] for each in seen] == [0.0, 0.0, 100.0, 100.0, 0.0, 100.0]
    assert all(each["tries"][0]["connect_ms"] is not None for each in seen if each["outcome"] == "open")
    assert seen[2]["failed_addresses"] == [{"address": "127.0.0.1", "outcome": "refused", "error": seen[2]["error"]}]
    assert "Connection refused" in seen[2]["error"] and "resolve" in seen[5]["error"]
    assert len(host.lines) == (6 if using else 2)


def test_nothing_is_sent(tmp_path: Path) -> None:
    received: list[bytes] = []

    def listen(connection: socket.socket) -> None:
        while data := connection.recv(4096):
            received.append(data)

    with serving(listen) as port:
        (seen,) = CurlHost(tmp_path).look([f"127.0.0.1:{port}"], tries=3)
    assert [each["outcome"] for each in seen["tries"]] == ["open"] * 3 and received == []


def test_a_thousand_targets_fit_their_lines_and_keep_their_order(tmp_path: Path) -> None:
    host = CurlHost(tmp_path)
    closed = free_port()
    with serving(silent) as port:
        targets = [f"127.0.{index // 250}.{index % 250 + 1}:{closed}" for index in range(999)]
        targets.insert(500, f"127.0.0.1:{port}")
        began = time.monotonic()
        seen = host.look(targets, timeout=5.0)
        took = time.monotonic() - began
    assert [each["host"] for each in seen] == [target.partition(":")[0] for target in targets]
    assert [index for index, each in enumerate(seen) if each["outcome"] == "open"] == [500]
    assert {each["outcome"] for each in seen} == {"open", "refused"}
    assert len(host.lines) < 15 and took < 20


#: The same world as in test_networks. curl knows no ICMP: a prohibition of the router is no way for it.
_EXPECTED = {
    net.OPEN: "open",
    net.OPEN_V6: "open",
    net.DROPPED: "timeout",
    net.DROPPED_V6: "timeout",
    net.RESET: "refused",
    net.FORBIDDEN: "unreachable",
    # ICMPv6 type 1 code 1: icmpv6_err_convert() makes EACCES of it.
    net.FORBIDDEN_V6: "prohibited",
    net.REJECTED: "refused",
    net.ABSENT: "unreachable",
    net.NO_ROUTE: "unreachable",
    net.PROHIBITED_ROUTE: "unreachable",
    net.UNREACHABLE_ROUTE: "unreachable",
    net.BLACKHOLE_ROUTE: "timeout",
    net.OWN_NO_ROUTE: "unreachable",
    net.OWN_PROHIBITED: "prohibited",
    net.OWN_UNREACHABLE: "unreachable",
    net.OWN_BLACKHOLE: "unreachable",
}


@pytest.mark.needs_program("ip", "nft")
@pytest.mark.parametrize("using", [None, OLD], ids=["many", "one by one"])
def test_open_and_every_way_to_be_blocked(networks: World, tmp_path: Path, using: curl.Curl | None) -> None:
    host = CurlHost(tmp_path, networks.command("vantage1"))
    began = time.monotonic()
    seen = {each["host"]: each for each in host.look(list(_EXPECTED), using, timeout=4.5)}
    assert {address: each["outcome"] for address, each in seen.items()} == _EXPECTED
    if not using:
        assert time.monotonic() - began < 8, "side by side"
    assert {each["address"] for each in seen.values()} == set(_EXPECTED)


@pytest.mark.needs_program("ip", "nft")
def test_a_quarter_of_the_packets_is_lost(networks: World, tmp_path: Path) -> None:
    host = CurlHost(tmp_path, networks.command("vantage3"))
    (seen,) = host.look([net.LOSSY], timeout=0.6, tries=8)
    assert (seen["outcome"], seen["loss_percent"]) == ("open", 25.0)
    assert sorted(each["outcome"] for each in seen["tries"]) == ["open"] * 6 + ["timeout"] * 2
