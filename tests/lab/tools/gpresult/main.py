# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gpresult: reports what the last refresh has logged.

https://learn.microsoft.com/windows-server/administration/windows-commands/gpresult and published outputs. Exit code 0
is no success: without rights /X writes a report without ComputerResults, and without logged data it writes no file,
says so on standard output, and still returns 0. Without /SCOPE COMPUTER it wants the user's data as well, and an
administrator who never logged on at the host has none.
"""

from __future__ import annotations

import dataclasses

from ...environment import lookup
from ...state.files import FileError
from ..call import ToolCall
from .text import summary
from .xml import report

MOMENTS = 2  # how long it takes


@dataclasses.dataclass(frozen=True)
class ReportOptions:
    """What the command line asks for."""

    scope: str = ""
    xml: str = ""
    force: bool = False
    summary: bool = False


def main(call: ToolCall) -> int:
    """GPRESULT [/SCOPE COMPUTER|USER] {/R | /X file [/F]}."""
    options = _read(call)
    if options is None:
        return call.not_understood(f"gpresult {call.raw_arguments.strip()}")
    if bool(options.xml) == options.summary:  # one of them, and not both
        call.out(call.texts["gpresult.syntax"])
        return 1
    call.machine.tick(MOMENTS)
    if options.scope != "computer":
        user = f"{lookup(call.environment, 'USERDOMAIN')}\\{lookup(call.environment, 'USERNAME')}"
        call.out(call.texts["gpresult.no_data_user"].format(user=user))
        return 0
    if call.machine.policy.rsop is None:
        call.out(call.texts["gpresult.no_data_computer"])
        return 0
    return _save(call, options) if options.xml else _print(call)


def _read(call: ToolCall) -> ReportOptions | None:
    words = [word.replace(":", "\0", 1).split("\0") for word in call.arguments if word]
    scope, xml, force, short = "", "", False, False
    while words:
        option, *rest = words.pop(0)
        name = option.lower()
        if name in ("/scope", "/x") and not rest:
            if not words:
                return None
            rest = [":".join(words.pop(0))]
        if name == "/scope" and rest[0].lower() in ("computer", "user"):
            scope = rest[0].lower()
        elif name == "/x" and rest[0]:
            xml = rest[0]
        elif name == "/f" and not rest:
            force = True
        elif name == "/r" and not rest:
            short = True
        else:
            return None
    return ReportOptions(scope, xml, force, short)


def _print(call: ToolCall) -> int:
    if not call.machine.elevated:
        call.out(call.texts["gpresult.denied"])
        return 1
    for line in summary(call.machine):
        call.out(line)
    return 0


def _save(call: ToolCall, options: ReportOptions) -> int:
    path = call.path(options.xml)
    if call.machine.files.exists(path) and not options.force:
        call.out(call.texts["gpresult.exists"].format(path=options.xml))
        return 1
    try:
        call.machine.files.write(path, report(call.machine))
    except FileError as error:
        call.out(call.texts["gpresult.denied" if error.code == 5 else "gpresult.path"])
        return 1
    return 0
