# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that cmd.exe has inside. A builtin returns its result; -1 means 'the lab does not know this form'."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Callable

from ...environment import assign, remove
from ...io import Handles
from . import files, listing
from .control import ExitBatch, ExitCmd, Goto

if t.TYPE_CHECKING:
    from .interpreter import Interpreter

Builtin = Callable[["Interpreter", str, Handles], int]
UNKNOWN = -1


def command_name(text: str) -> tuple[str, str]:
    """The first word in lower case and the rest of the text; `echo.x`, `cd\\x`, `md/x` split after the builtin."""
    match = re.match(r"([A-Za-z]+)(.*)$", text, re.S)
    if match is None:
        return "", text
    name, rest = match.group(1).lower(), match.group(2)
    if not rest or rest[0] in " \t,;=":
        return name, rest
    if name in BUILTINS and rest[0] in './\\:+[]()"<>|':
        # `type.exe` is a program, `echo.` and `cd..` are builtins.
        return ("", text) if re.match(r"\.(exe|com|cmd|bat)\b", rest, re.I) else (name, rest)
    return "", text


def echo(interpreter: Interpreter, rest: str, handles: Handles) -> int:
    """ECHO: everything after one separator, trailing blanks included."""
    word = rest.strip().lower()
    if word == "/?":
        return UNKNOWN
    if word in ("on", "off") and rest[:1] in (" ", "\t"):
        interpreter.echo = word == "on"
        return 0
    if not word and rest[:1] in ("", " ", "\t", ",", ";", "="):
        interpreter.message(handles.stdout, "cmd.echo_on" if interpreter.echo else "cmd.echo_off")
        return 0
    interpreter.write(handles.stdout, rest[1:] + "\r\n")
    return 0


def set_variable(interpreter: Interpreter, rest: str, handles: Handles) -> int:
    """SET [name[=value]], with the quoted form `set "name=value"`."""
    text = rest.lstrip()
    if text[:1] == "/":
        return UNKNOWN
    if text.startswith('"'):
        text = text[1:]
        text = text[: text.rfind('"')] if '"' in text else text
    name, equals, value = text.partition("=")
    if not equals:
        shown = list(interpreter.variables(name.strip()))
        for key, known in shown:
            interpreter.write(handles.stdout, f"{key}={known}\r\n")
        if not shown:
            interpreter.message(handles.stderr, "cmd.variable_missing", name=name.strip())
        return 0 if shown else 1
    if not name:
        interpreter.message(handles.stderr, "cmd.syntax")
        return 1
    if value:
        assign(interpreter.environment, name, value)
        return 0
    return 0 if remove(interpreter.environment, name) else 1


def ver(interpreter: Interpreter, rest: str, handles: Handles) -> int:
    """VER: a blank line and the version."""
    edition = interpreter.machine.edition
    interpreter.write(handles.stdout, "\r\n")
    interpreter.message(handles.stdout, "ver", version=edition.version)
    return 0


def leave(interpreter: Interpreter, rest: str, handles: Handles) -> int:
    """EXIT [/b] [code]."""
    match = re.match(r"\s*(/b)?\s*(-?\d+)?", rest, re.I)
    code = int(match.group(2)) if match and match.group(2) else interpreter.errorlevel
    if match and match.group(1) and interpreter.batch is not None:
        raise ExitBatch(code)
    raise ExitCmd(code)


def goto(interpreter: Interpreter, rest: str, handles: Handles) -> int:
    """GOTO label."""
    label = re.split(r"[\s,;=+]", rest.strip())[0]
    if interpreter.batch is None:
        return 1
    raise Goto(label)


def call(interpreter: Interpreter, rest: str, handles: Handles) -> int:
    """CALL :label, CALL batch file, CALL command (percent signs are expanded once more)."""
    from .batch import call_label
    from .expand import expand_percent

    text = rest.strip()
    batch = interpreter.batch
    arguments = batch.arguments if batch is not None else None
    raw = batch.raw_arguments if batch is not None else ""
    text = expand_percent(text, interpreter.environment, interpreter.dynamic, arguments, raw)
    if not text:
        # `(call )` is the idiom that clears ERRORLEVEL, `(call)` sets it to 1.
        interpreter.errorlevel = 0 if rest else 1
        return interpreter.errorlevel
    if text.startswith(":"):
        label, _, parameters = text.partition(" ")
        return call_label(interpreter, label, parameters, handles)
    name, after = command_name(text)
    if name in BUILTINS:
        interpreter.errorlevel = 0
        return interpreter.builtin(name, after, text, handles)
    return interpreter.program(text, handles, called=True)


