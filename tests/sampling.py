# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which cases of a large product a usual run takes, and the record of what it leaves out.

Every fault in every language, every pair of faults, a cut before every command: all of that takes an hour. A usual run
takes a part of it, the same part for the same seed (``RDP_SEED``, 1 if it is not set), chosen so that nothing goes
without any test: each fault is there, if not in each language. ``RDP_EXHAUSTIVE=1``, or ``./run test --exhaustive``,
takes everything. Whatever chooses here also counts here, and sampling_plugin.py says at the end of the run what was
left out.
"""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

SEED = "RDP_SEED"
EXHAUSTIVE = "RDP_EXHAUSTIVE"

T = TypeVar("T")
U = TypeVar("U")


#: What is sampled, for people -> the group within it -> how many cases a run takes, and how many there are. Nothing but
#: Python's own types: xdist's workers hand it over.
Record = dict[str, dict[str, tuple[int, int]]]

_record: Record = defaultdict(dict)


def seed() -> int:
    """Another seed makes another choice; two consecutive ones deal everything out differently."""
    return int(os.environ.get(SEED) or "1")


def is_exhaustive() -> bool:
    """Whether nothing is left out."""
    return os.environ.get(EXHAUSTIVE) == "1"


def record() -> Record:
    """Return of what this process took a part, and how much."""
    return {what: dict(groups) for what, groups in _record.items()}


def some(
    what: str, cases: Sequence[T], count: int, covers: Callable[[T], Iterable[Hashable]] = lambda case: ()
) -> list[T]:
    """Choose about so many cases, in their order.

    Args:
        what: What the cases are, in the plural, for people: "pairs of faults".
        cases: All of them; each has a str() of its own.
        count: How many at least.
        covers: What a case is about. Each such thing is in one of the chosen cases, even if that takes more of them.
    """
    drawn = sorted(range(len(cases)), key=lambda index: _number(what, str(cases[index])))
    met: set[Hashable] = set()
    chosen = []
    for index in drawn:
        if new := set(covers(cases[index])) - met:
            met |= new
            chosen.append(index)
    rest = [index for index in drawn if index not in set(chosen)]
    chosen += rest[: max(0, count - len(chosen))]
    return _taken(what, "", [cases[index] for index in sorted(chosen)], cases)


def one_in(step: int, what: str, group: str, cases: Sequence[T]) -> list[T]:
    """Choose every so manieth case of a sequence, beginning anywhere in the first ones.

    Args:
        step: One of how many is taken.
        what: What the cases are, in the plural, for people: "cuts before a command of a repair".
        group: Which of several sequences of that kind this is. Each begins elsewhere.
        cases: The sequence.
    """
    return _taken(what, group, list(cases[(_number(what, group) + seed()) % min(step, len(cases) or 1) :: step]), cases)


def dealt(what: str, items: Iterable[T], into: Sequence[U], group: str = "") -> list[tuple[T, U]]:
    """Give each item to one of several others, and each of these about as many: each fault to a language.

    Args:
        what: What the pairs are, in the plural, for people: "faults in a language".
        items: Each has a str() of its own.
        into: Whom they are given to. With the next seed, each item is given to the next one.
        group: Which of several deals of that kind this is.

    Returns:
        The chosen pairs; all that there are if nothing is left out.
    """
    pairs = [(item, other) for item in items for other in into]
    chosen = [(item, other) for item, other in pairs if other == into[(_number(what, str(item)) + seed()) % len(into)]]
    return _taken(what, group, chosen, pairs)


def _number(what: str, case: str) -> int:
    """The same for the same words, on every machine and in every process."""
    return int.from_bytes(hashlib.sha256(f"{what}\n{case}".encode()).digest()[:8])


def _taken(what: str, group: str, chosen: list[T], cases: Sequence[T]) -> list[T]:
    if is_exhaustive() or len(chosen) == len(cases):
        return list(cases)
    _record[what][group] = (len(chosen), len(cases))
    return chosen
