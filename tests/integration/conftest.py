# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet of emulated Windows hosts, and the real ansible-playbook that works on it."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from lab import HostSpec, Lab, Machine, WireCut

HERE = Path(__file__).parent
LISTENER = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp"
_EXPORT = r"C:\Windows\Temp\healthy.reg"
_RECAP = re.compile(r"^(\S+)\s+: (.*)$", re.M)


@dataclasses.dataclass(frozen=True)
class Played:
    """What one run of ansible-playbook left behind."""

    code: int
    stdout: str
    stderr: str
    tasks: list[dict[str, t.Any]]

    def results(self, action: str, outcome: str = "") -> dict[str, dict[str, t.Any]]:
        """The last result of a module on each host."""
        return {
            task["host"]: task["result"]
            for task in self.tasks
            if task["action"].rpartition(".")[2] == action and outcome in ("", task["outcome"])
        }

    def outcomes(self, action: str) -> dict[str, str]:
        """How a module's last task ended on each host."""
        return {task["host"]: task["outcome"] for task in self.tasks if task["action"].rpartition(".")[2] == action}

    @property
    def recap(self) -> dict[str, dict[str, int]]:
        """The counts of the play recap, by host."""
        text = self.stdout.partition("PLAY RECAP")[2]
        return {
            match[1]: {name: int(count) for name, count in re.findall(r"(\w+)=(\d+)", match[2])}
            for match in _RECAP.finditer(text)
        }


class Fleet:
    """A running lab with an inventory, and ansible-playbook to work on it."""

    def __init__(self, lab: Lab, folder: Path, connection: str, auth: str) -> None:
        self.lab = lab
        self.folder = folder
        self.inventory = folder / "inventory.yml"
        self._runs = 0
        lab.write_inventory(self.inventory, connection=connection, auth=auth)

    def __getitem__(self, name: str) -> Machine:
        return self.lab[name]

    @property
    def machines(self) -> dict[str, Machine]:
        return {spec.name: self.lab[spec.name] for spec in self.lab.specs}

    def hashes(self) -> dict[str, str]:
        """The state of each host, as a hash."""
        return {name: machine.state_hash() for name, machine in self.machines.items()}

    def assert_understood(self) -> None:
        """Nothing that was sent was foreign to the lab. Home editions really have no qwinsta."""
        for name, machine in self.machines.items():
            assert [error for error in machine.errors() if "no program 'qwinsta'" not in error] == [], name

    def playbook(self, playbook: str, *arguments: str, **environment: str) -> Played:
        """Run a playbook of the collection, by its FQCN, or one from a file."""
        self._runs += 1
        record = self.folder / f"run{self._runs}.jsonl"
        record.touch()
        env = {
            **os.environ,
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callbacks"),
            "ANSIBLE_CALLBACKS_ENABLED": "recorder",
            # Many faults keep a look from outside waiting for seconds, and these overlap.
            "ANSIBLE_FORKS": "20",
            "ANSIBLE_FORCE_COLOR": "0",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_RETRY_FILES_ENABLED": "0",
            "ANSIBLE_LOCALHOST_WARNING": "0",
            "ANSIBLE_DEPRECATION_WARNINGS": "1",
            "COLUMNS": "100",
            "RECORDER_FILE": str(record),
            **environment,
        }
        program = Path(sys.executable).parent / "ansible-playbook"
        ran = subprocess.run(
            [str(program), "-i", str(self.inventory), playbook, *arguments],
            env=env,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            stdin=subprocess.DEVNULL,
        )
        assert "Traceback" not in ran.stdout + ran.stderr, ran.stdout + ran.stderr
        tasks = [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()]
        return Played(ran.returncode, ran.stdout, ran.stderr, tasks)

    def task(self, module: str, options: dict[str, t.Any] | None = None, *arguments: str, **keywords: t.Any) -> Played:
        """Run one task with a module of the collection on every host."""
        environment = keywords.pop("env", {})
        play = {
            "hosts": "windows",
            "gather_facts": False,
            "tasks": [{"name": module, f"winops.rdp.{module}": options or {}, **keywords}],
        }
        return self._play(play, *arguments, **environment)

    def mistakes(self, *tasks: tuple[str, dict[str, t.Any]]) -> list[dict[str, t.Any]]:
        """The results of tasks that are all written wrongly, on one host, in the order given."""
        written = [{f"winops.rdp.{module}": options, "ignore_errors": True} for module, options in tasks]
        played = self._play({"hosts": "windows", "gather_facts": False, "tasks": written})
        return [task["result"] for task in played.tasks]

    def _play(self, play: dict[str, t.Any], *arguments: str, **environment: str) -> Played:
        path = self.folder / f"task{self._runs}.yml"
        path.write_text(yaml.safe_dump([play]), encoding="utf-8")
        return self.playbook(str(path), *arguments, **environment)


# What the batch prints between two commands. A cut before it is one after the command.
_MARK = "echo @"


class Count:
    """Counts the commands that a host runs, written files included: a ``before_command`` hook."""

    def __init__(self) -> None:
        self.commands = 0

    def __call__(self, machine: Machine, line: str) -> None:
        self.commands += not line.lstrip().startswith(_MARK)


class Cut:
    """Breaks the connection once, right before a host runs its n-th command: a ``before_command`` hook."""

    def __init__(self, number: int) -> None:
        self.left = number

    def __call__(self, machine: Machine, line: str) -> None:
        if line.lstrip().startswith(_MARK):
            return
        self.left -= 1
        if self.left == 0:
            raise WireCut(line)


def exported_listener() -> bytes:
    """The key of a healthy host's listener, as Windows exports it."""
    machine = Machine("donor")
    assert machine.create_process(f'reg export "{LISTENER}" {_EXPORT} /y', code_page=437).exit_code == 0
    return machine.files.read(_EXPORT)


def with_build(exported: bytes, build: int = 20348) -> bytes:
    """An exported key as the playbook winops.rdp.baseline saves it, with the build that it comes from."""
    header, _, rest = exported.decode("utf-16").partition("\r\n")
    return f"{header}\r\n; winops.rdp: build {build}, from a healthy host\r\n{rest}".encode()


_RELAY = """
import os, socket, sys, threading

there = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=60)


def send():
    while data := os.read(0, 4096):
        there.sendall(data)


threading.Thread(target=send, daemon=True).start()
while data := there.recv(4096):
    os.write(1, data)
"""


def through_a_relay(folder: Path) -> dict[str, str]:
    """The variables that have ssh go to its hosts through a program, as through a jump host."""
    relay = folder / "relay.py"
    relay.write_text(_RELAY, encoding="utf-8")
    return {"ansible_ssh_extra_args": f"-o ProxyCommand='{sys.executable} {relay} %h %p'"}


@pytest.fixture
def fleet(tmp_path: Path) -> t.Iterator[t.Callable[..., Fleet]]:
    """Start a lab: ``fleet(web=(), db=("service-stopped",))``, with specs for more."""
    running: list[Lab] = []

    def start(*specs: HostSpec, connection: str = "winrm", auth: str = "ntlm", **faults: t.Sequence[str]) -> Fleet:
        hosts = [*specs, *(HostSpec.of(name, names) for name, names in faults.items())]
        lab = Lab(hosts, transports=(connection.partition("-")[0],))
        lab.start()
        running.append(lab)
        folder = tmp_path / f"fleet{len(running)}"
        folder.mkdir()
        return Fleet(lab, folder, connection, auth)

    yield start
    for lab in running:
        lab.stop()
