# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""List what the collection and its lab assume of Windows where nobody has seen it: the marks ``# Unseen:`` in the code.

docs/verification.md says how to check each of them on a real host.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("plugins", "roles", "playbooks", "tests/lab")

_MARK = re.compile(r"^\s*(?:.*\s)?# Unseen: (?P<text>.+)$")
_MORE = re.compile(r"^\s*# (?P<text>.+)$")


@dataclass(frozen=True)
class Assumption:
    """One mark: where it is, and what is assumed there."""

    path: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


def assumptions(root: Path = ROOT) -> Iterator[Assumption]:
    """Return every mark in the files of the repository, in the order of their paths."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".py", ".yml") and "__pycache__" not in path.parts:
                yield from _marks(path, path.relative_to(root))


def _marks(path: Path, shown: Path) -> Iterator[Assumption]:
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        if found := _MARK.match(line):
            text = [found["text"]]
            # The sentence ends where its full stop is.
            for more in map(_MORE.match, lines[number:]):
                if text[-1].endswith(".") or more is None:
                    break
                text.append(more["text"])
            yield Assumption(shown, number, " ".join(text))


def main() -> int:
    """Print them."""
    found = list(assumptions())
    for one in found:
        print(one)
    print(f"{len(found)} assumptions. docs/verification.md says how to check them.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
