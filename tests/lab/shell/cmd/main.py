# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""cmd.exe: its own command line (`cmd /?`), then the interpreter.

After /c, quotes are treated as `cmd /?` says: with /s the first quote and the last one go; without it they stay only
when there are exactly two, no special character between them, at least one blank, and the text names a program.
"""

from __future__ import annotations

import re
import typing as t

from ...process import LoggedCommand, StartInfo
from ...programs import find_program, split_program
from .interpreter import ExitCmd, Interpreter

if t.TYPE_CHECKING:
    from ...io import Handles

LIMIT = 8191  # https://learn.microsoft.com/troubleshoot/windows-client/shell-experience/command-line-string-limitation
AUTORUN = r"Software\Microsoft\Command Processor"
CANNOT_RUN = 9009


def run_cmd(start: StartInfo) -> int:
    """Run `cmd.exe …`; its exit code."""
    machine, handles, command_line = start.machine, start.handles, start.command_line
    rest = split_program(command_line)[1]
    flags, text = split_switches(rest)
    interpreter = Interpreter(
        machine, start.code_page, dict(start.environment), start.directory, delayed=flags.get("v", False)
    )
    interpreter.command_line = command_line
    if "c" not in flags:
        machine.log.append(LoggedCommand(command_line, 1, False, reason="an interactive cmd.exe (no /c)"))
        return 1
    text = strip_quotes(text, strict="s" in flags, exists=lambda name: _is_program(start, name))
    if len(text) > LIMIT:
        interpreter.message(handles.stderr, "cmd.line_too_long")
        machine.log.append(LoggedCommand(command_line[:80] + "…", 1, True, "builtin", "line too long"))
        return 1
    try:
        if "d" not in flags:
            _autorun(interpreter, handles)
        interpreter.run_line(text, handles)
    except ExitCmd as leave:
        return leave.code
    return 1 if interpreter.errorlevel == CANNOT_RUN else interpreter.errorlevel


def _autorun(interpreter: Interpreter, handles: Handles) -> None:
    """Without /d the AutoRun values of the machine and the user run first."""
    for root in ("HKLM", "HKCU"):
        line = interpreter.machine.registry.text(rf"{root}\{AUTORUN}", "AutoRun")
        if line:
            interpreter.run_line(line, handles)


def _is_program(start: StartInfo, name: str) -> bool:
    return find_program(start.machine, name, start.environment, start.directory) is not None


def split_switches(rest: str) -> tuple[dict[str, bool], str]:
    """The text after the program -> (switches, command text). `v` tells whether delayed expansion is on."""
    flags: dict[str, bool] = {}
    position = 0
    while True:
        match = re.match(r"\s*/([a-z])(:(?:on|off|[0-9a-f]{2}))?", rest[position:], re.I)
        if match is None:
            return flags, rest[position:].strip(" \t") if "c" in flags else rest[position:]
        letter, value = match.group(1).lower(), (match.group(2) or "").lower()
        position += match.end()
        flags[letter] = value != ":off"
        if letter in "ckr":
            flags["c"] = letter in "cr"
            if letter == "k":
                flags.pop("c")
            return flags, rest[position:].lstrip(" \t")


def strip_quotes(text: str, *, strict: bool, exists: object) -> str:
    """What /c and /s do with quotes."""
    if not text.startswith('"'):
        return text
    inner = text[1:].partition('"')[0]
    keep = (
        not strict
        and text.count('"') == 2
        and not re.search(r"[&<>()@^|]", text)
        and re.search(r"\s", inner)
        and callable(exists)
        and exists(inner)
    )
    if keep:
        return text
    last = text.rfind('"')
    return text[1:] if last == 0 else text[1:last] + text[last + 1 :]
