# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How cmd.exe leaves the normal flow: exit, exit /b, goto, and the ways in which a line cannot be parsed."""

from __future__ import annotations


class ExitCmd(Exception):
    """`exit N`: the interpreter ends."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class ExitBatch(Exception):
    """`exit /b N` or `goto :eof`: the batch file (or the called label) ends."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Goto(Exception):
    """`goto label` inside a batch file."""

    def __init__(self, label: str) -> None:
        super().__init__(label)
        self.label = label


class CmdSyntaxError(Exception):
    """`token was unexpected at this time`; an empty token means 'the syntax of the command is incorrect'."""

    def __init__(self, token: str) -> None:
        super().__init__(token)
        self.token = token


class IncompleteError(Exception):
    """A parenthesis is still open at the end of the text."""


class UnsupportedSyntaxError(Exception):
    """Something real cmd.exe knows and the lab does not."""
