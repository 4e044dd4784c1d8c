# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A thousand targets from one vantage: rdp_reach_info beside nmap's connect scan and a loop of wait_for.

``./run bench reach`` prints a table and asserts nothing. The targets are loopback addresses in a network namespace of
their own: two in five have Remote Desktop with TLS, the others refuse, forbid, drop or accept and say nothing, as
nftables and a server decide. It needs nft, ip, and root or the right to have namespaces; nmap and curl are left out,
and it says so, where they are missing.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import contextlib
import json
import os
import resource
import shutil
import subprocess
import sys
import time
import typing as t
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: The address of a target says what it does: 127.<second>.x.y
KINDS = {"rdp": (10, 4), "refused": (20, 2), "timeout": (30, 2), "prohibited": (40, 1), "no_answer": (50, 1)}
PORT, SILENT_PORT = 3389, 3388
_RULES = f"""
table ip bench {{
  chain talk_to_the_silent_one {{
    type nat hook output priority -100
    ip daddr 127.50.0.0/16 tcp dport {PORT} redirect to :{SILENT_PORT}
  }}
  chain input {{
    type filter hook input priority 0
    ip daddr 127.20.0.0/16 tcp dport {PORT} reject with tcp reset
    ip daddr 127.30.0.0/16 tcp dport {PORT} drop
    ip daddr 127.40.0.0/16 tcp dport {PORT} reject with icmp type admin-prohibited
  }}
}}
"""
_WIDTHS = "{:<46} {:>9} {:>8}  {}"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say what can be chosen."""
    parser.add_argument("--targets", type=int, default=1000, help="how many (%(default)s)")
    parser.add_argument("--timeout", type=float, default=5.0, help="seconds for a target (%(default)s)")
    parser.add_argument("--wait-for", type=int, default=20, help="targets of the wait_for loop (%(default)s)")


def measure(options: argparse.Namespace) -> int:
    """Measure and print, in namespaces of its own."""
    users = ["--user", "--map-root-user"] if os.geteuid() else []
    chosen = [f"--targets={options.targets}", f"--timeout={options.timeout}", f"--wait-for={options.wait_for}"]
    command = [sys.executable, "-m", "benchmarks.bench_reach", *chosen]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}/tests:{ROOT}"}
    return subprocess.run(["unshare", "--net", "--mount", *users, *command], env=environment, check=False).returncode


def addresses(count: int) -> list[str]:
    """The targets, mixed in the proportion of KINDS."""
    turn = [second for second, share in KINDS.values() for _ in range(share)]
    return [f"127.{turn[index % len(turn)]}.{index // 250}.{index % 250 + 1}" for index in range(count)]


def _measure(count: int, timeout: float, sample: int) -> int:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["nft", _RULES], check=True)
    targets = addresses(count)
    rows: list[tuple[str, str, str, str]] = []
    with _server():
        rows.append(_library(targets, timeout, count))
        rows.append(_library(targets, timeout, max(1, count // 10)))
        rows.append(_module(targets, timeout))
        rows += [_curl(targets, timeout), _nmap(targets), _wait_for(targets[:sample], timeout)]
    print(f"\n{count} targets, {timeout:g} s each at most, {os.cpu_count()} cores shared with the servers\n")
    for row in [("what", "wall", "memory", "saw"), *rows]:
        print(_WIDTHS.format(*row))
    return 0


@contextlib.contextmanager
def _server() -> t.Iterator[None]:
    command = [sys.executable, "-c", "from benchmarks import bench_reach; bench_reach.serve()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        assert process.stdout.readline() == b"ready\n"
        yield
        process.stdin.close()


def serve() -> None:
    """Remote Desktop on every loopback address, and a program that says nothing."""
    from lab.rdp.tls import TlsCertificates
    from lab.rdp.x224 import Security, serve_rdp

    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    certificates = TlsCertificates()
    security = Security(0, 2, certificates.context(certificates.self_signed("BENCH")))

    async def rdp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError, TimeoutError):
            await serve_rdp(reader, writer, security)
        writer.close()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while await reader.read(4096):
                pass
        writer.close()

    async def run() -> None:
        await asyncio.start_server(rdp, "0.0.0.0", PORT, backlog=4096)
        await asyncio.start_server(silent, "0.0.0.0", SILENT_PORT, backlog=4096)
        print("ready", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)

    asyncio.run(run())


def _run(command: list[str], **environment: str) -> tuple[float, str, str]:
    """Run a command; its wall time, the memory of the largest process below it, and what it printed."""
    # /usr/bin/time is not everywhere; a process of our own knows about its children.
    meter = (
        "import json, resource, subprocess, sys; ran = subprocess.run(sys.argv[1:], capture_output=True, text=True); "
        "print(json.dumps([resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, ran.stdout + ran.stderr]))"
    )
    began = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-c", meter, *command], capture_output=True, text=True, check=True,
        env={**os.environ, **environment},
    )  # fmt: skip
    took = time.monotonic() - began
    kilobytes, output = json.loads(ran.stdout)
    return took, f"{kilobytes / 1024:.0f} MB", output


def _library(targets: list[str], timeout: float, parallel: int) -> tuple[str, str, str, str]:
    script = (
        "import json, sys; sys.path.insert(0, sys.argv[1]); from module_utils import rdp_scan as reach; "
        "targets = [reach.Target(host) for host in json.loads(sys.argv[2])]; "
        "seen = reach.scan_targets(targets, float(sys.argv[3]), 1, reach.files_for(int(sys.argv[4]))); "
        "print(json.dumps([[each['host'], each['outcome']] for each in seen]))"
    )
    took, memory, output = _run(
        [sys.executable, "-c", script, str(ROOT / "plugins"), json.dumps(targets), str(timeout), str(parallel)]
    )
    return f"rdp_reach_info's handshake, max_parallel {parallel}", f"{took:.2f} s", memory, _saw(json.loads(output))


def _module(targets: list[str], timeout: float) -> tuple[str, str, str, str]:
    ansible = str(Path(sys.executable).with_name("ansible"))
    arguments = json.dumps({"targets": targets, "timeout": timeout})
    took, memory, output = _run(
        [ansible, "localhost", "-m", "winops.rdp.rdp_reach_info", "-a", arguments],
        ANSIBLE_COLLECTIONS_PATH=str(ROOT / ".cache/collections"),
        ANSIBLE_PYTHON_INTERPRETER=sys.executable,
        ANSIBLE_NOCOLOR="1",
    )
    result, _ = json.JSONDecoder().raw_decode(output[output.index("{") :])
    return (
        "one task with rdp_reach_info, Ansible's start too",
        f"{took:.2f} s",
        memory,
        _saw([(each["host"], each["outcome"]) for each in result["targets"]]),
    )


def _curl(targets: list[str], timeout: float) -> tuple[str, str, str, str]:
    """What a Windows host does, in lines as winrm takes them, with this machine's curl and without a connection."""
    name = "curl in a Windows host's lines (TCP alone)"
    curl = shutil.which("curl")
    if not curl:
        return name, "-", "-", "NOT MEASURED: no curl"
    script = (
        "import json, subprocess, sys; sys.path[:0] = sys.argv[1:3]; "
        "from ansible_collections.winops.rdp.plugins.module_utils.rdp_targets import read_options; "
        "from ansible_collections.winops.rdp.plugins.plugin_utils import _reach; "
        "from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import CommandResult; "
        "from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import curl\n"
        "class Here:\n"
        "    longest_command = 2800\n"
        "    def run(self, lines, seconds):\n"
        "        lines = [sys.argv[5] + line.removeprefix('curl.exe') for line in lines]\n"
        "        ran = [subprocess.run(line, shell=True, capture_output=True) for line in lines]\n"
        "        return [CommandResult(one.stdout, one.returncode) for one in ran]\n"
        "options = dict(targets=json.loads(sys.argv[3]), port=3389, timeout=float(sys.argv[4]), tries=1)\n"
        "wanted = read_options(dict(options, max_parallel=1000))\n"
        "targets = _reach.named_in_ascii(wanted.targets)\n"
        "seen = _reach.scan_from(Here(), targets, wanted, curl.Curl((8, 0)))\n"
        "print(json.dumps([[each['host'], each['outcome']] for each in seen]))"
    )
    took, memory, output = _run(
        [
            sys.executable,
            "-c",
            script,
            str(ROOT / ".cache/collections"),
            str(ROOT),
            json.dumps(targets),
            str(timeout),
            curl,
        ]
    )
    # It sees connections: Remote Desktop and a program that says nothing are both open to it, and ICMP is no way.
    seen = {"rdp": "open", "no_answer": "open", "prohibited": "unreachable"}
    return name, f"{took:.2f} s", memory, _saw(json.loads(output), seen)


