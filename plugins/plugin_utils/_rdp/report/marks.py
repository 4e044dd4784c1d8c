# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The marks and words of a report, for everything but the terminal. No mark needs a colour."""

from __future__ import annotations

from ..model import Status
from .changes import Kind
from .fleet import State

MARKS: dict[Status, str] = {"ok": "✓", "warning": "!", "problem": "✕", "unknown": "?", "skipped": "–"}
STATE_MARKS: dict[State, str] = {
    "problem": "✕",
    "unknown": "?",
    "unreachable": "⊘",
    "failed": "⊗",
    "warning": "!",
    "healthy": "✓",
}
STATE_WORDS: dict[State, str] = {
    "problem": "problem",
    "unknown": "not judged",
    "unreachable": "unreachable",
    "failed": "failed",
    "warning": "warning",
    "healthy": "healthy",
}
CHANGE_TITLES: dict[Kind, str] = {
    "broken": "newly broken",
    "changed": "changed",
    "new": "new",
    "gone": "gone",
    "fixed": "fixed",
}
