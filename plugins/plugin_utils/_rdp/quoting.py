# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may stand in a command line, and how it is written there."""

from __future__ import annotations

# Between double quotes cmd.exe still expands %…% and (delayed) !…!, and a quote or a line end closes
# them. The others are refused as well, so that no reader has to know which are harmless where.
_UNSAFE = '"%!^&|<>\r\n\0'
UNSAFE_NAMES = '" % ! ^ & | < > and line ends'

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


def echo_to_file(text: str, file: str, *, append: bool) -> str:
    """Return the line for cmd.exe that writes one line of ASCII text into a file.

    The redirection stands first: at the end, a digit before it would be taken for a file handle.
    """
    quotes = False
    escaped = ""
    for character in text:
        quotes ^= character == '"'
        escaped += "^" + character if character in _ESCAPED_OUTSIDE_QUOTES and not quotes else character
    return f"{'>>' if append else '>'}{quoted(file)} echo {escaped}"
