# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""``gpt.ini`` of the local GPO: its version, and the extensions that have something to apply.

Windows applies a change only when the version was raised, and hands Registry.pol only to the extensions that are
listed. The computer's version is the lower half of the number:
https://learn.microsoft.com/openspecs/windows_protocols/ms-gpol/59bb540a-64f4-4c52-9c55-5ca2fd2c0270. The entries:
https://learn.microsoft.com/previous-versions/windows/it-pro/windows-2000-server/cc978247(v=technet.10). The list is in
ascending order, and one that isn't keeps other extensions from running: github.com/cleitet/wpkg-gp issue 92,
github.com/dsccommunity/GPRegistryPolicyDsc issue 40 (what gpedit writes).

    >>> parse(b"[General]\r\nVersion=65537\r\n").machine_version
    1
"""

from __future__ import annotations

import codecs
import dataclasses
import re
import typing as t

from ..errors import UnreadableError
from ..model import Command, CommandResult, Probe
from ..quoting import quoted
from ..text import lines

# https://learn.microsoft.com/openspecs/windows_protocols/ms-gpreg/f0dba6b8-704f-45d5-999f-1a0a694a6df9
REGISTRY_EXTENSION = "{35378EAC-683F-11D2-A89A-00C04FBBCFA2}"
_COMPUTER_TOOL = "{D02B1F72-3407-48AE-BA88-E8213C6761F1}"
_PAIR = f"[{REGISTRY_EXTENSION}{_COMPUTER_TOOL}]"

_EXTENSIONS = "gPCMachineExtensionNames"
_VERSION = "Version"
_SECTION = "[General]"

_GUID = r"\{[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}"
_GROUP = re.compile(rf"\[({_GUID})(?:{_GUID})*\]")
_GROUPS = re.compile(rf"(?:\[(?:{_GUID})+\])*")
_ANY_SECTION = re.compile(r"[ \t]*\[(?P<name>[^\]\r\n]*)\]")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
# A line of findstr: a file, and what it found there.
_FOUND = re.compile(r"(?P<file>(?:[^:]*:)?[^:]+):version=(?P<version>[0-9]{1,10})", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class GptIni:
    """A whole file.

    Attributes:
        lines: With their line ends. An 8-bit file is read byte for byte, so that every one of them comes back.
        codec: ``latin-1`` for an 8-bit file, whatever its code page; ``utf-16-le`` for one with a mark.
    """

    lines: tuple[str, ...] = (f"{_SECTION}\r\n",)
    codec: str = "latin-1"

    @property
    def version(self) -> int:
        """The whole number, 0 where none is written.

        Raises:
            UnreadableError: It is none.
        """
        text = self._value(_VERSION) or "0"
        if not re.fullmatch(r"[0-9]{1,10}", text) or int(text) >= 1 << 32:
            raise UnreadableError("The version in gpt.ini is no number of 32 bits.", text)
        return int(text)

    @property
    def machine_version(self) -> int:
        """How often the computer's half was changed."""
        return self.version & 0xFFFF

    @property
    def user_version(self) -> int:
        """How often the users' half was changed."""
        return self.version >> 16

    @property
    def machine_extensions(self) -> str:
        """The list of the computer's extensions as it is written."""
        return self._value(_EXTENSIONS)

    @property
    def applies_registry(self) -> bool:
        """Whether the computer's Registry.pol is applied at all."""
        return any(match[1].upper() == REGISTRY_EXTENSION for match in _GROUP.finditer(self.machine_extensions))

    def changed(self) -> GptIni:
        """Return the file after a change of the computer's Registry.pol: one version on, its extension listed.

        Everything else is kept byte for byte.

        Raises:
            UnreadableError: The version or the list of extensions isn't understood.
        """
        # Zero would say that there is nothing to apply.
        machine = self.machine_version % 0xFFFF + 1
        return self._with(_EXTENSIONS, self._extensions())._with(_VERSION, str(self.user_version << 16 | machine))

    def _extensions(self) -> str:
        text = self.machine_extensions
        if not _GROUPS.fullmatch(text):
            raise UnreadableError(f"{_EXTENSIONS} in gpt.ini is no list of extensions.", text)
        if self.applies_registry:
            return text
        place = next((match.start() for match in _GROUP.finditer(text) if match[1].upper() > _PAIR[1:]), len(text))
        return text[:place] + _PAIR + text[place:]

    def _value(self, name: str) -> str:
        place = self._place(name)
        return _entry(self.lines[place]).value if place is not None else ""

    def _place(self, name: str) -> int | None:
        """The number of the line that holds an entry."""
        # Unseen: of two entries with one name Windows takes the first one; keys are unique by MS-GPOL 2.2.4.
        inside = False
        for number, line in enumerate(self.lines):
            section = _ANY_SECTION.match(line)
            if section:
                inside = section["name"].strip().lower() == _SECTION[1:-1].lower()
            elif inside and _entry(line).name.lower() == name.lower():
                return number
        return None

    def _with(self, name: str, value: str) -> GptIni:
        lines = list(self.lines)
        place = self._place(name)
        if place is not None:
            entry = _entry(lines[place])
            lines[place] = entry.before + value + entry.after
        else:
            section = next((n for n, line in enumerate(lines) if _is_general(line)), None)
            if section is None:
                section = len(lines)
                lines.append(f"{_SECTION}\r\n")
            for number in (section, section - 1):
                if number >= 0 and not lines[number].endswith(("\r", "\n")):
                    lines[number] += "\r\n"
            lines.insert(section + 1, f"{name}={value}\r\n")
        return dataclasses.replace(self, lines=tuple(lines))

    def render(self) -> bytes:
        """Return the bytes of the file."""
        mark = codecs.BOM_UTF16_LE if self.codec == "utf-16-le" else b""
        return mark + "".join(self.lines).encode(self.codec, "surrogatepass")


