# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text of foreign origin, made safe to look at.

The name of a host, of a Group Policy Object or of a program can hold anything. What can't be seen, what moves the
text around it, and what no XML file may hold is written as an escape here.
"""

from __future__ import annotations

import re
import typing as t

# Whoever uses these in a name can make "exe.txt" out of "txt.exe": Unicode Standard Annex #9, section 2,
# https://www.unicode.org/reports/tr9/. The others have no width, or end a line where none should end.
_INVISIBLE = (
    "\N{ARABIC LETTER MARK}\N{LEFT-TO-RIGHT MARK}\N{RIGHT-TO-LEFT MARK}"
    "\u202a-\u202e\u2066-\u2069"
    "\N{ZERO WIDTH SPACE}\N{WORD JOINER}\N{ZERO WIDTH NO-BREAK SPACE}\N{SOFT HYPHEN}"
    "\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}"
    "\U000e0000-\U000e007f"
)
# Control characters but tab and line feed; half characters; and what is no character at all.
_UNPRINTABLE = "\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
_HIDDEN = re.compile(f"[{_INVISIBLE}{_UNPRINTABLE}]")
_RUNS = re.compile(r"\s+")


def visible(text: str) -> str:
    r"""Return a text in which every character can be seen: those that can't are written like ``\u202e``.

    Tabs and line ends stay; all line ends become line feeds.
    """
    return _HIDDEN.sub(_escaped, text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """Return the same in one line."""
    return _RUNS.sub(" ", visible(text)).strip()


def visible_in(value: t.Any) -> t.Any:
    """Return a value of plain JSON types in which every text is visible(), names of fields included."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {visible_in(name): visible_in(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [visible_in(one) for one in value]
    return value


def escaped_json(text: str) -> str:
    """Return JSON in which hidden characters, in its strings, are escaped. It means the same."""
    return _HIDDEN.sub(_escaped_in_json, text)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _escaped_in_json(match: re.Match[str]) -> str:
    # JSON has no escape beyond 16 bits: https://www.rfc-editor.org/rfc/rfc8259#section-7
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at] << 8 | units[at + 1]:04x}" for at in range(0, len(units), 2))
