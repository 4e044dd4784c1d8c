# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A thousand targets from one vantage: rdp_reach beside nmap's connect scan and a loop of wait_for.

``python -m benchmarks.bench_reach`` (with ``tests`` in PYTHONPATH) prints a table and asserts nothing. The targets are
loopback addresses in a network namespace of their own: two in five have Remote Desktop with TLS, the others refuse,
forbid, drop or accept and say nothing, as nftables and a server decide. It needs nft, ip, and root or the right to have
namespaces; nmap is left out where it is missing.
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
_INSIDE = "RDP_BENCH_INSIDE"


def main(arguments: t.Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench_reach", description=str(__doc__).partition("\n")[0])
    parser.add_argument("--targets", type=int, default=1000)
    parser.add_argument("--timeout", type=float, default=5.0, help="seconds for a target (default: %(default)s)")
    parser.add_argument("--wait-for", type=int, default=20, help="targets of the wait_for loop (default: %(default)s)")
    options = parser.parse_args(arguments)
    if os.environ.get(_INSIDE):
        return _measure(options.targets, options.timeout, options.wait_for)
    users = ["--user", "--map-root-user"] if os.geteuid() else []
    command = [sys.executable, "-m", "benchmarks.bench_reach", *(sys.argv[1:] if arguments is None else arguments)]
    environment = {**os.environ, _INSIDE: "1", "PYTHONPATH": f"{ROOT}/tests:{ROOT}"}
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
        if shutil.which("nmap"):
            rows.append(_nmap(targets))
        rows.append(_wait_for(targets[:sample], timeout))
    print(f"\n{count} targets, {timeout:g} s each at most, {os.cpu_count()} cores shared with the servers")
    for row in [("what", "wall", "memory", "saw"), *rows]:
        print(f"{row[0]:<46} {row[1]:>9} {row[2]:>9}  {row[3]}")
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
    from lab.rdp_tls import Certificates
    from lab.rdp_x224 import Security, serve_rdp

    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    certificates = Certificates()
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
        "import json, sys; sys.path.insert(0, sys.argv[1]); from module_utils import rdp_handshake as reach; "
        "targets = [reach.Target(host) for host in json.loads(sys.argv[2])]; "
        "seen = reach.look_at_all(targets, float(sys.argv[3]), 1, reach.files_for(int(sys.argv[4]))); "
        "print(json.dumps([[each['host'], each['verdict']] for each in seen]))"
    )
    took, memory, output = _run(
        [sys.executable, "-c", script, str(ROOT / "plugins"), json.dumps(targets), str(timeout), str(parallel)]
    )
    return f"rdp_reach's handshake, max_parallel {parallel}", f"{took:.2f} s", memory, _saw(json.loads(output))


def _module(targets: list[str], timeout: float) -> tuple[str, str, str, str]:
    ansible = str(Path(sys.executable).with_name("ansible"))
    arguments = json.dumps({"targets": targets, "timeout": timeout})
    took, memory, output = _run(
        [ansible, "localhost", "-m", "winops.rdp.rdp_reach", "-a", arguments],
        ANSIBLE_COLLECTIONS_PATH=str(ROOT / ".cache/collections"),
        ANSIBLE_PYTHON_INTERPRETER=sys.executable,
        ANSIBLE_NOCOLOR="1",
    )
    result, _ = json.JSONDecoder().raw_decode(output[output.index("{") :])
    return (
        "one task with rdp_reach, Ansible's start included",
        f"{took:.2f} s",
        memory,
        _saw([(each["host"], each["verdict"]) for each in result["targets"]]),
    )


def _nmap(targets: list[str]) -> tuple[str, str, str, str]:
    took, memory, output = _run(["nmap", "-sT", "-Pn", "-n", "-p", str(PORT), *targets])
    states = collections.Counter(line.split()[1] for line in output.splitlines() if line.startswith(f"{PORT}/tcp"))
    return "nmap -sT -Pn -n (TCP alone)", f"{took:.2f} s", memory, str(dict(states))


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
    return name, f"{took:.2f} s", memory, f"{{'open': {opened}, 'not': {len(targets) - opened}}}"


def _saw(seen: t.Iterable[t.Sequence[str]]) -> str:
    """Count the verdicts, and say how many are not what the address stands for."""
    kinds = {second: kind for kind, (second, _) in KINDS.items()}
    wrong, count = 0, collections.Counter[str]()
    for host, verdict in seen:
        count[verdict] += 1
        wrong += verdict != kinds[int(host.split(".")[1])]
    return f"{dict(count)}" + (f", {wrong} WRONG" if wrong else "")


if __name__ == "__main__":
    sys.exit(main())
