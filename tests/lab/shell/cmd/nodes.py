# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cmd.exe's parser makes of a line."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Redirect:
    """One redirection: which handle, how (`<`, `>`, `>>`, `&`), and to what."""

    handle: int
    operator: str
    target: str


@dataclasses.dataclass(frozen=True)
class Command:
    """A simple command: its text with escapes resolved, blanks kept."""

    text: str
    redirects: tuple[Redirect, ...] = ()


@dataclasses.dataclass(frozen=True)
class Block:
    """A parenthesised group."""

    body: Node | None
    redirects: tuple[Redirect, ...] = ()


@dataclasses.dataclass(frozen=True)
class Chain:
    """Two commands joined by ``&``, ``&&``, ``||`` or ``|``."""

    operator: str
    left: Node
    right: Node


@dataclasses.dataclass(frozen=True)
class If:
    """A condition with its branches. ``words`` are the operands of the test."""

    test: str
    words: tuple[str, ...]
    negate: bool
    ignore_case: bool
    then: Node
    otherwise: Node | None = None


@dataclasses.dataclass(frozen=True)
class For:
    """A loop: kind '' (words), 'l' (numbers) or 'f' (lines)."""

    kind: str
    options: str
    variable: str
    items: str
    body: Node
    redirects: tuple[Redirect, ...] = dataclasses.field(default=())


Node = Command | Block | Chain | If | For


def last(node: Node) -> Node:
    """The right end of a chain."""
    while isinstance(node, Chain):
        node = node.right
    return node
