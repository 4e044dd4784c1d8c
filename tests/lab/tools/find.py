# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""find and findstr: the lines of files or of standard input that hold a text. Exit code 0 when there is one, else 1."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..languages import decode
from ..state.files import FileError
from .call import ToolCall

Test = Callable[[str], bool]


def _inputs(call: ToolCall, names: list[str]) -> list[tuple[str, list[str]]] | None:
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
    inputs = _inputs(call, names)
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


def _pattern(text: str, *, literal: bool, ignore_case: bool) -> re.Pattern[str]:
    flags = re.I if ignore_case else 0
    if literal:
        return re.compile(re.escape(text), flags)
    translated = re.sub(r"\\([<>])", r"\\b", text)
    kept = re.sub(r"[+?(){}|]", lambda found: "\\" + found.group(), translated)
    return re.compile(kept, flags)


def findstr(call: ToolCall) -> int:
    r"""FINDSTR [/i] [/v] [/n] [/l] [/r] [/x] [/b] [/e] [/m] [/c:"text"] [texts] [file…]."""
    flags: set[str] = set()
    texts: list[str] = []
    names: list[str] = []
    for argument in call.arguments:
        lower = argument.lower()
        if lower.startswith("/c:"):
            texts.append(argument[3:])
        elif re.fullmatch(r"/[ivnlrxbem]+", lower):
            flags |= set(lower[1:])
        elif argument.startswith("/"):
            call.not_understood(f"option {argument}")
            return 2
        elif not texts:
            texts.extend(argument.split(" "))
        else:
            names.append(argument)
    if not texts:
        call.err("FINDSTR: Bad command line")
        call.entry.understood, call.entry.reason = False, "findstr without a text"
        return 2
    explicit = any(argument.lower().startswith("/c:") for argument in call.arguments)
    literal = "l" in flags or (explicit and "r" not in flags)
    patterns = [_pattern(text, literal=literal, ignore_case="i" in flags) for text in texts if text]
    inputs = _inputs(call, names)
    if inputs is None:
        return 1

    def test(line: str) -> bool:
        method = "fullmatch" if "x" in flags else "match" if "b" in flags else "search"
        hit = any(getattr(pattern, method)(line) for pattern in patterns)
        if "e" in flags:
            hit = any(line.endswith(found.group()) for p in patterns for found in p.finditer(line))
        return hit != ("v" in flags)

    count = 0
    for name, lines in inputs:
        for number, line in enumerate(lines, 1):
            if test(line):
                count += 1
                prefix = f"{name}:" if len(inputs) > 1 else ""
                call.out(name if "m" in flags else prefix + (f"{number}:" if "n" in flags else "") + line)
                if "m" in flags:
                    break
    return 0 if count else 1
