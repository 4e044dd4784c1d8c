# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of the lab use to drive one machine without a transport."""

from __future__ import annotations

from collections.abc import Callable

from .machine import Machine
from .process import ProcessResult

Corpus = Callable[[str], str]
CorpusBytes = Callable[[str], bytes]
MakeShell = Callable[..., "Shell"]


class Shell:
    """Runs command lines on a machine and gives text."""

    def __init__(self, machine: Machine, code_page: int = 65001) -> None:
        self.machine = machine
        self.code_page = code_page
        self.last: ProcessResult | None = None

    def run(self, line: str, stdin: bytes = b"") -> str:
        """Standard output with plain line ends."""
        self.last = self.machine.create_process(line, code_page=self.code_page, stdin=stdin)
        return self.last.stdout.decode("utf-8").replace("\r\n", "\n")

    def cmd(self, line: str, stdin: bytes = b"") -> str:
        """The same through `cmd.exe /d /v:on /s /c "…"`."""
        return self.run(f'cmd.exe /d /v:on /s /c "{line}"', stdin)

    @property
    def code(self) -> int:
        """The last exit code."""
        assert self.last is not None
        return self.last.exit_code

    @property
    def error(self) -> str:
        """The last standard error."""
        assert self.last is not None
        return self.last.stderr.decode("utf-8").replace("\r\n", "\n")
