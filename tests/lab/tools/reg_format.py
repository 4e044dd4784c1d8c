# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The .reg file format, version 5 (UTF-16LE with BOM) and REGEDIT4 (ANSI), written and read.

https://support.microsoft.com/help/310516. Hexadecimal data is wrapped as Windows wraps it; continuation lines start
with two blanks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..state.registry import REG_BINARY, REG_DWORD, REG_EXPAND_SZ, REG_MULTI_SZ, REG_SZ, Key, Value, dword, sz

HEADER = "Windows Registry Editor Version 5.00"
HEADER_4 = "REGEDIT4"
LINE_LENGTH = 76


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _hex_lines(prefix: str, raw: bytes) -> str:
    """`prefix` and the comma separated bytes; a line ends when it has passed 76 characters and more bytes follow."""
    line, lines = prefix, []
    for byte in raw[:-1]:
        line += f"{byte:02x},"
        if len(line) > LINE_LENGTH:
            lines.append(line + "\\")
            line = "  "
    return "\r\n".join([*lines, line + raw[-1:].hex()])


def format_value(name: str, value: Value) -> str:
    """One line (or several) of a version 5 file."""
    label = f'"{_escape(name)}"=' if name else "@="
    if value.type == REG_SZ and value.raw.endswith(b"\0\0") and "\0" not in value.text:
        return f'{label}"{_escape(value.text)}"'
    if value.type == REG_DWORD and len(value.raw) == 4:
        return f"{label}dword:{value.number:08x}"
    kind = "hex:" if value.type == REG_BINARY else f"hex({value.type:x}):"
    return _hex_lines(label + kind, value.raw)


def format_keys(keys: Iterator[tuple[str, Key]]) -> bytes:
    """A whole version 5 file of (full path, key)."""
    parts = [HEADER, ""]
    for path, key in keys:
        parts.append(f"[{path}]")
        parts.extend(format_value(name, value) for name, value in key.items())
        parts.append("")
    return b"\xff\xfe" + "\r\n".join([*parts, ""]).encode("utf-16-le")


@dataclass(frozen=True)
class Edit:
    """One thing a .reg file asks for: make or delete a key, set or delete a value."""

    path: str
    name: str | None = None
    value: Value | None = None
    delete: bool = False


class RegFileError(Exception):
    """Not a .reg file, or a line that cannot be read."""


def decode_file(data: bytes, ansi: str) -> str:
    """The text of a .reg file: UTF-16LE with BOM, else ANSI."""
    if data.startswith(b"\xff\xfe"):
        return data[2:].decode("utf-16-le", "replace")
    return data.removeprefix(b"\xef\xbb\xbf").decode(ansi, "replace")


_VALUE = re.compile(r'^(?:@|"((?:[^"\\]|\\.)*)")\s*=\s*(.*)$', re.S)
_HEX = re.compile(r"^hex(?:\(([0-9a-f]+)\))?:(.*)$", re.I | re.S)


def parse(text: str) -> Iterator[Edit]:
    """What the file asks for, in order."""
    lines = text.replace("\r\n", "\n").split("\n")
    header = lines[0].strip() if lines else ""
    if header not in (HEADER, HEADER_4):
        raise RegFileError(header)
    wide = header == HEADER
    path = ""
    index = 1
    while index < len(lines):
        line = lines[index].strip()
        index += 1
        if line.startswith((";", "#")) or not line:
            continue
        if line.startswith("["):
            if not line.endswith("]"):
                raise RegFileError(line)
            path = line[1:-1]
            yield Edit(path.removeprefix("-"), delete=path.startswith("-"))
            path = "" if path.startswith("-") else path
            continue
        while line.endswith("\\") and index < len(lines) and "hex" in line.lower():
            line = line[:-1] + lines[index].strip()
            index += 1
        if path:
            yield _parse_value(path, line, wide)


def _parse_value(path: str, line: str, wide: bool) -> Edit:
    match = _VALUE.match(line)
    if match is None:
        raise RegFileError(line)
    name = re.sub(r"\\(.)", r"\1", match.group(1) or "")
    data = match.group(2).strip()
    if data == "-":
        return Edit(path, name, delete=True)
    if data.startswith('"') and data.endswith('"') and len(data) > 1:
        return Edit(path, name, sz(re.sub(r"\\(.)", r"\1", data[1:-1])))
    if data.lower().startswith("dword:"):
        try:
            return Edit(path, name, dword(int(data[6:], 16)))
        except ValueError as error:
            raise RegFileError(line) from error
    found = _HEX.match(data)
    if found is None:
        raise RegFileError(line)
    kind = int(found.group(1), 16) if found.group(1) else REG_BINARY
    try:
        raw = bytes(int(part, 16) for part in found.group(2).replace(" ", "").split(",") if part)
    except ValueError as error:
        raise RegFileError(line) from error
    if not wide and kind in (REG_EXPAND_SZ, REG_MULTI_SZ):
        raw = raw.decode("cp1252").encode("utf-16-le")
    return Edit(path, name, Value(kind, raw))
