# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""attrib [+r|-r] [+h|-h] [+s|-s] name: shows or changes attributes. It always ends with exit code 0."""

from __future__ import annotations

from ..state.files import FileError
from .call import ToolCall


def main(call: ToolCall) -> int:
    """ATTRIB without /s and /d."""
    changes = [word.upper() for word in call.arguments if word[:1] in "+-"]
    names = [word for word in call.arguments if word[:1] not in "+-"]
    known = all(word in ("+R", "-R", "+H", "-H", "+S", "-S", "+A", "-A") for word in changes)
    if len(names) != 1 or names[0].startswith("/") or not known:
        return call.not_understood(f"attrib {call.raw_arguments.strip()}")
    files = call.machine.files
    hits = [hit for hit in files.glob(call.path(names[0])) if files.exists(hit)]
    if not hits:
        call.out(call.texts["attrib.missing"].format(path=names[0]))
        return 0
    on = {word[1] for word in changes if word[0] == "+"} - {"A"}
    off = {word[1] for word in changes if word[0] == "-"} - {"A"}
    for hit in hits:
        node = files.entry(hit)
        if node is None:
            continue
        if changes:
            try:
                files.set_attributes(hit, on, off)
            except FileError:
                call.out(f"{call.texts['win32.5'].rstrip('.')} - {hit}")
            continue
        letters = {"A": 0, "S": 3, "H": 4, "R": 5}
        row = [" "] * 21
        for letter in ("A", *sorted(node.attributes)):
            row[letters[letter]] = letter
        call.out("".join(row) + hit)
    return 0
