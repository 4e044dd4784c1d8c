# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""regedit /s file and regedit /e file key. It says nothing and returns 0 even for a file that is not there."""

from __future__ import annotations

from .call import ToolCall
from .reg.common import valid
from .reg.files import apply_file, export_bytes


def main(call: ToolCall) -> int:
    """REGEDIT /S file… | /E file key."""
    arguments = call.arguments
    lower = [argument.lower() for argument in arguments]
    if lower[:1] == ["/s"] and len(arguments) > 1:
        for name in arguments[1:]:
            apply_file(call, call.path(name))
        return 0
    if lower[:1] == ["/e"] and len(arguments) == 3 and valid(arguments[2]):
        if call.machine.registry.exists(arguments[2]):
            call.machine.files.write(call.path(arguments[1]), export_bytes(call.machine.registry, arguments[2]))
        return 0
    return call.not_understood("regedit would open a window")