def _is_general(line: str) -> bool:
    section = _ANY_SECTION.match(line)
    return bool(section and section["name"].strip().lower() == _SECTION[1:-1].lower())


class _Entry(t.NamedTuple):
    """The parts of ``name = value`` with all blanks around them; without a name, it is another kind of line."""

    before: str
    name: str
    value: str
    after: str


def _entry(line: str) -> _Entry:
    body = line.rstrip("\r\n")
    label, equals, rest = body.partition("=")
    name = label.strip(" \t")
    if not equals or not name or name.startswith(";"):
        return _Entry(line, "", "", "")
    value = rest.strip(" \t")
    start = len(body) - len(rest.lstrip(" \t"))
    return _Entry(line[:start], name, value, line[start + len(value) :])


def parse(data: bytes) -> GptIni:
    """Read a file.

    Raises:
        UnreadableError: It has a form in which Windows would not find its entries.
    """
    codec = "latin-1"
    if data.startswith(codecs.BOM_UTF16_LE):
        codec, data = "utf-16-le", data[2:]
    elif data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_BE)) or b"\0" in data:
        # https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-getprivateprofilestring: ANSI, or UTF-16
        # with a mark.
        raise UnreadableError("gpt.ini is neither 8-bit text nor UTF-16 with a byte order mark.", data[:8].hex(" "))
    try:
        text = data.decode(codec, "surrogatepass")
    except UnicodeDecodeError:
        raise UnreadableError("gpt.ini is cut off in the middle of a character.") from None
    return GptIni(tuple(_LINE.findall(text)), codec)


def machine_versions(folder: str) -> Probe[dict[str, int]]:
    """Look at the versions of the computer's half in all files gpt.ini below a folder, by their paths in lower case.

    Args:
        folder: A path without characters that mean something to a shell.
    """
    file = quoted(rf"{folder}\gpt.ini")
    return Probe(Command(f"findstr /s /i /b /l Version= {file}"), _read_machine_versions)


def _read_machine_versions(output: CommandResult) -> dict[str, int]:
    # Its message that there is no such file is no such line.
    found = (_FOUND.fullmatch(line.strip()) for line in lines(output.data, output.code_page))
    return {match["file"].lower(): int(match["version"]) & 0xFFFF for match in found if match}
