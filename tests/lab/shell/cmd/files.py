# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The builtins of cmd.exe that work on files and directories."""

from __future__ import annotations

import re
import typing as t

from ...io import Handles
from ...languages import decode
from ...state.files import FileError

if t.TYPE_CHECKING:
    from .interpreter import Interpreter

UNKNOWN = -1


def words(text: str) -> tuple[list[str], set[str]]:
    """Arguments without quotes, and switches in lower case."""
    found = re.findall(r'(?:"[^"]*"?|[^\s,;="/]|(?<=[^\s,;=])/)+|/[^\s/]+', text)
    names = [word.replace('"', "") for word in found if not word.startswith("/")]
    return names, {word.lower() for word in found if word.startswith("/")}


def complain(interpreter: Interpreter, error: FileError, handles: Handles) -> int:
    """The system's message for a file error."""
    keys = {5: "cmd.access_denied", 2: "cmd.file_not_found", 145: "cmd.directory_not_empty", 267: "cmd.not_a_directory"}
    interpreter.message(handles.stderr, keys.get(error.code, "cmd.path_not_found"))
    return 1


def change_directory(interpreter: Interpreter, rest: str, handles: Handles) -> int:
    """CD [/d] [path]."""
    text = re.sub(r"^\s*/d\b", "", rest, flags=re.I).strip().strip('"')
    if not text:
        interpreter.write(handles.stdout, interpreter.directory + "\r\n")
        return 0
    path = interpreter.path(text)
    if not interpreter.machine.files.is_directory(path):
        interpreter.message(handles.stderr, "cmd.path_not_found")
        return 1
    interpreter.directory = path
    return 0


def push(interpreter: Interpreter, rest: str, handles: Handles) -> int:
    """PUSHD path."""
    before = interpreter.directory
    result = change_directory(interpreter, rest, handles) if rest.strip() else 0
    if not result:
        interpreter.folders.append(before)
    return result


def pop(interpreter: Interpreter, rest: str, handles: Handles) -> int:
    """POPD."""
    if interpreter.folders:
        interpreter.directory = interpreter.folders.pop()
    return 0


def make_directory(interpreter: Interpreter, rest: str, handles: Handles) -> int:
    """MD path…: makes the parents too."""
    names, switches = words(rest)
    if switches or not names:
        interpreter.message(handles.stderr, "cmd.syntax")
        return 1 if not switches else UNKNOWN
    result = 0
    for name in names:
        try:
            interpreter.machine.files.mkdir(interpreter.path(name))
        except FileError as error:
            result = 1
            if error.code == 183:
                interpreter.message(handles.stderr, "cmd.exists", path=name)
            else:
                complain(interpreter, error, handles)
    return result


def remove_directory(interpreter: Interpreter, rest: str, handles: Handles) -> int:
    """RD [/s] [/q] path…"""
    names, switches = words(rest)
    if switches - {"/s", "/q"} or not names:
        interpreter.message(handles.stderr, "cmd.syntax")
        return 1 if not names else UNKNOWN
    result = 0
    for name in names:
        if "/s" in switches and "/q" not in switches and not _sure(interpreter, name, handles):
            continue
        try:
            interpreter.machine.files.remove_directory(interpreter.path(name), tree="/s" in switches)
        except FileError as error:
            result = complain(interpreter, error, handles) and error.code
    return result


def _sure(interpreter: Interpreter, name: str, handles: Handles) -> bool:
    interpreter.write(handles.stdout, interpreter.machine.language["cmd.delete_sure"].format(path=name))
    answer = decode(handles.stdin.readline() or b"", interpreter.code_page).strip()
    return answer[:1].upper() == interpreter.machine.language["net.yes"]


def delete(interpreter: Interpreter, rest: str, handles: Handles) -> int:
    """DEL [/q] [/f] [/a] path…: says 'Could Not Find' and still succeeds."""
    names, switches = words(rest)
    if switches - {"/q", "/f", "/a", "/p"} or not names:
        interpreter.message(handles.stderr, "cmd.syntax")
        return 1 if not names else UNKNOWN
    files = interpreter.machine.files
    for name in names:
        path = interpreter.path(name)
        if files.is_directory(path):
            path += "\\*"
        hits = [hit for hit in files.glob(path) if files.is_file(hit) and ("/a" in switches or files.is_shown(hit))]
        if not hits:
            interpreter.message(handles.stderr, "cmd.not_found_delete", path=path)
        for hit in hits:
            try:
                files.delete(hit, force="/f" in switches)
            except FileError:
                interpreter.write(handles.stderr, hit + "\r\n")
                interpreter.message(handles.stderr, "cmd.access_denied")
    return 0


