# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Batch files: arguments, labels, goto, call :label, echo of the lines, setlocal that ends with the file."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ...io import Handles
from ...languages import decode
from .control import CmdSyntaxError, ExitBatch, Goto, IncompleteError, UnsupportedSyntaxError
from .expand import expand_percent
from .nodes import Node
from .parser import parse

if t.TYPE_CHECKING:
    from .interpreter import Interpreter

MAX_STEPS = 20000  # a batch file that never ends is an error of the test, not a reason to hang
MAX_DEPTH = 50


@dataclasses.dataclass
class Batch:
    """One running batch file (or called label)."""

    path: str
    arguments: list[str]
    raw_arguments: str
    lines: list[str]
    position: int = 0
    depth: int = 0


def batch_arguments(text: str) -> list[str]:
    """Arguments as batch files split them: at blanks, comma, semicolon and equals sign, quotes kept."""
    return re.findall(r'(?:"[^"]*"?|[^\s,;="])+', text)


def run_batch(interpreter: Interpreter, path: str, name: str, arguments: str, handles: Handles, *, called: bool) -> int:
    """Run a batch file. Without CALL, from inside another one, that one does not continue."""
    text = decode(interpreter.machine.files.read(path), interpreter.code_page)
    lines = text.replace("\r\n", "\n").split("\n")
    outer = interpreter.batch
    depth = (outer.depth if outer is not None else 0) + 1
    batch = Batch(path, [path, *batch_arguments(arguments)], arguments.strip(), lines, depth=depth)
    result = run_frame(interpreter, batch, handles)
    if outer is not None and not called:
        raise ExitBatch(result)
    return result


def run_frame(interpreter: Interpreter, batch: Batch, handles: Handles) -> int:
    """Run from the batch's position to its end; the ERRORLEVEL it leaves."""
    if batch.depth > MAX_DEPTH:
        interpreter.errorlevel = 1
        return 1
    outer, saved = interpreter.batch, len(interpreter.saved)
    echo = interpreter.echo
    interpreter.batch = batch
    try:
        for _ in range(MAX_STEPS):
            if batch.position >= len(batch.lines):
                break
            try:
                _step(interpreter, batch, handles)
            except Goto as jump:
                _jump(interpreter, batch, jump.label, handles)
    except ExitBatch as leave:
        interpreter.errorlevel = leave.code
    finally:
        while len(interpreter.saved) > saved:
            interpreter.environment, interpreter.directory, interpreter.delayed = interpreter.saved.pop()
        interpreter.batch = outer
        if outer is None:
            interpreter.echo = echo
    return interpreter.errorlevel


def _step(interpreter: Interpreter, batch: Batch, handles: Handles) -> None:
    """One command: a line, or several while a parenthesis is open."""
    source = batch.lines[batch.position]
    batch.position += 1
    if source.lstrip(" \t").startswith(":"):
        return
    shown = source
    text = _expand(interpreter, batch, source)
    tree: Node | None = None
    while True:
        try:
            tree = parse(text)
            break
        except IncompleteError as problem:
            if batch.position >= len(batch.lines):
                interpreter.syntax_error(problem, source, handles)
                return
            text += "\n" + _expand(interpreter, batch, batch.lines[batch.position])
            batch.position += 1
        except (CmdSyntaxError, UnsupportedSyntaxError) as problem:
            interpreter.syntax_error(problem, source, handles)
            return
    if tree is None:
        return
    if interpreter.echo and not shown.lstrip().startswith("@"):
        interpreter.write(handles.stdout, f"\r\n{interpreter.directory}>{text.strip()} \r\n")
    interpreter.run(tree, handles)


def _expand(interpreter: Interpreter, batch: Batch, line: str) -> str:
    return expand_percent(line, interpreter.environment, interpreter.dynamic, batch.arguments, batch.raw_arguments)


def find_label(batch: Batch, label: str) -> int | None:
    """The line after a label, searched from the current position on, then from the top."""
    wanted = label.lstrip(":").strip().lower()
    order: list[int] = [*range(batch.position, len(batch.lines)), *range(batch.position)]
    for index in order:
        match = re.match(r"\s*:\s*([^\s:+,;=&|<>]+)", batch.lines[index])
        if match and match.group(1).lower() == wanted:
            return index + 1
    return None


def _jump(interpreter: Interpreter, batch: Batch, label: str, handles: Handles) -> None:
    if label.lower().lstrip(":") == "eof":
        batch.position = len(batch.lines)
        return
    target = find_label(batch, label)
    if target is None:
        interpreter.message(handles.stderr, "cmd.label_missing", label=label.lstrip(":"))
        interpreter.errorlevel = 1
        raise ExitBatch(1)
    batch.position = target


def call_label(interpreter: Interpreter, label: str, arguments: str, handles: Handles) -> int:
    """CALL :label arguments: the same file from that label on, with arguments of its own."""
    outer = interpreter.batch
    target = find_label(outer, label) if outer is not None else None
    if outer is None or target is None:
        interpreter.message(handles.stderr, "cmd.label_missing", label=label.lstrip(":"))
        interpreter.errorlevel = 1
        return 1
    frame = Batch(
        outer.path, [label, *batch_arguments(arguments)], arguments.strip(), outer.lines, target, outer.depth + 1
    )
    return run_frame(interpreter, frame, handles)
