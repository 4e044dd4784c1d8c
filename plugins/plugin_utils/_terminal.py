# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prints a text as one block, as wide as the terminal and in the colours that the user gave to Ansible.

Private to this collection.
"""

from __future__ import annotations

import os
import typing as t

from ansible import constants as C
from ansible.utils.color import stringc
from ansible.utils.display import Display

from ._rdp.model import Status
from ._rdp.report.safe_text import visible
from ._rdp.report.terminal import Style

# Narrower or wider than this, a report is no longer legible.
_NARROWEST, _WIDEST = 80, 120


def show(text: str | t.Callable[[Style], str]) -> None:
    """Print a text, or what sets it for this terminal."""
    if isinstance(text, str):
        Display().display(f"\n{visible(text)}\n\n")
        return
    # Ansible's log is a file, and has no colours.
    Display().display(f"\n{text(Style(width(), _painted))}\n\n", screen_only=True)
    Display().display(f"\n{text(Style())}\n\n", log_only=True)


def width() -> int:
    """Return the columns to print in. A worker of Ansible has no terminal of its own, so its Display is asked."""
    asked = os.environ.get("COLUMNS", "")
    columns = int(asked) if asked.isascii() and asked.isdigit() else Display().columns + 1
    return min(max(columns, _NARROWEST), _WIDEST)


def _painted(text: str, status: Status) -> str:
    """Give a text the colour that the user gave to such results, if Ansible prints in colour at all."""
    colours = {
        "ok": C.COLOR_OK,
        "warning": C.COLOR_CHANGED,
        "problem": C.COLOR_ERROR,
        "unknown": C.COLOR_WARN,
        "skipped": C.COLOR_SKIP,
    }
    return str(stringc(text, colours[status]))
