# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""reg export and reg import. The success message of `reg import` goes to standard error, as on Windows."""

from __future__ import annotations

from ...languages import codec
from ...state.files import FileError
from ...state.registry import Key, Registry, split_path
from ..call import ToolCall
from .common import fail, unknown_option, valid, view
from .format import format_keys
from .parse import RegFileError, decode_file, parse


def canonical(registry: Registry, path: str) -> str:
    """The path with the spelling the registry has (an export shows that, not what was typed)."""
    root, parts = split_path(path)
    spelled = [root]
    for part in parts:
        key: Key | None = registry.get("\\".join([*spelled, part]))
        link = part.upper() == "CURRENTCONTROLSET"
        spelled.append("CurrentControlSet" if link else key.name if key is not None else part)
    return "\\".join(spelled)


def export_bytes(registry: Registry, path: str) -> bytes:
    """A version 5 export of a key and everything below it."""
    return format_keys(registry.walk(canonical(registry, path)))


def export(call: ToolCall, arguments: list[str]) -> int:
    """REG EXPORT KeyName FileName [/y] [/reg:32|64]: never overwrites without /y."""
    if len(arguments) < 2 or not valid(arguments[0]):
        return fail(call, "reg.invalid_syntax", "REG EXPORT")
    force, bits = False, "64"
    for option in arguments[2:]:
        if option.lower() == "/y":
            force = True
        elif option.lower() in ("/reg:32", "/reg:64"):
            bits = option[-2:]
        else:
            return unknown_option(call, option, "EXPORT")
    path, target = view(arguments[0], bits), call.path(arguments[1])
    if call.machine.registry.get(path) is None:
        return fail(call, "reg.missing")
    if call.machine.files.exists(target) and not force:
        call.write(call.texts["reg.overwrite_file"].format(name=arguments[1]))
        if not (call.ask() or "").lower().startswith(call.texts["reg.yes"].lower()):
            call.err(call.texts["reg.cancelled"])
            return 1
    try:
        call.machine.files.write(target, export_bytes(call.machine.registry, path))
    except FileError:
        return fail(call, "reg.export_failed")
    call.out(call.texts["reg.done"])
    return 0


def apply_file(call: ToolCall, path: str) -> str:
    """Import one file; the key of the error text, empty when everything went well.

    Keys that cannot be opened are an error in the end, and do not keep the others from being written.
    """
    try:
        data = call.machine.files.read(path)
    except FileError:
        return "reg.cannot_open_file"
    registry, ansi = call.machine.registry, codec(call.texts.ansi_code_page)
    problem = ""
    try:
        for edit in parse(decode_file(data, ansi), ansi):
            if not valid(edit.path):
                problem = "reg.import_failed"
            elif edit.name is None and edit.delete:
                registry.delete_key(edit.path)
            elif edit.name is None:
                registry.create(edit.path)
            elif edit.value is None:
                registry.delete_value(edit.path, edit.name)
            else:
                registry.set(edit.path, edit.name, edit.value)
    except RegFileError:
        return "reg.import_failed"
    return problem


def import_file(call: ToolCall, arguments: list[str]) -> int:
    """REG IMPORT FileName [/reg:32|64]."""
    if not arguments:
        return fail(call, "reg.invalid_syntax", "REG IMPORT")
    for option in arguments[1:]:
        if option.lower() != "/reg:64":
            return unknown_option(call, option, "IMPORT")
    problem = apply_file(call, call.path(arguments[0]))
    if problem:
        return fail(call, problem)
    call.err(call.texts["reg.done"])
    return 0
