# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows' own command line tools: one file each, registered in one table.

A tool is a function that takes a :class:`~lab.tools.call.ToolCall` and returns its exit code. What it does not
understand it reports with ``call.not_understood(...)``: a non-zero exit code, a message, an entry in
``machine.errors()``, never silent success.
"""

from __future__ import annotations

from collections.abc import Callable

from ..process import LoggedCommand, StartInfo
from . import (
    attrib,
    curl,
    fc,
    find,
    findstr,
    gpupdate,
    net,
    netstat,
    powershell,
    qwinsta,
    regedit,
    sc,
    small,
    takeown,
    taskkill,
    tasklist,
    wevtutil,
)
from .call import ToolCall
from .certutil import main as certutil
from .gpresult import main as gpresult
from .icacls import main as icacls
from .netsh import main as netsh
from .reg import main as reg

# program name without .exe -> the tool
TOOLS: dict[str, Callable[[ToolCall], int]] = {
    "reg": reg.main,
    "regedit": regedit.main,
    "sc": sc.main,
    "net": net.main,
    "net1": net.main,
    "qwinsta": qwinsta.qwinsta,
    "query": qwinsta.query,
    "quser": qwinsta.quser,
    "netstat": netstat.main,
    "netsh": netsh.main,
    "curl": curl.main,
    "tasklist": tasklist.main,
    "taskkill": taskkill.main,
    "gpupdate": gpupdate.main,
    "gpresult": gpresult.main,
    "find": find.find,
    "powershell": powershell.main,
    "findstr": findstr.main,
    "where": small.where,
    "whoami": small.whoami,
    "hostname": small.hostname,
    "chcp": small.chcp,
    "timeout": small.timeout,
    "ping": small.ping,
    "wmic": small.wmic,
    "icacls": icacls.main,
    "takeown": takeown.main,
    "certutil": certutil.main,
    "fc": fc.main,
    "attrib": attrib.main,
    "wevtutil": wevtutil.main,
}


def run_tool(start: StartInfo) -> int:
    """Run one tool: hook, time, the tool itself, log."""
    machine, program = start.machine, start.program
    machine.announce(start.command_line)
    machine.tick()
    entry = LoggedCommand(start.command_line.strip())
    machine.log.append(entry)
    call = ToolCall(**vars(start), entry=entry)
    tool = TOOLS.get(program.name) if program.path.upper().startswith("C:\\WINDOWS\\") else None
    if tool is None:
        call.not_understood(f"the lab has no tool for {program.path}")
        entry.exit_code = 1
        return 1
    entry.exit_code = tool(call)
    if not entry.understood and entry.exit_code == 0:
        entry.exit_code = 1
    return entry.exit_code
