# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows' own command line tools: one file each, registered in one table.

A tool is a function that takes a :class:`~lab.tools.call.ToolCall` and returns its exit code. What it does not
understand it reports with ``call.not_understood(...)``: a non-zero exit code, a message, an entry in
``machine.errors()``, never silent success.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from .call import ToolCall

if TYPE_CHECKING:
    from ..io import Handles
    from ..machine import Machine
    from ..programs import Program

# program name without .exe -> "module:function" in this package
TOOLS = {
    "reg": "reg.main:main",
    "regedit": "regedit:main",
    "sc": "sc:main",
    "net": "net:main",
    "net1": "net:main",
    "qwinsta": "qwinsta:qwinsta",
    "query": "qwinsta:query",
    "quser": "qwinsta:quser",
    "netstat": "netstat:main",
    "netsh": "netsh.main:main",
    "curl": "curl:main",
    "tasklist": "tasklist:main",
    "taskkill": "taskkill:main",
    "gpupdate": "gpupdate:main",
    "gpresult": "gpresult.main:main",
    "find": "find:find",
    "powershell": "powershell:main",
    "findstr": "findstr:main",
    "where": "small:where",
    "whoami": "small:whoami",
    "hostname": "small:hostname",
    "chcp": "small:chcp",
    "timeout": "small:timeout",
    "ping": "small:ping",
    "wmic": "small:wmic",
    "icacls": "icacls.main:main",
    "takeown": "takeown:main",
    "certutil": "certutil.main:main",
    "fc": "fc:main",
    "attrib": "attrib:main",
    "wevtutil": "wevtutil:main",
}


def run_tool(
    machine: Machine,
    program: Program,
    command_line: str,
    handles: Handles,
    code_page: int,
    environment: dict[str, str],
    directory: str,
) -> int:
    """Run one tool: hook, time, the tool itself, log."""
    from ..machine import LoggedCommand

    machine.announce(command_line)
    machine.tick()
    entry = LoggedCommand(command_line.strip())
    machine.log.append(entry)
    call = ToolCall(machine, program, command_line, handles, code_page, environment, directory, entry)
    home = TOOLS.get(program.name) if program.path.upper().startswith("C:\\WINDOWS\\") else None
    if home is None:
        call.not_understood(f"the lab has no tool for {program.path}")
        entry.exit_code = 1
        return 1
    module_name, _, function_name = home.partition(":")
    module = importlib.import_module(f"{__name__}.{module_name}")
    entry.exit_code = getattr(module, function_name)(call)
    if not entry.understood and entry.exit_code == 0:
        entry.exit_code = 1
    return entry.exit_code
