# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""find: the lines of files or of standard input that hold a text. Exit code 0 when there is one, else 1."""

from __future__ import annotations

import re

from ..languages import decode
from ..state.files import FileError
from .call import ToolCall


def inputs_of(call: ToolCall, names: list[str]) -> list[tuple[str, list[str]]] | None:
    """(file name, lines) of every input; None when a file is missing."""
    if not names:
        return [("", _lines(call.handles.stdin.read(), call.code_page))]
    found = []
    for name in names:
        paths = call.machine.files.glob(call.path(name))
        if not paths:
            call.err(call.texts["find.file_missing"].format(path=name.upper()))
            return None
        for path in paths:
            try:
                found.append((path, _lines(call.machine.files.read(path), call.code_page)))
            except FileError:
                return None
    return found


def _lines(data: bytes, code_page: int) -> list[str]:
    text = decode(data, code_page).replace("\r\n", "\n")
    return text.split("\n")[:-1] if text.endswith("\n") else text.split("\n") if text else []


def find(call: ToolCall) -> int:
    r"""FIND [/v] [/c] [/n] [/i] "text" [file…]."""
    raw = call.raw_arguments
    match = re.match(r'^((?:\s*/\w)*)\s*"((?:[^"]|"")*)"((?:\s*/\w)*)(.*)$', raw)
    if match is None:
        call.err("FIND: Parameter format not correct")
        call.entry.understood = False
        call.entry.reason = f"find {raw.strip()}"
        return 2
    flags = set(re.findall(r"/(\w)", (match.group(1) + match.group(3)).lower()))
    if flags - set("vcni"):
        call.not_understood(f"find options {sorted(flags)}")
        return 2
    text = match.group(2).replace('""', '"')
    wanted = text.lower() if "i" in flags else text

    def test(line: str) -> bool:
        # No line holds an empty text, which is why people count lines with `find /c /v ""`.
        return bool(wanted and wanted in (line.lower() if "i" in flags else line)) != ("v" in flags)

    names = [name.strip('"') for name in match.group(4).split()]
    inputs = inputs_of(call, names)
    if inputs is None:
        return 1
    count = 0
    for name, lines in inputs:
        hits = [(number, line) for number, line in enumerate(lines, 1) if test(line)]
        count += len(hits)
        if "c" in flags:
            call.out(f"---------- {name.upper()}: {len(hits)}" if name else str(len(hits)))
            continue
        if name:
            call.out("")
            call.out(f"---------- {name.upper()}")
        for number, line in hits:
            call.out(f"[{number}]{line}" if "n" in flags else line)
    return 0 if count else 1
