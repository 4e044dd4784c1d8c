# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The actions in this process, on an emulated host, without ansible-playbook: a thousand repairs in seconds."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import hashlib
import io
import itertools
import types
import typing as t
from importlib import import_module

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible.parsing.dataloader import DataLoader
from ansible_collections.winops.rdp.plugins.plugin_utils import _repair, _services, _verification
from ansible_collections.winops.rdp.plugins.plugin_utils._deadline import Late
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import RdpError

from lab import FAULTS, Machine, WireCut
from lab.process import Hanging, StartInfo
from lab.state.termservice import RdpListener

COLLECTION = "ansible_collections.winops.rdp.plugins.action"
# The role's order, and the module for each check.
REPAIRS = {
    "policy": "rdp_policy",
    "protocol": "rdp_protocol",
    "service": "rdp_service",
    "listener": "rdp_listener",
    "machine_keys": "rdp_machine_keys",
    "cert": "rdp_cert",
    "firewall": "rdp_firewall",
}
Result = dict[str, t.Any]


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


class World:
    """The world outside: what can be seen of a host from there. It is told of the hosts that run() works on.

    Attributes:
        machine: The host.
        outcome: What is seen instead of what is there, nothing for the truth.
        asked: The ports that were asked for.
    """

    def __init__(self) -> None:
        self.machine: Machine | None = None
        self.outcome = ""
        self.asked: list[int] = []

    def scan_target(self, host: str, port: int, tries: int = 1) -> Result:
        """Answer as module_utils.rdp_scan does."""
        assert self.machine is not None and host == self.machine.address
        self.asked.append(port)
        firewall = self.machine.firewall
        if port in self.machine.rdp_ports():
            there = "timeout" if firewall.drops(self.machine.termservice.listener(port)) else "rdp"
        else:
            there = "timeout" if firewall.hides_closed_ports() else "refused"
        seen = self.outcome or there
        if seen != "rdp" or self.outcome:
            return {"outcome": seen, "summary": f"It says {seen}."}
        return self._handshake(self.machine, port)

    def _handshake(self, machine: Machine, port: int) -> Result:
        """What the listener on a port says: of its certificate, and of its clock."""
        names = machine.termservice.listening.items()
        listener = RdpListener(machine, next(name for name, number in names if number == port), port)
        shown = listener.certificate
        if not listener.security_layer:
            return {"outcome": "rdp", "summary": "It says rdp."}
        if shown is None:
            return {"outcome": "no_certificate", "summary": "It says no_certificate."}
        if fault := listener.tls_fault():
            return {"outcome": "tls_failed", "summary": f"It says tls_failed ({fault})."}
        ahead = datetime.timedelta(days=listener.identity[-1])
        return {
            "outcome": "rdp",
            "summary": "It says rdp.",
            "certificate": {"sha1": hashlib.sha1(shown[0], usedforsecurity=False).hexdigest().upper()},
            "ntlm": {"ahead_seconds": int(ahead.total_seconds())},
        }


WORLD = World()


class Shell:
    SHELL_FAMILY = "cmd"
    _IS_WINDOWS = True
    tmpdir = None


def run(
    machine: Machine, module: str, options: Result | None = None, *, check: bool = False, no_log: bool = False
) -> Result:
    """Run a module on a host.

    Raises:
        AnsibleConnectionFailure: The connection broke.
    """

    def execute(line: str, *, sudoable: bool) -> Result:
        try:
            ran = machine.create_process(line, code_page=65001)
        except Hanging as exc:
            # Time is up at once. What had been printed is found where the connection keeps it.
            arrived = exc.stdout
            assert isinstance(arrived, bytes)
            raise Late from exc
        except WireCut as exc:
            raise AnsibleConnectionFailure(str(exc)) from exc
        return {"stdout": ran.stdout.decode("utf-8", "surrogateescape"), "stderr": "", "rc": ran.exit_code}

    task = types.SimpleNamespace(
        args=options or {},
        action=f"winops.rdp.{module}",
        check_mode=check,
        environment=[],
        async_val=0,
        diff=False,
        no_log=no_log,
        get_search_path=list,
    )
    WORLD.machine = machine
    connection = types.SimpleNamespace(
        transport="ssh", _shell=Shell(), become=None, get_option={"host": machine.address}.get
    )
    loader = DataLoader()
    # A playbook of the collection itself lies where no file of the user's is.
    loader.set_basedir("/dev/null/playbooks")
    action = import_module(f"{COLLECTION}.{module}").ActionModule(
        task, connection, types.SimpleNamespace(), loader, None, None
    )
    action._low_level_execute_command = execute
    if isinstance(action, _repair.RepairAction):
        action.plan = _twice(action)
    return t.cast("Result", action.run(task_vars={"inventory_hostname": machine.name}))


