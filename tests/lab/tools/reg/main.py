# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""reg.exe: the verbs. Exit codes 0 and 1 (https://learn.microsoft.com/windows-server/administration/windows-commands/reg)."""

from __future__ import annotations

import re

from ..call import ToolCall
from . import edit, files, query
from .common import fail

# The key of LOCAL SERVICE, which only SYSTEM, administrators and itself may read.
# Published scripts ask for it to learn whether they are elevated.
_LOCAL_SERVICE = re.compile(r"(?:HKU|HKEY_USERS)\\S-1-5-19(?:\\|$)", re.IGNORECASE)


def main(call: ToolCall) -> int:
    """Dispatch on the verb."""
    verbs = {
        "query": query.query, "add": edit.add, "delete": edit.delete, "copy": edit.copy,
        "export": files.export, "import": files.import_file,
    }  # fmt: skip
    verb = call.arguments[0].lower() if call.arguments else ""
    if verb not in verbs:
        call.entry.understood = False
        call.entry.reason = f"unknown verb {verb!r}"
        return fail(call, "reg.invalid_syntax", "REG")
    if not call.machine.elevated and _writes_machine(call, verb):
        return fail(call, "reg.access_denied")
    if not call.machine.elevated and verb == "query" and _LOCAL_SERVICE.match("".join(call.arguments[1:2])):
        return fail(call, "reg.access_denied")
    return verbs[verb](call, call.arguments[1:])


def _writes_machine(call: ToolCall, verb: str) -> bool:
    """Whether the verb would write below HKEY_LOCAL_MACHINE, which needs administrator's rights."""
    if verb == "import":
        return True
    target = call.arguments[2 if verb == "copy" else 1] if len(call.arguments) > 2 else ""
    return verb in ("add", "delete", "copy") and target.upper().startswith(("HKLM", "HKEY_LOCAL_MACHINE"))
