# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""``.reg`` files: what ``reg export`` and regedit write and ``reg import`` reads.

https://support.microsoft.com/help/310516. Nothing of a file is guessed: a line that isn't understood is an error with
its number, because what is skipped here could be what Windows obeys.

    >>> file = parse(b'REGEDIT4\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Example]\r\n"Port"=dword:00000d3d\r\n')
    >>> [entry.line for entry in file.entries], file.entries[1].value.data
    ([3, 4], 3389)
"""

from __future__ import annotations

import bisect
import codecs
import dataclasses
import re
import typing as t

from ..errors import RegFileError
from .hives import HIVES

Data: t.TypeAlias = int | str | tuple[str, ...] | bytes

HEADER_4 = "REGEDIT4"
HEADER_5 = "Windows Registry Editor Version 5.00"

# The listener's key is 7 KiB. A file that is much larger is no export of it.
MAX_SIZE = 1 << 20

_TYPES = (
    *("REG_NONE", "REG_SZ", "REG_EXPAND_SZ", "REG_BINARY", "REG_DWORD", "REG_DWORD_BIG_ENDIAN", "REG_LINK"),
    *("REG_MULTI_SZ", "REG_RESOURCE_LIST", "REG_FULL_RESOURCE_DESCRIPTOR", "REG_RESOURCE_REQUIREMENTS_LIST"),
    "REG_QWORD",
)  # https://learn.microsoft.com/windows/win32/sysinfo/registry-value-types, winnt.h: 0 to 11
_TEXT_TYPES = frozenset({"REG_SZ", "REG_EXPAND_SZ", "REG_MULTI_SZ"})
_NUMBER_SIZES = {"REG_DWORD": 4, "REG_QWORD": 8}


# cmd.exe expands the first two everywhere. The others are harmless between double quotes, but what stands
# there is outside of them for a login shell that is cmd.exe itself, as it is over ssh.
_NOT_SENDABLE = frozenset('%!"^&|<>')


@dataclasses.dataclass(frozen=True)
class RegFileValue:
    """One value.

    Attributes:
        name: Empty for the key's default value.
        type: ``REG_…``, or ``0x…`` for a type without a name.
        data: A number for REG_DWORD and REG_QWORD, the strings of a REG_MULTI_SZ, text for REG_SZ and REG_EXPAND_SZ.
            Bytes for every other type, and where the stored bytes aren't what the type says: a REG_SZ without its
            end, a REG_DWORD of one byte.
    """

    name: str
    type: str
    data: Data

    @property
    def stored(self) -> bytes:
        """The bytes that the registry holds. Raises ValueError if the data doesn't fit the type."""
        data = self.data
        if isinstance(data, bytes):
            return data
        size = _NUMBER_SIZES.get(self.type)
        if size and isinstance(data, int) and not isinstance(data, bool) and 0 <= data < 1 << 8 * size:
            return data.to_bytes(size, "little")
        if self.type == "REG_MULTI_SZ" and isinstance(data, tuple) and all(item and "\0" not in item for item in data):
            return "".join(f"{item}\0" for item in (*data, "")).encode("utf-16-le")
        if self.type in ("REG_SZ", "REG_EXPAND_SZ") and isinstance(data, str) and "\0" not in data:
            return f"{data}\0".encode("utf-16-le")
        raise ValueError(f"{data!r} is no {self.type}")


def value_of(name: str, type: str, stored: bytes) -> RegFileValue:
    """Return the value that the registry holds as these bytes."""
    data: Data = stored
    if type in _NUMBER_SIZES and len(stored) == _NUMBER_SIZES[type]:
        data = int.from_bytes(stored, "little")
    elif type in _TEXT_TYPES:
        try:
            text = stored.decode("utf-16-le")
        except UnicodeDecodeError:
            return RegFileValue(name, type, stored)
        data = tuple(item for item in text.split("\0") if item) if type == "REG_MULTI_SZ" else text.removesuffix("\0")
    value = RegFileValue(name, type, data)
    try:
        return value if value.stored == stored else RegFileValue(name, type, stored)
    except ValueError:  # a NUL inside a text
        return RegFileValue(name, type, stored)


