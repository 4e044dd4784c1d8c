# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The .reg file format, version 5, as `reg export` writes it. Reading is in parse.py.

https://support.microsoft.com/help/310516. Hexadecimal data is wrapped as Windows wraps it; continuation lines start
with two blanks.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...state.registry import REG_BINARY, REG_DWORD, REG_SZ, Key, Value

HEADER = "Windows Registry Editor Version 5.00"
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
