# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever a host prints, a probe reads it or says that it can't."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import facts, probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks import CHECKS
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import CommandResult

NUMBERS = ("9" * 5000, "-" + "9" * 5000, "[" * 5000, "{" * 100_000, '{"outcome":' * 50_000, "1." * 5000)


@pytest.mark.parametrize("text", NUMBERS, ids=["number", "negative", "arrays", "objects", "nested", "points"])
def test_no_text_of_a_host_is_a_mistake(text: str) -> None:
    """Numbers of 5,000 digits and arrays within each other, as the whole output and in front of a real one."""
    sought = dict.fromkeys(probe for check in CHECKS for probe in check.needs)
    for probe in (*sought, *facts.EVERYTHING, probes.outside(3389)):
        for data in (text, f"\r\n{text}\r\n", f'[SC] f {text}\r\n"a","{text}","b","1","{text} K"\r\n'):
            try:
                probe.read(CommandResult(data.encode(), 0, probe.command))
            except UnreadableError:
                continue
