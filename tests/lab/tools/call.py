# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One call of a tool: what it gets and how it answers."""

from __future__ import annotations

import dataclasses
import typing as t
from functools import cached_property

from ..languages import Language, decode, encode
from ..process import StartInfo
from ..programs import split_arguments, split_program
from ..state.files import absolute

if t.TYPE_CHECKING:
    from ..process import LoggedCommand


@dataclasses.dataclass
class ToolCall(StartInfo):
    """A tool's process and its entry in the log, with helpers to write text in the console's code page."""

    entry: LoggedCommand

    @cached_property
    def arguments(self) -> list[str]:
        """The arguments as the tool's C runtime splits them."""
        return split_arguments(self.raw_arguments)

    @property
    def raw_arguments(self) -> str:
        """The command line after the program, unchanged."""
        return split_program(self.command_line)[1]

    @property
    def texts(self) -> Language:
        """The host's display language."""
        return self.machine.language

    def out(self, text: str) -> None:
        """Write a line to standard output."""
        self.write(text + "\r\n")

    def write(self, text: str) -> None:
        """Write text to standard output."""
        self.handles.stdout.write(encode(text, self.code_page))

    def err(self, text: str) -> None:
        """Write a line to standard error."""
        self.handles.stderr.write(encode(text + "\r\n", self.code_page))

    def ask(self) -> str | None:
        """One line of standard input, or None at its end."""
        line = self.handles.stdin.readline()
        return None if line is None else decode(line, self.code_page).strip()

    def path(self, text: str) -> str:
        """A file name as typed -> an absolute path."""
        return absolute(text, self.directory)

    def not_understood(self, reason: str) -> int:
        """The lab does not know this: log it, say it, and return a failing exit code."""
        self.entry.understood = False
        self.entry.reason = reason
        self.err(f"lab: {self.program.name}: {reason}")
        return 1
