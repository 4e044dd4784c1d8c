# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who reaches whom, as text for a terminal: the matrix, then why, in at most 100 columns.

Up to twenty targets each have a line. Of more, only those are listed that are not fine, and those that are alike share
a line and a reason.
"""

from __future__ import annotations

import collections
import typing as t

from ..model import Status
from ..phrases import WIDTH, labelled, number, shortened, wrapped
from .marks import MOST_NAMES, TERMINAL_MARKS

_FEW = 20
_GAP = "  "
#: The narrowest column of targets beside which a matrix still makes sense.
_NARROWEST = 24
_ANSWERS = {
    "none": "reached from everywhere",
    "all": "from nowhere",
    "some": "from some only",
    "one": "from all but one",
    "unknown": "not looked at",
}
# Of what is open, only what is not proven needs a reason.
_STATUSES: dict[str, Status] = {"none": "warning", "unknown": "unknown"}

Row = t.Mapping[str, t.Any]


def reach_report(matrix: t.Mapping[str, t.Any]) -> str:
    """Return the text.

    Args:
        matrix: What reach.matrix returned.
    """
    rows, vantages = matrix["targets"], matrix["vantages"]
    lines = wrapped(_head(rows, vantages), indent="  ")
    shown = [[row] for row in rows] if len(rows) <= _FEW else _alike([row for row in rows if not _is_fine(row)])
    if shown:
        lines += ["", *_table(shown, vantages)]
    for group in _alike([row for row in rows if not _is_fine(row)]):
        lines += ["", *_reason(group)]
    return "\n".join(lines)


def _head(rows: t.Sequence[Row], vantages: t.Sequence[str]) -> str:
    count = collections.Counter(row["blocked"] for row in rows)
    parts = [f"{count[answer]} {words}" for answer, words in _ANSWERS.items() if count[answer]]
    unproven = sum(row["blocked"] == "none" and not row["proven"] for row in rows)
    if unproven:
        parts.append(f"{unproven} of them not proven to be Remote Desktop")
    return (
        f"Remote Desktop on {number(len(rows), 'target')}, seen from {number(len(vantages), 'computer')}: "
        f"{', '.join(parts) or 'nothing looked at'}"
    )


def _is_fine(row: Row) -> bool:
    return bool(row["blocked"] == "none" and row["proven"])


def _alike(rows: t.Iterable[Row]) -> list[list[Row]]:
    """Return the targets of which the same is said in groups, what hits most of them first."""
    groups: dict[t.Any, list[Row]] = collections.defaultdict(list)
    for row in rows:
        said = tuple(row[key].replace(row["target"], "") for key in ("reason", "next_step"))
        groups[row["blocked"], tuple(row["outcomes"].items()), row["where"], said].append(row)
    order = [*list(_ANSWERS)[1:], "none"]
    return sorted(groups.values(), key=lambda group: (order.index(group[0]["blocked"]), -len(group)))


def _table(groups: t.Sequence[t.Sequence[Row]], vantages: t.Sequence[str]) -> list[str]:
    """Return the matrix, or a list of what each sees where it is too wide."""
    words = [[group[0]["outcomes"][vantage] or "-" for vantage in vantages] for group in groups]
    columns = [max(len(head), *(len(row[index]) for row in words)) for index, head in enumerate(_heads(vantages))]
    left = WIDTH - sum(column + len(_GAP) for column in columns)
    if left < _NARROWEST:
        return [line for group in groups for line in _listed(group)]
    names = [_in(_named(group), left) for group in groups]
    first = max(len(name) for name in names)

    def line(name: str, cells: t.Iterable[str]) -> str:
        padded = [cell.ljust(column) for cell, column in zip(cells, columns, strict=True)]
        return _GAP.join([name.ljust(first), *padded]).rstrip()

    return [line("", _heads(vantages)), *map(line, names, words)]


def _heads(vantages: t.Sequence[str]) -> list[str]:
    return [_in(vantage, 15) for vantage in vantages]


def _listed(group: t.Sequence[Row]) -> list[str]:
    by_outcome: dict[str, list[str]] = collections.defaultdict(list)
    for vantage, outcome in group[0]["outcomes"].items():
        by_outcome[outcome or "-"].append(vantage)
    seen = "; ".join(f"{outcome} from {shortened(names, MOST_NAMES)}" for outcome, names in by_outcome.items())
    return wrapped(f"{_named(group)}: {seen}", indent="  ")


def _named(group: t.Sequence[Row]) -> str:
    return f"{group[0]['target']}" + (f" and {len(group) - 1} more" if len(group) > 1 else "")


def _in(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 2]}.."


def _reason(group: t.Sequence[Row]) -> list[str]:
    row = group[0]
    mark = TERMINAL_MARKS[_STATUSES.get(row["blocked"], "problem")]
    lines = wrapped(f"{mark} {row['reason']}", indent=" " * (len(mark) + 1))
    if len(group) > 1:
        lines += labelled("also", shortened([other["target"] for other in group[1:]], MOST_NAMES))
    lines += labelled("fix", row["next_step"])
    for note in row["notes"]:
        lines += labelled("note", note)
    return lines + labelled("see", row["section"])
