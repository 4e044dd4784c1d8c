# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The conventions of the lab. Each test is named after what somebody forgot."""

from __future__ import annotations

import ast
import collections
import sys
import typing as t
from pathlib import Path

import pytest

import lab

LAB = Path(lab.__file__).parent
FILES = sorted(LAB.rglob("*.py"))
# What the lab may import besides the standard library and itself.
THIRD_PARTY = {"asyncssh", "cryptography", "psrpcore", "spnego"}


def _imports(path: Path) -> t.Iterator[ast.Import | ast.ImportFrom]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return (node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom)))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(LAB)))
def test_file_imports_the_lab_absolutely_or_something_else_of_the_repository(path: Path) -> None:
    depth = len(path.relative_to(LAB).parts)
    for node in _imports(path):
        if isinstance(node, ast.ImportFrom) and node.level:
            assert node.level <= depth, f"line {node.lineno} leaves the lab"
            continue
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
        for name in names:
            assert name.split(".")[0] in sys.stdlib_module_names | THIRD_PARTY, f"line {node.lineno} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(LAB)))
def test_file_takes_names_out_of_typing_or_dataclasses(path: Path) -> None:
    """As in the rest of the repository: `import typing as t`, `import dataclasses`."""
    assert not [
        node for node in _imports(path) if isinstance(node, ast.ImportFrom) and node.module in ("typing", "dataclasses")
    ]


def test_name_of_a_family_is_a_prefix_again() -> None:
    """`tools/reg_query.py` beside the package `tools/reg` is `tools/reg/query.py`."""
    rooms = {path.parent for path in FILES}
    assert not [
        path for path in FILES for room in rooms if path.parent == room.parent and path.stem.startswith(room.name + "_")
    ]


def test_name_of_a_class_is_taken() -> None:
    homes = collections.defaultdict(list)
    for path in FILES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(path.name)
    assert {name: where for name, where in homes.items() if len(where) > 1} == {}
