# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The conditions of IF."""

from __future__ import annotations

import re
import typing as t

from ...environment import lookup
from .nodes import If

if t.TYPE_CHECKING:
    from .interpreter import Interpreter


def holds(interpreter: Interpreter, node: If) -> bool:
    """Whether the test itself (without NOT) is true."""
    words = [interpreter.late(word) for word in node.words]
    if node.test == "exist":
        name = words[0].strip('"')
        if name.lower().endswith("\\nul"):  # the old idiom for "is a directory"
            return interpreter.machine.files.is_directory(interpreter.path(name[:-4]))
        path = interpreter.path(name).rstrip("\\")
        if path.endswith("\\*") and interpreter.machine.files.is_directory(path[:-2]):
            return True  # every folder, and a link to one, has an entry "."
        return name.lower() == "nul" or bool(interpreter.machine.files.glob(path)) or path.endswith(":")
    if node.test == "errorlevel":
        return words[0].lstrip("-").isdigit() and interpreter.errorlevel >= int(words[0])
    if node.test == "defined":
        return lookup(interpreter.environment, words[0]) is not None
    if node.test == "cmdextversion":
        return words[0].isdigit() and int(words[0]) <= 2
    left, right = words
    if node.test != "==":
        low, high = number(left), number(right)
        if low is not None and high is not None:
            return _compare(node.test, (low > high) - (low < high))
    if node.ignore_case:
        left, right = left.lower(), right.lower()
    order = (left > right) - (left < right)
    return order == 0 if node.test == "==" else _compare(node.test, order)


def number(text: str) -> int | None:
    """A number as IF reads it: decimal, 0x hexadecimal, or octal with a leading 0; None for any other text."""
    match = re.fullmatch(r"([+-]?)(0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*)", text, re.I)
    if match is None:
        return None
    digits = match.group(2).lower()
    base = 16 if digits.startswith("0x") else 8 if digits.startswith("0") and len(digits) > 1 else 10
    return int(digits, base) * (-1 if match.group(1) == "-" else 1)


def _compare(test: str, order: int) -> bool:
    return {
        "equ": order == 0, "neq": order != 0, "lss": order < 0, "leq": order <= 0, "gtr": order > 0, "geq": order >= 0,
    }[test]  # fmt: skip
