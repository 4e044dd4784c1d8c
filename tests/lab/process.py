# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process on an emulated host: what it starts with, what it leaves, and how a hook cuts it short."""

from __future__ import annotations

import dataclasses
import typing as t

if t.TYPE_CHECKING:
    from .io import Handles
    from .machine import Machine
    from .programs import Program


@dataclasses.dataclass
class StartInfo:
    """A program about to run: its command line, and what it inherits from the process that starts it."""

    machine: Machine
    program: Program
    command_line: str
    handles: Handles
    code_page: int
    environment: dict[str, str]
    directory: str


@dataclasses.dataclass(frozen=True)
class ProcessResult:
    """What a finished process leaves behind."""

    stdout: bytes
    stderr: bytes
    exit_code: int


@dataclasses.dataclass
class LoggedCommand:
    """One command that ran: the line, its exit code, whether the lab knew everything in it."""

    line: str
    exit_code: int = 0
    understood: bool = True
    kind: str = "tool"
    reason: str = ""


class WireCut(Exception):
    """Raised by a hook: the transport must drop the connection without an answer."""


class Hanging(WireCut):
    """Raised by a hook: the program that was about to run never ends, until the transport's client stops it.

    `stdout` is what the process had printed before, once the exception comes out of `create_process`.
    """

    stdout: bytes = b""
