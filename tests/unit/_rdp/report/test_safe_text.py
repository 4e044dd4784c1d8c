# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text of foreign origin: all of it can be seen."""

from __future__ import annotations

import typing as t

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.safe_text import visible
from hypothesis import given
from hypothesis import strategies as st

from unit._rdp.report.hostile import HIDDEN


@given(st.text(max_size=40))
def test_visible_text_hides_nothing_and_keeps_what_can_be_seen(text: str) -> None:
    shown = visible(text)
    assert not HIDDEN.search(shown)
    if not HIDDEN.search(text) and text.isascii():
        assert shown == text
    t.cast("str", shown).encode("utf-8")
