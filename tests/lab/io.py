# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The three standard handles of an emulated process, as objects that redirection can pass around."""

from __future__ import annotations

import dataclasses

from .state.files import Files


class Sink:
    """Where bytes go. This one keeps them."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes) -> None:
        """Take some bytes."""
        self.data += data


class NulSink(Sink):
    """The NUL device."""

    def write(self, data: bytes) -> None:
        """Forget the bytes."""


class FileSink(Sink):
    """An open file: truncated when opened for ``>``, kept for ``>>``."""

    def __init__(self, files: Files, path: str, *, append: bool) -> None:
        super().__init__()
        self._files = files
        self._path = path
        files.write(path, b"", append=append)

    def write(self, data: bytes) -> None:
        """Append to the file."""
        self._files.write(self._path, data, append=True)


class Source:
    """Where a process reads from."""

    def __init__(self, data: bytes = b"") -> None:
        self._data = data
        self._position = 0

    def read(self) -> bytes:
        """Everything that is left."""
        rest = self._data[self._position :]
        self._position = len(self._data)
        return rest

    def readline(self) -> bytes | None:
        """One line with its end, or None at the end of the input."""
        if self._position >= len(self._data):
            return None
        end = self._data.find(b"\n", self._position)
        end = len(self._data) if end < 0 else end + 1
        line = self._data[self._position : end]
        self._position = end
        return line


@dataclasses.dataclass(frozen=True)
class Handles:
    """Standard input, output and error of one process."""

    stdin: Source
    stdout: Sink
    stderr: Sink
