# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
r"""findstr: lines that hold one of several texts, or none of them. Exit code 0 when a line was shown, 1 when none was,
2 when the command line is wrong.

Grammar and oddities as measured in https://stackoverflow.com/a/8844873: a text after /c: is literal unless /r says
otherwise; of texts without /c: the first one decides, by whether it has a special character; a double backslash is one
backslash; regular expressions know only ``. * ^ $ [class] \x \< \>``. A
line of 8,192 bytes or more that comes by a pipe or a redirection matches nothing, not even with /v: a message on
standard error names its number, and the exit code is that of the other lines. Files that are named have no such limit.
https://learn.microsoft.com/windows-server/administration/windows-commands/findstr
"""

from __future__ import annotations

import dataclasses
import re

from ..languages import encode
from ..state.files import File
from .call import ToolCall
from .find import inputs_of

BAD_LINE = 2
SPECIAL = re.compile(r"(?<!\\)[.*^$\[]")
LONGEST = 511
LONGEST_PIPED_LINE = 8191  # bytes, with the end of the line
SWITCHES = "ivnlrxbems"


@dataclasses.dataclass
class Search:
    """What a command line asks for."""

    flags: set[str] = dataclasses.field(default_factory=set)
    texts: list[str] = dataclasses.field(default_factory=list)
    names: list[str] = dataclasses.field(default_factory=list)
    explicit: bool = False  # a text came with /c:


def main(call: ToolCall) -> int:
    r"""FINDSTR [/i] [/v] [/n] [/l] [/r] [/x] [/b] [/e] [/m] [/s] [/c:"text"]… ["texts"] [file…]."""
    search = Search()
    for argument in call.arguments:
        if not _read(argument, search):
            call.not_understood(f"option {argument}")
            return BAD_LINE
    if not search.texts:
        call.err("FINDSTR: Bad command line")
        call.entry.understood, call.entry.reason = False, "findstr without a text"
        return BAD_LINE
    if any(len(text) > LONGEST for text in search.texts):
        call.err("FINDSTR: Search string too long.")
        return BAD_LINE
    pattern = _pattern(search)
    flags, count = search.flags, 0
    names = _below(call, search.names) if "s" in flags else search.names
    inputs = inputs_of(call, names) if names or "s" not in flags else None
    if inputs is None:
        return 1
    for name, lines in inputs:
        for number, line in enumerate(lines, 1):
            if not name and _is_too_long(line, call.code_page):
                # Unseen: this message in other languages than English.
                call.err(f"FINDSTR: Line {number} is too long.")
                continue
            if bool(pattern.search(line)) == ("v" in flags):
                continue
            count += 1
            if "m" in flags:
                call.out(name or "(standard input)")
                break
            prefix = f"{name}:" if len(inputs) > 1 or "s" in flags else ""
            call.out(prefix + (f"{number}:" if "n" in flags else "") + line)
    return 0 if count else 1


def _is_too_long(line: str, code_page: int) -> bool:
    most = LONGEST_PIPED_LINE - len("\r\n")
    # No code page needs more than four bytes for a character.
    return len(line) * 4 > most and len(encode(line, code_page)) > most


def _read(argument: str, search: Search) -> bool:
    """Take one argument; False when it is an option that the lab doesn't know."""
    lower = argument.lower()
    if lower[:3] in ("/c:", "-c:"):
        search.texts.append(argument[3:])
        search.explicit = True
    elif re.fullmatch(rf"[/-][{SWITCHES}]+", lower):
        search.flags |= set(lower[1:])
    elif argument.startswith("/"):
        return False
    elif not search.texts:
        search.texts.extend(text for text in argument.split(" ") if text)
    else:
        search.names.append(argument)
    return True


def _below(call: ToolCall, names: list[str]) -> list[str]:
    """The files of these names in their folders and in all folders below."""
    wanted = [call.path(name).upper().rpartition("\\") for name in names]
    return sorted(
        path
        for path, entry in call.machine.files.walk()
        for folder, _, name in wanted
        if isinstance(entry, File) and path.upper().startswith(folder + "\\") and path.upper().endswith("\\" + name)
    )


def _pattern(search: Search) -> re.Pattern[str]:
    """One expression for all texts, with what /b, /e and /x ask for."""
    flags = search.flags
    regular = "r" in flags or ("l" not in flags and not search.explicit and bool(SPECIAL.search(search.texts[0])))
    one = "|".join(_regular(text) if regular else _literal(text) for text in search.texts if text)
    start = r"\A" if flags & {"b", "x"} else ""
    end = r"\Z" if flags & {"e", "x"} else ""
    return re.compile(f"{start}(?:{one or '(?!)'}){end}", re.IGNORECASE if "i" in flags else 0)


def _literal(text: str) -> str:
    return re.escape(text.replace("\\\\", "\\"))


def _regular(text: str) -> str:
    """findstr's expression as Python's."""
    found = []
    for part in re.findall(r"\\[<>]|\\.|\[\^?\]?[^\]]*\]|[.*^$]|.", text):
        if part in ("\\<", "\\>"):
            found.append(r"\b")
        elif part.startswith("\\") and len(part) == 2:
            found.append(re.escape(part[1]))
        elif part.startswith("[") and len(part) > 1:
            found.append("[" + re.sub(r"([\\\[&~|])", r"\\\1", part[1:-1]) + "]")
        else:
            found.append(part if part in (".", "*", "^", "$") else re.escape(part))
    joined = "".join(found)
    return re.sub(r"(\A|\^)\*", r"\1\\*", joined)  # a star with nothing before it is a star
