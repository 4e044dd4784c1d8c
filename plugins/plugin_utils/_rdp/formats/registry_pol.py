# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""``Registry.pol``: the registry half of a GPO, a list of records ``[key;value;type;size;data]``.

https://learn.microsoft.com/openspecs/windows_protocols/ms-gpreg/5c092c22-bf6b-4e7f-b180-b20743d368f5 is the form of a
file, https://learn.microsoft.com/openspecs/windows_protocols/ms-gpreg/57226664-ce00-4487-994e-a6b3820f3e49 what Windows
does with it: record by record from the first to the last, so the last one that concerns a value wins.

    >>> written = render([dword("Software\\Policies\\Example", "Deny", 1)])
    >>> parse(written).decides("HKLM\\SOFTWARE\\policies\\example", "deny").data
    1
"""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ..errors import UnreadableError

Data: t.TypeAlias = int | str | tuple[str, ...] | bytes

_HEADER = b"PReg\x01\0\0\0"
_OPEN, _NEXT, _CLOSE, _NUL = b"[\0", b";\0", b"]\0", b"\0\0"
# ";" type ";" size ";"
_NUMBERS = 14

# https://learn.microsoft.com/windows/win32/sysinfo/registry-value-types, winnt.h: 0 to 11
_TYPES = (
    *("REG_NONE", "REG_SZ", "REG_EXPAND_SZ", "REG_BINARY", "REG_DWORD", "REG_DWORD_BIG_ENDIAN", "REG_LINK"),
    *("REG_MULTI_SZ", "REG_RESOURCE_LIST", "REG_FULL_RESOURCE_DESCRIPTOR", "REG_RESOURCE_REQUIREMENTS_LIST"),
    "REG_QWORD",
)
_SZ, _DWORD = _TYPES.index("REG_SZ"), _TYPES.index("REG_DWORD")

# Names of values that are instructions. Microsoft's two documents write some with and some without the dot.
_DELETE = "**del."
_SOFT = "**soft."
_DELETE_ALL = ("**delvals.", "**delvals")
_DELETE_LISTED = "**deletevalues"
_DELETE_KEYS = "**deletekeys"
_SECURE = "**securekey"


@dataclasses.dataclass(frozen=True)
class Record:
    """One record, exactly as the file holds it.

    Attributes:
        key: Its path below HKEY_LOCAL_MACHINE (in the file of the computer).
        name: The value's name, or an instruction that begins with ``**``.
        type: The number of the type, 4 for a REG_DWORD.
        data: The bytes.
    """

    key: str
    name: str
    type: int
    data: bytes


@dataclasses.dataclass(frozen=True)
class Decision:
    """What a file says about one value.

    Attributes:
        does: ``set``; ``delete``: nobody shall have set it; ``soft``: set only where it doesn't exist yet.
        type: ``REG_…``, empty for ``delete``.
        data: As reg.exe's parser gives it: a number, text, the strings of a REG_MULTI_SZ, else bytes. None to delete.
        record: The name in the record that decides, such as ``**del.fDenyTSConnections``.
    """

    does: t.Literal["set", "delete", "soft"]
    type: str
    data: Data | None
    record: str


@dataclasses.dataclass(frozen=True)
class RegistryPol:
    """A whole file, its records in their order, of which each counts after those before it."""

    records: tuple[Record, ...]

    def decides(self, key: str, name: str) -> Decision | None:
        """Return what the file says about a value, None if it says nothing.

        Args:
            key: Its path, with or without HKLM, in any case.
            name: Its name, in any case.
        """
        path, folded = _folded_key(key), _folded(name)
        decision: Decision | None = None
        parts = path.split(b"\\")
        # A record of a key above it may delete it.
        keys = [b"\\".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
        for position in sorted(position for above in keys for position in self._positions.get(above, ())):
            decision = _next(decision, self.records[position], path, folded)
        return decision

    @functools.cached_property
    def _positions(self) -> dict[bytes, list[int]]:
        positions: dict[bytes, list[int]] = {}
        for position, record in enumerate(self.records):
            positions.setdefault(_folded_key(record.key), []).append(position)
        return positions

    def with_value(self, record: Record) -> RegistryPol:
        """Return the file with one value set: where it was mentioned before, else at the end."""
        path, name = _folded_key(record.key), _folded(record.name)
        kept = self.without_value(record.key, record.name).records
        mentions = (position for position, other in enumerate(self.records) if _is_about(other, path, name))
        place = next(mentions, len(kept))
        changed = RegistryPol((*kept[:place], record, *kept[place:]))
        if changed.decides(record.key, record.name) == RegistryPol((record,)).decides(record.key, record.name):
            return changed
        # An instruction further down deletes it with others.
        return RegistryPol((*kept, record))

    def without_value(self, key: str, name: str) -> RegistryPol:
        """Return the file without the records of one value: "not configured".

        Instructions about more than this value stay, since they belong to others as well.
        """
        path, folded = _folded_key(key), _folded(name)
        return RegistryPol(tuple(record for record in self.records if not _is_about(record, path, folded)))


def dword(key: str, name: str, number: int) -> Record:
    """Return the record that sets a REG_DWORD."""
    return Record(key, name, _DWORD, number.to_bytes(4, "little"))


def parse(data: bytes) -> RegistryPol:
    """Read a file.

    Raises:
        UnreadableError: It is no file of this kind, is cut off, or holds anything between its records. The text says
            where.
    """
    if not data.startswith(_HEADER):
        raise UnreadableError(
            f"The file does not begin with PReg and version 1 but with {data[:8].hex(' ') or 'nothing'}."
        )
    records = []
    position = len(_HEADER)
    while position < len(data):
        record, position = _record(data, position)
        records.append(record)
    return RegistryPol(tuple(records))


def _record(data: bytes, start: int) -> tuple[Record, int]:
    position = _expect(data, start, _OPEN)
    key, position = _text(data, position)
    position = _expect(data, position, _NEXT)
    name, position = _text(data, position)
    numbers = data[position : position + _NUMBERS]
    if len(numbers) < _NUMBERS:
        raise UnreadableError(f"The file ends within the record at offset {start}: it has {len(data)} bytes.")
    for offset in (0, 6, 12):
        _expect(data, position + offset, _NEXT)
    type_ = int.from_bytes(numbers[2:6], "little")
    size = int.from_bytes(numbers[8:12], "little")
    position += _NUMBERS
    end = position + size
    if end > len(data):
        raise UnreadableError(
            f"The record at offset {start} has {size} bytes of data, but the file ends after {len(data) - position}."
        )
    return Record(key, name, type_, data[position:end]), _expect(data, end, _CLOSE)


def _expect(data: bytes, position: int, expected: bytes) -> int:
    found = data[position : position + 2]
    if found != expected:
        shown = found.hex(" ") or "the end of the file"
        raise UnreadableError(f"Offset {position} holds {shown} instead of {expected[:1].decode()!r}.")
    return position + 2


def _text(data: bytes, start: int) -> tuple[str, int]:
    """Return the text up to its NUL, and the position behind that."""
    end = data.find(_NUL, start)
    while end >= 0 and (end - start) % 2:
        end = data.find(_NUL, end + 1)
    if end < 0:
        raise UnreadableError(f"The text at offset {start} has no end.")
    # A name may hold half of a pair, which has to come back as it was.
    return data[start:end].decode("utf-16-le", "surrogatepass"), end + 2


def render(records: t.Iterable[Record]) -> bytes:
    """Return the file with these records.

    Raises:
        ValueError: A key or a name holds a NUL, or a number doesn't fit.
    """
    written = [_HEADER]
    for record in records:
        if "\0" in record.key + record.name or not 0 <= record.type < 1 << 32:
            raise ValueError(f"not fit for Registry.pol: {record!r}")
        written += (
            *(_OPEN, _encoded(record.key), _NEXT, _encoded(record.name)),
            *(_NEXT, record.type.to_bytes(4, "little"), _NEXT, len(record.data).to_bytes(4, "little")),
            *(_NEXT, record.data, _CLOSE),
        )
    return b"".join(written)


def _encoded(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass") + _NUL


def _folded(text: str) -> bytes:
    """Fold case as far as the registry surely does: Python's own folding makes other letters equal, \u017f and s."""
    return text.encode("utf-8", "surrogatepass").lower()


