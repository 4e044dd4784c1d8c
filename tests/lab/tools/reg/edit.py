# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""reg add, reg delete, reg copy."""

from __future__ import annotations

from ...state.registry import (
    REG_BINARY,
    REG_DWORD,
    REG_EXPAND_SZ,
    REG_MULTI_SZ,
    REG_QWORD,
    REG_SZ,
    Value,
    binary,
    dword,
    multi_sz,
    qword,
    sz,
)
from ..call import ToolCall
from .common import TYPE_NUMBERS, fail, full_name, unknown_option, valid, view


def _confirmed(call: ToolCall, key: str, name: str) -> bool:
    """Ask; the end of the input counts as no."""
    call.write(call.texts[key].format(name=name))
    answer = (call.ask() or "").lower()
    return answer.startswith(call.texts["reg.yes"].lower())


def parse_data(kind: int, text: str, separator: str) -> Value | None:
    """The data of reg add in a type, or None when it does not fit."""
    try:
        if kind in (REG_DWORD, REG_QWORD):
            number = int(text, 16) if text.lower().startswith("0x") else int(text)
            bits = 32 if kind == REG_DWORD else 64
            if not 0 <= number < 1 << bits:
                return None
            return dword(number) if kind == REG_DWORD else qword(number)
        if kind == REG_BINARY:
            return binary(bytes.fromhex(text if len(text) % 2 == 0 else "0" + text))
    except ValueError:
        return None
    if kind == REG_MULTI_SZ:
        return multi_sz(*(part for part in text.split(separator) if part))
    if kind in (REG_SZ, REG_EXPAND_SZ):
        return sz(text, expand=kind == REG_EXPAND_SZ)
    return Value(kind, text.encode("utf-16-le"))


def add(call: ToolCall, arguments: list[str]) -> int:
    """REG ADD KeyName [/v ValueName | /ve] [/t Type] [/s Separator] [/d Data] [/f] [/reg:32|64]."""
    if not arguments or not valid(arguments[0]):
        return fail(call, "reg.invalid_key" if arguments else "reg.invalid_syntax", "REG ADD")
    name: str | None = None
    kind, data, separator, force, bits = REG_SZ, "", "\\0", False, "64"
    rest = iter(arguments[1:])
    for option in rest:
        lower = option.lower()
        if lower in ("/v", "/t", "/d", "/s"):
            given = next(rest, None)
            if given is None:
                return fail(call, "reg.invalid_syntax", "REG ADD")
            if lower == "/v":
                name = given
            elif lower == "/d":
                data = given
            elif lower == "/s":
                separator = given
            elif given.upper() in TYPE_NUMBERS:
                kind = TYPE_NUMBERS[given.upper()]
            else:
                return unknown_option(call, f"/t {given}", "ADD")
        elif lower == "/ve":
            name = ""
        elif lower == "/f":
            force = True
        elif lower in ("/reg:32", "/reg:64"):
            bits = lower[-2:]
        else:
            return unknown_option(call, option, "ADD")
    registry, path = call.machine.registry, view(arguments[0], bits)
    if name is None:
        registry.create(path)
        call.out(call.texts["reg.done"])
        return 0
    value = parse_data(kind, data, separator)
    if value is None:
        return fail(call, "reg.invalid_syntax", "REG ADD")
    key = registry.get(path)
    exists = key is not None and key.get(name) is not None
    if exists and not force and not _confirmed(call, "reg.overwrite_value", name or call.texts["reg.default"]):
        call.out(call.texts["reg.cancelled"])
        return 1
    registry.set(path, name, value)
    call.out(call.texts["reg.done"])
    return 0


def delete(call: ToolCall, arguments: list[str]) -> int:
    """REG DELETE KeyName [/v ValueName | /ve | /va] [/f] [/reg:32|64]."""
    if not arguments or not valid(arguments[0]):
        return fail(call, "reg.invalid_key" if arguments else "reg.invalid_syntax", "REG DELETE")
    name: str | None = None
    everything, force, bits = False, False, "64"
    rest = iter(arguments[1:])
    for option in rest:
        lower = option.lower()
        if lower == "/v":
            name = next(rest, None)
            if name is None:
                return fail(call, "reg.invalid_syntax", "REG DELETE")
        elif lower == "/ve":
            name = ""
        elif lower == "/va":
            everything = True
        elif lower == "/f":
            force = True
        elif lower in ("/reg:32", "/reg:64"):
            bits = lower[-2:]
        else:
            return unknown_option(call, option, "DELETE")
    registry, path = call.machine.registry, view(arguments[0], bits)
    key = registry.get(path)
    if key is None or (name is not None and key.get(name) is None):
        return fail(call, "reg.missing")
    question = "reg.delete_all" if everything else "reg.delete_key" if name is None else "reg.delete_value"
    if not force and not _confirmed(call, question, full_name(arguments[0]) if name is None else name):
        call.out(call.texts["reg.cancelled"])
        return 1
    if everything:
        for value_name in [name for name, _ in key.items()]:
            registry.delete_value(path, value_name)
    elif name is not None:
        registry.delete_value(path, name)
    elif not registry.delete_key(path):
        return fail(call, "reg.access_denied")
    call.out(call.texts["reg.done"])
    return 0


def copy(call: ToolCall, arguments: list[str]) -> int:
    """REG COPY KeyName1 KeyName2 [/s] [/f] [/reg:32|64]."""
    if len(arguments) < 2 or not (valid(arguments[0]) and valid(arguments[1])):
        return fail(call, "reg.invalid_syntax", "REG COPY")
    recurse, force, bits = False, False, "64"
    for option in arguments[2:]:
        lower = option.lower()
        if lower == "/s":
            recurse = True
        elif lower == "/f":
            force = True
        elif lower in ("/reg:32", "/reg:64"):
            bits = lower[-2:]
        else:
            return unknown_option(call, option, "COPY")
    registry = call.machine.registry
    source, target = view(arguments[0], bits), view(arguments[1], bits)
    if registry.get(source) is None:
        return fail(call, "reg.missing")
    existing = registry.get(target)
    for here, key in list(registry.walk(source)):
        there = target + here[len(source) :]
        registry.create(there)
        for name, value in key.items():
            clash = existing is not None and registry.value(there, name) is not None
            if clash and not force and not _confirmed(call, "reg.overwrite_value", name):
                continue
            registry.set(there, name, value)
        if not recurse:
            break
    call.out(call.texts["reg.done"])
    return 0
