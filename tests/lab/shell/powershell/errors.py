# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An error record of a cmdlet as PowerShell 5.1 writes it to a redirected standard error, 80 columns wide."""

from __future__ import annotations

import textwrap

WIDTH = 80


def record(cmdlet: str, message: str, script: str, category: str, identifier: str) -> str:
    """The message, the line with the statement underlined, the category and the error id."""
    statement = script.strip()
    shown = statement if len(statement) < WIDTH - 4 else statement[: WIDTH - 8] + " ..."
    return "\r\n".join(
        [
            *textwrap.wrap(f"{cmdlet} : {message}", WIDTH - 1, break_long_words=False),
            "At line:1 char:1",
            f"+ {shown}",
            "+ " + "~" * min(len(statement), WIDTH - 4),
            f"    + CategoryInfo          : {category}",
            f"    + FullyQualifiedErrorId : {identifier}",
            " ",
            "",
        ]
    )
