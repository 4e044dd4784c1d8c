# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two expansions of cmd.exe: percent (before a line is parsed) and delayed (when a command runs).

The phases are described in https://stackoverflow.com/a/4095133 (and `set /?`). On a command line an undefined
``%NAME%`` stays as it is; in a batch file it vanishes and ``%%`` becomes ``%``.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ...environment import lookup
from ...state.files import Directory, File, Files

Dynamic = Callable[[str], str | None]


def variable(environment: dict[str, str], dynamic: Dynamic, expression: str) -> str | None:
    """The value of ``NAME``, ``NAME:~start,length`` or ``NAME:old=new``; None when the variable is not defined."""
    name, colon, modifier = expression.partition(":")
    value = lookup(environment, expression)
    if value is not None:
        return value
    value = lookup(environment, name)
    if value is None:
        value = dynamic(name.upper())
    if value is None or not colon:
        return value
    slice_match = re.fullmatch(r"~(-?\d+)?(?:,(-?\d+)?)?", modifier)
    if slice_match:
        start = int(slice_match.group(1) or 0)
        start = max(0, len(value) + start) if start < 0 else start
        rest = value[start:]
        length = slice_match.group(2)
        return rest if length is None else rest[: int(length)]
    old, equals, new = modifier.partition("=")
    if not equals or not old:
        return value
    return re.sub(re.escape(old), lambda _: new, value, flags=re.I)


def expand_percent(
    text: str, environment: dict[str, str], dynamic: Dynamic, arguments: list[str] | None, raw_arguments: str = ""
) -> str:
    """Percent expansion of one line. `arguments` are %0… of a batch file, or None on a command line."""
    result: list[str] = []
    position = 0
    batch = arguments is not None
    while position < len(text):
        if text[position] != "%":
            end = text.find("%", position)
            end = len(text) if end < 0 else end
            result.append(text[position:end])
            position = end
            continue
        if batch and text[position + 1 : position + 2] == "%":
            result.append("%")
            position += 2
            continue
        if arguments is not None:
            replaced, used = _argument(text, position, arguments, raw_arguments)
            if used:
                result.append(replaced)
                position += used
                continue
        end = text.find("%", position + 1)
        value = variable(environment, dynamic, text[position + 1 : end]) if end > position + 1 else None
        if value is not None:
            result.append(value)
            position = end + 1
        elif batch and end > position + 1:
            position = end + 1
        elif batch:
            position += 1
        else:
            result.append("%")
            position += 1
    return "".join(result)


def _argument(text: str, position: int, arguments: list[str], raw_arguments: str) -> tuple[str, int]:
    """%0 … %9, %* and %~dpnx0: (replacement, characters used), 0 used when it is none of them."""
    if text.startswith("%*", position):
        return raw_arguments, 2
    match = re.match(r"%(~([fdpnx]*))?(\d)", text[position:], re.I)
    if match is None:
        return "", 0
    index = int(match.group(3))
    value = arguments[index] if index < len(arguments) else ""
    return (value if match.group(1) is None else modified(value, match.group(2).lower())), match.end()


def modified(value: str, letters: str) -> str:
    """%~ modifiers: f full path, d drive, p folder, n name, x extension; without letters only the quotes go."""
    value = value.strip('"')
    if not letters or "f" in letters:
        return value
    drive, rest = (value[:2], value[2:]) if value[1:2] == ":" else ("C:", value)
    folder, _, name = rest.rpartition("\\")
    stem, dot, extension = name.rpartition(".")
    if not dot:
        stem, extension = name, ""
    parts = {"d": drive, "p": folder + "\\", "n": stem, "x": dot + extension}
    return "".join(parts[letter] for letter in "dpnx" if letter in letters)


def expand_loop(text: str, values: dict[str, str], path: Callable[[str], str], files: Files) -> str:
    """FOR's variables: %f, %~f without quotes, and modifiers before the letter: %~zf (size), %~af (attributes), %~nxf.

    Letters are case-sensitive. As many as possible are taken: the last of them that is a variable ends the reference.
    """
    if not values or "%" not in text:
        return text

    def replace(found: re.Match[str]) -> str:
        tilde, letters = found.group(1), found.group(2)
        if not tilde:
            return values[letters[0]] + letters[1:] if letters[0] in values else found.group()
        for end in range(len(letters), 0, -1):
            name, modifiers = letters[end - 1], letters[: end - 1].lower()
            if name in values and not set(modifiers) - set("fdpnxza"):
                return _shown(values[name].strip('"'), modifiers, path, files) + letters[end:]
        return found.group()

    return re.sub(r"%(~?)([A-Za-z]+)", replace, text)


def _shown(value: str, modifiers: str, path: Callable[[str], str], files: Files) -> str:
    if not modifiers:
        return value
    where = path(value) if value else ""
    size = [str(len(files.read(where))) if files.is_file(where) else ""] if "z" in modifiers else []
    letters = [_attributes(files.entry(where))] if "a" in modifiers else []
    rest = modifiers.replace("z", "").replace("a", "")
    return " ".join([*letters, *size, *([modified(where, rest)] if rest else [])])


def _attributes(node: File | Directory | None) -> str:
    """Nine places: directory, read-only, archive, hidden, system, compressed, offline, temporary, link.

    https://ss64.com/nt/syntax-args.html; nothing where there is nothing.
    """
    if node is None:
        return ""
    has = {letter.lower() for letter in node.attributes} | ({"d"} if isinstance(node, Directory) else {"a"})
    return "".join(letter if letter in has else "-" for letter in "drahscotl")


def expand_delayed(text: str, environment: dict[str, str], dynamic: Dynamic) -> str:
    """Delayed expansion. Only in a text that holds an exclamation mark do carets escape once more."""
    if "!" not in text:
        return text
    result: list[str] = []
    position = 0
    while position < len(text):
        char = text[position]
        if char == "^" and position + 1 < len(text):
            result.append(text[position + 1])
            position += 2
            continue
        if char != "!":
            result.append(char)
            position += 1
            continue
        end = text.find("!", position + 1)
        if end < 0:
            position += 1
            continue
        result.append(variable(environment, dynamic, text[position + 1 : end]) or "")
        position = end + 1
    return "".join(result)
