# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``icacls.exe``: saves, grants and restores rights of one file or folder, and never of what is below it.

https://learn.microsoft.com/windows-server/administration/windows-commands/icacls. Its listing shows translated names
of accounts and nothing that tells them from blanks in a path, so it is for people. The file that ``/save`` writes
holds SIDs: two lines for each object, its name and its DACL as SDDL.

    >>> parse(["MachineKeys", "D:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)"]).saved[0].name
    'MachineKeys'
"""

from __future__ import annotations

import codecs
import dataclasses
import re
import typing as t

from ..model import Command, Output, Unreadable
from ..quoting import quoted
from ..text import decode, lines

# The rights that icacls names, without the inheritance flags (OI)(CI)(IO)(NP): nothing here is handed down.
_SIMPLE = frozenset({"N", "F", "M", "RX", "R", "W", "D"})
_SPECIFIC = frozenset(
    {"DE", "RC", "WDAC", "WO", "S", "AS", "MA", "GR", "GW", "GE", "GA"}
    | {"RD", "WD", "AD", "REA", "WEA", "X", "DC", "RA", "WA"}
)
_SID = re.compile(r"S-1-[0-9]{1,15}(?:-[0-9]{1,10}){1,15}")
# No file or folder is named with a colon and a parenthesis, so a name can't be taken for a descriptor.
_SDDL = re.compile(r"D:[A-Z_]*(?:\(.*\))?")
_NO_NAME = re.compile(r'[<>"|?*:/\0]')


def show(path: str) -> Command:
    """List who has which rights, for a person to read."""
    return Command(f"icacls {quoted(path)}")


def save(path: str, file: str) -> Command:
    """Write the DACL of one file or folder into a file, UTF-16. Its owner is not saved."""
    return Command(f"icacls {quoted(path)} /save {quoted(file)}")


def look(path: str, file: str) -> Command:
    """Print the DACLs of what a path or a pattern names, by way of a temporary file that is removed again.

    Args:
        path: A path of our own, which may hold an environment variable.
        file: The temporary file, likewise.
    """
    return Command(f'icacls "{path}" /save "{file}" >nul&&type "{file}"&del "{file}"')


def restore(parent: str, file: str) -> Command:
    """Give what a saved file names the DACL that it had. ``parent`` is the folder in which the saved object lies."""
    return Command(f"icacls {quoted(parent)} /restore {quoted(file)}")


def only(path: str, sids: t.Sequence[str]) -> Command:
    """Give one file or folder and all that will be in it to some SIDs with full rights, and to nobody else."""
    grants = " ".join(quoted(f"*{sid}:(OI)(CI)(F)") for sid in sids)
    return Command(f"icacls {quoted(path)} /inheritance:r /grant:r {grants}")


def set_owner(path: str, sid: str) -> Command:
    """Make a SID the owner of one file or folder."""
    return Command(f"icacls {quoted(path)} /setowner {quoted('*' + sid)}")


def grant_replace(path: str, grants: t.Sequence[tuple[str, str]]) -> Command:
    """Replace the explicit rights of each SID on one file or folder, and not below it.

    Args:
        path: The file or folder.
        grants: SIDs with rights in parentheses: ``("S-1-5-32-544", "(F)")``.

    Raises:
        ValueError: No grant, a SID twice, or rights that icacls doesn't know or would hand down.
    """
    sids = [sid for sid, _rights in grants]
    if not sids or len(set(sids)) != len(sids):
        raise ValueError(f"not one grant for each SID: {grants!r}")
    # In quotes, because PowerShell and a block of cmd.exe would end at the parenthesis.
    return Command(f"icacls {quoted(path)} /grant:r " + " ".join(quoted(_grant(*grant)) for grant in grants))


def _grant(sid: str, rights: str) -> str:
    names = rights[1:-1].split(",")
    known = all(name in _SPECIFIC for name in names) or (len(names) == 1 and names[0] in _SIMPLE)
    if not _SID.fullmatch(sid) or rights[:1] + rights[-1:] != "()" or not known:
        raise ValueError(f"not a SID with rights of icacls: {sid!r}, {rights!r}")
    return f"*{sid}:{rights}"


@dataclasses.dataclass(frozen=True)
class Saved:
    """What ``/save`` wrote about one file or folder.

    Attributes:
        name: Without the folder in which it lies, unless it was below the saved one.
        sddl: Its DACL.
    """

    name: str
    sddl: str


@dataclasses.dataclass(frozen=True)
class SavedFile:
    """All of a saved file.

    Attributes:
        saved: In the order of the file.
        not_understood: Lines that are no part of a pair.
    """

    saved: tuple[Saved, ...]
    not_understood: tuple[str, ...] = ()

    def get(self, name: str) -> Saved | None:
        """Return what was saved of that name, in any case."""
        return next((saved for saved in self.saved if saved.name.casefold() == name.casefold()), None)


def parse(text: t.Iterable[str]) -> SavedFile:
    """Read the lines of a saved file: names and descriptors in turn."""
    saved: list[Saved] = []
    not_understood: list[str] = []
    name = ""
    for line in (line.rstrip() for line in text):
        if not line:
            continue
        if name and _SDDL.fullmatch(line):
            saved.append(Saved(name, line))
            name = ""
            continue
        if name:
            not_understood.append(name)
        name = "" if _NO_NAME.search(line) else line
        if not name:
            not_understood.append(line)
    return SavedFile(tuple(saved), tuple([*not_understood, name] if name else not_understood))


def parse_saved(data: bytes, code_page: int | None = None) -> tuple[Saved, ...]:
    """Read a saved file as it is on the host, or as ``type`` printed it.

    Raises:
        Unreadable: It holds nothing, or anything but pairs of a name and a DACL.
    """
    text = _unwidened(data)
    if text is None and "\ufffd" in decode(data, code_page):
        # A name that was guessed would be restored to nothing, or to another file.
        raise Unreadable("The saved rights are in an unknown code page.")
    file = parse(lines(data, code_page) if text is None else text)
    if file.not_understood:
        raise Unreadable("The saved rights are not understood.", file.not_understood[0])
    if not file.saved:
        raise Unreadable("No rights were saved.")
    return file.saved


def _unwidened(data: bytes) -> list[str] | None:
    """Return the lines of ASCII text that was UTF-16, None for anything else.

    ``type`` prints the file as it is, and a connection that hands over lines, as psrp does, splits it
    between the two bytes of a line end. Without its zero bytes it is text again.
    """
    bare = data.removeprefix(codecs.BOM_UTF16_LE).replace(b"\0", b"")
    return lines(bare) if bare.isascii() and len(bare) < len(data) else None


def read_saved(output: Output) -> tuple[Saved, ...]:
    """Return what a command printed that shows a saved file.

    Raises:
        Unreadable: It failed, or printed something else.
    """
    if output.exit_code != 0:
        message = next((line for line in lines(output.data, output.code_page) if line.strip()), "")
        raise Unreadable(f"The saved rights could not be shown: exit code {output.exit_code}.", message)
    return parse_saved(output.data, output.code_page)


def read_permitted(output: Output) -> tuple[Saved, ...]:
    """Return what was saved of the files that may be looked at, nothing if none may or there is none."""
    try:
        return read_saved(output)
    except Unreadable:
        if output.exit_code is None:
            raise
        return ()
