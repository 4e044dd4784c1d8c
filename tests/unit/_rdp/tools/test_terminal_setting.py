# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Win32_TerminalServiceSetting: whether a session host takes logons."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import CommandResult
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import terminal_setting
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools.terminal_setting import TerminalSetting


def _read(text: str, exit_code: int = 0) -> TerminalSetting:
    return terminal_setting.read(CommandResult(text.encode(), exit_code, terminal_setting.show()))


def test_command_has_no_pipe_and_no_quote_that_a_login_shell_would_see() -> None:
    line = terminal_setting.show().line
    assert line.count('"') == 2 and line.endswith('"') and not set("|&<>^%!") & set(line)


@pytest.mark.parametrize(
    ("row", "setting"),
    [
        ('["0",0]', TerminalSetting(0, 0)),
        ('["1",0]', TerminalSetting(1, 0)),
        ("[0,1]", TerminalSetting(0, 1)),
        ("[1,2]", TerminalSetting(1, 2)),
        ('["",0]', TerminalSetting(None, 0)),
        ("[null,null]", TerminalSetting(None, 0)),
    ],
)
def test_setting(row: str, setting: TerminalSetting) -> None:
    assert _read(f"{row}\r\nend\r\n") == setting


@pytest.mark.parametrize(
    ("text", "exit_code", "reason"),
    [
        ("", 0, "could not be read"),
        ('["0",0]\r\nend\r\n', 1, "could not be read"),
        ('["0",0]\r\n', 0, "could not be read"),
        ('["0",0]\r\n["0",0]\r\nend\r\n', 0, "could not be read"),
        ("Get-CimInstance : Zugriff verweigert\r\n", 1, "could not be read"),
        ("end\r\nend\r\n", 0, "not understood"),
        ('{"a":0}\r\nend\r\n', 0, "not understood"),
        ('["0"]\r\nend\r\n', 0, "not understood"),
        ('["2",0]\r\nend\r\n', 0, "not one that is documented"),
        ('["0",3]\r\nend\r\n', 0, "not one that is documented"),
        ('["0","0"]\r\nend\r\n', 0, "not one that is documented"),
    ],
)
def test_nothing_that_is_understood(text: str, exit_code: int, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        _read(text, exit_code)
