# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""cmd.exe's own answers."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import cmd

from unit._rdp.tools.samples import printed


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("\nMicrosoft Windows [Version 10.0.20348.2113]\n", "10.0.20348.2113"),
        ("\nMicrosoft Windows [версия 10.0.19045.2965]\n", "10.0.19045.2965"),
        ("\nMicrosoft Windows [版本 10.0.26100.1]\n", "10.0.26100.1"),
        ("\nMicrosoft Windows [10.0.26100.1]\n", "10.0.26100.1"),
        ("\nMicrosoft Windows [Version 6.1.7601]\n", "6.1.7601"),
    ],
)
def test_version(text: str, version: str) -> None:
    assert str(cmd.VER.read(printed(text))) == version


@pytest.mark.parametrize("text", ["", "Microsoft Windows 10.0.20348.2113\n", "[Version 10]\n", "[1.2.3] [4.5.6]\n"])
def test_no_version(text: str) -> None:
    with pytest.raises(UnreadableError):
        cmd.VER.read(printed(text))


@pytest.mark.parametrize(
    ("text", "folder"),
    [("C:\\Windows\n", "C:\\Windows"), ("D:\\WINNT \n", "D:\\WINNT"), ("C:\\W x\\y\n", "C:\\W x\\y")],
)
def test_system_root(text: str, folder: str) -> None:
    assert cmd.SYSTEM_ROOT.read(printed(text)) == folder


@pytest.mark.parametrize(
    "text", ["", "%SystemRoot%\n", "Windows\n", "\\\\host\\share\n", "C:\\Windows\nmore\n", "C:\\\n"]
)
def test_no_system_root(text: str) -> None:
    with pytest.raises(UnreadableError):
        cmd.SYSTEM_ROOT.read(printed(text))


@pytest.mark.parametrize("probe", [cmd.VER, cmd.SYSTEM_ROOT], ids=lambda probe: probe.command.line)
def test_command_that_did_not_run(probe: cmd.Probe[object]) -> None:
    with pytest.raises(UnreadableError):
        probe.read(printed("C:\\Windows [Version 10.0.20348.2113]\n", None))


def test_count() -> None:
    assert cmd.read_count(printed("17\n")) == 17
    assert cmd.read_count(printed("Datei nicht gefunden\n0\n", 1)) == 0
    for text in ("", "?\n", "-1\n"):
        with pytest.raises(UnreadableError):
            cmd.read_count(printed(text))