def _nmap(targets: list[str]) -> tuple[str, str, str, str]:
    name = "nmap -sT -Pn -n (TCP alone)"
    if not shutil.which("nmap"):
        return name, "-", "-", "NOT MEASURED: no nmap"
    took, memory, output = _run(["nmap", "-sT", "-Pn", "-n", "-p", str(PORT), *targets])
    states = collections.Counter(line.split()[1] for line in output.splitlines() if line.startswith(f"{PORT}/tcp"))
    return name, f"{took:.2f} s", memory, ", ".join(f"{count} {state}" for state, count in states.items())


def _wait_for(targets: list[str], timeout: float) -> tuple[str, str, str, str]:
    play = [
        {
            "hosts": "localhost",
            "gather_facts": False,
            "tasks": [
                {
                    "ansible.builtin.wait_for": {"host": "{{ item }}", "port": PORT, "timeout": int(timeout)},
                    "loop": targets,
                    "ignore_errors": True,
                }
            ],
        }
    ]
    file = Path(os.environ.get("TMPDIR", "/tmp")) / f"bench-wait-for-{os.getpid()}.json"
    file.write_text(json.dumps(play), encoding="utf-8")
    try:
        took, memory, output = _run(
            [str(Path(sys.executable).with_name("ansible-playbook")), "-c", "local", "-i", "localhost,", str(file)],
            ANSIBLE_NOCOLOR="1", ANSIBLE_PYTHON_INTERPRETER=sys.executable,
        )  # fmt: skip
    finally:
        file.unlink()
    opened = output.count("ok: [localhost] =>")
    name = f"a loop of wait_for, {len(targets)} targets (TCP alone)"
    return name, f"{took:.2f} s", memory, f"{opened} open, {len(targets) - opened} not"


def _saw(seen: t.Iterable[t.Sequence[str]], called: t.Mapping[str, str] | None = None) -> str:
    """Count the kinds of outcomes, and those that are not what the address stands for."""
    kinds = {second: (called or {}).get(kind, kind) for kind, (second, _) in KINDS.items()}
    pairs = [(outcome, kinds[int(host.split(".")[1])]) for host, outcome in seen]
    wrong = sum(outcome != kind for outcome, kind in pairs)
    return f"{len({outcome for outcome, _ in pairs})} outcomes, " + (f"{wrong} WRONG" if wrong else "all right")


if __name__ == "__main__":
    _parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    add_options(_parser)
    _options = _parser.parse_args()
    sys.exit(_measure(_options.targets, _options.timeout, _options.wait_for))
