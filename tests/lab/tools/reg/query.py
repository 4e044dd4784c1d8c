# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""reg query: one blank line, the key as typed with the root's long name, four blanks before and between the columns.

A key without values is not printed itself, only its sub-keys. With /s, or a search, every key that has something to
show gets its own block.
"""

from __future__ import annotations

import dataclasses

from ...state.registry import TYPE_NAMES, Key, Value
from ..call import ToolCall
from .common import TYPE_NUMBERS, data_text, fail, full_name, unknown_option, valid, view


@dataclasses.dataclass
class Query:
    """The options of one call."""

    value: str | None = None
    default: bool = False
    recurse: bool = False
    pattern: str | None = None
    keys_only: bool = False
    data_only: bool = False
    exact: bool = False
    case: bool = False
    type: int | None = None
    separator: str = "\\0"
    bits: str = "64"

    @property
    def searching(self) -> bool:
        """Whether reg ends with its 'end of search' line."""
        return (
            self.pattern is not None
            or (self.recurse and (self.value is not None or self.default))
            or (self.type is not None)
        )


def query(call: ToolCall, arguments: list[str]) -> int:
    """REG QUERY KeyName [/v [ValueName] | /ve] [/s] [/f Data [/k] [/d] [/c] [/e]] [/t Type] [/se sep] [/reg:32|64]."""
    if not arguments:
        return fail(call, "reg.invalid_syntax", "REG QUERY")
    if arguments[0] == "/?":
        return call.not_understood("help text")
    path, options = arguments[0], Query()
    if not valid(path):
        return fail(call, "reg.invalid_key", "REG QUERY")
    problem = _parse(call, arguments[1:], options)
    if problem:
        return problem
    registry_path = view(path, options.bits)
    key = call.machine.registry.get(registry_path)
    if key is None:
        return fail(call, "reg.missing")
    if options.searching:
        return _search(call, path, registry_path, options)
    if options.value is not None or options.default:
        return _one_value(call, path, key, options)
    _whole_key(call, path, registry_path, key, options)
    return 0


def _parse(call: ToolCall, rest: list[str], options: Query) -> int:
    index = 0

    def following() -> str | None:
        nonlocal index
        index += 1
        return rest[index] if index < len(rest) else None

    while index < len(rest):
        option = rest[index].lower()
        if option == "/v":
            given = following()
            if given is None:
                return unknown_option(call, "/v without a name", "QUERY")
            options.value, options.default = given, given == ""
        elif option == "/ve":
            options.default = True
        elif option == "/s":
            options.recurse = True
        elif option == "/f":
            given = following()
            if given is None or "*" in given.strip("*") or "?" in given:
                return unknown_option(call, f"/f {given}", "QUERY")
            options.pattern = given.strip("*")
        elif option in ("/k", "/d", "/e", "/c", "/z"):
            options.keys_only |= option == "/k"
            options.data_only |= option == "/d"
            options.exact |= option == "/e"
            options.case |= option == "/c"
            if option == "/z":
                return unknown_option(call, "/z", "QUERY")
        elif option == "/t":
            given = (following() or "").upper()
            if given not in TYPE_NUMBERS:
                return unknown_option(call, f"/t {given}", "QUERY")
            options.type = TYPE_NUMBERS[given]
        elif option == "/se":
            options.separator = following() or "\\0"
        elif option in ("/reg:32", "/reg:64"):
            options.bits = option[-2:]
        else:
            return unknown_option(call, rest[index], "QUERY")
        index += 1
    return 0


def _row(call: ToolCall, name: str, value: Value, options: Query) -> None:
    shown = name or call.texts["reg.default"]
    call.out(f"    {shown}    {TYPE_NAMES.get(value.type, 'REG_NONE')}    {data_text(value, options.separator)}")


def _one_value(call: ToolCall, path: str, key: Key, options: Query) -> int:
    name = "" if options.default else options.value or ""
    found = key.values.get(name.upper())
    if found is None and name:
        return fail(call, "reg.missing")
    call.out("")
    call.out(full_name(path))
    if found is None:
        call.out(f"    {call.texts['reg.default']}    REG_SZ    {call.texts['reg.not_set']}")
    else:
        _row(call, found[0], found[1], options)
    call.out("")
    return 0


def _whole_key(call: ToolCall, path: str, registry_path: str, key: Key, options: Query) -> None:
    shown = full_name(path)
    if options.recurse:
        for here, current in call.machine.registry.walk(registry_path):
            if current.values:
                _block(call, shown + here[len(registry_path) :], current.items(), options)
        call.out("")
        return
    if key.values:
        _block(call, shown, key.items(), options)
    call.out("")
    for sub in key.subkeys():
        call.out(f"{shown}\\{sub.name}")


def _block(call: ToolCall, shown: str, items: list[tuple[str, Value]], options: Query) -> None:
    call.out("")
    call.out(shown)
    for name, value in items:
        _row(call, name, value, options)


def _search(call: ToolCall, path: str, registry_path: str, options: Query) -> int:
    count = 0
    shown = full_name(path)
    for here, key in call.machine.registry.walk(registry_path):
        name = shown + here[len(registry_path) :]
        hits = [(n, v) for n, v in key.items() if _matches(call, n, v, options)]
        if hits:
            _block(call, name, hits, options)
            count += len(hits)
        plain_pattern = options.pattern is not None and not options.data_only and options.value is None
        if plain_pattern and options.type is None and here != registry_path and _text_matches(key.name, options):
            call.out("")
            call.out(name)
            count += 1
        if not options.recurse and here == registry_path:
            count += _search_subkey_names(call, name, key, options)
            break
    call.out("")
    call.out(call.texts["reg.end_of_search"].format(count=count))
    return 0 if count else 1


def _search_subkey_names(call: ToolCall, shown: str, key: Key, options: Query) -> int:
    if options.pattern is None or options.data_only or options.value is not None or options.type is not None:
        return 0
    names = [sub.name for sub in key.subkeys() if _text_matches(sub.name, options)]
    for name in names:
        call.out("")
        call.out(f"{shown}\\{name}")
    return len(names)


def _text_matches(text: str, options: Query) -> bool:
    pattern = options.pattern or ""
    if not options.case:
        text, pattern = text.lower(), pattern.lower()
    return text == pattern if options.exact else pattern in text


def _matches(call: ToolCall, name: str, value: Value, options: Query) -> bool:
    if options.keys_only or (options.type is not None and value.type != options.type):
        return False
    if options.default and name:
        return False
    if options.pattern is None:
        return options.value is None or options.default or name.lower() == options.value.lower()
    if options.value is not None and name.lower() != options.value.lower():
        return False
    in_data = _text_matches(data_text(value), options)
    return in_data if options.data_only or options.value is not None else in_data or _text_matches(name, options)
