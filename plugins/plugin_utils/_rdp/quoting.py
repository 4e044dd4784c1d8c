# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may stand in a command line, and how it is written there."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Between double quotes cmd.exe still expands %…% and (delayed) !…!, and a quote or a line end closes
# them. The others are refused as well, so that no reader has to know which are harmless where.
_UNSAFE = '"%!^&|<>\r\n\0'
UNSAFE_NAMES = '" % ! ^ & | < > and line ends'

_VARIABLE = re.compile(r"%[A-Za-z]+%")

# Outside double quotes these must be escaped for cmd.exe to echo them.
_ESCAPED_OUTSIDE_QUOTES = "^&|<>()"


def unsafe_characters(value: str) -> str:
    """Return the characters of a user's value that could escape from its command, in order."""
    return "".join(character for character in value if character in _UNSAFE)


def quoted(value: str) -> str:
    """Put a value into double quotes.

    A backslash right before the closing quote would escape it, so it is doubled:
    https://learn.microsoft.com/cpp/cpp/main-function-command-line-args#parsing-c-command-line-arguments

    Args:
        value: Text without unsafe characters.

    Raises:
        ValueError: The value holds an unsafe character. It should have been refused before.
    """
    if unsafe_characters(value):
        raise ValueError(f"not safe in a command line: {value!r}")
    trailing = len(value) - len(value.rstrip("\\"))
    return '"' + value + "\\" * trailing + '"'


def quoted_path(path: str) -> str:
    """Put a path into double quotes. An environment variable may begin it, which cmd.exe expands.

    Raises:
        ValueError: As ``quoted``.
    """
    variable = _VARIABLE.match(path)
    return f'"{variable.group()}{quoted(path[variable.end() :])[1:]}' if variable else quoted(path)


def write_file(file: str, text: Sequence[str], limit: int = 1500) -> tuple[str, ...]:
    """Return the lines for cmd.exe that write an ASCII file.

    No line of the file ends with a blank, which is why nothing but ``&`` follows it. The redirection
    stands first: behind the text, a digit at its end would be taken for a file handle. ``ver`` is there
    for the redirections that are added to a command, and it hides whether writing failed: read the
    file back.

    Args:
        file: The path of the file, which is overwritten.
        text: Its lines. None of them may hold % or !, which cmd.exe would expand, an odd number of quotes, or a
            character between quotes that means something to cmd.exe.
        limit: The length of a command from which on the next one is begun, in characters.

    Raises:
        ValueError: A line can't be written this way.
    """
    commands: list[str] = []
    command = ""
    for number, line in enumerate(text):
        between_quotes = "".join(line.split('"')[1::2])
        if (
            not line.isascii()
            or not line.isprintable()
            or set("%!") & set(line)
            or line.count('"') % 2
            # A login shell that is cmd.exe, as over ssh, sees this outside of quotes.
            or set(between_quotes) & set("^&|<>")
        ):
            raise ValueError(f"can't be echoed into a file: {line!r}")
        command += f"{'>>' if number else '>'}{quoted(file)} echo{' ' if line else '.'}{escaped(line)}&"
        if len(command) > limit or number == len(text) - 1:
            commands.append(command + "ver >nul")
            command = ""
    return tuple(commands)


def escaped(line: str) -> str:
    """Escape what means something to cmd.exe, outside of quotes as it counts them: each begins or ends a text."""
    inside = False
    result = ""
    for character in line:
        inside ^= character == '"'
        result += "^" + character if character in _ESCAPED_OUTSIDE_QUOTES and not inside else character
    return result
