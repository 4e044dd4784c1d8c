# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""powershell.exe started from a cmd.exe line."""

from __future__ import annotations

from .call import ToolCall


def main(call: ToolCall) -> int:
    """POWERSHELL -Command … | -EncodedCommand …"""
    from ..shell.powershell.main import run_script, script_of

    script = script_of(call.command_line)
    if script is None:
        return call.not_understood(f"powershell {call.raw_arguments.strip()}")
    ran = run_script(
        call.machine,
        script.text,
        code_page=call.code_page,
        stdin=call.handles.stdin.read(),
        clixml=script.encoded,
    )
    call.handles.stdout.write(ran.stdout)
    call.handles.stderr.write(ran.stderr)
    return ran.exit_code
