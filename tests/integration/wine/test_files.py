# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The size of a file, by a real cmd.exe."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import file_transfer
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Command, CommandResult, Probe

from integration.wine.hosts import WineHost
from integration.wine.prefix import Prefix

pytestmark = pytest.mark.needs_program("wine")

_FOLDER = r"C:\with a size"


def _size(host: WineHost, probe: Probe[int | None]) -> int | None:
    # The loop's variable is written twice in a batch file, which is how this host runs a line.
    line = probe.command.line.replace("%f ", "%%f ").replace("%~zf", "%%~zf")
    (ran,) = host.run(Command(line))
    return probe.read(CommandResult(ran.data, ran.exit_code, probe.command))


def test_size_of_a_file(prefix: Prefix) -> None:
    host = WineHost(prefix, "powershell")
    host.run(Command(f'mkdir "{_FOLDER}"'))
    host.write_file(rf"{_FOLDER}\full.bin", bytes(70_000))
    host.write_file(rf"{_FOLDER}\empty.bin", b"")
    assert _size(host, file_transfer.size(rf"{_FOLDER}\full.bin")) == 70_000
    assert _size(host, file_transfer.size(rf"{_FOLDER}\empty.bin")) == 0
    assert _size(host, file_transfer.size(rf"{_FOLDER}\none.bin")) is None
    assert _size(host, file_transfer.size(r"%SystemRoot%\no such folder\none.bin")) is None
