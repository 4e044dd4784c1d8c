# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Windows says in sentences: nothing is left of one but its shape.

``INFO: The user "CORP\\svc" does not have RSoP data.`` can hold any name, in any language, so each letter of it becomes
an ``x``. Numbers, blanks and everything else stay where they are: no parser compares a word, so each reads a sentence
as it did before, and what it did not understand stays not understood. Of the outputs here only lines of a known form
are kept as they are.
"""

from __future__ import annotations

import re
import typing as t
import unicodedata

from .names import Names

# Words that are the same in every language, by which lines are told apart or which help whoever reads a recording.
_KEPT = frozenset({"FAILED", "end", "Microsoft", "PID", "SC", "SUCCESS", "TCP", "UDP", "Version", "Windows"})
# A run of letters and digits with a letter in it, but for a hexadecimal number.
_WORD = re.compile(r"(?<!\w)0x[0-9A-Fa-f]+(?!\w)|[^\W_]*[^\W\d_][^\W_]*")
_SHAPED = re.compile(r"\[[0-9A-Fa-f:.%]+\]|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.%]*")

_FOLDER = re.compile(r'[A-Za-z]:(?:\\[^\\/:*?"<>|%]+)+\\?')
_KNOWN_FOLDERS = frozenset({"windows", "winnt", "programdata", "system32", "syswow64", "program files", "users"})
_KEY_FILE = re.compile(r"(?P<hash>[0-9a-f]{32})_(?P<guid>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.I)
_HASHED = re.compile(r"(?P<hash>[0-9a-f]{32})_(?P<rest>.*)", re.I)
_MACHINE_KEYS = "machinekeys"
_DESCRIPTOR = re.compile(r"(?:O:|G:|D:)[A-Za-z0-9():;,-]*")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+[+-]\d\d:\d\d")
_SIZE = re.compile(r"size=\d*")
_SHA256 = re.compile(r"(?:[0-9A-Fa-f]{2} ?){32}")
_VERSION = re.compile(r"(?P<file>[^:]*:?[^:]*\\gpt\.ini):Version=\d+", re.I)
_PROCESS = re.compile(r'"[^":\\/@]*","\d+","[\w.$,\s/()-]*"')
_DASHES = re.compile(r"-{10,}\s*")
_NAMED = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12} ?[a-z-]{0,32}", re.I)
_PROPERTIES = re.compile(r"end|\[\d+(?:,\d+)?\]|\[(?:null|\"\"|\"?\d\"?),(?:null|\d)\]")


def masked(text: str, names: Names) -> str:
    """Return a sentence of which nothing but the shape is left, as wide on the screen as it was."""
    # An address of IPv6 is digits and letters at once.
    bare = _SHAPED.sub(lambda found: _address(found[0], names), names.in_text(text))
    return _WORD.sub(lambda found: found[0] if found[0] in _KEPT or found[0][:2] == "0x" else _crossed(found[0]), bare)


def _address(text: str, names: Names) -> str:
    bare = text.strip("[]")
    return text.replace(bare, names.address(bare))


def _crossed(word: str) -> str:
    return "".join("xx" if unicodedata.east_asian_width(letter) in "WF" else "x" for letter in word)


def by_line(keep: t.Callable[[str, Names], str | None]) -> t.Callable[[str, int | None, Names], str]:
    """Return the rule of an output of which some lines have a known form.

    Args:
        keep: Returns what is left of a line, None if it may be a sentence. Line ends are not part of it.
    """

    def rule(text: str, exit_code: int | None, names: Names) -> str:
        new = []
        for whole in text.split("\n"):
            line, end = (whole[:-1], "\r") if whole.endswith("\r") else (whole, "")
            kept = keep(line, names) if line.strip() else line
            new.append((masked(line, names) if kept is None else kept) + end)
        return "\n".join(new)

    return rule


def _nothing(_line: str, _names: Names) -> None:
    return None


def _of_form(*forms: re.Pattern[str]) -> t.Callable[[str, Names], str | None]:
    return lambda line, names: names.in_text(line) if any(form.fullmatch(line.strip()) for form in forms) else None


def _path(line: str, names: Names) -> str | None:
    """Replace the folders of a path that Windows doesn't bring along."""
    if not _FOLDER.fullmatch(line.strip()):
        return None
    return "\\".join(
        part
        if not part.strip() or part.endswith(":") or part.strip().casefold() in _KNOWN_FOLDERS
        else names.named("folder", part)
        for part in line.split("\\")
    )


def _file(line: str, names: Names) -> str | None:
    """Return the name of a file in MachineKeys: the hash of a container stays, and the computer's GUID is replaced."""
    if _KEY_FILE.fullmatch(line.strip()):
        return names.in_text(line)
    found = _HASHED.fullmatch(line)
    return f"{found['hash']}_{masked(found['rest'], names)}" if found else None


def _saved(line: str, names: Names) -> str | None:
    bare = line.strip().removeprefix("\ufeff")
    if _DESCRIPTOR.fullmatch(bare) or bare.casefold() == _MACHINE_KEYS:
        return names.in_text(line)
    return _file(line, names)


def _key_file(line: str, names: Names) -> str | None:
    """Keep which attributes a key file has, behind the computer's GUID, and its rights."""
    return names.in_text(line) if _NAMED.fullmatch(line.strip()) else _saved(line, names)


def _process(line: str, names: Names) -> str | None:
    """Keep a row of tasklist: names of programs and services stay, as docs/recordings.md says."""
    return names.in_text(line) if _PROCESS.fullmatch(line.strip()) else None


#: Nothing but numbers counts, wherever they stand.
sentences = by_line(_nothing)
folder = by_line(_path)
files = by_line(_file)
saved_rights = by_line(_saved)
key_file = by_line(_key_file)
descriptor = by_line(_of_form(_DESCRIPTOR))
time = by_line(_of_form(_TIME))
certutil = by_line(_of_form(_SIZE, _SHA256))
versions = by_line(_of_form(_VERSION))
processes = by_line(_process)
properties = by_line(_of_form(_PROPERTIES))


def profiles(text: str, exit_code: int | None, names: Names) -> str:
    """Return netsh's listing of profiles: a heading, above a line of dashes, is only compared with others."""
    lines = text.split("\n")
    for index, whole in enumerate(lines):
        line, end = (whole[:-1], "\r") if whole.endswith("\r") else (whole, "")
        below = lines[index + 1] if index + 1 < len(lines) else ""
        is_heading = line.strip() and _DASHES.fullmatch(below)
        lines[index] = (names.text(line.strip()) if is_heading else masked(line, names)) + end
    return "\n".join(lines)
