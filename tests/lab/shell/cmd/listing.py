# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""DIR /b: the bare listing.

Nothing found, an empty folder and a folder that may not be listed all say `File Not Found` and fail; a folder on the
way that is not there says `The system cannot find the path specified.` Hidden and system entries show only with /a.
https://learn.microsoft.com/windows-server/administration/windows-commands/dir
"""

from __future__ import annotations

import re
import typing as t

from ...io import Handles
from ...state.files import Directory
from .files import UNKNOWN, words

if t.TYPE_CHECKING:
    from .interpreter import Interpreter

_ATTRIBUTES = re.compile(r"/a:?(?P<letters>(?:-?[dhsrl])*)$")


def directory_listing(interpreter: Interpreter, rest: str, handles: Handles) -> int:
    """DIR /b [/a[:][-]d[-]h[-]s[-]r[-]l] [/on] [path]: only the bare form is modelled."""
    names, switches = words(rest)
    wanted = [found["letters"] for switch in switches if (found := _ATTRIBUTES.match(switch))]
    known = {switch for switch in switches if _ATTRIBUTES.match(switch)} | {"/b", "/on"}
    if "/b" not in switches or switches - known or len(names) > 1 or len(wanted) > 1:
        interpreter.message(handles.stderr, "cmd.syntax")
        return UNKNOWN
    files = interpreter.machine.files
    path = interpreter.path(names[0]) if names else interpreter.directory
    if files.is_directory(path):
        path = path.rstrip("\\") + "\\*"
    folder = path.rpartition("\\")[0]
    if not files.is_directory(folder + "\\"):
        interpreter.message(handles.stderr, "cmd.path_not_found")
        return 1
    hits = [hit for hit in files.glob(path) if _shown(interpreter, hit, wanted[0] if wanted else None)]
    for hit in hits:
        interpreter.write(handles.stdout, hit.rpartition("\\")[2] + "\r\n")
    if not hits:
        interpreter.message(handles.stderr, "dir.none")
    return 0 if hits else 1


def _shown(interpreter: Interpreter, path: str, letters: str | None) -> bool:
    node = interpreter.machine.files.entry(path)
    if node is None:
        return False
    if letters is None:
        return not node.attributes & {"H", "S"}
    has = {"D"} if isinstance(node, Directory) else set()
    has |= node.attributes
    return all((letter.upper() in has) != bool(minus) for minus, letter in re.findall(r"(-?)([dhsrl])", letters))
