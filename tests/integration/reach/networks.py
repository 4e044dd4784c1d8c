# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A world of its own: four vantages, a router with a firewall, and the hosts behind it, in network namespaces.

::

    vantage1  10.77.1.2 ─┐
    vantage2  10.77.2.2 ─┤ router  10.77.100.1 ── hosts 10.77.100.10 ...
    vantage3  10.77.3.2 ─┤         fd77:64::1            fd77:64::10 ...
    vantage4  10.77.4.2 ─┘

It lives in a mount and a network namespace that one process holds. When that process ends, or the one that started it,
everything is gone. Nothing in it can reach this machine's own networks. Works as root, and as anybody else where the
system lets users have namespaces.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

from ansible_collections.winops.rdp.plugins import module_utils

from programs import program

VANTAGES = ("vantage1", "vantage2", "vantage3", "vantage4")

#: Each of these hosts has a Remote Desktop; what the router does with connections to it follows.
OPEN, DROPPED, RESET, FORBIDDEN, REJECTED = (f"10.77.100.{last}" for last in (10, 11, 12, 13, 14))
ONE_BLOCKED, SOME_BLOCKED, LOSSY = (f"10.77.100.{last}" for last in (15, 16, 17))
OPEN_V6, DROPPED_V6, FORBIDDEN_V6 = (f"fd77:64::{last}" for last in (10, 11, 13))
#: Nobody has this address.
ABSENT = "10.77.100.99"
#: The router has no route there, or routes that say so, or one that swallows everything.
NO_ROUTE, PROHIBITED_ROUTE, UNREACHABLE_ROUTE, BLACKHOLE_ROUTE = "10.78.0.1", "10.79.1.1", "10.79.2.1", "10.79.3.1"
#: The same on the first vantage itself.
OWN_NO_ROUTE, OWN_PROHIBITED, OWN_UNREACHABLE, OWN_BLACKHOLE = "192.0.2.1", "10.80.1.1", "10.80.2.1", "10.80.3.1"
#: Its own firewall lets nothing out to here.
OWN_FIREWALL = "10.77.100.20"

ROUTER_SIDE = "10.77.1.1"
ROUTER_SIDE_V6 = "fd77:1::1"

_HOSTS_V4 = (OPEN, DROPPED, RESET, FORBIDDEN, REJECTED, ONE_BLOCKED, SOME_BLOCKED, LOSSY, OWN_FIREWALL)
_HOSTS_V6 = (OPEN_V6, DROPPED_V6, FORBIDDEN_V6)

_RULES = f"""
table inet world {{
  chain forward {{
    type filter hook forward priority 0;
    ip daddr {DROPPED} drop
    ip daddr {RESET} meta l4proto tcp reject with tcp reset
    ip daddr {FORBIDDEN} reject with icmp type admin-prohibited
    ip daddr {REJECTED} reject
    ip daddr {ONE_BLOCKED} ip saddr 10.77.2.2 drop
    ip daddr {SOME_BLOCKED} ip saddr {{ 10.77.2.2, 10.77.3.2 }} drop
    ip daddr {LOSSY} tcp flags & (syn | ack) == syn numgen inc mod 4 == 0 drop
    ip6 daddr {DROPPED_V6} drop
    ip6 daddr {FORBIDDEN_V6} reject with icmpv6 type admin-prohibited
  }}
}}
"""
_OWN_RULES = f"""
table inet own {{
  chain output {{
    type filter hook output priority 0
    ip daddr {OWN_FIREWALL} reject with icmp type admin-prohibited
  }}
}}
"""


#: The router forwards, and answers each packet that its firewall refuses instead of some per second.
_SETTINGS = """
cd /proc/sys/net
echo 1 >ipv4/ip_forward
echo 1 >ipv6/conf/all/forwarding
echo 0 >ipv4/icmp_ratemask
echo 0 >ipv6/icmp/ratelimit
"""


def _script(ip: str, nft: str) -> str:
    """The shell commands that build the world, inside the new namespaces."""
    lines = ["set -e", "mount -t tmpfs tmpfs /run", "mkdir -p /run/netns"]
    for name in ("router", "hosts", *VANTAGES):
        # Without asking whether somebody else has an IPv6 address, so that all are usable at once.
        no_questions = "for i in all default; do echo 0 >/proc/sys/net/ipv6/conf/$i/accept_dad; done"
        lines += [f"{ip} netns add {name}", f"{ip} netns exec {name} sh -c '{no_questions}'"]
    for number, vantage in enumerate(VANTAGES, 1):
        lines += [
            f"{ip} link add eth0 netns {vantage} type veth peer name eth{number} netns router",
            f"{ip} -n {vantage} address add 10.77.{number}.2/24 dev eth0",
            f"{ip} -n {vantage} address add fd77:{number}::2/64 dev eth0 nodad",
            f"{ip} -n router address add 10.77.{number}.1/24 dev eth{number}",
            f"{ip} -n router address add fd77:{number}::1/64 dev eth{number} nodad",
            f"{ip} -n {vantage} link set lo up",
            f"{ip} -n {vantage} link set eth0 up",
            f"{ip} -n router link set eth{number} up",
            # No default route: 192.0.2.1 has none.
            f"{ip} -n {vantage} route add 10.64.0.0/10 via 10.77.{number}.1",
            f"{ip} -n {vantage} route add fd77::/16 via fd77:{number}::1",
        ]
    lines += [
        f"{ip} link add eth0 netns hosts type veth peer name eth100 netns router",
        f"{ip} -n router address add 10.77.100.1/24 dev eth100",
        f"{ip} -n router address add fd77:64::1/64 dev eth100 nodad",
        *(f"{ip} -n hosts address add {address}/24 dev eth0" for address in _HOSTS_V4),
        *(f"{ip} -n hosts address add {address}/64 dev eth0 nodad" for address in _HOSTS_V6),
        f"{ip} -n hosts link set lo up",
        f"{ip} -n hosts link set eth0 up",
        f"{ip} -n router link set eth100 up",
        f"{ip} -n hosts route add default via 10.77.100.1",
        f"{ip} -n hosts route add default via fd77:64::1",
        f"{ip} -n router route add prohibit 10.79.1.0/24",
        f"{ip} -n router route add unreachable 10.79.2.0/24",
        f"{ip} -n router route add blackhole 10.79.3.0/24",
        f"{ip} -n vantage1 route add prohibit 10.80.1.0/24",
        f"{ip} -n vantage1 route add unreachable 10.80.2.0/24",
        f"{ip} -n vantage1 route add blackhole 10.80.3.0/24",
        f"{ip} netns exec router sh -c '{_SETTINGS}'",
        f"{ip} netns exec router {nft} '{_RULES}'",
        f"{ip} netns exec vantage1 {nft} '{_OWN_RULES}'",
        # Until whoever started this hangs up, or is gone.
        "echo ready; cat >/dev/null",
    ]
    return "\n".join(lines)