def _twice(action: t.Any) -> t.Callable[[t.Any, t.Any], t.Any]:
    """Return an action's ``plan`` that is made twice: both are equal, nothing is printed, and nothing is remembered."""
    plan = action.plan

    def planned(host: t.Any, run: t.Any) -> t.Any:
        memory, remembered = dict(vars(action)), dataclasses.replace(run)
        found = []
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            for _time in range(2):
                try:
                    found.append(plan(host, run))
                except RdpError as exc:
                    found.append(exc)
        first, second = found
        assert first == second or (type(first), str(first)) == (type(second), str(second))
        assert not printed.getvalue() and run == remembered and vars(action) == memory
        if isinstance(first, RdpError):
            raise first
        return first

    return planned


def look(machine: Machine) -> Result:
    """Diagnose a host."""
    return run(machine, "rdp_info", {"quiet": True})


def heal(machine: Machine, reference: Result, *, check: bool = False) -> list[Result]:
    """Repair a host as the role does, and return what each repair answered."""
    done = []
    for check_id, module in REPAIRS.items():
        findings = {finding["check"]: finding for finding in look(machine)["findings"]}
        if findings[check_id]["repair"]:
            done.append(run(machine, module, options_of(module, reference), check=check))
    return done


def options_of(module: str, reference: Result) -> Result:
    """What the role gives to a module that needs more than its defaults."""
    return {"rdp_listener": {"reference": reference}, "rdp_policy": {"local_policy": "not_configured"}}.get(module, {})


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Nobody waits for real."""
    clock = Clock()
    monkeypatch.setattr(_repair, "time", clock)
    monkeypatch.setattr(_services, "time", clock)
    return clock


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Nobody is asked for real."""
    vars(WORLD).update(vars(World()))
    monkeypatch.setattr(_verification, "scan_target", WORLD.scan_target)
    return WORLD


@pytest.fixture
def donor() -> Result:
    """The facts of a healthy host."""
    return t.cast("Result", look(Machine("donor"))["facts"])


def foretold(result: Result, key: str, folder: str) -> str:
    """What a result says, with what check mode can't foretell of a backup's name in its place."""
    return str(result[key]).replace(folder.rpartition("\\")[2], folder.rpartition("\\")[2][:-4] + "????")


def registry(machine: Machine) -> t.Any:
    """The registry. In which order values were written makes no difference, nor when policies were applied last."""

    def ordered(key: t.Any) -> t.Any:
        if isinstance(key, dict) and "values" in key:
            return {
                "values": sorted(key["values"], key=str),
                "keys": {
                    name: ordered(below) for name, below in sorted(key["keys"].items()) if name != "Extension-List"
                },
            }
        return {name: ordered(below) for name, below in key.items()}

    return ordered(machine.snapshot()["registry"])


# What a program that doesn't work may do: print this, and end with that.
ANSWERS = {"fails": (b"", 1), "garbage": (b"\x00\xff\x80 1058 0x0 {garbage} 65536\r\n", 0)}


def break_program(machine: Machine, number: int, answer: tuple[bytes, int]) -> None:
    """Let the n-th program that runs on a host do nothing but print something and end with some exit code."""
    original = machine.run_program
    count = itertools.count(1)

    def run_program(start: StartInfo) -> int:
        if start.program.is_cmd or next(count) != number:
            return original(start)
        start.handles.stdout.write(answer[0])
        return answer[1]

    vars(machine)["run_program"] = run_program


def sick(*faults: str, language: str = "en-US") -> Machine:
    """A host with faults."""
    machine = Machine("host", language=language)
    for fault in faults:
        FAULTS[fault].apply(machine)
    return machine
