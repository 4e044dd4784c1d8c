# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a test is follows from where the code is, and a name means one thing."""

from __future__ import annotations

import ast
import collections
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "plugins/plugin_utils/_rdp"
MIRRORED = ("checks", "repairs", "tools", "formats", "state")
CODE = sorted(path for room in MIRRORED for path in (CORE / room).rglob("[!_]*.py"))
# Ansible finds a plugin's class by this name.
ANSIBLES_OWN = {"ActionModule", "CallbackModule", "FilterModule"}


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(CORE)))
def test_file_without_a_unit_test_of_its_name(path: Path) -> None:
    room = path.relative_to(CORE).parent
    assert (ROOT / "tests/unit/_rdp" / room / f"test_{path.name}").is_file()


def test_two_classes_of_one_name() -> None:
    places = collections.defaultdict(list)
    for path in (ROOT / "plugins").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and node.name not in ANSIBLES_OWN:
                places[node.name].append(str(path.relative_to(ROOT)))
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}
