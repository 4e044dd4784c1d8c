# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The marks, words and limits that the formats share; the page's script gets them as data. No mark needs a colour."""

from __future__ import annotations

from ..model import Status
from .changes import Kind
from .fleet import State

MARKS: dict[Status, str] = {"ok": "✓", "warning": "!", "problem": "✕", "unknown": "?", "skipped": "–"}
#: What a mark means.
MEANINGS: dict[Status, str] = {
    "ok": "ok",
    "warning": "works, and Microsoft advises against it",
    "problem": "keeps people out",
    "unknown": "could not be judged",
    "skipped": "another check has to be ok first",
}
TERMINAL_MARKS: dict[Status, str] = {
    "ok": "[ok]",
    "warning": "[ !]",
    "problem": "[XX]",
    "unknown": "[ ?]",
    "skipped": "[ -]",
}
#: A repair, in a terminal.
REPAIRED = "[->]"
#: One letter for each status: the class of each cell of the page's grid. A cell without a finding has NO_FINDING.
LETTERS: dict[Status, str] = {"ok": "o", "warning": "w", "problem": "p", "unknown": "u", "skipped": "s"}
NO_FINDING = "n"
#: What needs a look, and everything in the order of the grid: the worst first.
TELLING: tuple[Status, ...] = ("problem", "unknown", "warning")
WORST_FIRST: tuple[Status, ...] = (*TELLING, "skipped", "ok")

STATE_MARKS: dict[State, str] = {
    "problem": MARKS["problem"],
    "unknown": MARKS["unknown"],
    "unreachable": "⊘",
    "failed": "⊗",
    "warning": MARKS["warning"],
    "healthy": MARKS["ok"],
}
STATE_WORDS: dict[State, str] = {
    "problem": "problem",
    "unknown": "not judged",
    "unreachable": "unreachable",
    "failed": "failed",
    "warning": "warning",
    "healthy": "healthy",
}
#: The status whose mark and colour a state has in a terminal.
STATE_STATUSES: dict[State, Status] = {
    "problem": "problem",
    "unknown": "unknown",
    "unreachable": "unknown",
    "failed": "unknown",
    "warning": "warning",
    "healthy": "ok",
}
CHANGE_TITLES: dict[Kind, str] = {
    "broken": "newly broken",
    "changed": "changed",
    "new": "new",
    "gone": "gone",
    "fixed": "fixed",
}
CHANGE_MARKS: dict[Kind, str] = {
    "broken": MARKS["problem"],
    "changed": "~",
    "new": "+",
    "gone": "\N{MINUS SIGN}",
    "fixed": MARKS["ok"],
}
#: The state in whose colour a change is shown.
CHANGE_STATES: dict[Kind, State] = {
    "broken": "problem",
    "changed": "warning",
    "new": "unreachable",
    "gone": "unreachable",
    "fixed": "healthy",
}

#: How many commands of a finding are shown, and how many names in one paragraph of a terminal.
MOST_COMMANDS = 4
MOST_NAMES = 8
