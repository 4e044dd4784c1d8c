# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of PowerShell 5.1's grammar that runs native commands; everything else is a parse error, loudly.

Which characters end a bare word, what counts as a quote and which backtick escapes 5.1 knows follow
https://github.com/PowerShell/PowerShell/blob/master/src/System.Management.Automation/engine/parser/CharTraits.cs and
https://learn.microsoft.com/en-us/powershell/module/microsoft.powershell.core/about/about_quoting_rules
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping

SINGLE_QUOTES = "'\u2018\u2019\u201a\u201b"
DOUBLE_QUOTES = '"\u201c\u201d\u201e'
DASHES = "-\u2013\u2014\u2015"
#: about_Special_Characters; `e and `u came with PowerShell 6
ESCAPES = {"0": "\0", "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
ENDS_WORD = "(){};,|&<>"
#: about_Reserved_Words and what 5.1 adds for workflows and classes
KEYWORDS = frozenset(
    {
        "begin", "break", "catch", "class", "continue", "data", "define", "do", "dynamicparam", "else", "elseif",
        "end", "enum", "filter", "finally", "for", "foreach", "from", "function", "hidden", "if", "in", "inlinescript",
        "param", "parallel", "process", "return", "sequence", "static", "switch", "throw", "trap", "try", "until",
        "using", "var", "while", "workflow",
    }
)  # fmt: skip
_VARIABLE = re.compile(r"\$(\{[^}]*\}|(?:[A-Za-z_]+:)?[A-Za-z_0-9]+|[$?^])")
_CMDLET = re.compile(r"[A-Za-z]+-[A-Za-z]+")


class ParseError(Exception):
    """PowerShell would refuse the script, or the lab does not model what it says. Nothing of the script runs."""


@dataclasses.dataclass(frozen=True)
class Variable:
    """A variable that stands alone or within a text."""

    name: str


@dataclasses.dataclass(frozen=True)
class Word:
    """One argument: texts and variables in a row. `quoted`: it began with a quote; `bare`: it had none at all."""

    parts: tuple[str | Variable, ...]
    quoted: bool

    def value(self, variables: Mapping[str, str]) -> str:
        return "".join(part if isinstance(part, str) else variables[part.name.lower()] for part in self.parts)


@dataclasses.dataclass(frozen=True)
class Native:
    """A native command with its arguments."""

    words: tuple[Word, ...]


@dataclasses.dataclass(frozen=True)
class Show:
    """A value that stands alone as a statement: PowerShell writes it out."""

    word: Word


@dataclasses.dataclass(frozen=True)
class Exit:
    """`exit`, with nothing, a number or a variable."""

    word: Word | None


Statement = Native | Show | Exit


class Parser:
    """Reads one script. `known`: lower-case names of the variables that have a value."""

    def __init__(self, script: str, known: frozenset[str]) -> None:
        self._text = script
        self._at = 0
        self._known = known

    def parse(self) -> list[Statement]:
        statements: list[Statement] = []
        while True:
            self._skip_space(lines=True)
            if self._at >= len(self._text):
                return statements
            if self._peek() == ";":
                self._at += 1
                continue
            statements.append(self._statement())

    def _peek(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._text[at] if at < len(self._text) else ""

    def _skip_space(self, *, lines: bool = False) -> None:
        """Over white space, continued lines and comments; over line ends only between statements."""
        while self._at < len(self._text):
            char = self._peek()
            if char in "\r\n":
                if not lines:
                    return
                self._at += 1
            elif char.isspace():
                self._at += 1
            elif char == "`" and self._peek(1) in ("\r", "\n"):
                self._at += 3 if self._text[self._at + 1 : self._at + 3] == "\r\n" else 2
            elif char == "#":
                while self._at < len(self._text) and self._peek() not in "\r\n":
                    self._at += 1
            elif char == "<" and self._peek(1) == "#":
                raise ParseError("block comments are not modelled")
            else:
                return

    def _at_end(self) -> bool:
        self._skip_space()
        return self._peek() in ("", "\r", "\n", ";")

    def _statement(self) -> Statement:
        char = self._peek()
        if char == "&":
            self._at += 1
            self._skip_space()
            return self._native(called=True)
        if char in SINGLE_QUOTES or char in DOUBLE_QUOTES or char == "$":
            word = self._word()
            if not self._at_end():
                raise ParseError(f"Unexpected token '{self._rest()}' in expression or statement.")
            return Show(word)
        return self._native(called=False)

    def _native(self, *, called: bool) -> Statement:
        start = self._at
        command = self._word()
        words = [command]
        while not self._at_end():
            words.append(self._word())
        if called or command.quoted:
            return Native(tuple(words))
        if any(isinstance(part, Variable) for part in command.parts):
            raise ParseError("a variable within a command's name is not modelled")
        name = "".join(str(part) for part in command.parts)
        if name.lower() == "exit":
            if len(words) > 2:
                raise ParseError(f"Unexpected token '{words[2].parts}' in expression or statement.")
            return Exit(words[1] if len(words) > 1 else None)
        self._refuse_name(name, start)
        return Native(tuple(words))

    def _refuse_name(self, name: str, start: int) -> None:
        """What begins a statement without being the name of a program."""
        lower = name.lower()
        if lower in KEYWORDS:
            raise ParseError(f"the keyword '{name}' is not modelled")
        if lower in ("%", "?", ".") or lower.startswith(("[", "-", "+", "!", "@", ",")) or lower[:1].isdigit():
            raise ParseError(f"a statement that begins like this is not modelled: {self._text[start:][:60]}")
        if "=" in lower:
            raise ParseError(f"assignments are not modelled: {name}")
        if _CMDLET.fullmatch(name):
            raise ParseError(f"the cmdlet '{name}' is not modelled")

    def _rest(self) -> str:
        return self._text[self._at :].split()[0][:40]

    def _word(self) -> Word:
        char = self._peek()
        if char in SINGLE_QUOTES:
            word = Word((self._single_quoted(),), True)
            self._refuse_member()
            return word
        if char in DOUBLE_QUOTES:
            word = Word(tuple(self._double_quoted()), True)
            self._refuse_member()
            return word
        return self._bare()

    def _refuse_member(self) -> None:
        if self._peek() in (".", "[", ":") and self._peek():
            raise ParseError(f"members of a value are not modelled: {self._rest()}")

    def _bare(self) -> Word:
        parts: list[str | Variable] = []
        start = self._at
        if self._peek() == "@":
            raise ParseError(f"splatting, arrays and here-strings are not modelled: {self._rest()}")
        if self._text.startswith("--%", self._at):
            raise ParseError("the stop-parsing token --% is not modelled")
        while self._at < len(self._text):
            char = self._peek()
            if char.isspace() or char == ";":
                break
            if char in ENDS_WORD:
                raise ParseError(f"'{char}' outside quotes is not modelled: {self._text[start:][:60]}")
            if char in SINGLE_QUOTES:
                parts.append(self._single_quoted())
            elif char in DOUBLE_QUOTES:
                parts += self._double_quoted()
            elif char == "$":
                parts.append(self._variable())
            elif char == "`":
                if self._peek(1) in ("\r", "\n", ""):
                    break
                parts.append(self._escape())
            else:
                parts.append(char)
                self._at += 1
        word = Word(tuple(_joined(parts)), False)
        raw = self._text[start : self._at]
        if raw[:1] in DASHES and raw[1:2].isalpha() and "." in raw:
            # -a.b reaches a native command as two arguments: https://github.com/PowerShell/PowerShell/issues/6291
            raise ParseError(f"PowerShell breaks '{raw}' at the full stop; quote it")
        return word

    def _single_quoted(self) -> str:
        self._at += 1
        found: list[str] = []
        while self._at < len(self._text):
            char = self._peek()
            self._at += 1
            if char not in SINGLE_QUOTES:
                found.append(char)
            elif self._peek() in SINGLE_QUOTES and self._peek():
                # of two quotes in a row the second one is what the string gets
                found.append(self._peek())
                self._at += 1
            else:
                return "".join(found)
        raise ParseError("The string is missing the terminator: '.")

    def _double_quoted(self) -> list[str | Variable]:
        self._at += 1
        found: list[str | Variable] = []
        while self._at < len(self._text):
            char = self._peek()
            if char in DOUBLE_QUOTES:
                self._at += 1
                if not self._peek() or self._peek() not in DOUBLE_QUOTES:
                    return _joined(found) or [""]
                found.append(self._peek())
                self._at += 1
            elif char == "`":
                found.append(self._escape())
            elif char == "$":
                found.append(self._variable())
            else:
                found.append(char)
                self._at += 1
        raise ParseError('The string is missing the terminator: ".')

    def _escape(self) -> str:
        char = self._peek(1)
        if not char:
            raise ParseError("Incomplete string token.")
        self._at += 2
        return ESCAPES.get(char, char)

    def _variable(self) -> str | Variable:
        if self._peek(1) == "(":
            raise ParseError("subexpressions are not modelled")
        found = _VARIABLE.match(self._text, self._at)
        if found is None:  # a dollar before anything else is a dollar
            self._at += 1
            return "$"
        name = found[1].strip("{}")
        if name.lower() not in self._known:
            raise ParseError(f"the variable '${name}' is not modelled")
        self._at = found.end()
        if self._peek() in ("[", ".") and self._peek(1).isalnum():
            raise ParseError(f"members of a variable are not modelled: {self._rest()}")
        return Variable(name)


def _joined(parts: list[str | Variable]) -> list[str | Variable]:
    """The same with neighbouring texts made one."""
    joined: list[str | Variable] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    return joined
