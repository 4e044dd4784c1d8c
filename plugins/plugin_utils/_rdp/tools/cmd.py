# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``cmd.exe`` itself knows: the version of Windows and where Windows is.

https://learn.microsoft.com/windows-server/administration/windows-commands/ver
"""

from __future__ import annotations

import dataclasses
import re

from ..errors import UnreadableError
from ..model import Command, CommandResult, Probe
from ..text import lines

# "Microsoft Windows [Version 10.0.19044.1766]": the word is translated, and some languages leave it out.
_VERSION = re.compile(
    r"\[[^\[\]]*?(?<![\d.])(?P<major>\d{1,3})\.(?P<minor>\d{1,3})\.(?P<build>\d{1,6})(?:\.(?P<revision>\d{1,6}))?\s*\]"
)
_WORD = re.compile(r"%?[A-Za-z0-9_]{1,40}%?")
_COUNT = re.compile(r"[0-9]{1,10}")
_FOLDER = re.compile(r'^[A-Za-z]:\\[^\\/:*?"<>|%][^/:*?"<>|%]*$')


@dataclasses.dataclass(frozen=True)
class WindowsVersion:
    """The numbers of a Windows version; the revision is missing before Windows 10."""

    major: int
    minor: int
    build: int
    revision: int | None = None

    def __str__(self) -> str:
        numbers = (self.major, self.minor, self.build, self.revision)
        return ".".join(str(number) for number in numbers if number is not None)


def read_version(output: CommandResult) -> WindowsVersion:
    """Return the version that ``ver`` prints in square brackets.

    Raises:
        UnreadableError: There is no version in brackets, or more than one.
    """
    text = _filled(output, "ver")
    found = [match for line in text for match in _VERSION.finditer(line)]
    if len(found) != 1:
        raise UnreadableError("ver printed no version of Windows.", text[0] if text else "")
    major, minor, build, revision = found[0].group("major", "minor", "build", "revision")
    return WindowsVersion(int(major), int(minor), int(build), None if revision is None else int(revision))


def read_folder(output: CommandResult) -> str:
    r"""Return the folder that a variable names, like ``C:\Windows``.

    Raises:
        UnreadableError: The line is no folder, as when the variable isn't set.
    """
    text = _filled(output, "echo")
    if len(text) != 1 or not _FOLDER.match(text[0].strip()):
        raise UnreadableError("The variable names no folder.", text[0] if text else "")
    return text[0].strip().rstrip("\\")


def read_emulated(output: CommandResult) -> bool:
    """Return whether PROCESSOR_ARCHITEW6432 is set, as it is in 32-bit programs on a 64-bit Windows alone.

    https://learn.microsoft.com/windows/win32/winprog64/wow64-implementation-details. cmd.exe leaves the name of a
    variable that isn't set as it is.

    Raises:
        UnreadableError: There is anything else than one word.
    """
    text = _filled(output, "echo")
    if len(text) != 1 or not _WORD.fullmatch(text[0].strip()):
        raise UnreadableError("The kind of the shell could not be read.", text[0] if text else "")
    return not text[0].strip().startswith("%")


def read_count(output: CommandResult) -> int:
    """Return the number of lines that ``find /c /v ""`` counted.

    Raises:
        UnreadableError: It printed anything else.
    """
    text = _filled(output, "find")
    # What goes wrong before is printed in front of it.
    if not text or not _COUNT.fullmatch(text[-1].strip()):
        raise UnreadableError("find printed no number.", text[0] if text else "")
    return int(text[-1])


def _filled(output: CommandResult, tool: str) -> list[str]:
    """Return the lines that aren't blank, of a command that ran."""
    if output.exit_code is None:
        raise UnreadableError(f"{tool} didn't run.")
    return [line for line in lines(output.data, output.code_page) if line.strip()]


VER = Probe(Command("ver"), read_version)
SYSTEM_ROOT = Probe(Command("echo %SystemRoot%"), read_folder)
EMULATED = Probe(Command("echo %PROCESSOR_ARCHITEW6432%"), read_emulated)
