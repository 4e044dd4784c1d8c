# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""takeown /f name [/a]: an administrator has the privilege to take ownership of anything."""

from __future__ import annotations

import dataclasses

from ..state.files import FileError
from ..state.security import ADMINISTRATOR_USER, ADMINISTRATORS
from .call import ToolCall


def main(call: ToolCall) -> int:
    """TAKEOWN /F name [/A], without /R."""
    arguments = list(call.arguments)
    name, group = "", False
    while arguments:
        word = arguments.pop(0)
        if word.lower() == "/f" and arguments:
            name = arguments.pop(0)
        elif word.lower() == "/a":
            group = True
        else:
            return call.not_understood(f"option {word}")
    if not name or "*" in name:
        return call.not_understood(f"takeown {call.raw_arguments.strip()}")
    path = call.path(name)
    try:
        descriptor = call.machine.files.security(path)
    except FileError as error:
        call.err(call.texts["reg.error"] + call.texts[f"win32.{error.code}"])
        return 1
    if not call.machine.elevated:
        call.err(call.texts["reg.error"] + call.texts["takeown.privilege"])
        return 1
    owner = ADMINISTRATORS if group else ADMINISTRATOR_USER
    call.machine.files.set_security(path, dataclasses.replace(descriptor, owner=owner))
    call.out("")
    call.out(call.texts["takeown.group" if group else "takeown.user"].format(path=path, user="CORP\\Administrator"))
    return 0