@dataclasses.dataclass(frozen=True)
class MakeKey:
    """``[KEY]``"""

    key: str
    line: int = dataclasses.field(default=0, compare=False)


@dataclasses.dataclass(frozen=True)
class DeleteKey:
    """``[-KEY]``"""

    key: str
    line: int = dataclasses.field(default=0, compare=False)


@dataclasses.dataclass(frozen=True)
class SetValue:
    """``"name"=data`` below ``[KEY]``"""

    key: str
    value: RegFileValue
    line: int = dataclasses.field(default=0, compare=False)


@dataclasses.dataclass(frozen=True)
class DeleteValue:
    """``"name"=-`` below ``[KEY]``; an empty name is the key's default value."""

    key: str
    name: str
    line: int = dataclasses.field(default=0, compare=False)


Entry: t.TypeAlias = MakeKey | DeleteKey | SetValue | DeleteValue


@dataclasses.dataclass(frozen=True)
class RegFile:
    """A whole file, its entries in their order.

    Attributes:
        version: 4 for ``REGEDIT4``, else 5.
        entries: What the file asks for. Keys are spelled as in the file.
    """

    version: int
    entries: tuple[Entry, ...]


_EOL = r"(?:\r\n|\r|\n)"
_LINE_END = re.compile(_EOL)
_HEADER = re.compile(rf"(?P<header>{HEADER_4}|{re.escape(HEADER_5)})[ \t]*(?:{_EOL}|\Z)")
_NOTHING = re.compile(rf"[ \t]*(?:;[^\r\n]*)?(?:{_EOL}|\Z)")
_KEY = re.compile(rf"[ \t]*\[(?P<minus>-?)(?P<key>[^\r\n]+)\][ \t]*{_EOL}")
_STRING = r'"(?P<text>[^"\\]*+(?:\\["\\][^"\\]*+)*+)"'
_NAME = re.compile(rf"[ \t]*(?:(?P<default>@)|{_STRING})[ \t]*=[ \t]*")
_GO_ON = rf"(?:[ \t]*\\[ \t]*{_EOL}[ \t]*)?"
_DATA = re.compile(
    rf"""
      (?P<delete>-)
    | {_STRING}
    | dword:(?P<number>[0-9A-Fa-f]{{1,8}})
    | hex(?:\((?P<type>[0-9A-Fa-f]{{1,8}})\))?:(?P<bytes>{_GO_ON}(?:[0-9A-Fa-f]{{2}}(?:,{_GO_ON}[0-9A-Fa-f]{{2}})*+)?)
    """,
    re.VERBOSE,
)
_REST = re.compile(rf"[ \t]*(?:;[^\r\n]*)?{_EOL}")
_PAIR = re.compile(r"[0-9A-Fa-f]{2}")


def parse(data: bytes, code_page: int | None = None, *, max_size: int = MAX_SIZE) -> RegFile:
    """Read a .reg file.

    Args:
        data: The file: UTF-16 as reg.exe writes it, UTF-8, or an 8-bit code page.
        code_page: The ANSI or OEM code page of an 8-bit file, if it is known.
        max_size: The most bytes that a file may have.

    Raises:
        RegFileError: Something in it isn't understood.
    """
    if len(data) > max_size:
        raise RegFileError(1, f"the file has {len(data)} bytes, more than {max_size}")
    text, wide = _decode(data, code_page)
    if "\0" in text:
        raise RegFileError(len(_LINE_END.findall(text, 0, text.index("\0"))) + 1, "a NUL character")
    header = _HEADER.match(text)
    if not header:
        raise RegFileError(1, f"the file does not begin with {HEADER_5!r} or {HEADER_4!r}")
    version = 4 if header["header"] == HEADER_4 else 5
    if version == 4 and wide:
        raise RegFileError(1, f"{HEADER_4!r} stands for 8-bit text, but the file is UTF-16")
    return RegFile(version, _Reader(text, version, code_page).entries(header.end()))


