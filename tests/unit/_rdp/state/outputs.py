# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tools of a host print, for the tests of what is derived from it."""

from __future__ import annotations

import typing as t

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import CommandResult, Probe
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings

NOT_FOUND = "ERROR: The system was unable to find the specified registry key or value."
DENIED = "ERROR: Access is denied."

#: A text with exit code 0, or a text with its exit code. None stands for an answer that ended before it.
Output = str | tuple[str, int | None]


def result(probe: Probe[t.Any], output: Output) -> CommandResult:
    """Return what the command of a probe printed. Lines end in CR LF."""
    text, exit_code = (output, 0) if isinstance(output, str) else output
    return CommandResult(text.replace("\n", "\r\n").encode(), exit_code, probe.command)


def readings(outputs: t.Mapping[Probe[t.Any], Output]) -> Readings:
    """Return the readings of these outputs, and of nothing else."""
    return Readings({probe.command: result(probe, output) for probe, output in outputs.items()})


def read(probe: Probe[t.Any], *lines: str, code: int | None = 0) -> t.Any:
    """Return what a probe reads in these lines."""
    return probe.read(result(probe, ("".join(f"{line}\n" for line in lines), code)))


def long(key: str) -> str:
    """Return the path of a key as reg.exe prints it."""
    return key.replace("HKLM", "HKEY_LOCAL_MACHINE", 1)


def listing(key: str, *values: str) -> str:
    """Return what reg.exe prints of one key, whose values are written ``name    type    data``."""
    return "\n".join(["", long(key), *(f"    {value}" for value in values), "", ""])


def service_state(name: str, state: int, *, pid: int = 0, exit_code: int = 0) -> str:
    """Return what ``sc queryex`` prints of a service."""
    words = {1: "STOPPED", 2: "START_PENDING", 3: "STOP_PENDING", 4: "RUNNING"}
    fields = (
        "TYPE               : 20  WIN32_SHARE_PROCESS  ",
        f"STATE              : {state}  {words[state]} ",
        f"WIN32_EXIT_CODE    : {exit_code}  ({exit_code:#x})",
        "SERVICE_EXIT_CODE  : 0  (0x0)",
        "CHECKPOINT         : 0x0",
        "WAIT_HINT          : 0x0",
        f"PID                : {pid}",
        "FLAGS              : ",
    )
    return "\n".join(["", f"SERVICE_NAME: {name} ", *(f"        {field}" for field in fields), ""])


def service_config(
    name: str, *, start: int = 3, account: str = r"NT Authority\NetworkService", needs: t.Sequence[str] = ("RPCSS",)
) -> str:
    """Return what ``sc qc`` prints of a service."""
    words = {2: "AUTO_START", 3: "DEMAND_START", 4: "DISABLED"}
    first, *more = needs or ("",)
    fields = (
        "TYPE               : 20  WIN32_SHARE_PROCESS ",
        f"START_TYPE         : {start}   {words[start]}",
        "ERROR_CONTROL      : 1   NORMAL",
        r"BINARY_PATH_NAME   : C:\Windows\System32\svchost.exe -k NetworkService",
        "LOAD_ORDER_GROUP   : ",
        "TAG                : 0",
        "DISPLAY_NAME       : A service",
        f"DEPENDENCIES       : {first}",
        *(f"                   : {name}" for name in more),
        f"SERVICE_START_NAME : {account}",
    )
    rows = ("[SC] QueryServiceConfig SUCCESS", "", f"SERVICE_NAME: {name}", *(f"        {field}" for field in fields))
    return "\n".join([*rows, ""])


#: What sc.exe prints of a service that does not exist, with its exit code.
NO_SERVICE = (
    "[SC] EnumQueryServicesStatus:OpenService FAILED 1060:\n\n"
    "The specified service does not exist as an installed service.\n\n",
    1060,
)
