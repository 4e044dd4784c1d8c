# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bytes that a Windows tool printed, as text."""

from __future__ import annotations

import codecs

from .errors import UnreadableError

# With every byte assigned, decoding by it can't fail. Which letters come out is then a guess, and no
# parser depends on a letter outside ASCII.
_FALLBACK = "cp1252"

# In characters. The longest line that is read here is a firewall rule with some 1,500 addresses, about 30,000.
LONGEST_LINE = 1 << 16


def decode(data: bytes, code_page: int | None = None) -> str:
    """Decode what a tool printed.

    Args:
        data: UTF-8 (consoles with code page 65001, as over WinRM), UTF-16 with or without a byte
            order mark (files that PowerShell or reg.exe wrote), or an OEM code page.
        code_page: The host's OEM code page, if it is known.

    Returns:
        The text. Bytes that no encoding explains become U+FFFD, so this never fails.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    # ASCII digits and blanks make up most of every output: in UTF-16 without a mark, each of them
    # leaves a NUL byte behind, which no other encoding has.
    if len(data) >= 4 and data[1::2].count(0) > len(data) // 4:
        return data.decode("utf-16-le", "replace")
    try:
        # Unseen: over psrp and ssh the tools print in the OEM code page.
        # Over winrm Ansible opens the shell with code page 65001 (open_shell in its plugins/connection/winrm.py).
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode(_codec(code_page), "replace")


def _codec(code_page: int | None) -> str:
    """Return Python's name of a Windows code page, or of a stand-in that Python has."""
    name = f"cp{code_page}"
    try:
        codecs.lookup(name)
    except LookupError:
        return _FALLBACK
    return name


def lines(data: bytes, code_page: int | None = None) -> list[str]:
    """Return the lines of an output without their line ends, blank ones included.

    Only CR and LF end a line: str.splitlines() also splits at characters that appear inside names.

    Raises:
        UnreadableError: One of them is longer than any line of a tool that is read here.
    """
    found = printed(data, code_page).split("\n")
    if long := next((line for line in found if len(line) > LONGEST_LINE), ""):
        raise UnreadableError(f"A line of the output has {len(long)} characters, more than {LONGEST_LINE}.", long[:200])
    return found


def printed(data: bytes, code_page: int | None = None) -> str:
    """Return an output as text whose lines end with a line feed, whatever it holds."""
    return decode(data, code_page).replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
