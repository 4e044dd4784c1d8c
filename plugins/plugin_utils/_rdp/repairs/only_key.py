# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A ``.reg`` file from somebody else, and the one key that it may hold.

``reg import`` obeys every line of a file. A file that is given as a reference for one key is therefore read here
first, and what is sent to a host is written anew from what was read.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ..errors import RegFileError
from ..formats.hives import long_path
from ..formats.regfile import DeleteKey, DeleteValue, Entry, MakeKey, RegFile, RegFileValue, SetValue

# A listener has some hundred values and a few keys.
MAX_ENTRIES = 2000
# https://learn.microsoft.com/windows/win32/sysinfo/registry-element-size-limits
_MAX_KEY_NAME = 255
_MAX_VALUE_NAME = 16383


@dataclasses.dataclass(frozen=True)
class FileKey:
    """One key as a file leaves it, its path with the hive's long name."""

    path: str
    values: tuple[RegFileValue, ...]


def only_key(file: RegFile, key: str) -> tuple[FileKey, ...]:
    """Return a key and those below it as the file would leave them, if it holds nothing else.

    Raises:
        RegFileError: See ``check_only``; or the file doesn't hold the key, or deletes it in the end.
    """
    check_only(file, key)
    tree: dict[bytes, tuple[str, dict[str, RegFileValue]]] = {}
    root = long_path(key)
    for entry in file.entries:
        path = root + long_path(entry.key)[len(root) :]
        folded = _folded(path)
        if isinstance(entry, DeleteKey):
            tree = {other: node for other, node in tree.items() if not _is_below(other, folded)}
            continue
        values = tree.setdefault(folded, (path, {}))[1]
        if isinstance(entry, SetValue):
            # A value that is deleted is not set elsewhere in the file: check_only has seen that no name comes twice.
            values[entry.value.name.casefold()] = entry.value
    if _folded(root) not in tree:
        raise RegFileError(1, f"the file does not hold the key {root}")
    return tuple(FileKey(path, tuple(values.values())) for path, values in tree.values())


def check_only(file: RegFile, key: str) -> None:
    """Refuse a file that holds anything but one key and what is below it.

    Raises:
        RegFileError: Another key, a deletion elsewhere, a path that only looks like the key, a value twice, a name that
            no registry editor would write, or too many entries.
    """
    seen: set[tuple[bytes, str]] = set()
    for number, entry in enumerate(file.entries, 1):
        if number > MAX_ENTRIES:
            raise RegFileError(entry.line, f"more than {MAX_ENTRIES} keys and values")
        path = _folded(long_path(entry.key))
        if isinstance(entry, (MakeKey, DeleteKey)):
            _check_path(entry, key)
            if isinstance(entry, DeleteKey):
                seen = {known for known in seen if not _is_below(known[0], path)}
            continue
        name = entry.name if isinstance(entry, DeleteValue) else entry.value.name
        if any(character < " " for character in name) or len(name) > _MAX_VALUE_NAME:
            raise RegFileError(entry.line, f"a name with control characters or too long: {name[:60]!r}")
        # Folded further than the registry may do it: two names that only might be the same are refused as well.
        if (path, name.casefold()) in seen:
            raise RegFileError(entry.line, f"{name or '@'!r} is there twice")
        seen.add((path, name.casefold()))


def _check_path(entry: MakeKey | DeleteKey, key: str) -> None:
    only, path = long_path(key), long_path(entry.key)
    for part in path.split("\\"):
        if part in ("", ".", "..") or part != part.strip() or len(part) > _MAX_KEY_NAME or not part.isprintable():
            raise RegFileError(entry.line, f"the path holds a part that no export has, {part[:60]!r}: {entry.key!r}")
    if _is_below(_folded(path), _folded(only)):
        return
    hint = ""
    current = re.sub(r"(?i)\\ControlSet\d+(?=\\|$)", r"\\CurrentControlSet", path)
    if _is_below(_folded(current), _folded(only)):
        hint = "; export the key below CurrentControlSet: a numbered control set may not be the one in use"
    what = "deletes another key" if isinstance(entry, DeleteKey) else "holds another key"
    raise RegFileError(entry.line, f"the file {what} than {only}: {entry.key!r}{hint}")


def _is_below(path: bytes, key: bytes) -> bool:
    """Whether a folded path is a key itself or one below it."""
    return path == key or path.startswith(key + b"\\")


def _folded(path: str) -> bytes:
    """Fold case as far as the registry surely does: Python's own folding makes other letters equal, \u017f and s."""
    return path.encode("utf-8", "surrogatepass").lower()


def entries(keys: t.Iterable[FileKey]) -> tuple[Entry, ...]:
    """Return what a file with these keys says, for ``regfile.render``."""
    said: list[Entry] = []
    for key in keys:
        said.append(MakeKey(key.path))
        said += [SetValue(key.path, value) for value in key.values]
    return tuple(said)
