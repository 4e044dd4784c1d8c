# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts for unit tests: a healthy one with some outputs of its tools replaced, and one that is told in a few words."""

from __future__ import annotations

import dataclasses
import functools
import re
import typing as t
from pathlib import Path

from ansible_collections.winops.rdp.plugins.plugin_utils import _recording
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import diagnosis, probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.check import Check
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.gathering import gather
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import (
    Command,
    CommandResult,
    Expectation,
    Finding,
    Probe,
)
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.recording.format import Recording
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.excluded_ports import EXCLUDED_IPV4, EXCLUDED_IPV6
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.host import Host as DerivedHost

#: What a command prints instead: a text, with its exit code if that isn't 0; a change of what the healthy host prints;
#: or None if the command is not run.
Output = str | tuple[str, int] | t.Callable[[str], str] | None

_HEALTHY_HOST = Path(__file__).parents[2] / "fixtures/hosts/healthy"


def check_of(
    check: Check,
    expected: Expectation | None = None,
    more: t.Mapping[Probe[t.Any], t.Any] | None = None,
    **outputs: Output,
) -> Finding:
    """Judge a healthy host, some of whose tools print something else. Checks that come before this one don't count.

    Args:
        check: The check.
        expected: What is expected of the host. Its clock is the recording's unless it names one.
        more: Outputs by probe, for probes that are not in ``probes.py``.
        outputs: Outputs by the name of a probe in ``probes.py``, in lower case.
    """
    expected = _expected(expected)
    alone = dataclasses.replace(check, requires=())
    return diagnosis.diagnose((alone,), host_of((alone,), expected, more, **outputs), expected)[0]


def host_of(
    checks: t.Sequence[Check],
    expected: Expectation | None = None,
    more: t.Mapping[Probe[t.Any], t.Any] | None = None,
    also: t.Iterable[Probe[t.Any]] = (),
    **outputs: Output,
) -> DerivedHost:
    """Gather what checks and further probes ask of a healthy host, some of whose tools print something else."""
    said = {answer.command: answer for answer in _healthy().commands}
    changed = {getattr(probes, name.upper()).command: output for name, output in outputs.items()}
    changed |= {probe.command: output for probe, output in (more or {}).items()}

    def run(commands: t.Sequence[Command]) -> dict[Command, CommandResult]:
        results = {command: _result(command, changed, said.get(command.line)) for command in commands}
        return {command: result for command, result in results.items() if result is not None}

    return gather(run, checks, _expected(expected), also)


def with_value(name: str, data: str) -> dict[str, t.Any]:
    """Return the output that has another value in the listener's key. Data is the type and the value."""
    line = re.compile(rf"(?<=RDP-Tcp\r\n)(?P<before>(?:    .*\r\n)*?)    {name}    .*")
    return {"winstations": lambda text: line.sub(rf"\g<before>    {name}    {data}", text, count=1)}


def silent(**more: t.Any) -> dict[str, t.Any]:
    """Return the outputs of a host whose listener does not listen: no row in qwinsta, no socket."""
    return {
        "sessions": lambda text: re.sub(r" rdp-tcp .*\r\n", "", text),
        "sockets": lambda text: re.sub(r".*:3389 .*\r\n", "", text),
        **more,
    }


def without_listener_key(text: str) -> str:
    """Take the listener's key out of the listing of all listeners."""
    return re.sub(r"HKEY[^\r]*\\RDP-Tcp(?:\\[^\r]*)?\r\n(?:    .*\r\n)*\r\n", "", text)


def _expected(expected: Expectation | None) -> Expectation:
    expected = expected or Expectation()
    return expected if expected.now else dataclasses.replace(expected, now=_healthy().time)


@functools.cache
def _healthy() -> Recording:
    return _recording.load(_HEALTHY_HOST)


def _result(command: Command, changed: t.Mapping[Command, Output], recorded: t.Any) -> CommandResult | None:
    if command not in changed:
        return CommandResult(recorded.data, recorded.exit_code) if recorded and recorded.data is not None else None
    output = changed[command]
    if output is None:
        return None
    if callable(output):
        before = recorded.data.decode()
        after = output(before)
        assert after != before, f"nothing was changed in what '{command.line}' prints"
        return CommandResult(after.encode(), recorded.exit_code)
    text, exit_code = (output, 0) if isinstance(output, str) else output
    return _output(command, text, exit_code)


