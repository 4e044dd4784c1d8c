# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""``reg.exe``: the lines we send and what ``reg query`` prints.

https://learn.microsoft.com/windows-server/administration/windows-commands/reg-query

    >>> sample = (
    ...     "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server",
    ...     "    fDenyTSConnections    REG_DWORD    0x1",
    ... )
    >>> parse(sample).key(r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server").get("fdenytsconnections").data
    1

What is not translated is the hive (``HKEY_…``), the type (``REG_…``), the digits and the blanks between the columns.
The name of the default value and every message are translated.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ..model import Command, Output, Unreadable
from ..quoting import quoted
from ..text import lines

Data: t.TypeAlias = int | str | tuple[str, ...] | bytes

_HIVES = {
    "HKLM": "HKEY_LOCAL_MACHINE",
    "HKCU": "HKEY_CURRENT_USER",
    "HKCR": "HKEY_CLASSES_ROOT",
    "HKU": "HKEY_USERS",
    "HKCC": "HKEY_CURRENT_CONFIG",
}

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

_BARE = re.compile(r"[A-Za-z0-9_.{}-]+")
_PATTERN = re.compile(r"^[A-Za-z0-9=.-]+$")


def _value_switch(name: str) -> str:
    return f"/v {name if _BARE.fullmatch(name) else quoted(name)}" if name else "/ve"


def query(key: str, value: str = "", recursive: bool = False) -> Command:
    """Look at one value of a key, or at all of its values and the names of its sub-keys."""
    line = f"reg query {quoted(key)}"
    if value:
        line += f" {_value_switch(value)}"
    return Command(f"{line} /s" if recursive else line)


def query_except(key: str, *patterns: str) -> Command:
    """Look at a key with everything below it, but not at the values whose line matches a pattern in any case.

    The exit code is that of findstr, which fails only if nothing at all was printed. The lines of the keys come
    through, and so does an error message.

    https://learn.microsoft.com/windows-server/administration/windows-commands/findstr

    Args:
        key: The key.
        patterns: Letters, digits, ``=``, ``-`` and ``.`` for any character. They stand without quotes, because a login
            shell that is cmd.exe, as over ssh, sees what is between quotes outside of them.
    """
    if not patterns or not all(map(_PATTERN.match, patterns)):
        raise ValueError(f"can't be searched for: {patterns!r}")
    sought = " ".join(f"/c:{pattern}" for pattern in patterns)
    return Command(f"(reg query {quoted(key)} /s | findstr /v /i /r {sought})")


def add(key: str, name: str, type: str, data: Data) -> Command:
    """Set one value, without asking. An empty name is the key's default value."""
    return Command(f"reg add {quoted(key)} {_value_switch(name)} /t {type} /d {_data_argument(type, data)} /f")


def delete_value(key: str, name: str) -> Command:
    """Remove one value, without asking. An empty name is the key's default value."""
    return Command(f"reg delete {quoted(key)} {_value_switch(name)} /f")


def delete_key(key: str) -> Command:
    """Delete a key with everything below it."""
    return Command(f"reg delete {quoted(key)} /f")


def export(key: str, file: str) -> Command:
    """Write a key with everything below it into a .reg file on the host, over one that is there."""
    return Command(f"reg export {quoted(key)} {quoted(file)} /y")


def import_(file: str) -> Command:
    """Merge a .reg file on the host into its registry."""
    return Command(f"reg import {quoted(file)}")


def _data_argument(type: str, data: Data) -> str:
    """Return data the way ``reg add /d`` reads it, or raise ValueError if it doesn't fit the type."""
    fits = {"REG_DWORD": int, "REG_QWORD": int, "REG_MULTI_SZ": tuple, "REG_BINARY": bytes}.get(type, str)
    if not isinstance(data, fits) or isinstance(data, bool):
        raise ValueError(f"{data!r} is no {type}")
    if isinstance(data, int):
        if not 0 <= data < (1 << (32 if type == "REG_DWORD" else 64)):
            raise ValueError(f"{data} doesn't fit a {type}")
        return str(data)
    if isinstance(data, bytes):
        return data.hex() or '""'
    if isinstance(data, tuple):
        if any(not item or "\\0" in item for item in data):
            raise ValueError(f"An item of {data!r} is empty or holds the separator of a REG_MULTI_SZ")
        return quoted("\\0".join(data))
    return quoted(data)


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
    """

    path: str
    values: tuple[Value, ...] = ()
    subkeys: tuple[str, ...] = ()

    def get(self, name: str) -> Value | None:
        """Return the value of that name in any case, or the default value for an empty name."""
        for value in self.values:
            if (value.is_default and not name) or (name and value.name.casefold() == name.casefold()):
                return value
        return None


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
        wanted = _long(path).casefold()
        return next((key for key in self.keys if key.path.casefold() == wanted), None)


def read_query(output: Output) -> Query:
    """Return what ``reg query`` printed.

    "Not found" and "access denied" share exit code 1 and differ in translated words only: both are a Query without
    keys and with the message in ``not_understood``. That a key isn't there is proven by listing its parent.

    Raises:
        Unreadable: The command didn't run, or printed values that belong to no key.
    """
    text = lines(output.data, output.code_page)
    message = next((line for line in text if line.strip()), "")
    if output.exit_code not in (0, 1):
        raise Unreadable(f"reg query ended with exit code {output.exit_code}.", message)
    asked = re.match(r'reg query "(?P<key>[^"]+)"(?P<switches>.*)', output.command.line)
    ran = output.exit_code == 0
    if not asked:
        return parse(text, wrapped=ran)
    reading = parse(
        text,
        # With exit code 0 the key exists, even if nothing about it was printed.
        queried=asked["key"] if ran else "",
        recursive=asked["switches"].endswith(" /s"),
        wrapped=ran,
    )
    if orphans := reading.key(""):
        raise Unreadable("reg query printed a value without its key.", orphans.values[0].name)
    return reading


def read_query_except(output: Output) -> Query:
    """Return what ``query_except`` printed: every key with what was not left out of it.

    A key that doesn't exist is a Query without keys, as with read_query().

    Raises:
        Unreadable: The command didn't run, or printed values that belong to no key.
    """
    text = lines(output.data, output.code_page)
    if output.exit_code not in (0, 1):
        raise Unreadable(f"findstr ended with exit code {output.exit_code}.", next(filter(str.strip, text), ""))
    reading = parse(text, recursive=True, wrapped=output.exit_code == 0)
    if orphans := reading.key(""):
        raise Unreadable("reg query printed a value without its key.", orphans.values[0].name)
    return reading


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
    for line in text:
        listing.take(line)
    listing.end_value()
    if listing.not_understood and not listing.values:
        queried = ""  # a message, whatever it says, is no empty key
    return Query(_keys(listing.values, _long(queried), recursive), tuple(listing.not_understood))


class _Listing:
    """The keys of an output in the order of their first appearance, with their values."""

    def __init__(self, wrapped: bool) -> None:
        self.values: dict[str, list[Value]] = {}
        self.not_understood: list[str] = []
        self._wrapped = wrapped
        self._names: dict[str, str] = {}  # casefolded path -> path as first printed
        self._key = ""
        self._open: list[str] = []  # the last value's line and what may belong to it
        self._here: set[str] = set()  # casefolded names of the values since the line of their key

    def take(self, line: str) -> None:
        if _KEY.match(line):
            self.end_value()
            self._here = set()
            self._key = self._names.setdefault(line.casefold(), line)
            self.values.setdefault(self._key, [])
        elif _VALUE.match(line) or _VALUE_XP.match(line):
            # No blank line parts the values of one key: what is between two of them is the first one's text.
            self.end_value(whole=True)
            self._open = [line]
        elif _BANNER_XP.match(line):
            self.end_value()
        elif self._open:
            self._open.append(line)
        elif line.strip():
            self.not_understood.append(line)

    def end_value(self, whole: bool = False) -> None:
        """Judge the value line that is waiting, with the lines after it."""
        if not self._open:
            return
        first, *more = self._open
        self._open = []
        row = t.cast("re.Match[str]", _VALUE.match(first) or _VALUE_XP.match(first))
        own = 0
        if self._wrapped and row["type"] in _TEXT_TYPES:
            filled = [index for index, line in enumerate(more) if line.strip()]
            blank = next((index for index, line in enumerate(more) if not line.strip()), len(more))
            own = (filled[-1] + 1 if filled else 0) if whole else blank
        data = _data(row["type"], "\n".join((row["data"] or "", *more[:own])))
        name = row["name"]
        # No key has two values of a name: one of the lines is the text of another value, and nobody knows which.
        twice = name.casefold() in self._here and not _DEFAULT.match(name)
        self._here.add(name.casefold())
        if data is None or twice:
            self.not_understood.append(first)
        else:
            self._put(Value(name, row["type"], data, bool(_DEFAULT.match(name))))
        self.not_understood += [line for line in more[own:] if line.strip()]

    def _put(self, value: Value) -> None:
        """Add a value to its key; a second query of the same value in one text replaces the first."""
        values = self.values.setdefault(self._key, [])
        for index, known in enumerate(values):
            if known.name.casefold() == value.name.casefold():
                values[index] = value
                return
        values.append(value)


def _data(type: str, text: str) -> Data | None:
    r"""Return data in the type's own form, or None if it doesn't have it."""
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


def _long(path: str) -> str:
    """Return a path with the long name of its hive and without a backslash at its end."""
    hive, backslash, rest = path.rstrip("\\").partition("\\")
    return _HIVES.get(hive.upper(), hive) + backslash + rest


def _parent(path: str) -> str:
    return path.rpartition("\\")[0]


def _keys(listed: t.Mapping[str, t.Sequence[Value]], queried: str, recursive: bool | None) -> tuple[Key, ...]:
    """Tell the keys that were listed from those that are only named as somebody's sub-key."""
    folded = {path.casefold() for path in listed}
    if recursive is None:
        # Without /s, no sub-key of a printed key comes with values.
        recursive = any(values and _parent(path).casefold() in folded for path, values in listed.items())
    paths = [path for path, values in listed.items() if values or recursive]
    if recursive and queried:
        paths += _silent(listed, queried)
    if queried:
        if queried.casefold() not in {path.casefold() for path in paths}:
            paths.insert(0, next((path for path in listed if path.casefold() == queried.casefold()), queried))
    else:
        known = {path.casefold() for path in paths}
        for path in listed:  # a bare line below no printed key: itself if keys below it follow, else its parent
            if path.casefold() in known or _parent(path).casefold() in folded:
                continue
            below = any(_parent(other).casefold() == path.casefold() for other in listed)
            alone = sum(_parent(other).casefold() == _parent(path).casefold() for other in listed) == 1
            shown = path if below or alone or not _parent(path) else _parent(path)
            if shown.casefold() not in known:
                known.add(shown.casefold())
                paths.append(shown)
    return tuple(
        Key(path, tuple(listed.get(path, ())), _subkeys(path, listed, deep=bool(recursive and queried)))
        for path in paths
    )


def _silent(listed: t.Iterable[str], queried: str) -> list[str]:
    """Return the keys without values that a listing with ``/s`` shows only as a part of longer paths."""
    known = {path.casefold() for path in listed} | {queried.casefold()}
    silent = []
    for path in listed:
        parent = _parent(path)
        while parent.casefold().startswith(f"{queried.casefold()}\\") and parent.casefold() not in known:
            known.add(parent.casefold())
            silent.append(parent)
            parent = _parent(parent)
    return silent


def _subkeys(path: str, listed: t.Iterable[str], deep: bool) -> tuple[str, ...]:
    """Return the names directly below a path; ``deep`` also finds one that shows only in a longer path."""
    prefix = f"{path.casefold()}\\"
    names: dict[str, str] = {}
    for other in listed:
        if path and other.casefold().startswith(prefix):
            name, backslash, _below = other[len(prefix) :].partition("\\")
            if name and (deep or not backslash):
                names.setdefault(name.casefold(), name)
    return tuple(names.values())
