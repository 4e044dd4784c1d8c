# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A .reg file as `reg import` and regedit read it: they refuse a wrong header and skip every line they cannot read.

The rules are those of Wine's programs/reg/import.c and of programs/reg/tests/import.c next to it, which is run on
Windows, too; Wine 8.0 was asked for the rest. In short: a UTF-16LE file with a byte order mark is text, anything else
is in the ANSI code page (so a UTF-8 mark spoils the header, and UTF-16 without one is no .reg file). Blanks before
the header, before a line, and after a value or a closing bracket do no harm; blanks after the header do. `;` begins a
comment anywhere, `#` only at the beginning of a line. A value that is malformed or cut off, or a line that is neither
key nor value, is skipped without a word and without a failing exit code. Entries are obeyed in order, `[-KEY]` too.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from ...state.registry import REG_BINARY, REG_EXPAND_SZ, REG_MULTI_SZ, REG_SZ, Value, dword, sz
from .format import HEADER

HEADER_4 = "REGEDIT4"
OLD_HEADER = "REGEDIT"  # whatever else begins so is taken for a registry file, and nothing in it is read
_STRING = r'"((?:[^"\\]|\\.)*)"'
_VALUE = re.compile(rf"(?:@|{_STRING})[ \t]*=[ \t]*(.*)", re.S)
_TEXT = re.compile(rf"{_STRING}[ \t]*(?:;.*)?", re.S)
_DWORD = re.compile(r"dword:([0-9a-fA-F]{1,8})[ \t]*(?:;.*)?")
_HEX = re.compile(r"hex(?:\(([0-9a-fA-F]+)\))?:(.*)", re.S)
_BYTES = re.compile(r"[ \t]*(?:[0-9a-fA-F]{1,2}[ \t]*,[ \t]*)*(?:[0-9a-fA-F]{1,2}[ \t]*)?")
_ESCAPES = {"n": "\n", "r": "\r", "0": "\0"}


class RegFileError(Exception):
    """Not a .reg file."""


@dataclasses.dataclass(frozen=True)
class Edit:
    """One thing a .reg file asks for: make or delete a key, set or delete a value."""

    path: str
    name: str | None = None
    value: Value | None = None
    delete: bool = False


def decode_file(data: bytes, ansi: str) -> str:
    """The text of a .reg file: UTF-16LE after its byte order mark, else ANSI."""
    if data.startswith(b"\xff\xfe"):
        return data[2:].decode("utf-16-le", "replace")
    return data.decode(ansi, "replace")


def parse(text: str, ansi: str = "cp1252") -> Iterator[Edit]:
    """What the file asks for, in order. RegFileError, before anything is given, when the header is another one."""
    lines = re.split(r"\r\n|\r|\n", text)
    header = lines[0].lstrip(" \t")
    if header not in (HEADER, HEADER_4):
        if header.startswith(OLD_HEADER):
            return
        raise RegFileError(header)
    path = ""
    index = 1
    while index < len(lines):
        line = lines[index].lstrip(" \t")
        index += 1
        if line.startswith("["):
            edit = _key(line)
            path = edit.path if edit is not None and not edit.delete else ""
            if edit is not None:
                yield edit
        elif line.startswith(('"', "@")):
            found = _VALUE.match(line)
            if found is None:
                continue
            name, data = _unescaped(found[1] or ""), found[2]
            if (hexadecimal := _HEX.match(data)) is not None:
                digits, index = _continued(hexadecimal[2], lines, index)
                kind = int(hexadecimal[1], 16) if hexadecimal[1] else REG_BINARY
                value = _bytes_value(kind, digits, None if header == HEADER else ansi)
            else:
                value = _plain_value(data)
            if path and (value is not None or data.rstrip(" \t") == "-"):
                yield Edit(path, name, value, delete=value is None)


def _key(line: str) -> Edit | None:
    """`[KEY]` or `[-KEY]`; the last bracket ends it, and what follows is ignored."""
    end = line.rfind("]")
    name = line[1:end]
    if end < 0 or name[:1] in (" ", "\t", ""):
        return None
    return Edit(name.removeprefix("-"), delete=name.startswith("-"))


def _plain_value(data: str) -> Value | None:
    if (text := _TEXT.fullmatch(data)) is not None:
        return sz(_unescaped(text[1]))
    number = _DWORD.fullmatch(data.rstrip(" \t"))
    return dword(int(number[1], 16)) if number is not None else None


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text, flags=re.S)


def _continued(digits: str, lines: list[str], index: int) -> tuple[str | None, int]:
    """The digits with those of the lines that a backslash continues, and where the next line is.

    A backslash has to follow a comma. Empty lines and comment lines may stand between. None when it is malformed.
    """
    whole = ""
    while True:
        piece, backslash, rest = digits.partition("\\")
        if not backslash:
            return whole + piece.partition(";")[0], index
        if not piece.rstrip(" \t").endswith(",") or rest.strip(" \t")[:1] not in ("", ";"):
            return None, index
        whole += piece
        while index < len(lines) and lines[index].strip(" \t")[:1] in ("", ";"):
            index += 1
        if index >= len(lines):
            return whole, index
        digits = lines[index]
        index += 1


def _bytes_value(kind: int, digits: str | None, ansi: str | None) -> Value | None:
    if digits is None or _BYTES.fullmatch(digits) is None:
        return None
    raw = bytes(int(part, 16) for part in re.findall(r"[0-9a-fA-F]+", digits))
    if ansi is not None and kind in (REG_SZ, REG_EXPAND_SZ, REG_MULTI_SZ):
        raw = raw.decode(ansi, "replace").encode("utf-16-le")
    return Value(kind, raw)
