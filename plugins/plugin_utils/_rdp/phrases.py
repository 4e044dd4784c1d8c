# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How counts, lists of names and labelled lines are written for people, wherever they are read."""

from __future__ import annotations

import textwrap
import typing as t

#: The columns of a line where the terminal says nothing else.
WIDTH = 100
_INDENT = " " * 5
_LABEL = 10


def number(count: int, noun: str) -> str:
    """Return '1 host' or '2,000 hosts'."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def shortened(items: t.Sequence[str], most: int, separator: str = ", ") -> str:
    """Return a list of which only the first items are shown: 'a, b' or 'a, b and 3 more'."""
    shown, rest = separator.join(items[:most]), len(items) - most
    return f"{shown} and {rest:,} more" if rest > 0 else shown


def names(items: t.Sequence[str], most: int = 5) -> str:
    """Return names as part of a sentence: 'a, b and c' or, of more than ``most``, 'a, b and 3 more'."""
    if len(items) > most:
        return shortened(items, most)
    return " and ".join(filter(None, (", ".join(items[:-1]), *items[-1:])))


def wrapped(text: str, width: int = WIDTH, indent: str = "") -> list[str]:
    """Return the lines of a text, those after the first indented. Names and commands stay whole: people copy them."""
    return textwrap.wrap(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False) or [
        text
    ]


def labelled(label: str, text: str, width: int = WIDTH) -> list[str]:
    """Return the lines of a text with its label before it. An address is not moved to a line of its own."""
    column = f"{_INDENT}{label:<{_LABEL}}"
    return wrapped(column + text, width, " " * len(column)) if " " in text else [column + text]