class NoNamespaces(Exception):
    """This system does not let this user have a network of his own. The text is what it said."""


class World:
    """The networks, while they exist."""

    def __init__(self, holder: int, users: bool) -> None:
        self._enter = ["nsenter", f"--target={holder}", "--net", "--mount"]
        if users:
            self._enter += ["--user", "--preserve-credentials"]

    def command(self, place: str, *command: str) -> list[str]:
        """The command line that runs a command in one of the namespaces, from outside."""
        return [*self._enter, "--", *self._inside(place), *command]

    def _inside(self, place: str) -> list[str]:
        return [program("ip").find() or "ip", "netns", "exec", place]

    def python(self, place: str, folder: Path) -> Path:
        """A Python that lives in one of the namespaces, as a program for Ansible to use on that 'host'."""
        file = folder / f"python-in-{place}"
        file.write_text(f'#!/bin/sh\nexec {" ".join(self.command(place, sys.executable))} "$@"\n', encoding="utf-8")
        file.chmod(0o755)
        return file

    def look(self, vantage: str, targets: t.Sequence[str], timeout: float = 1.0, tries: int = 1) -> dict[str, t.Any]:
        """What a vantage sees of these addresses, by address."""
        wanted = json.dumps({"targets": targets, "timeout": timeout, "tries": tries})
        ran = subprocess.run(
            self.command(vantage, sys.executable, "-c", _LOOK, str(Path(module_utils.__path__[0]).parent)),
            input=wanted, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        return {seen["host"]: seen for seen in json.loads(ran.stdout)}


_LOOK = """
import json, sys
sys.path.insert(0, sys.argv[1])
from module_utils.rdp_scan import Target, scan_targets
wanted = json.load(sys.stdin)
targets = [Target(host) for host in wanted["targets"]]
json.dump(scan_targets(targets, wanted["timeout"], wanted["tries"], 1000), sys.stdout)
"""

#: Remote Desktop on every address of the hosts: the lab's listener, or here a stand-in that wants NLA.
_SERVER = """
import asyncio, sys
CONFIRM = bytes.fromhex("030000130ed00000123400 0300080005000000")
async def serve(reader, writer):
    try:
        await asyncio.wait_for(reader.readexactly(19), 10)
        writer.write(CONFIRM)
        await writer.drain()
    except (OSError, EOFError, asyncio.TimeoutError):
        pass
    writer.close()
async def main():
    server = await asyncio.start_server(serve, None, 3389)
    print("ready", flush=True)
    async with server:
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
asyncio.run(main())
"""


@contextlib.contextmanager
def world() -> t.Iterator[World]:
    """Build it, with Remote Desktop on all hosts, and tear it down."""
    ip, nft = program("ip").find(), program("nft").find()
    assert ip and nft
    users = os.geteuid() != 0
    unshare = ["unshare", "--net", "--mount", *(["--user", "--map-root-user"] if users else [])]
    with contextlib.ExitStack() as stack:
        holder = stack.enter_context(_held([*unshare, "sh", "-c", _script(ip, nft)]))
        made = World(holder.pid, users)
        stack.enter_context(_held(made.command("hosts", sys.executable, "-c", _SERVER)))
        # The first packet of IPv6 waits until the router has found its neighbours.
        first = made.look(VANTAGES[0], [OPEN, OPEN_V6], timeout=10)
        assert {seen["outcome"] for seen in first.values()} == {"rdp"}, first
        yield made


@contextlib.contextmanager
def _held(command: list[str]) -> t.Iterator[subprocess.Popen[str]]:
    """Run a program that says 'ready', and ends when its standard input does."""
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdin and process.stdout and process.stderr
    try:
        if process.stdout.readline() != "ready\n":
            process.stdin.close()
            raise NoNamespaces(process.stderr.read().strip() or f"{command[0]} said nothing")
        yield process
    finally:
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        process.stdout.close()
        process.stderr.close()
