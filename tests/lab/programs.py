# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a command line names its program, and where Windows finds it.

Argument rules: https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
"""

from __future__ import annotations

import dataclasses
import typing as t

from .environment import lookup
from .state.files import absolute

if t.TYPE_CHECKING:
    from .machine import Machine


@dataclasses.dataclass(frozen=True)
class Program:
    """A file that can be run: its path, and its name without folder and extension in lower case."""

    path: str
    name: str
    extension: str

    @property
    def is_cmd(self) -> bool:
        """Whether it is the command interpreter."""
        return self.name == "cmd" and self.extension == ".exe"

    @property
    def is_batch(self) -> bool:
        """Whether it is a batch file."""
        return self.extension in (".cmd", ".bat")


def split_program(command_line: str) -> tuple[str, str]:
    """A command line -> (program as written without quotes, the rest unchanged)."""
    line = command_line.lstrip(" \t")
    if line.startswith('"'):
        name, _, rest = line[1:].partition('"')
        return name, rest
    for position, char in enumerate(line):
        if char in " \t":
            return line[:position], line[position:]
    return line, ""


def split_arguments(text: str) -> list[str]:
    """The arguments of a C program: blanks separate, quotes group, backslashes count only before a quote."""
    arguments: list[str] = []
    position, length = 0, len(text)
    while True:
        while position < length and text[position] in " \t":
            position += 1
        if position >= length:
            return arguments
        current: list[str] = []
        quoted = False
        while position < length and (quoted or text[position] not in " \t"):
            slashes = 0
            while position < length and text[position] == "\\":
                slashes += 1
                position += 1
            if position < length and text[position] == '"':
                current.append("\\" * (slashes // 2))
                if slashes % 2:
                    current.append('"')
                elif quoted and position + 1 < length and text[position + 1] == '"':
                    current.append('"')
                    position += 1
                else:
                    quoted = not quoted
                position += 1
                continue
            current.append("\\" * slashes)
            if position < length and (quoted or text[position] not in " \t"):
                current.append(text[position])
                position += 1
        arguments.append("".join(current))


def find_program(
    machine: Machine, name: str, environment: dict[str, str], directory: str, *, search_batch: bool = True
) -> Program | None:
    """The program of that name: as a path, else in the current directory, else on the PATH with every PATHEXT."""
    if not name or "*" in name or "?" in name:
        return None
    extensions = [".exe", *((".com", ".bat", ".cmd") if search_batch else ())]
    has_folder = "\\" in name or "/" in name or (len(name) > 1 and name[1] == ":")
    folders = [""] if has_folder else [directory, *(lookup(environment, "PATH") or "").split(";")]
    for folder in folders:
        base = absolute(name, directory) if has_folder else absolute(f"{folder.strip()}\\{name}", directory)
        candidates = [base + extension for extension in extensions]
        if "." in name.rpartition("\\")[2]:
            candidates.insert(0, base)
        for candidate in candidates:
            if machine.files.is_file(candidate):
                stem, _, extension = candidate.rpartition("\\")[2].rpartition(".")
                if extension.lower() in ("exe", "com", "bat", "cmd"):
                    return Program(candidate, stem.lower(), "." + extension.lower())
    return None
