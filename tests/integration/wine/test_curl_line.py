# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines for curl.exe hold percent signs, which are no variables: cmd.exe hands them over as they are."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import curl

from integration.wine.prefix import Prefix
from lab.machine import Machine

pytestmark = pytest.mark.needs_program("wine")

_TARGETS = [curl.url("web03.example.com", 3389), curl.url("2001:db8::3", 3390)]
LINES = [
    curl.connect(_TARGETS, 2.5, 1000, curl.Curl((8, 13))).line,
    curl.connect(_TARGETS[:1], 5, 1000, curl.Curl((7, 55))).line,
]
_ARRIVED = "echo @b@ & echo {} <nul 2>&1 & echo @!errorlevel!@"
_OURS = 'cmd.exe /d /v:on /s /c "{}"'


@pytest.mark.parametrize("line", LINES, ids=["many", "one"])
def test_the_line_arrives_as_it_is(line: str, prefix: Prefix) -> None:
    # Wine gets it from a batch file, in which a percent sign is written as two; our cmd.exe then gets one.
    printed = prefix.run(_OURS.format(_ARRIVED.format(line)).replace("%", "%%")).stdout
    assert _lines(printed) == ["@b@", line, "@0@"]


@pytest.mark.parametrize("line", LINES, ids=["many", "one"])
@pytest.mark.parametrize("shell", ["{}", '"cmd.exe" /c "{}"'], ids=["powershell", "cmd"])
def test_the_lab_agrees(line: str, shell: str, machine: Machine) -> None:
    ran = machine.create_process(shell.format(_OURS.format(_ARRIVED.format(line))), code_page=437)
    assert _lines(ran.stdout) == ["@b@", line, "@0@"]


def _lines(printed: bytes) -> list[str]:
    return [text.strip() for text in printed.decode("ascii").splitlines()]
