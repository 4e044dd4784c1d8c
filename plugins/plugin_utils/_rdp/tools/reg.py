# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""``reg.exe``: the lines we send and what ``reg query`` prints.

https://learn.microsoft.com/windows-server/administration/windows-commands/reg-query. registry_listing.py
reads the listing.

    >>> query(r"HKLM\SYSTEM\Setup", value="OOBEInProgress").line
    'reg query "HKLM\\SYSTEM\\Setup" /v OOBEInProgress'
"""

from __future__ import annotations

import dataclasses
import re

from ..errors import UnreadableError
from ..formats.hives import long_path
from ..formats.registry_listing import Data, Key, Query, Value, parse
from ..model import Command, CommandResult
from ..quoting import quoted
from ..text import lines

__all__ = (
    "END",
    "Data",
    "Key",
    "Query",
    "Value",
    "add",
    "count_lines",
    "delete_key",
    "delete_value",
    "export",
    "import_",
    "named",
    "parse",
    "query",
    "query_except",
    "query_whole",
    "query_with",
    "read_named",
    "read_query",
    "read_query_except",
    "read_query_whole",
    "read_query_with",
)

# Follows a listing that is complete.
END = "end"

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


def query_with(key: str, below: str) -> Command:
    r"""Look at a key with everything below it, and at one key below it by itself.

    The exit code is that of the second look: whether that key is there doesn't depend on how much of the listing came.

    Args:
        key: The key.
        below: The path of the other one from there.
    """
    alone = query(f"{key}\\{below}")
    return Command(f"({query(key, recursive=True).line} & {alone.line})")


def query_except(key: str, *patterns: str) -> Command:
    """Look at a key with everything below it, but not at the values whose line matches a pattern in any case.

    The exit code is that of findstr, which fails only if nothing at all was printed. The lines of the keys come
    through, and so does an error message. Only where reg.exe ended well does END follow its last line, so a listing
    that has it is neither cut nor broken off. A line of more than 8,191 bytes does not come through: findstr says so
    in a line of its own, in the host's language (https://stackoverflow.com/a/8844873).

    https://learn.microsoft.com/windows-server/administration/windows-commands/findstr

    Args:
        key: The key.
        patterns: Letters, digits, ``=``, ``-`` and ``.`` for any character. They stand without quotes, because a login
            shell that is cmd.exe, as over ssh, sees what is between quotes outside of them.
    """
    if not patterns or not all(map(_PATTERN.match, patterns)):
        raise ValueError(f"can't be searched for: {patterns!r}")
    sought = " ".join(f"/c:{pattern}" for pattern in patterns)
    return Command(f"((reg query {quoted(key)} /s&&echo {END})|findstr /v /i /r {sought})")


def query_whole(key: str) -> Command:
    """Look at a key with everything below it, with END behind it where reg.exe ended well."""
    return Command(f"(reg query {quoted(key)} /s&&echo {END})")


def count_lines(key: str) -> Command:
    """Count the lines of a listing, before it is asked for."""
    return Command(f'(reg query {quoted(key)} /s|find /c /v "")')


def named(key: str, *names: str) -> Command:
    """Look for sub-keys of a key with many of them.

    Args:
        key: The key.
        names: Parts of their names, GUIDs without braces.
    """
    if not names or not all(map(_PATTERN.match, names)):
        raise ValueError(f"can't be searched for: {names!r}")
    sought = " ".join(f"/c:{name}" for name in names)
    return Command(f"(reg query {quoted(key)} | findstr /i {sought})")


def read_named(output: CommandResult) -> tuple[str, ...]:
    """Return the paths of the sub-keys that were found, as reg.exe prints them.

    Raises:
        UnreadableError: Nothing was found, which may have any reason: one of the names has to be there for certain.
    """
    found = tuple(line.strip() for line in lines(output.data, output.code_page) if line.startswith("HKEY_"))
    if output.exit_code != 0 or not found:
        raise UnreadableError("No sub-key was found, not even the one that every Windows has.")
    return found


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
    """Write a key with everything below it into a .reg file on the host, never over one that is there."""
    return Command(f"reg export {quoted(key)} {quoted(file)}")


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


def read_query(output: CommandResult) -> Query:
    """Return what ``reg query`` printed.

    "Not found" and "access denied" share exit code 1 and differ in translated words only: both are a Query without
    keys and with the message in ``not_understood``. That a key isn't there is proven by listing its parent.

    Raises:
        UnreadableError: The command didn't run, or printed values that belong to no key.
    """
    text = lines(output.data, output.code_page)
    message = next((line for line in text if line.strip()), "")
    if output.exit_code not in (0, 1):
        raise UnreadableError(f"reg query ended with exit code {output.exit_code}.", message)
    asked = re.match(r'reg query "(?P<key>[^"]+)"(?P<switches>.*)', output.command.line)
    ran = output.exit_code == 0
    if not asked:
        return parse(text, wrapped=ran)
    reading = parse(
        text,
        # Unseen: reg query ends with 0 for a key that has neither values nor sub-keys.
        # With exit code 0 the key exists, even if nothing about it was printed.
        queried=asked["key"] if ran else "",
        recursive=asked["switches"].endswith(" /s"),
        wrapped=ran,
    )
    _refuse_foreign(reading, asked["key"])
    return reading


def read_query_with(output: CommandResult) -> Query:
    """Return what ``query_with`` printed. The key below is in it if it exists, whole or not, and only then.

    A key that doesn't exist is a Query without keys, as with read_query().

    Raises:
        UnreadableError: One of the commands didn't run, or what they printed contradicts the exit code.
    """
    text = lines(output.data, output.code_page)
    asked = re.fullmatch(r'\(reg query "([^"]+)" /s & reg query "([^"]+)"\)', output.command.line)
    if output.exit_code not in (0, 1) or not asked:
        raise UnreadableError(f"reg query ended with exit code {output.exit_code}.", next(filter(str.strip, text), ""))
    key, below = asked.groups()
    if output.exit_code == 1:
        # "Not found" or "access denied", in one line: the last one.
        filled = [index for index, line in enumerate(text) if line.strip()]
        if not filled:
            raise UnreadableError("reg query failed and said nothing.")
        del text[filled[-1] :]
    reading = parse(text, queried=key, recursive=True, wrapped=True)
    _refuse_foreign(reading, key)
    ended = not reading.keys or not text or not text[-1].strip()
    found = reading.key(below)
    if found and output.exit_code == 0:
        # Its sub-keys end the output then. One without values isn't printed itself, but its sub-keys are, by both.
        whole = found.whole or _has_no_values(text, below, found.subkeys)
        keys = (dataclasses.replace(key, whole=whole) if key is found else key for key in reading.keys)
        return dataclasses.replace(reading, keys=tuple(keys))
    if found or not ended or output.exit_code == 0:
        raise UnreadableError(f"{below} could not be read.", " ".join(reading.not_understood))
    return reading


def _long(key: str) -> str:
    return long_path(key.rstrip("\\"))


def _has_no_values(text: list[str], key: str, subkeys: tuple[str, ...]) -> bool:
    """Whether neither look printed the key itself, and both printed something of each sub-key."""
    printed = [f"{line.casefold()}\\" for line in text if line.startswith("HKEY_")]
    top = f"{_long(key)}\\".casefold()
    tops = [f"{top}{name}\\".casefold() for name in subkeys]
    return bool(tops) and top not in printed and all(sum(line.startswith(one) for line in printed) > 1 for one in tops)


def _refuse_foreign(reading: Query, asked: str) -> None:
    """Refuse a listing that is not of the key that was asked for.

    Raises:
        UnreadableError: It holds another one, or a value without a key.
    """
    top = _long(asked).casefold()
    for key in reading.keys:
        if not key.path:
            raise UnreadableError("reg query printed a value without its key.", key.values[0].name)
        if not f"{key.path.casefold()}\\".startswith(f"{top}\\"):
            raise UnreadableError("reg query printed another key than the one that was asked for.", key.path)


def read_query_except(output: CommandResult) -> Query:
    """Return what ``query_except`` printed: every key with what was not left out of it.

    A key that doesn't exist is a Query without keys, as with read_query(). Every line of no known form is in
    ``not_understood``, the second line of a value included: it may stand for a line that findstr dropped.

    Raises:
        UnreadableError: The command didn't run, or printed a listing that is not the whole one.
    """
    return _ended_listing(output, wrapped=False)


def read_query_whole(output: CommandResult) -> Query:
    """Return what ``query_whole`` printed.

    Raises:
        UnreadableError: The command didn't run, or printed a listing that is not the whole one.
    """
    return _ended_listing(output, wrapped=True)


def read_query_to_end(output: CommandResult) -> Query:
    """Return what ``query_whole`` printed, as far as it came.

    Without its end ``not_understood`` is never empty: what is missing may stand behind the place where it stopped. So
    it is where one key below could not be read, such as that of another product.

    Raises:
        UnreadableError: The command didn't run, or printed another listing.
    """
    text = lines(output.data, output.code_page)
    asked = re.fullmatch(rf'\(reg query "(?P<key>[^"]+)" /s&&echo {END}\)', output.command.line)
    first = next(filter(str.strip, text), "")
    if output.exit_code not in (0, 1) or not asked:
        raise UnreadableError(f"reg query ended with exit code {output.exit_code}.", first)
    filled = [index for index, line in enumerate(text) if line.strip()]
    whole = bool(filled) and text[filled[-1]].rstrip() == END
    if whole:
        del text[filled[-1] :]
    ran = output.exit_code == 0
    reading = parse(text, queried=asked["key"] if ran else "", recursive=True, wrapped=ran)
    _refuse_foreign(reading, asked["key"])
    if not whole and not reading.not_understood:
        reading = dataclasses.replace(reading, not_understood=(f"(no '{END}' behind the last line)",))
    return reading


def _ended_listing(output: CommandResult, *, wrapped: bool) -> Query:
    text = lines(output.data, output.code_page)
    asked = re.search(r'reg query "(?P<key>[^"]+)"', output.command.line)
    first = next(filter(str.strip, text), "")
    if output.exit_code not in (0, 1) or not asked:
        raise UnreadableError(f"reg query or findstr ended with exit code {output.exit_code}.", first)
    end = next((index for index in reversed(range(len(text))) if text[index].rstrip() == END), None)
    whole = end is not None
    # A key that is there and has nothing to show is not printed.
    reading = parse(text[:end], queried=asked["key"] if whole else "", recursive=True, wrapped=wrapped and whole)
    if orphans := reading.key(""):
        raise UnreadableError("reg query printed a value without its key.", orphans.values[0].name)
    if any(not _is_at_or_below(key.path, asked["key"]) for key in reading.keys) or not first:
        raise UnreadableError(f"This is no listing of {asked['key']}.", first)
    if reading.keys and not whole:
        raise UnreadableError(f"The listing of {asked['key']} does not come to its end.", text[-1])
    # Behind the end stands what went to the other stream, or another listing.
    behind = tuple(filter(str.strip, text[end + 1 :])) if end is not None else ()
    return dataclasses.replace(reading, not_understood=(*reading.not_understood, *behind))


def _is_at_or_below(path: str, key: str) -> bool:
    return f"{path}\\".casefold().startswith(f"{_long(key)}\\".casefold())
