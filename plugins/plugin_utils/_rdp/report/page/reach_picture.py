# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reach matrix as a picture: where each box and each text of it stands. The page draws it as SVG."""

from __future__ import annotations

import dataclasses
import typing as t

from ...phrases import number
from ..fleet import ReachMatrix, TargetRow
from ..marks import MARKS
from ..results import BLOCKED
from ..safe_text import one_line

_MOST_ROWS = 40
_NOTE, _HEAD, _ROW, _GAP = 170, 30, 30, 4
_LETTER, _MOST_LETTERS = 8.2, 36
_WIDE, _NARROW = 112, 34
# Up to so many columns the outcome stands in the box in words; beyond, names stand aslant above narrow boxes.
_MOST_WIDE = 6
_SLANTED_HEAD = 110

# A vantage that sees only that the port takes connections says "open".
_SYMBOLS = {"rdp": MARKS["ok"], "open": "○", "unknown": MARKS["unknown"]}
_NOTES = {
    "all": "blocked from everywhere",
    "some": "blocked from some",
    "one": "blocked from one",
    "none": "open from everywhere",
    "unknown": "nobody could look",
}


@dataclasses.dataclass(frozen=True)
class Box:
    """One vantage's view of one target. ``kind`` is open, shut, unknown or nothing."""

    x: int
    y: int
    kind: str
    text: str
    says: str


@dataclasses.dataclass(frozen=True)
class PictureRow:
    """One target."""

    y: int
    label: str
    note: str
    boxes: tuple[Box, ...]


@dataclasses.dataclass(frozen=True)
class Picture:
    """A picture of ``width`` by ``height`` with a sentence that says the same."""

    width: int
    height: int
    label: int
    box: int
    slanted: bool
    columns: tuple[tuple[int, int, str], ...]
    rows: tuple[PictureRow, ...]
    left_out: int
    sentence: str
    targets: tuple[TargetRow, ...]


def picture(reach: ReachMatrix) -> Picture:
    """Return the picture of a matrix. What is blocked comes first, and is what the picture has room for."""
    slanted = len(reach.vantages) > _MOST_WIDE
    box, head = (_NARROW, _SLANTED_HEAD) if slanted else (_WIDE, _HEAD)
    targets = sorted(reach.targets, key=lambda target: BLOCKED.index(target.blocked))
    shown = targets[:_MOST_ROWS]

    label = int(_LETTER * max((len(_short(target.name, _MOST_LETTERS)) for target in shown), default=0))

    def x(column: int) -> int:
        return label + 12 + column * (box + _GAP)

    rows = []
    for index, target in enumerate(shown):
        y = head + index * (_ROW + _GAP)
        boxes = tuple(_box(x(column), y, vantage, target, slanted) for column, vantage in enumerate(reach.vantages))
        rows.append(PictureRow(y, _short(target.name, _MOST_LETTERS), _NOTES[target.blocked], boxes))
    return Picture(
        # A name that stands aslant over the last box reaches beyond it.
        width=x(len(reach.vantages)) + max(_NOTE, _SLANTED_HEAD if slanted else 0),
        height=head + len(shown) * (_ROW + _GAP),
        label=label,
        box=box,
        slanted=slanted,
        columns=tuple(
            (x(column) + box // 2, head - 10, _short(vantage, 18 if slanted else 16))
            for column, vantage in enumerate(reach.vantages)
        ),
        rows=tuple(rows),
        left_out=len(targets) - len(shown),
        sentence=_sentence(reach),
        targets=tuple(targets),
    )


def _box(x: int, y: int, vantage: str, target: TargetRow, symbol_only: bool) -> Box:
    outcome = target.outcomes.get(vantage)
    if outcome is None:
        return Box(x, y, "nothing", "", f"{one_line(vantage)}: did not look")
    symbol = _SYMBOLS.get(outcome, MARKS["problem"])
    # Behind a port that takes connections is no Remote Desktop where it is blocked from everywhere.
    connected = "shut" if target.blocked == "all" else "open"
    kind = {"rdp": "open", "open": connected, "unknown": "unknown"}.get(outcome, "shut")
    word = one_line(outcome)
    return Box(x, y, kind, symbol if symbol_only else f"{symbol} {_short(word, 14)}", f"{one_line(vantage)}: {word}")


def _sentence(reach: ReachMatrix) -> str:
    count = {blocked: sum(target.blocked == blocked for target in reach.targets) for blocked in BLOCKED}
    parts = [f"{many} {_NOTES[blocked]}" for blocked, many in count.items() if many]
    seen = f"{number(len(reach.targets), 'target')} seen from {number(len(reach.vantages), 'computer')}"
    return f"{seen}: {', '.join(parts)}."


def _short(text: t.Any, most: int) -> str:
    shown = one_line(str(text))
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"
