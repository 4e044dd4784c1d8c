# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry of an emulated Windows host: a case-insensitive, case-preserving tree of typed values.

Values keep their insertion order, as RegEnumValue shows them; sub-keys are enumerated in alphabetical order, as the
hive stores them. ``CurrentControlSet`` is the link to ``ControlSet001`` that every Windows has.
"""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Callable, Iterator

from .security import Descriptor, parse_sddl

REG_NONE = 0
REG_SZ = 1
REG_EXPAND_SZ = 2
REG_BINARY = 3
REG_DWORD = 4
REG_MULTI_SZ = 7
REG_QWORD = 11

# https://learn.microsoft.com/windows/win32/sysinfo/registry-value-types
TYPE_NAMES = {
    REG_NONE: "REG_NONE",
    REG_SZ: "REG_SZ",
    REG_EXPAND_SZ: "REG_EXPAND_SZ",
    REG_BINARY: "REG_BINARY",
    REG_DWORD: "REG_DWORD",
    REG_MULTI_SZ: "REG_MULTI_SZ",
    REG_QWORD: "REG_QWORD",
}

# What keys below SOFTWARE and SYSTEM inherit, without the entries for app containers.
ROOT_SDDL = "O:BAG:SYD:PAI(A;CI;KA;;;BA)(A;CI;KA;;;SY)(A;CI;KR;;;BU)"

ROOTS = {
    "HKLM": "HKEY_LOCAL_MACHINE",
    "HKCU": "HKEY_CURRENT_USER",
    "HKCR": "HKEY_CLASSES_ROOT",
    "HKU": "HKEY_USERS",
    "HKCC": "HKEY_CURRENT_CONFIG",
}


@dataclasses.dataclass(frozen=True)
class Value:
    """One registry value's data: its type number and the raw bytes Windows would store."""

    type: int
    raw: bytes

    @property
    def text(self) -> str:
        """The data of a string type up to its terminating NUL."""
        return self.raw.decode("utf-16-le", "replace").split("\0", 1)[0]

    @property
    def texts(self) -> list[str]:
        """The strings of a MULTI_SZ."""
        parts = self.raw.decode("utf-16-le", "replace").split("\0")
        while parts and not parts[-1]:
            parts.pop()
        return parts

    @property
    def number(self) -> int:
        """The data as a little-endian number."""
        return int.from_bytes(self.raw[:8], "little")

    def plain(self) -> list[int | str]:
        """The value as plain JSON types."""
        return [self.type, self.raw.hex()]


def sz(text: str, *, expand: bool = False) -> Value:
    """A REG_SZ (or REG_EXPAND_SZ) of a text."""
    return Value(REG_EXPAND_SZ if expand else REG_SZ, (text + "\0").encode("utf-16-le"))


def expand_sz(text: str) -> Value:
    """A REG_EXPAND_SZ of a text."""
    return sz(text, expand=True)


def multi_sz(*texts: str) -> Value:
    """A REG_MULTI_SZ of some texts."""
    return Value(REG_MULTI_SZ, ("".join(text + "\0" for text in texts) + "\0").encode("utf-16-le"))


def dword(number: int) -> Value:
    """A REG_DWORD."""
    return Value(REG_DWORD, struct.pack("<I", number & 0xFFFFFFFF))


def qword(number: int) -> Value:
    """A REG_QWORD."""
    return Value(REG_QWORD, struct.pack("<Q", number & 0xFFFFFFFFFFFFFFFF))


def binary(data: bytes | str) -> Value:
    """A REG_BINARY of bytes, or of hex digits."""
    return Value(REG_BINARY, bytes.fromhex(data) if isinstance(data, str) else data)


@dataclasses.dataclass
class Key:
    """One key: its name as written, its values in insertion order, its sub-keys."""

    name: str
    values: dict[str, tuple[str, Value]] = dataclasses.field(default_factory=dict)
    keys: dict[str, Key] = dataclasses.field(default_factory=dict)
    security: Descriptor | None = None  # None: only inherited rights

    def items(self) -> list[tuple[str, Value]]:
        """Name (empty = default value) and data of every value, in the order they were first set."""
        return list(self.values.values())

    def subkeys(self) -> list[Key]:
        """The sub-keys in the order RegEnumKey gives them."""
        return [self.keys[name] for name in sorted(self.keys)]

    def get(self, name: str) -> Value | None:
        """The data of a value, or None."""
        found = self.values.get(name.upper())
        return found[1] if found else None

    def put(self, name: str, value: Value) -> None:
        """Set a value; an existing one keeps its place and its spelling."""
        spelled = self.values.get(name.upper(), (name, value))[0]
        self.values[name.upper()] = (spelled, value)

    def child(self, name: str) -> Key:
        """The sub-key of that name, made when missing."""
        return self.keys.setdefault(name.upper(), Key(name))

    def copy(self) -> Key:
        """A deep copy."""
        return Key(self.name, dict(self.values), {n: key.copy() for n, key in self.keys.items()}, self.security)

    def plain(self) -> dict[str, object]:
        """The whole tree as plain JSON types."""
        shown: dict[str, object] = {
            "values": [[name, *value.plain()] for name, value in self.items()],
            "keys": {key.name: key.plain() for key in self.subkeys()},
        }
        return shown if self.security is None else {**shown, "security": self.security.sddl()}


class RegistryError(Exception):
    """A path that cannot be a registry path."""


