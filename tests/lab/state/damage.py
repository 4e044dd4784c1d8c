# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that a fault has damaged: intact while the host starts and is prepared, damaged when read afterwards."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from .files import Files

How = Callable[[bytes], bytes | None]  # a file's bytes -> the damaged ones; None: the file is gone


@dataclasses.dataclass
class _Damaged:
    hows: dict[str, How] = dataclasses.field(default_factory=dict)
    whole: bytes | None = None  # what was there, while it is damaged
    struck: bytes | None = None


class Damages:
    """Which files are damaged, and how; several ways of one file are applied in the order of their names."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._found: dict[str, _Damaged] = {}

    def add(self, path: str, how: How) -> None:
        """Damage a file from the next `strike` on, until it is replaced."""
        self._found.setdefault(path, _Damaged()).hows[how.__name__] = how

    def mend(self) -> None:
        """Make the files whole again; one that was replaced meanwhile is left alone from now on."""
        for path, one in list(self._found.items()):
            if one.whole is None:
                continue
            if self._read(path) == one.struck:
                self._files.write(path, one.whole)
                one.whole = None
            else:
                del self._found[path]

    def strike(self) -> None:
        """Damage the files that are there."""
        for path, one in self._found.items():
            whole = data = self._read(path)
            if whole is None:
                continue
            for name in sorted(one.hows):
                data = one.hows[name](data) if data is not None else None
            one.whole, one.struck = whole, data
            if data is None:
                self._files.delete(path)
            else:
                self._files.write(path, data)

    def _read(self, path: str) -> bytes | None:
        return self._files.read(path) if self._files.is_file(path) else None
