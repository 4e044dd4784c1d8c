# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the verbs of reg.exe share: messages, paths, views of the registry, data as text."""

from __future__ import annotations

from ...state.registry import (
    REG_BINARY,
    REG_DWORD,
    REG_EXPAND_SZ,
    REG_MULTI_SZ,
    REG_NONE,
    REG_QWORD,
    REG_SZ,
    RegistryError,
    Value,
    split_path,
)
from ..call import ToolCall

TYPE_NUMBERS = {
    "REG_NONE": REG_NONE, "REG_SZ": REG_SZ, "REG_EXPAND_SZ": REG_EXPAND_SZ, "REG_BINARY": REG_BINARY,
    "REG_DWORD": REG_DWORD, "REG_MULTI_SZ": REG_MULTI_SZ, "REG_QWORD": REG_QWORD,
}  # fmt: skip

# Parts of SOFTWARE that both views share, so that /reg:32 does not redirect them:
# https://learn.microsoft.com/windows/win32/winprog64/shared-registry-keys
SHARED = ("POLICIES", "MICROSOFT\\SYSTEMCERTIFICATES", "MICROSOFT\\ENTERPRISECERTIFICATES", "MICROSOFT\\RPC",
          "MICROSOFT\\WINDOWS NT\\CURRENTVERSION")  # fmt: skip


def fail(call: ToolCall, key: str, usage: str = "") -> int:
    """An error message on standard error, with the usage hint where reg gives one."""
    call.err(call.texts["reg.error"] + call.texts[key])
    if usage:
        call.err(call.texts["reg.usage"].format(command=usage))
    return 1


def unknown_option(call: ToolCall, option: str, verb: str) -> int:
    """An option the lab does not know."""
    call.entry.understood = False
    call.entry.reason = f"unknown option {option!r}"
    return fail(call, "reg.invalid_syntax", f"REG {verb}")


def full_name(path: str) -> str:
    """The path as reg prints it: the root's long name, the rest as it was typed."""
    root, _ = split_path(path)
    rest = path.strip("\\").partition("\\")[2]
    return root + ("\\" + rest if rest else "")


def valid(path: str) -> bool:
    """Whether the path names a root that exists."""
    try:
        split_path(path)
    except RegistryError:
        return False
    return True


def view(path: str, bits: str) -> str:
    """The path behind /reg:32; the 64-bit view is the tree itself."""
    if bits != "32":
        return path
    root, parts = split_path(path)
    if root == "HKEY_LOCAL_MACHINE" and parts and parts[0].upper() == "SOFTWARE":
        below = "\\".join(parts[1:]).upper()
        if not any(below == shared or below.startswith(shared + "\\") for shared in SHARED):
            parts.insert(1, "WOW6432Node")
    return "\\".join([root, *parts])


def data_text(value: Value, separator: str = "\\0") -> str:
    """A value's data as reg query prints it."""
    if value.type == REG_DWORD and len(value.raw) == 4:
        return f"0x{value.number:x}"
    if value.type == REG_QWORD and len(value.raw) == 8:
        return f"0x{value.number:x}"
    if value.type in (REG_SZ, REG_EXPAND_SZ):
        return value.text
    if value.type == REG_MULTI_SZ:
        return separator.join(value.texts)
    return value.raw.hex().upper()
