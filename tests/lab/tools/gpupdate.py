# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gpupdate: applies the machine's Group Policy again.

https://learn.microsoft.com/windows-server/administration/windows-commands/gpupdate
"""

from __future__ import annotations

import re

from .call import ToolCall

KNOWN = re.compile(r"^/(force|target:(computer|user)|wait:-?\d+|sync|boot|logoff)$", re.I)


def main(call: ToolCall) -> int:
    """GPUPDATE [/target:computer|user] [/force] [/wait:seconds]."""
    options = [argument.lower() for argument in call.arguments]
    for option in options:
        if KNOWN.match(option) is None or option in ("/sync", "/boot", "/logoff"):
            return call.not_understood(f"option {option}")
    computer, user = "/target:user" not in options, "/target:computer" not in options
    call.out(call.texts["gpupdate.start"])
    call.out("")
    if computer:
        call.machine.policy.refresh()
        call.out(call.texts["gpupdate.computer"])
    if user:
        call.out(call.texts["gpupdate.user"])
    call.out("")
    return 0
