# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Registry.pol: the registry settings of a GPO, as bytes.

https://learn.microsoft.com/previous-versions/windows/desktop/policy/registry-policy-file-format and MS-GPREG 2.2.1:
``PReg``, a version, then records ``[key;value;type;size;data]`` in UTF-16LE, key and value with a NUL at their end.
"""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Iterable, Iterator

from ..registry import Value, sz

HEADER = struct.pack("<4sI", b"PReg", 1)
NUL = b"\0\0"
OPEN, CLOSE, SEMICOLON = (char.encode("utf-16-le") for char in "[];")
DELETE_ONE = "**del."


@dataclasses.dataclass(frozen=True)
class Record:
    """One line of a Registry.pol: a key below HKLM, a value's name (or an order such as ``**del.name``), the data."""

    key: str
    name: str
    value: Value

    @property
    def place(self) -> tuple[str, str]:
        """Which value it speaks of, in upper case; `**del.name` speaks of the value it deletes."""
        name = self.name[len(DELETE_ONE) :] if self.deletes else self.name
        return self.key.upper(), name.upper()

    @property
    def deletes(self) -> bool:
        """Whether it is the order to delete one value."""
        return self.name.lower().startswith(DELETE_ONE)


class DamagedPolError(ValueError):
    """A file that ends or breaks before its end."""


def deletion(key: str, name: str) -> Record:
    """The record that Windows' editor writes to have a value deleted: a string that holds one blank."""
    return Record(key, DELETE_ONE + name, sz(" "))


def write_pol(records: Iterable[Record]) -> bytes:
    """Records -> the bytes of a file."""
    parts = [HEADER]
    for record in records:
        raw = record.value.raw
        parts += (
            OPEN, record.key.encode("utf-16-le"), NUL, SEMICOLON, record.name.encode("utf-16-le"), NUL, SEMICOLON,
            struct.pack("<I", record.value.type), SEMICOLON, struct.pack("<I", len(raw)), SEMICOLON, raw, CLOSE,
        )  # fmt: skip
    return b"".join(parts)


def read_pol(data: bytes) -> Iterator[Record]:
    """The records of a file, one by one: those before a damage are given before DamagedPolError is raised."""
    if data[: len(HEADER)] != HEADER:
        raise DamagedPolError("no PReg header of version 1")
    position = len(HEADER)
    while position < len(data):
        position = _skip(data, position, OPEN)
        key, position = _text(data, position)
        name, position = _text(data, position)
        kind, position = _number(data, position)
        size, position = _number(data, position)
        raw = data[position : position + size]
        if len(raw) != size:
            raise DamagedPolError(f"{size} bytes of data announced at {position}, {len(raw)} are there")
        position = _skip(data, position + size, CLOSE)
        yield Record(key, name, Value(kind, raw))


def _skip(data: bytes, position: int, mark: bytes) -> int:
    if data[position : position + 2] != mark:
        raise DamagedPolError(f"{mark.decode('utf-16-le')!r} expected at {position}")
    return position + 2


def _text(data: bytes, position: int) -> tuple[str, int]:
    end = data.find(NUL, position)
    while end >= 0 and (end - position) % 2:
        end = data.find(NUL, end + 1)
    if end < 0:
        raise DamagedPolError(f"a text without end at {position}")
    return data[position:end].decode("utf-16-le", "replace"), _skip(data, end + 2, SEMICOLON)


def _number(data: bytes, position: int) -> tuple[int, int]:
    raw = data[position : position + 4]
    if len(raw) != 4:
        raise DamagedPolError(f"a number cut short at {position}")
    return int.from_bytes(raw, "little"), _skip(data, position + 4, SEMICOLON)
