# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""What ``reg query`` prints, as keys and values.

    >>> sample = (
    ...     "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server",
    ...     "    fDenyTSConnections    REG_DWORD    0x1",
    ...     "",
    ... )
    >>> parse(sample).key(r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server").get("fdenytsconnections").data
    1

What is not translated is the hive (``HKEY_…``), the type (``REG_…``), the digits and the blanks between the columns.
The name of the default value and every message are translated.
"""

from __future__ import annotations

import collections
import dataclasses
import functools
import re
import typing as t

from .hives import long_path

Data: t.TypeAlias = int | str | tuple[str, ...] | bytes

# Windows allows 512 levels (https://learn.microsoft.com/windows/win32/sysinfo/registry-element-size-limits). Nothing
# that is asked for here has a tenth of them, and every level of every line takes memory.
_DEEPEST = 64

_KEY = re.compile(r"^HKEY_[A-Z_]+(?:\\.*)?$")
_TYPE = r"(?P<type>REG_[A-Z_]+|0x[0-9A-Fa-f]+)(?: \(\d+\))?"  # "REG_DWORD (4)" is what /z adds
# The name is as short as possible, so that data may hold anything, even what looks like a type.
_VALUE = re.compile(rf"^ {{4}}(?P<name>.+?) {{4}}{_TYPE}(?: {{4}}(?P<data>.*)|[ \t]*)$", re.DOTALL)
_VALUE_XP = re.compile(
    rf"^(?:\t| {{4}})(?P<name>.+?)(?P<gap>\t| {{2}}){_TYPE}(?:(?P=gap)(?P<data>.*)|[ \t]*)$", re.DOTALL
)
_BANNER_XP = re.compile(r"^! REG\.EXE VERSION \d")
# Every language puts the name of the default value into brackets: "(Default)", "(par défaut)", XP "<NO NAME>".
_DEFAULT = re.compile(r"^(?:\(.*\)|\uff08.*\uff09|<.*>)$", re.DOTALL)
_NUMBER = {"REG_DWORD": re.compile(r"^0x[0-9a-fA-F]{1,8}$"), "REG_QWORD": re.compile(r"^0x[0-9a-fA-F]{1,16}$")}
_BYTES = re.compile(r"^(?:[0-9a-fA-F]{2})*$")
_TEXT_TYPES = frozenset({"REG_SZ", "REG_EXPAND_SZ", "REG_MULTI_SZ"})
# https://learn.microsoft.com/windows/win32/sysinfo/registry-value-types; reg.exe prints others as 0x….
_TYPES = _TEXT_TYPES | {
    *("REG_NONE", "REG_BINARY", "REG_DWORD", "REG_DWORD_LITTLE_ENDIAN", "REG_DWORD_BIG_ENDIAN", "REG_LINK"),
    *("REG_QWORD", "REG_QWORD_LITTLE_ENDIAN", "REG_RESOURCE_LIST", "REG_FULL_RESOURCE_DESCRIPTOR"),
    "REG_RESOURCE_REQUIREMENTS_LIST",
}


@dataclasses.dataclass(frozen=True)
class Value:
    r"""One value of a key.

    Attributes:
        name: As printed. A default value has a translated name in brackets.
        type: ``REG_…``
        data: A number for REG_DWORD and REG_QWORD, bytes for REG_BINARY, the strings of a REG_MULTI_SZ,
            else the text as printed. The text of a default value that isn't set is a translated remark in brackets.
        is_default: The name has the form of the default value's. A value that is really named ``(x)`` looks the same.
    """

    name: str
    type: str
    data: Data
    is_default: bool


@dataclasses.dataclass(frozen=True)
class Key:
    """One key whose values were listed, all of them unless the query asked for one.

    Attributes:
        path: With the hive's long name, in the case in which reg.exe printed it.
        values: In the order of the listing.
        subkeys: The names of the keys directly below, as far as the output lists them.
        whole: Whether its values were printed to their end and all understood: reg.exe prints a blank line behind
            them, so a listing that was cut among them has none. False for a key that is known only by its sub-keys.
    """

    path: str
    values: tuple[Value, ...] = ()
    subkeys: tuple[str, ...] = ()
    whole: bool = dataclasses.field(default=True, compare=False)

    def get(self, name: str) -> Value | None:
        """Return the value of that name in any case, or the default value for an empty name."""
        return self._by_name.get(name.casefold())

    @functools.cached_property
    def _by_name(self) -> t.Mapping[str, Value]:
        found: dict[str, Value] = {}
        for value in self.values:
            found.setdefault(value.name.casefold(), value)
            if value.is_default:
                found.setdefault("", value)
        return found


@dataclasses.dataclass(frozen=True)
class Query:
    """What one ``reg query`` printed.

    Attributes:
        keys: The keys whose values are known. A sub-key that is only named is in its parent's ``subkeys``.
        not_understood: Messages and everything else that is no registry listing.
    """

    keys: tuple[Key, ...] = ()
    not_understood: tuple[str, ...] = ()

    def key(self, path: str) -> Key | None:
        """Return the key of that path, in any case and with the short or the long name of the hive."""
        return self._by_path.get(long_path(path.rstrip("\\")).casefold())

    @functools.cached_property
    def _by_path(self) -> t.Mapping[str, Key]:
        found: dict[str, Key] = {}
        for key in self.keys:
            found.setdefault(key.path.casefold(), key)
        return found


def parse(text: t.Iterable[str], *, queried: str = "", recursive: bool | None = None, wrapped: bool = False) -> Query:
    """Read the listing of one or more queries.

    Args:
        text: The lines.
        queried: The key that was asked for, if it is known. reg.exe doesn't print a key that has no values.
        recursive: Whether ``/s`` was given, None to judge by the lines.
        wrapped: Whether a line without a known form goes on with the text of the value above it. reg.exe prints
            line breaks inside a string as they are. An error message looks the same, so this is for outputs
            whose exit code is 0.
    """
    listing = _Listing(wrapped)
    rows = list(text)
    # A value begins with blanks: at the very end they are what a cut has left of one, and no end of a key.
    if rows and rows[-1] and not rows[-1].strip():
        rows.pop()
    for line in rows:
        listing.take(line)
    listing.end_key()
    if listing.not_understood and not listing.blocks:
        queried = ""  # a message, whatever it says, is no empty key
    return Query(_keys(listing.blocks, long_path(queried.rstrip("\\")), recursive), tuple(listing.not_understood))


@dataclasses.dataclass
class _Block:
    """What was listed of one key: its path as first printed, its values by casefolded name, and whether they ended."""

    path: str
    values: dict[str, Value] = dataclasses.field(default_factory=dict)
    whole: bool = False


class _Listing:
    """The keys of an output by their casefolded path, in the order of their first appearance."""

    def __init__(self, wrapped: bool) -> None:
        self.blocks: dict[str, _Block] = {}
        self.not_understood: list[str] = []
        self._wrapped = wrapped
        self._block = _Block("")
        self._row: re.Match[str] | None = None  # the last value's line
        self._more: list[str] = []  # what may belong to it
        self._here: set[str] = set()  # casefolded names of the values since the line of their key
        self._ended = False  # a blank line came after the values since the line of their key
        self._unread = False  # one of those values was not understood

    def take(self, line: str) -> None:
        if _KEY.match(line) and line.count("\\") <= _DEEPEST:
            self.end_key()
            self._block = self.blocks.setdefault(line.casefold(), _Block(line))
        elif row := _VALUE.match(line) or _VALUE_XP.match(line):
            # Unseen: a blank line ends the values of each key on other versions than Windows 11, and in other languages
            # than German, too.
            # No blank line parts the values of one key: what is between two of them is the first one's text.
            if self._ended and not (self._row and self._wrapped and self._row["type"] in _TEXT_TYPES):
                self.not_understood.append(line)
                self._unread = True
            self._end_value(followed=True)
            self._row, self._ended = row, False
        elif _BANNER_XP.match(line):
            self._end_value()
        elif not line.strip():
            self._ended = True
            if self._row:
                self._more.append(line)
        elif self._row:
            self._more.append(line)
        else:
            self._refuse(line)

    def end_key(self) -> None:
        """Close the key whose lines are being read: another one begins, or the output is over."""
        self._end_value()
        self._block.whole = self._ended and not self._unread
        self._here, self._ended, self._unread = set(), False, False

    def _refuse(self, line: str) -> None:
        self.not_understood.append(line)
        # What stands behind the blank line that ends the values is not among them.
        self._unread = self._unread or not self._ended

    def _end_value(self, followed: bool = False) -> None:
        """Judge the value line that is waiting, with the lines after it."""
        row, more = self._row, self._more
        if row is None:
            return
        self._row, self._more = None, []
        blank = next((index for index, line in enumerate(more) if not line.strip()), len(more))
        own = 0
        if self._wrapped and row["type"] in _TEXT_TYPES:
            last = next((index for index in reversed(range(len(more))) if more[index].strip()), -1)
            own = last + 1 if followed else blank
        data = _data(row["type"], "\n".join((row["data"] or "", *more[:own])))
        name = row["name"]
        folded = name.casefold()
        is_default = bool(_DEFAULT.match(name))
        # No key has two values of a name: one of the lines is the text of another value, and nobody knows which.
        if data is None or (folded in self._here and not is_default):
            self.not_understood.append(row.string)
            self._unread = True
        else:
            if not self._block.path:
                self.blocks.setdefault("", self._block)  # a value without its key
            # A second query of the same value in one text replaces the first.
            self._block.values[folded] = Value(name, row["type"], data, is_default)
        self._here.add(folded)
        unread = [line for line in more[own:] if line.strip()]
        self.not_understood += unread
        self._unread = self._unread or bool(unread and (followed or blank > own))


def _data(type: str, text: str) -> Data | None:
    r"""Return data in the type's own form, or None if it doesn't have it, or if there is no such type."""
    if type not in _TYPES and not type.startswith("0x"):
        return None
    if type in _NUMBER:
        number = text.strip()
        return int(number, 16) if _NUMBER[type].match(number) else None
    if type == "REG_BINARY":
        digits = text.strip()
        return bytes.fromhex(digits) if _BYTES.match(digits) else None
    if type == "REG_MULTI_SZ":
        items = text.split("\\0")
        while items and not items[-1]:
            items.pop()
        return tuple(items)
    return text


def _parent(path: str) -> str:
    return path.rpartition("\\")[0]


def _keys(listed: t.Mapping[str, _Block], queried: str, recursive: bool | None) -> tuple[Key, ...]:
    """Tell the keys that were listed from those that are only named as somebody's sub-key."""
    if recursive is None:
        # Without /s, no sub-key of a printed key comes with values.
        recursive = any(block.values and _parent(folded) in listed for folded, block in listed.items())
    paths = {folded: block.path for folded, block in listed.items() if block.values or recursive}
    if recursive and queried:
        paths |= _silent(listed, queried.casefold())
    if not queried:
        paths |= _shown(listed, paths)
    elif (folded := queried.casefold()) not in paths:
        paths = {folded: listed[folded].path if folded in listed else queried, **paths}
    subkeys = _subkeys(listed, deep=bool(recursive and queried))
    return tuple(
        Key(
            path,
            tuple(listed[folded].values.values()) if folded in listed else (),
            tuple(subkeys[folded].values()) if folded in subkeys else (),
            folded in listed and listed[folded].whole,
        )
        for folded, path in paths.items()
    )


def _silent(listed: t.Mapping[str, _Block], queried: str) -> dict[str, str]:
    """Return the keys without values that a listing with ``/s`` shows only as a part of longer paths."""
    # Wine's programs/reg/tests/query.c, which runs on Windows: an empty sub-key is listed,
    # an empty key that is asked for is not.
    silent: dict[str, str] = {}
    for folded, block in listed.items():
        folded, path = _parent(folded), _parent(block.path)
        while folded.startswith(f"{queried}\\") and folded not in listed and folded not in silent:
            silent[folded] = path
            folded, path = _parent(folded), _parent(path)
    return silent


def _shown(listed: t.Mapping[str, _Block], known: t.Container[str]) -> dict[str, str]:
    """Return what bare lines below no printed key mean: themselves if keys below them follow, else their parent."""
    children = collections.Counter(map(_parent, listed))
    shown: dict[str, str] = {}
    for folded, block in listed.items():
        parent = _parent(folded)
        if folded in known or parent in listed:
            continue
        itself = children[folded] or children[parent] == 1 or not parent
        key, path = (folded, block.path) if itself else (parent, _parent(block.path))
        if key not in known:
            shown.setdefault(key, path)
    return shown


def _subkeys(listed: t.Mapping[str, _Block], deep: bool) -> dict[str, dict[str, str]]:
    """Return the names directly below each path; ``deep`` also finds one that shows only in a longer path."""
    names: dict[str, dict[str, str]] = {}
    for folded, block in listed.items():
        path = block.path
        while True:
            parent, _backslash, child = folded.rpartition("\\")
            below = names.setdefault(parent, {})
            # What is above a name that is known is known as well.
            if not parent or child in below:
                break
            if child:
                below[child] = path.rpartition("\\")[2]
            if not deep:
                break
            folded, path = parent, _parent(path)
    return names
