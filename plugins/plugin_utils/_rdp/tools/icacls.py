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

from ..errors import UnreadableError
from ..model import Command, CommandResult
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
# What it does, it does to a link and not to what that leads to.
# Unseen: /L takes a junction for itself as well; its documentation names symbolic links.
_LINK = " /L"
# The MachineGuid, and what "%~a" shows: https://ss64.com/nt/syntax-args.html. Newer versions of Windows show more.
_NAMED = re.compile(rb"(?P<guid>[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}) ?(?P<attributes>[A-Za-z-]{0,32})")
_NO_NAME = re.compile(r'[<>"|?*:/\0]')


def save(path: str, file: str, *, link: bool = False) -> Command:
    """Write the DACL of one file or folder into a file, UTF-16. Its owner is not saved.

    Args:
        path: The file or folder.
        file: The file to write.
        link: Where users may put something else in its place: a link is then taken for itself, and never followed.
    """
    # Unseen: the file that /save writes is UTF-16; its pairs of lines are in published files.
    # An administrator may read the folder MachineKeys: Azure's vmassist.ps1 does.
    return Command(f"icacls {quoted(path)} /save {quoted(file)}{_LINK if link else ''}")


def dump(path: str, file: str) -> Command:
    """Print the DACLs of what a path or a pattern names, by way of a temporary file that is removed again.

    Args:
        path: A path of our own, which may hold an environment variable.
        file: The temporary file, likewise.
    """
    return Command(f'icacls "{path}" /save "{file}" >nul&&type "{file}"&del "{file}"')


def dump_named(folder: str, prefix: str, file: str) -> Command:
    """Print what is known of one key file, by its exact name: ``<prefix>_<MachineGuid of this computer>``.

    Every user may create files and folders there, so a pattern would let users choose what is looked at. The first line
    is the MachineGuid with the attributes, as cmd.exe shows them, of what has that name; nothing follows it where there
    is nothing. Then comes what ``/save`` wrote, if the DACL may be read.

    Args:
        folder: A path of our own, which may hold an environment variable.
        prefix: What the file's name begins with, hexadecimal digits.
        file: The temporary file, likewise.
    """
    # Unseen: cmd.exe shows the attributes of a file that the account may not read, with d for a folder and l for a
    # link.
    guid = r"reg query HKLM\SOFTWARE\Microsoft\Cryptography /v MachineGuid"
    return Command(
        # Its third word is the value, and the other lines have fewer. What a variable of FOR holds is never a command.
        f'(for /f "tokens=3" %g in (\'{guid}\') do @for %f in ("{folder}\\{prefix}_%g") do '
        f'@(echo %g %~af&icacls %f /save "{file}"{_LINK} >nul 2>nul&&type "{file}"&del "{file}" 2>nul))'
    )


def only(path: str, sids: t.Sequence[str]) -> Command:
    """Give one file or folder and all that will be in it to some SIDs with full rights, and to nobody else."""
    grants = " ".join(quoted(f"*{sid}:(OI)(CI)(F)") for sid in sids)
    return Command(f"icacls {quoted(path)} /inheritance:r /grant:r {grants}")


def set_owner(path: str, sid: str) -> Command:
    """Make a SID the owner of one file or folder."""
    return Command(f"icacls {quoted(path)} /setowner {quoted('*' + sid)}")


def restore(parent: str, file: str) -> Command:
    """Give what a saved file names the DACL that it had. ``parent`` is the folder in which the saved object lies."""
    # Unseen: /restore changes the folder that was saved alone, and nothing below it.
    return Command(f"icacls {quoted(parent)} /restore {quoted(file)}")


def restore_file(path: str, file: str) -> Command:
    """Give a file the DACL that it had, unless a folder or a link to one has its name by now.

    Args:
        path: The file.
        file: What ``save`` wrote about it.
    """
    parent = path.rpartition("\\")[0]
    # A folder always holds "." for a pattern. The brackets end what "if" decides about.
    return Command(f"(if not exist {quoted(path + chr(92) + '*')} {restore(parent, file).line}{_LINK})")