def _decode(data: bytes, code_page: int | None) -> tuple[str, bool]:
    """Return the text without its byte order marks, and whether it is UTF-16."""
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    codec = "utf-16" if wide else "utf-8"
    if data[1:2] == b"\0":
        wide, codec = True, "utf-16-le"  # as `reg export` writes it, but a tool took the mark away
    try:
        try:
            return data.decode(codec).lstrip("\ufeff"), wide
        except UnicodeDecodeError:
            if wide or code_page is None:
                raise
            return data.decode(f"cp{code_page}"), False
    except UnicodeDecodeError as error:
        line = len(_LINE_END.findall(data[: error.start].decode(codec, "replace"))) + 1
        hint = "" if wide or code_page else ", and its code page is not known"
        raise RegFileError(line, f"the text is not {error.encoding}{hint}") from None
    except LookupError:
        raise RegFileError(1, f"code page {code_page} is not known") from None


class _Reader:
    """Goes through the text of a file from its header to its end."""

    def __init__(self, text: str, version: int, code_page: int | None) -> None:
        self._text = text
        self._version = version
        self._code_page = code_page
        self._line_ends = [match.end() for match in _LINE_END.finditer(text)]

    def entries(self, position: int) -> tuple[Entry, ...]:
        entries: list[Entry] = []
        key = ""
        while position < len(self._text):
            line = self._line(position)
            if nothing := _NOTHING.match(self._text, position):
                position = nothing.end()
            elif header := _KEY.match(self._text, position):
                self._check_hive(line, header["key"])
                key = "" if header["minus"] else header["key"]
                entries.append(DeleteKey(header["key"], line) if header["minus"] else MakeKey(header["key"], line))
                position = header.end()
            else:
                if not key:
                    raise RegFileError(line, f"neither a key nor a value of one: {self._shown(position)}")
                entry, position = self._value(key, line, position)
                entries.append(entry)
        return tuple(entries)

    def _line(self, position: int) -> int:
        return bisect.bisect_right(self._line_ends, position) + 1

    def _shown(self, position: int) -> str:
        return repr(re.split(r"[\r\n]", self._text[position : position + 60], maxsplit=1)[0])

    def _check_hive(self, line: int, key: str) -> None:
        hive = key.partition("\\")[0].upper()
        if HIVES.get(hive, hive) not in HIVES.values():
            raise RegFileError(line, f"no key of the registry: [{key[:60]}]")

    def _value(self, key: str, line: int, position: int) -> tuple[SetValue | DeleteValue, int]:
        name = _NAME.match(self._text, position)
        if not name:
            raise RegFileError(line, f"not understood: {self._shown(position)}")
        if not name["default"] and not name["text"]:
            raise RegFileError(line, "a value without a name; the default value is written as @")
        data = _DATA.match(self._text, name.end())
        if not data:
            raise RegFileError(self._line(name.end()), f"no known form of data: {self._shown(name.end())}")
        rest = _REST.match(self._text, data.end())
        if not rest:
            at = data.end()
            if at == len(self._text) or self._text[at:].strip(" \t\r\n,\\") == "":
                raise RegFileError(self._line(at), "the file ends in the middle of a value, without a line end")
            raise RegFileError(self._line(at), f"not understood behind the data: {self._shown(at)}")
        called = _unescape(name["text"] or "")
        if data["delete"]:
            return DeleteValue(key, called, line), rest.end()
        return SetValue(key, self._typed(line, called, data), line), rest.end()

    def _typed(self, line: int, name: str, data: re.Match[str]) -> RegFileValue:
        if data["text"] is not None:
            return RegFileValue(name, "REG_SZ", _unescape(data["text"]))
        if data["number"]:
            return RegFileValue(name, "REG_DWORD", int(data["number"], 16))
        number = int(data["type"] or "3", 16)
        type = _TYPES[number] if number < len(_TYPES) else f"0x{number:x}"
        stored = bytes.fromhex("".join(_PAIR.findall(data["bytes"])))
        if self._version == 4 and type in _TEXT_TYPES:
            # REGEDIT4 holds the text in the ANSI code page; Windows turns it into UTF-16 when it imports it.
            codec = "ascii" if self._code_page is None else f"cp{self._code_page}"
            try:
                stored = stored.decode(codec).encode("utf-16-le")
            except (UnicodeDecodeError, LookupError):
                raise RegFileError(line, f"the text of {name!r} needs another code page than {codec}") from None
        return value_of(name, type, stored)


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


