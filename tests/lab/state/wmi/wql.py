# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The condition of a WMI query: comparisons for equality, joined by AND and OR, in brackets where wanted.

https://learn.microsoft.com/windows/win32/wmisdk/wql-sql-for-wmi: keywords and texts don't mind case, a text stands in
single or double quotes, and a backslash within it takes the next character as it is. One that escapes nothing known is
an invalid query, as everything that is not of this subset is a loud error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from .terminal import Instance, Property, WmiError

Condition = Callable[[Instance], bool]
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?P<number>\d+)|(?P<word>\w+)|(?P<sign><>|=|\(|\)))\s*""",
    re.DOTALL,
)
_KEYWORDS = {"and", "or", "true", "false"}


class NotModelledError(Exception):
    """WMI may know it, the lab doesn't."""


def _invalid() -> WmiError:
    return WmiError("Invalid query ", "InvalidArgument", 0x80041017)


def condition(text: str, properties: Collection[str]) -> Condition:
    """Read a condition about instances with these properties; WmiError or NotModelledError."""
    parser = _Parser(text, {name.lower(): name for name in properties})
    found = parser.any_of()
    if parser.peek() != ("", ""):
        raise NotModelledError(f"WQL: {parser.peek()[1]}")
    return found


class _Parser:
    def __init__(self, text: str, properties: dict[str, str]) -> None:
        self._properties = properties
        self._tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise NotModelledError(f"WQL: {text[at:]}")
            kind = str(found.lastgroup)
            self._tokens.append((kind, found[kind]))
            at = found.end()
        self._at = 0

    def peek(self) -> tuple[str, str]:
        """The next token, two empty texts at the end."""
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", "")

    def _take(self) -> tuple[str, str]:
        token = self.peek()
        self._at += 1
        return token

    def _takes(self, word: str) -> bool:
        if self.peek()[0] in ("word", "sign") and self.peek()[1].lower() == word:
            self._at += 1
            return True
        return False

    def any_of(self) -> Condition:
        parts = [self._all_of()]
        while self._takes("or"):
            parts.append(self._all_of())
        return lambda instance: any(part(instance) for part in parts)

    def _all_of(self) -> Condition:
        parts = [self._one()]
        while self._takes("and"):
            parts.append(self._one())
        return lambda instance: all(part(instance) for part in parts)

    def _one(self) -> Condition:
        if self._takes("("):
            inner = self.any_of()
            if not self._takes(")"):
                raise _invalid()
            return inner
        kind, word = self._take()
        if kind != "word" or word.lower() in _KEYWORDS:
            raise _invalid()
        if word.lower() not in self._properties:
            raise _invalid()
        name = self._properties[word.lower()]
        if self._takes("="):
            wanted = _folded(self._value())
            return lambda instance: _folded(instance[name]) == wanted
        if self._takes("<>"):
            unwanted = _folded(self._value())
            return lambda instance: _folded(instance[name]) != unwanted
        raise NotModelledError(f"WQL: {word} {self.peek()[1]}")

    def _value(self) -> Property:
        kind, token = self._take()
        if kind == "number":
            return int(token)
        if kind == "word" and token.lower() in ("true", "false"):
            return token.lower() == "true"
        if kind != "text":
            raise _invalid()
        if re.search(r"""(?<!\\)(?:\\\\)*\\[^\\'"]""", token[1:-1]):
            raise _invalid()
        return re.sub(r"\\(.)", r"\1", token[1:-1], flags=re.DOTALL)


def _folded(value: Property) -> Property:
    return value.lower() if isinstance(value, str) else value