def _folded_key(path: str) -> bytes:
    hive, backslash, rest = path.partition("\\")
    if backslash and hive.upper() in ("HKLM", "HKEY_LOCAL_MACHINE"):
        path = rest
    return _folded(path.strip("\\"))


def _plain_name(name: str) -> str:
    """The value that a record is about, without the instruction before it."""
    for instruction in (_DELETE, _SOFT):
        if name.lower().startswith(instruction):
            return name[len(instruction) :]
    return name


def _is_about(record: Record, path: bytes, folded: bytes) -> bool:
    """Whether a record concerns this one value and nothing else."""
    return _folded(_plain_name(record.name)) == folded and _folded_key(record.key) == path


def _next(before: Decision | None, record: Record, path: bytes, folded: bytes) -> Decision | None:
    """Return what is decided after one more record of the key or of a key above it."""
    instruction = record.name.rstrip(" ").lower()
    own = _folded_key(record.key) == path
    listed = [_folded(item.strip()) for item in str(_data("REG_SZ", record.data)).split(";")]
    if instruction == _DELETE_KEYS:
        below = path[len(_folded_key(record.key)) + 1 :] + b"\\"
        deleted = not own and any(item and below.startswith(item.strip(b"\\") + b"\\") for item in listed)
    elif not own or instruction == _SECURE:
        return before
    else:
        deleted = (
            instruction in _DELETE_ALL
            or (instruction == _DELETE_LISTED and folded in listed)
            or (instruction.startswith(_DELETE) and _folded(_plain_name(record.name)) == folded)
        )
    if deleted:
        return Decision("delete", "", None, record.name)
    if instruction.startswith("**") and not instruction.startswith(_SOFT):
        return before
    if _folded(_plain_name(record.name)) != folded or _makes_only_the_key(record):
        return before
    type_ = _TYPES[record.type] if record.type < len(_TYPES) else f"0x{record.type:x}"
    does: t.Literal["set", "soft"] = "set"
    if instruction.startswith(_SOFT):
        if before and before.does != "delete":
            return before
        does = "set" if before else "soft"
    return Decision(does, type_, _data(type_, record.data), record.name)


def _makes_only_the_key(record: Record) -> bool:
    # "If value, type, size, or data are missing or zero, only the registry key will be created."
    # https://learn.microsoft.com/previous-versions/windows/desktop/policy/registry-policy-file-format
    return not record.name and not record.data


def _data(type_: str, stored: bytes) -> Data:
    """Return data in the type's own form; the bytes where they don't have it."""
    sizes = {"REG_DWORD": 4, "REG_QWORD": 8}
    if sizes.get(type_) == len(stored):
        return int.from_bytes(stored, "little")
    if type_ not in ("REG_SZ", "REG_EXPAND_SZ", "REG_MULTI_SZ"):
        return stored
    try:
        text = stored.decode("utf-16-le")
    except UnicodeDecodeError:
        return stored
    if type_ == "REG_MULTI_SZ":
        return tuple(item for item in text.split("\0") if item)
    return text.partition("\0")[0]