# reg.exe begins a new line after the comma that passes this column, and two blanks: seen in every export.
_LAST_COLUMN = 76
# A longer string is written as bytes, in short lines: cmd.exe has a limit for the line that carries it.
_MAX_STRING = 1000


def render(entries: t.Iterable[Entry], *, delete_first: str | None = None, sendable: bool = True) -> str:
    """Return a file of version 5 as ``reg export`` writes it, without byte order mark.

    Args:
        entries: In the order in which they shall stand. A value whose key isn't the one above gets a key line.
        delete_first: The key to remove before anything else of the file is done.
        sendable: ASCII that ``echo`` of cmd.exe can write line by line: a string with other characters, line ends,
            or any of ``%!"^&|<>`` is written as hex(1). Else such strings stand as reg.exe writes them.

    Raises:
        ValueError: Data doesn't fit its type, or the name of a key or value can't be sent.
    """
    lines = [HEADER_5, ""]
    if delete_first:
        lines += [f"[-{_checked(delete_first, sendable)}]", ""]
    current: str | None = None
    for entry in entries:
        if isinstance(entry, (MakeKey, DeleteKey)) or entry.key != current:
            if current is not None:
                lines.append("")
            minus = "-" if isinstance(entry, DeleteKey) else ""
            lines.append(f"[{minus}{_checked(entry.key, sendable)}]")
            current = entry.key
        if isinstance(entry, DeleteValue):
            lines.append(f"{_label(entry.name, sendable)}-")
        elif isinstance(entry, SetValue):
            lines += _value_lines(entry.value, sendable)
    lines += [""] if current is None else ["", ""]
    return "\r\n".join(lines)


def _plain(text: str) -> bool:
    return all(" " <= character <= "~" and character not in _NOT_SENDABLE for character in text)


def _checked(name: str, sendable: bool) -> str:
    if "\0" in name or (sendable and not _plain(name)):
        raise ValueError(f"not safe in a line for cmd.exe: {name!r}")
    return name


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _label(name: str, sendable: bool) -> str:
    return f'"{_escape(_checked(name, sendable))}"=' if name else "@="


def _value_lines(value: RegFileValue, sendable: bool) -> list[str]:
    label = _label(value.name, sendable)
    stored = value.stored  # says what doesn't fit
    if value.type == "REG_DWORD" and isinstance(value.data, int):
        return [f"{label}dword:{value.data:08x}"]
    if value.type == "REG_SZ" and isinstance(value.data, str):
        text = _escape(value.data)
        if not sendable or (_plain(text) and len(text) <= _MAX_STRING):
            return [f'{label}"{text}"']
    number = _TYPES.index(value.type) if value.type in _TYPES else int(value.type, 16)
    lines: list[str] = []
    line = label + ("hex:" if value.type == "REG_BINARY" else f"hex({number:x}):")
    for byte in stored[:-1]:
        line += f"{byte:02x},"
        if len(line) > _LAST_COLUMN:
            lines.append(f"{line}\\")
            line = "  "
    return [*lines, line + stored[-1:].hex()]
