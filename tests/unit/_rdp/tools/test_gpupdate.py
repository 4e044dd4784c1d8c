# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gpupdate: the line we send."""

from __future__ import annotations

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import gpupdate


def test_policies_of_the_computer_alone_are_applied() -> None:
    assert gpupdate.refresh(120).line == "gpupdate /target:computer /wait:120"
    assert gpupdate.refresh(0, force=True).line == "gpupdate /target:computer /force /wait:0"