TERM_SERVICE = 1764
WINSTATIONS = probes.WINSTATIONS_KEY.replace("HKLM", "HKEY_LOCAL_MACHINE")
HEALTHY: t.Mapping[str, str] = {
    "LoadableProtocol_Object": "REG_SZ    {5828227c-20cf-4408-b73f-73ab70b8849f}",
    "fEnableWinStation": "REG_DWORD    0x1",
    "PdClass": "REG_DWORD    0x2",
    "PdDLL": "REG_SZ    tdtcp",
    "PdName": "REG_SZ    tcp",
    "WdPrefix": "REG_SZ    RDP",
    "PortNumber": "REG_DWORD    0xd3d",
    "WebSocketListenerPort": "REG_DWORD    0xd3b",
    "WebSocketTlsListenerPort": "REG_DWORD    0xd40",
}
NO_RANGES = "\nProtocol tcp Port Exclusion Ranges\n\nStart Port    End Port\n----------    --------\n\n"
LISTENS = (f"TCP 0.0.0.0:3389 0.0.0.0:0 {TERM_SERVICE}", f"TCP [::]:3389 [::]:0 {TERM_SERVICE}")


@dataclasses.dataclass(frozen=True)
class Host:
    """What a host's tools print.

    Attributes:
        sockets: Rows of netstat: protocol, local end, remote end, process.
        listeners: The values of each listener's key by its name.
        processes: Image and services by process.
        excluded: The rows of netsh's table for IPv4, None if netsh fails.
        running: Whether TermService runs.
    """

    sockets: tuple[str, ...] = LISTENS
    listeners: t.Mapping[str, t.Mapping[str, str]] = dataclasses.field(default_factory=lambda: {"RDP-Tcp": HEALTHY})
    processes: t.Mapping[int, tuple[str, str]] = dataclasses.field(
        default_factory=lambda: {TERM_SERVICE: ("svchost.exe", "TermService"), 880: ("svchost.exe", "RpcSs")}
    )
    excluded: tuple[str, ...] | None = ()
    running: bool = True

    @property
    def readings(self) -> Readings:
        """What the probes read of it."""
        outputs = self.outputs.items()
        return Readings({probe.command: _output(probe.command, text, code) for probe, (text, code) in outputs})

    @property
    def outputs(self) -> dict[Probe[t.Any], tuple[str, int]]:
        """What its tools print, with their exit codes."""
        rows = ["", "Active", "", "  Proto  Local Address   Foreign Address   State   PID"]
        for row in ("TCP 0.0.0.0:135 0.0.0.0:0 880", *sorted(self.sockets), "UDP 0.0.0.0:5353 *:* 880"):
            protocol, local, remote, pid = row.split()
            state = "" if protocol == "UDP" else "LISTENING" if remote.endswith(":0") else "ESTABLISHED"
            rows.append(f"  {protocol}    {local:<21}  {remote:<21}  {state:<14}  {pid}")
        names = [f"    {name}    {value}" for name, value in (("SelfSignedCertStore", "REG_SZ    Remote Desktop"),)]
        keys = [WINSTATIONS, *names]
        for listener, values in self.listeners.items():
            keys += ["", f"{WINSTATIONS}\\{listener}", *(f"    {name}    {value}" for name, value in values.items())]
        table = "".join(f"{row}\n" for row in self.excluded or ())
        ranges = NO_RANGES.replace("--------\n", f"--------\n{table}", 1)
        processes = (
            '"System","4","N/A"',
            *(f'"{image}","{pid}","{names or "N/A"}"' for pid, (image, names) in self.processes.items()),
        )
        texts = {
            probes.SOCKETS: "\n".join(rows),
            probes.WINSTATIONS: "\n".join(["", *keys, "", "end", ""]),
            probes.PROCESSES: "\n".join(processes),
            probes.TERM_SERVICE_STATE: queryex("TermService", TERM_SERVICE if self.running else 0),
            EXCLUDED_IPV4: ranges if self.excluded is not None else "?\n",
            EXCLUDED_IPV6: NO_RANGES,
        }
        return {probe: (text, int(text == "?\n")) for probe, text in texts.items()}


def queryex(name: str, pid: int) -> str:
    """Return what sc queryex prints of a service, which runs if it has a process."""
    state = "4  RUNNING" if pid else "1  STOPPED"
    fields = (
        "TYPE               : 30  WIN32",
        f"STATE              : {state}\n                                (STOPPABLE, NOT_PAUSABLE, IGNORES_SHUTDOWN)",
        "WIN32_EXIT_CODE    : 0  (0x0)",
        "SERVICE_EXIT_CODE  : 0  (0x0)",
        "CHECKPOINT         : 0x0",
        "WAIT_HINT          : 0x0",
        f"PID                : {pid}",
        "FLAGS              : ",
    )
    return "\n".join(["", f"SERVICE_NAME: {name} ", *(f"        {field}" for field in fields), ""])


def _output(command: Command, text: str, exit_code: int) -> CommandResult:
    return CommandResult(text.replace("\n", "\r\n").encode(), exit_code, command)
