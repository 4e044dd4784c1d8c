# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file system of an emulated host: a case-insensitive, case-preserving tree of directories and bytes.

Every entry has a security descriptor of its own; what it inherits is computed on demand. Access is checked
only within `acting`: the tools act as an administrator, the lab's own code acts as no user.
"""

from __future__ import annotations

import dataclasses
import fnmatch
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from .security import (
    APPEND_DATA,
    DELETE,
    DELETE_CHILD,
    READ_DATA,
    WRITE_ATTRIBUTES,
    WRITE_DATA,
    Descriptor,
    Token,
    parse_sddl,
)

# The root of a system drive, simplified: who is not named here has no rights unless a folder below says so.
ROOT_SDDL = "O:SYG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)"
ATTRIBUTES = "RHS"  # read-only, hidden, system: those that change what cmd.exe does


@dataclasses.dataclass
class File:
    """One file."""

    name: str
    data: bytes = b""
    security: Descriptor = dataclasses.field(default_factory=Descriptor)
    attributes: set[str] = dataclasses.field(default_factory=set)


@dataclasses.dataclass
class Directory:
    """One directory, or with a target a junction, whose attributes have the L of a reparse point."""

    name: str
    entries: dict[str, File | Directory] = dataclasses.field(default_factory=dict)
    security: Descriptor = dataclasses.field(default_factory=Descriptor)
    attributes: set[str] = dataclasses.field(default_factory=set)
    target: str = ""

    def children(self) -> list[File | Directory]:
        """Files and directories in NTFS order (upper-case name)."""
        return [self.entries[name] for name in sorted(self.entries)]


class FileError(OSError):
    """A path that cannot be used; ``code`` is the Win32 error (2 file, 3 path, 5 access, 183 exists, 145 not empty)."""

    def __init__(self, code: int, path: str) -> None:
        super().__init__(f"{code} {path}")
        self.code = code
        self.path = path


def absolute(path: str, base: str = "C:\\") -> str:
    """A path as typed -> absolute, with backslashes, without ``.``, ``..`` and trailing blanks or dots."""
    path = path.replace("/", "\\").replace('"', "")
    if path.startswith("\\\\?\\"):
        path = path[4:]
    if len(path) >= 2 and path[1] == ":":
        drive, rest = path[:2].upper(), path[2:]
        if not rest.startswith("\\"):
            rest = base[2:].rstrip("\\") + "\\" + rest
    elif path.startswith("\\"):
        drive, rest = base[:2], path
    else:
        drive, rest = base[:2], base[2:].rstrip("\\") + "\\" + path
    parts: list[str] = []
    for part in rest.split("\\"):
        cleaned = part.rstrip(" .") if part.strip(".") else part
        if cleaned in ("", "."):
            continue
        if cleaned == "..":
            if parts:
                parts.pop()
            continue
        parts.append(cleaned)
    return drive + "\\" + "\\".join(parts)


class Files:
    """All files of the host. Paths given to the methods are absolute (see :func:`absolute`)."""

    def __init__(self) -> None:
        self.drives: dict[str, Directory] = {"C:": Directory("C:", security=parse_sddl(ROOT_SDDL))}
        self._token: Token | None = None
        self.read_only: set[str] = set()  # upper-case paths of directories and files below which writing is denied

    # -- who may ------------------------------------------------------------------------------------------------------

    @contextmanager
    def acting(self, token: Token | None) -> Iterator[None]:
        """While this lasts, the methods do only what the token may; others fail with FileError 5."""
        before, self._token = self._token, token
        try:
            yield
        finally:
            self._token = before

    def security(self, path: str) -> Descriptor:
        """The effective security descriptor, inherited entries included. FileError 2 or 3 when nothing is there."""
        drive, parts = self._parts(path)
        node: File | Directory | None = self.drives.get(drive)
        if node is None:
            raise FileError(3, path)
        found = node.security
        for part in parts:
            node = node.entries.get(part.upper()) if isinstance(node, Directory) else None
            if node is None:
                self._parent(path)
                raise FileError(2, path)
            found = node.security.below(found, container=isinstance(node, Directory))
        return found

    def set_security(self, path: str, descriptor: Descriptor) -> None:
        """Give an entry a descriptor; inherited entries in it are dropped, because they are computed again."""
        node = self.entry(path)
        if node is None:
            raise FileError(2, path)
        node.security = Descriptor(
            descriptor.owner, descriptor.group, descriptor.explicit(), descriptor.protected, descriptor.auto_inherited
        )

    def allowed(self, path: str, wanted: int, *, on_parent: int = 0) -> bool:
        """Whether whoever acts has the rights on an entry, or other ones on its folder instead."""
        if self._token is None or self.security(path).allows(self._token, wanted):
            return True
        parent = path.rpartition("\\")[0]
        return bool(on_parent) and "\\" in path and self.security(parent).allows(self._token, on_parent)

    def require(self, path: str, wanted: int, *, on_parent: int = 0) -> None:
        """FileError 5 unless `allowed`."""
        if not self.allowed(path, wanted, on_parent=on_parent):
            raise FileError(5, path)

    def set_attributes(self, path: str, on: set[str], off: set[str]) -> None:
        """Set and clear attributes."""
        node = self.entry(path)
        if node is None:
            raise FileError(2, path)
        self.require(path, WRITE_ATTRIBUTES)
        node.attributes = (node.attributes | on) - off

    def is_shown(self, path: str) -> bool:
        """Whether `dir`, `copy` and `del` without /a see an entry: neither hidden nor system."""
        node = self.entry(path)
        return node is not None and not node.attributes & {"H", "S"}

    def _new_security(self) -> Descriptor:
        return Descriptor() if self._token is None else Descriptor(self._token.owner, self._token.group)

    # -- entries ------------------------------------------------------------------------------------------------------

    @staticmethod
    def _parts(path: str) -> tuple[str, list[str]]:
        drive, _, rest = path.partition("\\")
        return drive.upper(), [part for part in rest.split("\\") if part]

    def entry(self, path: str) -> File | Directory | None:
        """The file or directory, or None."""
        drive, parts = self._parts(path)
        node: File | Directory | None = self.drives.get(drive)
        for part in parts:
            node = node.entries.get(part.upper()) if isinstance(node, Directory) else None
        return node

    def exists(self, path: str) -> bool:
        """Whether there is a file or directory."""
        return self.entry(path) is not None

    def is_directory(self, path: str) -> bool:
        """Whether there is a directory."""
        return isinstance(self.entry(path), Directory)

    def is_file(self, path: str) -> bool:
        """Whether there is a file."""
        return isinstance(self.entry(path), File)

    def _parent(self, path: str) -> tuple[Directory, str]:
        drive, parts = self._parts(path)
        if not parts:
            raise FileError(5, path)
        parent = self.entry("\\".join([drive, *parts[:-1]]))
        if not isinstance(parent, Directory):
            raise FileError(3, path)
        return parent, parts[-1]

    def _writable(self, path: str) -> None:
        upper = path.upper()
        if any(upper == locked or upper.startswith(locked + "\\") for locked in self.read_only):
            raise FileError(5, path)

    def mkdir(self, path: str) -> None:
        """Make a directory with its parents. FileError 183 when something of that name is there."""
        self._writable(path)
        drive, parts = self._parts(path)
        node = self.drives.get(drive)
        if node is None:
            raise FileError(3, path)
        made = False
        here = drive
        for part in parts:
            child = node.entries.get(part.upper())
            if isinstance(child, File):
                raise FileError(183 if part == parts[-1] else 3, path)
            if child is None:
                self.require(here, APPEND_DATA)
                child = Directory(part, security=self._new_security())
                node.entries[part.upper()] = child
                made = True
            here += "\\" + child.name
            node = child
        if not made:
            raise FileError(183, path)

    def make_junction(self, path: str, target: str) -> None:
        """Make a directory that leads to another: `mklink /j`, which needs no more rights than `mkdir`."""
        self.mkdir(path)
        node = self.entry(path)
        assert isinstance(node, Directory)
        node.target, node.attributes = target, {"L"}

    def followed(self, path: str) -> str:
        """Where a path leads when its last part is a junction."""
        node = self.entry(path)
        return node.target if isinstance(node, Directory) and node.target else path

    def ensure(self, path: str) -> None:
        """Make a directory unless it is there."""
        if not self.is_directory(path):
            self.mkdir(path)

    def read(self, path: str) -> bytes:
        """The bytes of a file."""
        node = self.entry(path)
        if isinstance(node, Directory):
            raise FileError(5, path)
        if node is None:
            self._parent(path)
            raise FileError(2, path)
        self.require(path, READ_DATA)
        return node.data

    def write(self, path: str, data: bytes, *, append: bool = False) -> None:
        """Write or append to a file; its directory must be there."""
        self._writable(path)
        parent, name = self._parent(path)
        node = parent.entries.get(name.upper())
        if isinstance(node, Directory):
            raise FileError(5, path)
        if node is None:
            self.require(path.rpartition("\\")[0], WRITE_DATA)
            node = File(name, security=self._new_security())
            parent.entries[name.upper()] = node
        else:
            self.require(path, APPEND_DATA if append else WRITE_DATA)
            if "R" in node.attributes:
                raise FileError(5, path)
        node.data = node.data + data if append else data

    def delete(self, path: str, *, force: bool = True) -> None:
        """Delete one file; a read-only one only with force."""
        self._writable(path)
        parent, name = self._parent(path)
        node = parent.entries.get(name.upper())
        if not isinstance(node, File):
            raise FileError(2, path)
        self.require(path, DELETE, on_parent=DELETE_CHILD)
        if "R" in node.attributes and not force:
            raise FileError(5, path)
        del parent.entries[name.upper()]

    def remove_directory(self, path: str, *, tree: bool = False) -> None:
        """Delete a directory, with everything below it when asked."""
        self._writable(path)
        node = self.entry(path)
        if node is None:
            raise FileError(2, path)
        if isinstance(node, File):
            raise FileError(267, path)
        if node.entries and not tree:
            raise FileError(145, path)
        self.require(path, DELETE, on_parent=DELETE_CHILD)
        parent, name = self._parent(path)
        del parent.entries[name.upper()]

    def move(self, source: str, target: str) -> None:
        """Rename or move a file or directory; an existing target file is replaced."""
        self._writable(source)
        self._writable(target)
        parent, name = self._parent(source)
        node = parent.entries.get(name.upper())
        if node is None:
            raise FileError(2, source)
        to, new_name = self._parent(target)
        if isinstance(to.entries.get(new_name.upper()), Directory):
            raise FileError(5, target)
        self.require(source, DELETE, on_parent=DELETE_CHILD)
        self.require(target.rpartition("\\")[0], WRITE_DATA if isinstance(node, File) else APPEND_DATA)
        del parent.entries[name.upper()]
        node.name = new_name
        to.entries[new_name.upper()] = node

    def glob(self, path: str) -> list[str]:
        """The absolute paths that match a path whose last part may hold ``*`` and ``?``, in directory order."""
        folder, _, pattern = path.rpartition("\\")
        directory = self.entry(folder if "\\" in folder else folder + "\\")
        if not isinstance(directory, Directory):
            return []
        wanted = "*" if pattern == "*.*" else pattern
        if "*" not in wanted and "?" not in wanted:
            found = directory.entries.get(wanted.upper())
            return [f"{folder}\\{found.name}"] if found is not None else []
        if not self.allowed(folder, READ_DATA):
            return []
        return [
            f"{folder}\\{child.name}"
            for child in directory.children()
            if fnmatch.fnmatchcase(child.name.upper(), wanted.upper().replace("[", "[[]"))
        ]

    def walk(self) -> Iterator[tuple[str, File | Directory]]:
        """Everything as (path, entry)."""
        stack: list[tuple[str, File | Directory]] = [(name, drive) for name, drive in self.drives.items()]
        while stack:
            path, node = stack.pop()
            yield path, node
            if isinstance(node, Directory):
                stack.extend((f"{path}\\{child.name}", child) for child in node.children())

    def plain(self) -> dict[str, str]:
        """Path -> 'directory' or the SHA-256 of the bytes."""
        return {
            path: "directory" if isinstance(node, Directory) else hashlib.sha256(node.data).hexdigest()
            for path, node in sorted(self.walk())
        }

    def plain_security(self) -> dict[str, list[str]]:
        """Path -> [SDDL, attributes], for those that are not simply SYSTEM's with inherited rights."""
        return {
            path: [node.security.sddl(), "".join(sorted(node.attributes))]
            for path, node in sorted(self.walk())
            if node.security != Descriptor() or node.attributes
        }
