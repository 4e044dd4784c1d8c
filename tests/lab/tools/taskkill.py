# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""taskkill /pid N [/f]. Exit code 0, 128 when there is no such process, 1 when it may not be ended."""

from __future__ import annotations

from .call import ToolCall

NOT_FOUND = 128


def main(call: ToolCall) -> int:
    """TASKKILL /PID N [/F] [/T]."""
    pids: list[str] = []
    force = False
    arguments = iter(call.arguments)
    for argument in arguments:
        option = argument.lower()
        if option in ("/pid", "-pid"):
            pids.append(next(arguments, ""))
        elif option in ("/f", "-f"):
            force = True
        elif option in ("/t", "-t"):
            continue
        else:
            call.err(call.texts["tasklist.invalid_syntax"].format(option=argument, tool="TASKKILL"))
            return call.not_understood(f"option {argument}")
    if not pids or not all(pid.isdigit() for pid in pids):
        return call.not_understood(f"taskkill {call.raw_arguments.strip()}")
    code = 0
    for pid in pids:
        process = call.machine.processes.get(int(pid))
        if process is None:
            call.err(call.texts["taskkill.missing"].format(pid=pid))
            code = NOT_FOUND
        elif process.critical:
            call.err(call.texts["taskkill.denied"].format(pid=pid))
            code = 1
        elif process.session == 0 and not force:
            call.err(call.texts["taskkill.force"].format(pid=pid))
            code = 1
        else:
            call.machine.end_process(int(pid))
            call.out(call.texts["taskkill.killed"].format(pid=pid))
    return code
