# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs what the parser made of a line: chains, pipes, redirections, conditions, loops, programs, batch files.

How ERRORLEVEL is set: a program always sets it to its exit code. Of the builtins, echo, rem, if, for, rd, … leave it
alone when they succeed; cd, copy, del, md, move, ren, type, ver, … clear it; set clears it only in a ``.cmd`` file.
A failing builtin sets it, except del and rd (rd only when ``||`` follows). Measured on Windows 10 in
https://stackoverflow.com/a/34987886. What ``&&`` and ``||`` test is the command's own result, not ERRORLEVEL.
"""

from __future__ import annotations

import copy
import typing as t
from collections.abc import Iterator

from ...environment import lookup
from ...io import FileSink, Handles, NulSink, Sink, Source
from ...languages import encode
from ...process import LoggedCommand, StartInfo
from ...programs import find_program
from ...state.files import FileError, absolute
from .builtins import BUILTINS, CLEARING, CLEARING_IN_CMD_FILES, SILENT, command_name
from .conditions import holds
from .control import CmdSyntaxError, ExitBatch, ExitCmd, Goto, IncompleteError, UnsupportedSyntaxError
from .expand import expand_delayed, expand_loop, expand_percent
from .loops import iterations
from .nodes import Block, Chain, Command, For, If, Node, Redirect
from .parser import parse

if t.TYPE_CHECKING:
    from ...machine import Machine
    from .batch import Batch

__all__ = ["ExitBatch", "ExitCmd", "Goto", "Interpreter"]

UNKNOWN_COMMAND = 9009


class Interpreter:
    """One running cmd.exe."""

    def __init__(
        self, machine: Machine, code_page: int, environment: dict[str, str], directory: str, *, delayed: bool
    ) -> None:
        self.machine = machine
        self.code_page = code_page
        self.environment = environment
        self.directory = directory
        self.delayed = delayed
        self.errorlevel = 0
        self.echo = True
        self.command_line = ""
        self.batch: Batch | None = None
        self.loop_variables: dict[str, str] = {}
        self.saved: list[tuple[dict[str, str], str, bool]] = []  # setlocal
        self.folders: list[str] = []  # pushd

    # -- text ----------------------------------------------------------------------------------------------------------

    def write(self, sink: Sink, text: str) -> None:
        """Write text in the console's code page."""
        sink.write(encode(text, self.code_page))

    def message(self, sink: Sink, key: str, **values: str) -> None:
        """Write one of the translated messages, with its line end."""
        self.write(sink, self.machine.language[key].format(**values) + "\r\n")

    def dynamic(self, name: str) -> str | None:
        """The variables that are computed."""
        if name == "ERRORLEVEL":
            return str(self.errorlevel)
        if name == "CD":
            return self.directory
        if name == "CMDCMDLINE":
            return self.command_line
        if name == "CMDEXTVERSION":
            return "2"
        if name == "RANDOM":
            return str((self.machine.clock * 7919 + self.machine.seed) % 32768)
        return {"DATE": "Thu 01/15/2026", "TIME": " 8:02:11.00"}.get(name)

    def path(self, text: str) -> str:
        """A file name as typed -> an absolute path."""
        return absolute(text, self.directory)

    # -- lines ---------------------------------------------------------------------------------------------------------

    def run_line(self, text: str, handles: Handles) -> int:
        """Expand, parse and run one line outside a batch file."""
        expanded = expand_percent(text, self.environment, self.dynamic, None)
        try:
            tree = parse(expanded)
        except (CmdSyntaxError, IncompleteError, UnsupportedSyntaxError) as problem:
            return self.syntax_error(problem, text, handles)
        return self.run(tree, handles) if tree is not None else 0

    def syntax_error(self, problem: Exception, text: str, handles: Handles) -> int:
        """Say what real cmd.exe says; a line the lab cannot parse is an error of the lab."""
        if isinstance(problem, CmdSyntaxError) and problem.token:
            self.message(handles.stderr, "cmd.unexpected", token=problem.token)
        else:
            self.message(handles.stderr, "cmd.syntax")
        reason = "the lab cannot parse this" if isinstance(problem, UnsupportedSyntaxError) else "syntax error"
        self.machine.log.append(LoggedCommand(text, 1, False, "builtin", f"{reason}: {problem}"))
        self.errorlevel = 255 if self.batch is not None else 1
        if self.batch is not None:
            raise ExitCmd(255)
        return 1

    def run(self, node: Node, handles: Handles) -> int:
        """Run a tree; the result that && and || test."""
        if isinstance(node, Chain):
            return self.chain(node, handles)
        if isinstance(node, Command):
            return self.command(node, handles)
        if isinstance(node, If):
            branch = node.then if holds(self, node) != node.negate else node.otherwise
            return self.run(branch, handles) if branch is not None else 0
        opened = self.redirect(node.redirects, handles)
        if opened is None:
            return 1
        if isinstance(node, Block):
            return self.run(node.body, opened) if node.body is not None else 0
        return self.loop(node, opened)

    def chain(self, node: Chain, handles: Handles) -> int:
        """``a & b``, ``a && b``, ``a || b``, ``a | b``."""
        if node.operator == "|":
            return self.pipe(node, handles)
        if node.operator == "&":
            # A long line is a deep tree on the left side: walk it, instead of recursing into it.
            parts: list[Node] = [node.right]
            left = node.left
            while isinstance(left, Chain) and left.operator == "&":
                parts.append(left.right)
                left = left.left
            result = self.run(left, handles)
            for part in reversed(parts):
                result = self.run(part, handles)
            return result
        result = self.run(node.left, handles)
        if node.operator == "&&":
            return self.run(node.right, handles) if result == 0 else result
        if node.operator == "||":
            if result == 0:
                return 0
            self.errorlevel = self.errorlevel or result
        return self.run(node.right, handles)

    def pipe(self, node: Chain, handles: Handles) -> int:
        """The left side runs to its end, then the right side reads what it wrote."""
        between = Sink()
        self.side(node.left, Handles(handles.stdin, between, handles.stderr))
        return self.side(node.right, Handles(Source(bytes(between.data)), handles.stdout, handles.stderr))

    def side(self, node: Node, handles: Handles) -> int:
        """One side of a pipe. A builtin or a block runs in a cmd.exe of its own, without delayed expansion."""
        if isinstance(node, Command) and command_name(node.text)[0] not in BUILTINS:
            return self.run(node, handles)
        child = copy.copy(self)
        child.environment, child.delayed, child.saved = dict(self.environment), False, []
        try:
            child.run(node, handles)
            code = child.errorlevel
        except ExitCmd as leave:
            code = leave.code
        except ExitBatch as leave:
            code = leave.code
        self.errorlevel = code
        return code

    def loop(self, node: For, handles: Handles) -> int:
        """FOR."""
        result = 0
        for values in iterations(self, node, handles):
            before = dict(self.loop_variables)
            self.loop_variables.update(values)
            try:
                result = self.run(node.body, handles)
            finally:
                self.loop_variables = before
        return result

    # -- redirection ---------------------------------------------------------------------------------------------------

    def redirect(self, redirects: tuple[Redirect, ...], handles: Handles) -> Handles | None:
        """Open what the redirections name, left to right; None when one cannot be opened."""
        table: dict[int, Source | Sink] = {0: handles.stdin, 1: handles.stdout, 2: handles.stderr}
        for item in redirects:
            try:
                table[item.handle] = self._open(item, table)
            except FileError as error:
                key = "cmd.access_denied" if error.code == 5 else "cmd.path_not_found"
                key = "cmd.file_not_found" if error.code == 2 else key
                self.message(handles.stderr, key)
                self.errorlevel = 1
                return None
        stdin, stdout, stderr = table[0], table[1], table[2]
        return Handles(
            stdin if isinstance(stdin, Source) else Source(),
            stdout if isinstance(stdout, Sink) else NulSink(),
            stderr if isinstance(stderr, Sink) else NulSink(),
        )

    def _open(self, item: Redirect, table: dict[int, Source | Sink]) -> Source | Sink:
        if item.operator == "&":
            return table.get(int(item.target), NulSink())
        target = self.late(item.target).strip('"')
        if target.lower().rstrip(":") == "nul":
            return Source() if item.operator == "<" else NulSink()
        path = self.path(target)
        if item.operator == "<":
            return Source(self.machine.files.read(path))
        return FileSink(self.machine.files, path, append=item.operator == ">>")

    # -- commands ------------------------------------------------------------------------------------------------------

    def late(self, text: str) -> str:
        """Loop variables and delayed expansion, when the command runs."""
        text = expand_loop(text, self.loop_variables, self.path, self.machine.files)
        return expand_delayed(text, self.environment, self.dynamic) if self.delayed else text

    def command(self, node: Command, handles: Handles) -> int:
        """One simple command."""
        opened = self.redirect(node.redirects, handles)
        if opened is None:
            return 1
        text = self.late(node.text).lstrip(" \t,;=")
        if not text.strip():
            return 0
        name, rest = command_name(text)
        if name in BUILTINS:
            return self.builtin(name, rest, text, opened)
        return self.program(text, opened)

    def builtin(self, name: str, rest: str, text: str, handles: Handles) -> int:
        """Run a builtin and set ERRORLEVEL as it does."""
        self.machine.announce(text)
        entry = LoggedCommand(text.strip(), kind="builtin")
        if name not in SILENT:
            self.machine.log.append(entry)
        result = BUILTINS[name](self, rest, handles)
        if result < 0:  # a part of the builtin that the lab does not know
            entry.understood, entry.reason, result = False, f"{name} with these arguments is not modelled", 1
            if name in SILENT:
                self.machine.log.append(entry)
        entry.exit_code = result
        in_cmd_file = self.batch is not None and self.batch.path.lower().endswith(".cmd")
        if result:
            if name not in ("rd", "rmdir", "call"):
                self.errorlevel = result
        elif name in CLEARING or (name in CLEARING_IN_CMD_FILES and in_cmd_file):
            self.errorlevel = 0
        return result

    def program(self, text: str, handles: Handles, *, called: bool = False) -> int:
        """Find and run a program or a batch file."""

        name, arguments = program_name(text)
        found = find_program(self.machine, name, self.environment, self.directory)
        if found is None:
            return self.missing(name, text, handles)
        if found.is_batch:
            from .batch import run_batch

            return run_batch(self, found.path, name, arguments, handles, called=called)
        environment = dict(self.environment)
        start = StartInfo(self.machine, found, text, handles, self.code_page, environment, self.directory)
        code = self.machine.run_program(start)
        self.errorlevel = code
        return code

    def missing(self, name: str, text: str, handles: Handles) -> int:
        """No such program: the message, 9009 (1 when its folder is missing), and an error of the lab.

        A program that the lab has, and a fault has removed from this host, is no error of the lab.
        """
        from ...tools import TOOLS

        self.machine.announce(text)
        no_folder = "\\" in name and not self._folder_exists(name)
        key = "cmd.path_not_found" if no_folder else "cmd.unknown"
        self.message(handles.stderr, key, name=quoted_name(text))
        self.errorlevel = 1 if no_folder else UNKNOWN_COMMAND
        known = name.lower().removesuffix(".exe").rpartition("\\")[2] in TOOLS
        self.machine.log.append(
            LoggedCommand(text.strip(), self.errorlevel, known, "program", "" if known else f"no program {name!r}")
        )
        return self.errorlevel

    def _folder_exists(self, name: str) -> bool:
        return self.machine.files.is_directory(self.path(name).rpartition("\\")[0] + "\\")

    def variables(self, prefix: str) -> Iterator[tuple[str, str]]:
        """Environment variables whose name starts with a prefix, sorted."""
        for name in sorted(self.environment, key=str.upper):
            if name.upper().startswith(prefix.upper()):
                yield name, self.environment[name]

    def get(self, name: str) -> str | None:
        """A variable's value, computed ones included."""
        value = lookup(self.environment, name)
        return self.dynamic(name.upper()) if value is None else value


def program_name(text: str) -> tuple[str, str]:
    """The first word (without quotes) and the rest; cmd ends it at blanks, comma, semicolon and equals sign."""
    quoted = False
    for position, char in enumerate(text):
        if char == '"':
            quoted = not quoted
        elif not quoted and (char in " \t,;=" or (char == "/" and position)):
            return text[:position].replace('"', ""), text[position:]
    return text.replace('"', ""), ""


def quoted_name(text: str) -> str:
    """The first word as it was typed, quotes kept, for the error message."""
    name, rest = program_name(text)
    return text[: len(text) - len(rest)] if '"' in text[: len(name) + 2] else name