def type_file(interpreter: Interpreter, rest: str, handles: Handles) -> int:
    """TYPE path…: bytes as they are; a UTF-16LE file with a byte order mark comes out in the console's code page."""
    names, switches = words(rest)
    if switches or not names:
        interpreter.message(handles.stderr, "cmd.syntax")
        return 1 if not switches else UNKNOWN
    result = 0
    for name in names:
        hits = interpreter.machine.files.glob(interpreter.path(name)) or [interpreter.path(name)]
        for path in hits:
            try:
                data = interpreter.machine.files.read(path)
            except FileError as error:
                result = complain(interpreter, error, handles)
                continue
            if data.startswith(b"\xff\xfe"):
                interpreter.write(handles.stdout, data[2:].decode("utf-16-le", "replace"))
            else:
                handles.stdout.write(data)
    return result


def copy(interpreter: Interpreter, rest: str, handles: Handles) -> int:
    """COPY [/y] [/b] source[+source…] [target]."""
    names, switches = words(rest.replace("+", " + "))
    if switches - {"/y", "/-y", "/b", "/a", "/v"} or not names:
        interpreter.message(handles.stderr, "cmd.syntax")
        return 1 if not names else UNKNOWN
    files = interpreter.machine.files
    sources = [names[0]]
    position = 1
    while position + 1 < len(names) and names[position] == "+":
        sources.append(names[position + 1])
        position += 2
    target = interpreter.path(names[position]) if position < len(names) else interpreter.directory
    joined = len(sources) > 1
    hits = [hit for name in sources for hit in _sources(interpreter, name)]
    if not hits:
        interpreter.message(handles.stderr, "cmd.file_not_found")
        return 1
    count = 0
    try:
        data = b"".join(files.read(hit) if hit != "NUL" else b"" for hit in hits) if joined else b""
    except FileError as error:
        return complain(interpreter, error, handles)
    for hit in hits[:1] if joined else hits:
        name = hit.rpartition("\\")[2]
        to = f"{target}\\{name}" if files.is_directory(target) else target
        if len(hits) > 1 and not joined:
            interpreter.write(handles.stdout, f"{hit}\r\n")
        if (
            files.exists(to)
            and "/y" not in switches
            and interpreter.batch is None
            and not _overwrite(interpreter, to, handles)
        ):
            continue
        try:
            content = data if joined else files.read(hit) if hit != "NUL" else b""
            files.write(to, content)
        except FileError as error:
            complain(interpreter, error, handles)
            continue
        count += 1
    interpreter.message(handles.stdout, "cmd.copied", count=str(count))
    return 0 if count else 1


def _sources(interpreter: Interpreter, name: str) -> list[str]:
    if name.lower() == "nul":
        return ["NUL"]
    files = interpreter.machine.files
    path = interpreter.path(name)
    path = path + "\\*" if files.is_directory(path) else path
    return [hit for hit in files.glob(path) if files.is_file(hit) and files.is_shown(hit)]


def _overwrite(interpreter: Interpreter, path: str, handles: Handles) -> bool:
    interpreter.write(handles.stdout, interpreter.machine.language["cmd.overwrite"].format(path=path))
    answer = decode(handles.stdin.readline() or b"", interpreter.code_page).strip()
    interpreter.write(handles.stdout, "\r\n")
    return answer[:1].upper() in (interpreter.machine.language["net.yes"], "A")


def move(interpreter: Interpreter, rest: str, handles: Handles) -> int:
    """MOVE [/y] source target."""
    names, switches = words(rest)
    if switches - {"/y", "/-y"} or len(names) != 2:
        interpreter.message(handles.stderr, "cmd.syntax")
        return 1 if not switches - {"/y", "/-y"} else UNKNOWN
    files = interpreter.machine.files
    source, target = interpreter.path(names[0]), interpreter.path(names[1])
    hits = files.glob(source)
    if not hits:
        interpreter.message(handles.stderr, "cmd.file_not_found")
        return 1
    for hit in hits:
        to = f"{target}\\{hit.rpartition(chr(92))[2]}" if files.is_directory(target) else target
        exists = files.is_file(to) and "/y" not in switches and interpreter.batch is None
        if exists and not _overwrite(interpreter, to, handles):
            interpreter.message(handles.stdout, "cmd.moved", count="0")
            return 1
        key = "cmd.directory_moved" if files.is_directory(hit) else "cmd.moved"
        try:
            files.move(hit, to)
        except FileError as error:
            return complain(interpreter, error, handles)
        interpreter.message(handles.stdout, key, count="1")
    return 0


def rename(interpreter: Interpreter, rest: str, handles: Handles) -> int:
    """REN path name: the new name has no folder, and must not exist."""
    names, switches = words(rest)
    if switches or len(names) != 2 or "\\" in names[1]:
        interpreter.message(handles.stderr, "cmd.syntax")
        return 1 if not switches else UNKNOWN
    source = interpreter.path(names[0])
    target = source.rpartition("\\")[0] + "\\" + names[1]
    files = interpreter.machine.files
    if not files.exists(source):
        interpreter.message(handles.stderr, "cmd.file_not_found")
        return 1
    if files.exists(target) and target.upper() != source.upper():
        interpreter.message(handles.stderr, "cmd.duplicate")
        return 1
    try:
        files.move(source, target)
    except FileError as error:
        return complain(interpreter, error, handles)
    return 0
