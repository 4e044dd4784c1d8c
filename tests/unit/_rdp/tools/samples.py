# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the tools share."""

from __future__ import annotations

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Command, CommandResult


def printed(
    text: str | bytes, exit_code: int | None = 0, line: str = "tool", code_page: int | None = None
) -> CommandResult:
    """Return an output as the host gives it: lines end in CR LF."""
    data = text if isinstance(text, bytes) else text.replace("\n", "\r\n").encode()
    return CommandResult(data, exit_code, Command(line), code_page)