def nothing(interpreter: Interpreter, rest: str, handles: Handles) -> int:
    """REM, TITLE, CLS, BREAK, COLOR: nothing that a pipe would show."""
    return 0


def setlocal(interpreter: Interpreter, rest: str, handles: Handles) -> int:
    """SETLOCAL [ENABLEDELAYEDEXPANSION | DISABLEDELAYEDEXPANSION | ENABLEEXTENSIONS]; outside a batch file nothing."""
    if interpreter.batch is None:
        return 0
    interpreter.saved.append((dict(interpreter.environment), interpreter.directory, interpreter.delayed))
    for word in rest.lower().split():
        if word in ("enabledelayedexpansion", "disabledelayedexpansion"):
            interpreter.delayed = word.startswith("enable")
        elif word not in ("enableextensions",):
            return UNKNOWN
    return 0


def endlocal(interpreter: Interpreter, rest: str, handles: Handles) -> int:
    """ENDLOCAL."""
    if interpreter.batch is not None and interpreter.saved:
        interpreter.environment, interpreter.directory, interpreter.delayed = interpreter.saved.pop()
    return 0


def shift(interpreter: Interpreter, rest: str, handles: Handles) -> int:
    """SHIFT."""
    if rest.strip():
        return UNKNOWN
    if interpreter.batch is not None and interpreter.batch.arguments:
        interpreter.batch.arguments.pop(0)
    return 0


def pause(interpreter: Interpreter, rest: str, handles: Handles) -> int:
    """PAUSE with redirected input: it reads one line."""
    handles.stdin.readline()
    interpreter.write(handles.stdout, "Press any key to continue . . . \r\n")
    return 0


def chcp(interpreter: Interpreter, rest: str, handles: Handles) -> int:
    """CHCP is a program of its own on Windows, but what it changes is the console: so it is handled here."""
    number = rest.strip()
    if number and not number.isdigit():
        return UNKNOWN
    if number:
        interpreter.code_page = int(number)
    interpreter.errorlevel = 0
    interpreter.message(handles.stdout, "chcp", number=str(interpreter.code_page))
    return 0


def not_modelled(interpreter: Interpreter, rest: str, handles: Handles) -> int:
    """A builtin that exists on Windows and not here."""
    interpreter.message(handles.stderr, "cmd.syntax")
    return UNKNOWN


BUILTINS: dict[str, Builtin] = {
    "echo": echo, "set": set_variable, "ver": ver, "exit": leave, "goto": goto, "call": call, "rem": nothing,
    "title": nothing, "cls": nothing, "break": nothing, "color": nothing, "setlocal": setlocal, "endlocal": endlocal,
    "shift": shift, "pause": pause, "chcp": chcp, "verify": nothing,
    "cd": files.change_directory, "chdir": files.change_directory, "pushd": files.push,
    "popd": files.pop, "md": files.make_directory, "mkdir": files.make_directory,
    "rd": files.remove_directory, "rmdir": files.remove_directory, "del": files.delete,
    "erase": files.delete, "copy": files.copy, "move": files.move, "ren": files.rename,
    "rename": files.rename, "type": files.type_file, "dir": listing.directory_listing,
    "mklink": not_modelled, "start": not_modelled, "assoc": not_modelled, "ftype": not_modelled, "path": not_modelled,
    "prompt": not_modelled, "date": not_modelled, "time": not_modelled, "vol": not_modelled, "dpath": not_modelled,
}  # fmt: skip

CLEARING = {
    "cd", "chdir", "color", "copy", "date", "del", "dir", "erase", "md", "mkdir", "mklink", "move", "pushd", "ren",
    "rename", "setlocal", "time", "type", "ver", "verify", "vol",
}  # fmt: skip
CLEARING_IN_CMD_FILES = {"assoc", "dpath", "ftype", "path", "prompt", "set"}
SILENT = {"echo", "rem", "set", "exit", "goto", "call", "setlocal", "endlocal", "title", "cls", "break", "shift"}
