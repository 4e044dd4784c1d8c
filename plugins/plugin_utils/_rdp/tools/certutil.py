# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``certutil.exe``: hashes files and turns them into base64 and back.

https://learn.microsoft.com/windows-server/administration/windows-commands/certutil. The words around a hash are
translated; older versions write a blank after each byte.

    >>> parse(["SHA1 hash of C:\\\\a:", "da 39 a3 ee 5e 6b 4b 0d 32 55 bf ef 95 60 18 90 af d8 07 09", "Done."]).hash
    'da39a3ee5e6b4b0d3255bfef95601890afd80709'
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import re
import typing as t

from ..errors import UnreadableError
from ..model import Command, CommandResult
from ..quoting import quoted_path
from ..text import lines

# MD5, SHA-1, SHA-256, SHA-384, SHA-512
_HASH_SIZES = (16, 20, 32, 48, 64)
_BYTES = re.compile(r"(?:[0-9A-Fa-f]{2}){16,64}|[0-9A-Fa-f]{2}(?: [0-9A-Fa-f]{2}){15,63}")
_BEGIN = re.compile(r"-----BEGIN (?P<label>[A-Z0-9 ]+)-----")
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")


def hashfile(file: str) -> Command:
    """Print the SHA-256 of a file. certutil can't hash an empty one. A variable may begin the paths here."""
    return Command(f"certutil -hashfile {quoted_path(file)} SHA256")


def encode(file: str, out: str) -> Command:
    """Write a file as base64 between two marks, over a file that is there."""
    return Command(f"certutil -f -encode {quoted_path(file)} {quoted_path(out)}")


def decode(file: str, out: str) -> Command:
    """Write what a file holds as base64, over a file that is there."""
    return Command(f"certutil -f -decode {quoted_path(file)} {quoted_path(out)}")


@dataclasses.dataclass(frozen=True)
class Hashed:
    """What ``certutil -hashfile`` printed.

    Attributes:
        hash: Lower-case hexadecimal digits; empty if there is no line that is a hash.
        not_understood: Further lines that look like one.
    """

    hash: str
    not_understood: tuple[str, ...] = ()


def parse(text: t.Iterable[str]) -> Hashed:
    """Find the line that holds nothing but the bytes of a hash. The words of the others are translated."""
    found = [line.strip().replace(" ", "").lower() for line in text if _BYTES.fullmatch(line.strip())]
    found = [digits for digits in found if len(digits) // 2 in _HASH_SIZES]
    return Hashed(found[0] if found else "", tuple(found[1:]))


def read_hash(output: CommandResult) -> str:
    """Return the SHA-256 that ``hashfile`` printed, in lower case.

    Raises:
        UnreadableError: It failed, or didn't print exactly one.
    """
    text = lines(output.data, output.code_page)
    message = next((line for line in text if line.strip()), "")
    if output.exit_code != 0:
        raise UnreadableError(f"The file could not be hashed: exit code {output.exit_code}.", message)
    hashed = parse(text)
    if len(hashed.hash) != 64 or hashed.not_understood:
        raise UnreadableError("certutil did not print one SHA-256.", message)
    return hashed.hash


def decoded(data: bytes, code_page: int | None = None) -> bytes:
    """Return what a base64 file holds that ``encode`` wrote.

    Raises:
        UnreadableError: One of its two marks is missing, or something between them is no base64.
    """
    text = [line.strip() for line in lines(data, code_page) if line.strip()]
    begin = _BEGIN.fullmatch(text[0]) if text else None
    if not begin:
        raise UnreadableError("The base64 file does not begin with its mark.", text[0] if text else "")
    if text[-1] != f"-----END {begin['label']}-----":
        raise UnreadableError("The base64 file does not end with its mark: it may be cut off.", text[-1])
    for line in text[1:-1]:
        if not _BASE64.fullmatch(line):
            raise UnreadableError("A line of the base64 file is no base64.", line)
    try:
        return base64.b64decode("".join(text[1:-1]), validate=True)
    except binascii.Error:
        raise UnreadableError("The base64 file is not complete.", text[-2]) from None
