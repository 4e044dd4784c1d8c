# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sets of FOR: words and wildcards, /l numbers, /f lines of a file, a command or a text."""

from __future__ import annotations

import contextlib
import re
import typing as t
from collections.abc import Iterator

from ...io import Handles, Sink, Source
from ...languages import decode
from ...state.files import FileError
from .control import ExitCmd
from .nodes import For

if t.TYPE_CHECKING:
    from .interpreter import Interpreter


def iterations(interpreter: Interpreter, node: For, handles: Handles) -> Iterator[dict[str, str]]:
    """The loop variables of every round."""
    items = interpreter.late(node.items)
    if node.kind == "l":
        start, step, end = (int(part) for part in items.split(","))
        number = start
        while step and (number <= end if step > 0 else number >= end):
            yield {node.variable: str(number)}
            number += step
        return
    if node.kind == "f":
        yield from _lines(interpreter, node, items, handles)
        return
    for word in re.findall(r'"[^"]*"|[^\s,;=]+', items):
        if "*" in word or "?" in word:
            for path in interpreter.machine.files.glob(interpreter.path(word)):
                if interpreter.machine.files.is_file(path):
                    yield {node.variable: path.rpartition("\\")[2]}
        else:
            yield {node.variable: word}


def _lines(interpreter: Interpreter, node: For, items: str, handles: Handles) -> Iterator[dict[str, str]]:
    options = node.options
    back = "usebackq" in options.lower()
    command_quote, text_quote = ("`", "'") if back else ("'", '"')
    if items.startswith(command_quote) and items.endswith(command_quote):
        text = _output(interpreter, items[1:-1], handles)
    elif items.startswith(text_quote) and items.endswith(text_quote):
        text = items[1:-1]
    else:
        try:
            data = interpreter.machine.files.read(interpreter.path(items.strip('"')))
        except FileError:
            interpreter.message(handles.stderr, "cmd.file_not_found")
            return
        text = decode(data, interpreter.code_page)
    skip = int(_option(options, r"skip=(\d+)") or 0)
    end_of_line = _option(options, r"eol=(.)") or ";"
    found = re.search(r"delims=(.*?)(?:\s+(?:tokens|skip|eol|usebackq)\b|$)", options, re.I)
    delimiters = " \t" if found is None else found.group(1)
    tokens = (_option(options, r"tokens=(\S+)") or "1").lower()
    for line in text.replace("\r\n", "\n").split("\n")[skip:]:
        if line and not line.startswith(end_of_line):
            values = _tokens(line, delimiters, tokens, node.variable)
            if values:
                yield values


def _option(options: str, pattern: str) -> str:
    match = re.search(pattern, options, re.I)
    return match.group(1) if match else ""


def _output(interpreter: Interpreter, command: str, handles: Handles) -> str:
    """The command runs in a cmd.exe of its own: `cmd /c command`, without delayed expansion."""
    from .interpreter import Interpreter as Fresh

    out = Sink()
    child = Fresh(
        interpreter.machine, interpreter.code_page, dict(interpreter.environment), interpreter.directory, delayed=False
    )
    with contextlib.suppress(ExitCmd):
        child.run_line(command, Handles(Source(), out, handles.stderr))
    return decode(bytes(out.data), interpreter.code_page)


def _tokens(line: str, delimiters: str, wanted: str, first: str) -> dict[str, str]:
    """The wanted tokens as consecutive letters from the loop's own on."""
    spans = [m.span() for m in re.finditer(f"[^{re.escape(delimiters)}]+", line)] if delimiters else [(0, len(line))]
    rest = wanted.endswith("*")
    numbers: list[int] = []
    for part in wanted.rstrip("*").rstrip(",").split(","):
        if "-" in part:
            low, high = part.split("-")
            numbers.extend(range(int(low), int(high) + 1))
        elif part:
            numbers.append(int(part))
    values = {}
    letter = ord(first)
    if not spans or (numbers and numbers[0] > len(spans)):
        return {}
    for number in numbers:
        values[chr(letter)] = line[slice(*spans[number - 1])] if number <= len(spans) else ""
        letter += 1
    if rest:
        after = numbers[-1] if numbers else 0
        values[chr(letter)] = line[spans[after][0] :] if after < len(spans) else ""
    return values