def grant_replace(path: str, grants: t.Sequence[tuple[str, str]], *, link: bool = False) -> Command:
    """Replace the explicit rights of each SID on one file or folder, and not below it.

    Args:
        path: The file or folder.
        grants: SIDs with rights in parentheses: ``("S-1-5-32-544", "(F)")``.
        link: As for ``save``.

    Raises:
        ValueError: No grant, a SID twice, or rights that icacls doesn't know or would hand down.
    """
    sids = [sid for sid, _rights in grants]
    if not sids or len(set(sids)) != len(sids):
        raise ValueError(f"not one grant for each SID: {grants!r}")
    # In quotes, because PowerShell and a block of cmd.exe would end at the parenthesis.
    rights = " ".join(quoted(_grant(*grant)) for grant in grants)
    return Command(f"icacls {quoted(path)} /grant:r {rights}{_LINK if link else ''}")


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
class Named:
    """What has one exact name.

    Attributes:
        name: The name.
        attributes: Its attributes as letters and dashes, empty if nothing of that name can be seen.
        saved: Its DACL, None if that may not be read, or there is nothing.
    """

    name: str
    attributes: str
    saved: Saved | None

    @property
    def exists(self) -> bool:
        """Whether something of that name can be seen."""
        return bool(self.attributes)

    @property
    def is_plain(self) -> bool:
        """Whether it is a file: no folder, and nothing that leads elsewhere."""
        return self.exists and not set("dl") & set(self.attributes.lower())


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
        UnreadableError: It holds nothing, or anything but pairs of a name and a DACL.
    """
    text = _unwidened(data)
    if text is None and "\ufffd" in decode(data, code_page):
        # A name that was guessed would be restored to nothing, or to another file.
        raise UnreadableError("The saved rights are in an unknown code page.")
    file = parse(lines(data, code_page) if text is None else text)
    if file.not_understood:
        raise UnreadableError("The saved rights are not understood.", file.not_understood[0])
    if not file.saved:
        raise UnreadableError("No rights were saved.")
    return file.saved


def _unwidened(data: bytes) -> list[str] | None:
    """Return the lines of ASCII text that was UTF-16, None for anything else.

    ``type`` prints the file as it is, and a connection that hands over lines, as psrp does, splits it
    between the two bytes of a line end. Without its zero bytes it is text again.
    """
    bare = data.removeprefix(codecs.BOM_UTF16_LE).replace(b"\0", b"")
    return lines(bare) if bare.isascii() and len(bare) < len(data) else None


def read_saved(output: CommandResult) -> tuple[Saved, ...]:
    """Return what a command printed that shows a saved file.

    Raises:
        UnreadableError: It failed, or printed something else.
    """
    if output.exit_code != 0:
        message = next((line for line in lines(output.data, output.code_page) if line.strip()), "")
        raise UnreadableError(f"The saved rights could not be shown: exit code {output.exit_code}.", message)
    return parse_saved(output.data, output.code_page)


def read_named(output: CommandResult, prefix: str) -> Named:
    """Return what ``dump_named`` printed.

    Raises:
        UnreadableError: It is not whole, or not about that name.
    """
    first, _end, rest = output.data.partition(b"\n")
    head = _NAMED.fullmatch(first.strip())
    if output.exit_code is None or head is None:
        text = lines(output.data, output.code_page)
        raise UnreadableError("It could not be read which name the key file has.", text[0] if text else "")
    name = f"{prefix}_{head['guid'].decode('ascii')}"
    attributes = head["attributes"].decode("ascii")
    if not rest.strip(b"\0\r\n "):
        return Named(name, attributes, None)
    saved = parse_saved(rest, output.code_page)
    if len(saved) != 1 or saved[0].name.casefold() != name.casefold() or not attributes:
        raise UnreadableError("The saved rights are those of something else.", saved[0].name)
    return Named(name, attributes, saved[0])