def split_path(path: str) -> tuple[str, list[str]]:
    """A path with a short or long root name -> (long root name, parts below it)."""
    root, _, rest = path.strip("\\").partition("\\")
    long_name = ROOTS.get(root.upper(), root.upper())
    if long_name not in ROOTS.values():
        raise RegistryError(path)
    return long_name, [part for part in rest.split("\\") if part]


class Registry:
    """The whole registry. Paths are ``HKLM\\…`` or ``HKEY_LOCAL_MACHINE\\…`` in any case."""

    def __init__(self) -> None:
        self.roots: dict[str, Key] = {name: Key(name) for name in ROOTS.values()}
        self._watchers: list[Callable[[str], None]] = []

    def watch(self, callback: Callable[[str], None]) -> None:
        """Call back with the upper-case long path of every key that changes (as RegNotifyChangeKeyValue would)."""
        self._watchers.append(callback)

    def _changed(self, root: str, parts: list[str]) -> None:
        path = "\\".join([root, *parts]).upper()
        for callback in list(self._watchers):
            callback(path)

    @staticmethod
    def _resolve(path: str) -> tuple[str, list[str]]:
        root, parts = split_path(path)
        if root == "HKEY_LOCAL_MACHINE" and len(parts) > 1 and parts[0].upper() == "SYSTEM":
            if parts[1].upper() == "CURRENTCONTROLSET":
                parts[1] = "ControlSet001"
        elif root == "HKEY_CLASSES_ROOT":
            return "HKEY_LOCAL_MACHINE", ["SOFTWARE", "Classes", *parts]
        elif root == "HKEY_CURRENT_USER":
            return "HKEY_USERS", ["S-1-5-21-1004336348-1177238915-682003330-500", *parts]
        return root, parts

    def get(self, path: str) -> Key | None:
        """The key, or None."""
        root, parts = self._resolve(path)
        key: Key | None = self.roots[root]
        for part in parts:
            key = key.keys.get(part.upper()) if key else None
        return key

    def security(self, path: str) -> Descriptor:
        """The effective security descriptor of a key, inherited entries included."""
        root, parts = self._resolve(path)
        key: Key | None = self.roots[root]
        found = parse_sddl(ROOT_SDDL)
        for part in parts:
            key = key.keys.get(part.upper()) if key else None
            own = Descriptor(found.owner, found.group) if key is None or key.security is None else key.security
            found = own.below(found, container=True)
        return found

    def set_security(self, path: str, descriptor: Descriptor) -> None:
        """Give a key a descriptor of its own; inherited entries in it are dropped."""
        self.create(path).security = dataclasses.replace(descriptor, aces=descriptor.explicit())

    def exists(self, path: str) -> bool:
        """Whether the key is there."""
        return self.get(path) is not None

    def create(self, path: str) -> Key:
        """The key, made with its parents when missing."""
        root, parts = self._resolve(path)
        key = self.roots[root]
        made = False
        for part in parts:
            made = made or part.upper() not in key.keys
            key = key.child(part)
        if made:
            self._changed(root, parts)
        return key

    def value(self, path: str, name: str) -> Value | None:
        """The data of a value, or None when key or value is missing."""
        key = self.get(path)
        return key.get(name) if key else None

    def number(self, path: str, name: str) -> int | None:
        """A DWORD or QWORD, or None when it is missing or of another type."""
        value = self.value(path, name)
        return value.number if value is not None and value.type in (REG_DWORD, REG_QWORD) else None

    def text(self, path: str, name: str) -> str | None:
        """A string value, or None when it is missing or of another type."""
        value = self.value(path, name)
        return value.text if value is not None and value.type in (REG_SZ, REG_EXPAND_SZ) else None

    def set(self, path: str, name: str, value: Value) -> None:
        """Set a value, making the key when it is missing."""
        self.create(path).put(name, value)
        self._changed(*self._resolve(path))

    def delete_value(self, path: str, name: str) -> bool:
        """Delete a value; False when there is none."""
        key = self.get(path)
        if key is None or key.values.pop(name.upper(), None) is None:
            return False
        self._changed(*self._resolve(path))
        return True

    def delete_key(self, path: str) -> bool:
        """Delete a key with everything below it; False when there is none."""
        root, parts = self._resolve(path)
        if not parts:
            return False
        parent = self.get("\\".join([root, *parts[:-1]]))
        if parent is None or parent.keys.pop(parts[-1].upper(), None) is None:
            return False
        self._changed(root, parts)
        return True

    def rename_key(self, path: str, new_name: str) -> None:
        """Rename a key (used by faults)."""
        root, parts = self._resolve(path)
        parent = self.get("\\".join([root, *parts[:-1]]))
        if parent is not None and parts[-1].upper() in parent.keys:
            key = parent.keys.pop(parts[-1].upper())
            key.name = new_name
            parent.keys[new_name.upper()] = key
            self._changed(root, parts)

    def walk(self, path: str) -> Iterator[tuple[str, Key]]:
        """The key and everything below it as (path with the spelling of the tree below `path`, key)."""
        key = self.get(path)
        if key is None:
            return
        stack = [(path, key)]
        while stack:
            here, current = stack.pop()
            yield here, current
            stack.extend((f"{here}\\{sub.name}", sub) for sub in reversed(current.subkeys()))

    def plain(self) -> dict[str, object]:
        """Everything as plain JSON types."""
        return {name: key.plain() for name, key in self.roots.items() if key.keys or key.values}
