# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""fc /b: compares two files byte by byte. Exit code 0 same, 1 different, 2 a file is missing, -1 bad syntax."""

from __future__ import annotations

from ..state.files import FileError
from .call import ToolCall


def main(call: ToolCall) -> int:
    """FC /B first second."""
    names = [word for word in call.arguments if not word.startswith("/")]
    switches = {word.lower() for word in call.arguments if word.startswith("/")}
    if switches != {"/b"} or len(names) != 2 or any("*" in name for name in names):
        return call.not_understood(f"fc {call.raw_arguments.strip()}")
    data: list[bytes] = []
    for name in names:
        try:
            data.append(call.machine.files.read(call.path(name)))
        except FileError as error:
            key = "win32.5" if error.code == 5 else "fc.cannot_open"
            call.out(call.texts[key].format(path=name.upper()))
            call.out("")
            return 2
    first, second = data
    call.out(call.texts["fc.comparing"].format(first=names[0], second=names[1].upper()))
    different = [n for n in range(min(len(first), len(second))) if first[n] != second[n]]
    for position in different:
        call.out(f"{position:08X}: {first[position]:02X} {second[position]:02X}")
    if len(first) != len(second):
        longer, shorter = (names[0], names[1].upper()) if len(first) > len(second) else (names[1].upper(), names[0])
        call.out(call.texts["fc.longer"].format(longer=longer, shorter=shorter))
    elif not different:
        call.out(call.texts["fc.same"])
    call.out("")
    return 0 if first == second else 1
