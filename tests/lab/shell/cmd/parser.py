# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The grammar of cmd.exe lines.

``&`` binds least, then ``||``, ``&&``, ``|``. A redirection may stand anywhere; a digit directly before it, after a
blank, names the handle. ``^`` takes the special meaning from the next character, outside quotes. The body of IF and
FOR reaches to the end of the line.
"""

from __future__ import annotations

import re
from functools import lru_cache

from .control import CmdSyntaxError, IncompleteError, UnsupportedSyntaxError
from .nodes import Block, Chain, Command, For, If, Node, Redirect, last

BLANKS = " \t,;=\x0b\x0c\xa0"
COMPARISONS = ("equ", "neq", "lss", "leq", "gtr", "geq")
# Runs of characters without a meaning: within quotes, and outside.
_QUOTED = re.compile(r'[^"\n]*')
_PLAIN = re.compile(r'[^"^&|<>()\s,;=\xa0]*')
_LEADING_REDIRECT = re.compile(r"(\d?)(?=[<>])")


# The same few lines are run again and again, and a tree never changes.
@lru_cache(maxsize=256)
def parse(text: str) -> Node | None:
    """A whole line (or block of lines) -> its tree; None when there is nothing in it."""
    parser = _Parser(text)
    parser.skip_lines()
    if parser.at_end():
        return None
    tree = parser.sequence()
    parser.skip_lines()
    if not parser.at_end():
        raise CmdSyntaxError(parser.rest_token())
    return tree


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.pos = 0
        self.depth = 0

    # -- characters ----------------------------------------------------------------------------------------------------

    def at_end(self) -> bool:
        return self.pos >= len(self.text)

    def peek(self, count: int = 1) -> str:
        return self.text[self.pos : self.pos + count]

    def skip_blanks(self) -> None:
        while not self.at_end() and self.peek() in BLANKS:
            self.pos += 1

    def skip_lines(self) -> None:
        while not self.at_end() and self.peek() in BLANKS + "\n":
            self.pos += 1

    def run(self, kept: list[str], characters: re.Pattern[str]) -> None:
        """Keep what is ahead of these characters."""
        match = characters.match(self.text, self.pos)
        if match:
            kept.extend(match.group())
            self.pos = match.end()

    def rest_token(self) -> str:
        match = re.match(r"&&|\|\||[&|<>()]|[^\s&|<>()]+", self.text[self.pos :])
        return match.group() if match else ""

    def word_ahead(self) -> str:
        """The letters ahead, when a command word ends there."""
        match = re.match(r"([A-Za-z]+)(?=[\s,;=(/<>&|^\"]|$)", self.text[self.pos :])
        return match.group(1).lower() if match else ""

    # -- operators -----------------------------------------------------------------------------------------------------

    def sequence(self) -> Node:
        left = self.either()
        while True:
            self.skip_blanks()
            if self.peek() == "&" and self.peek(2) != "&&":
                self.pos += 1
            elif self.peek() == "\n" and self.depth:
                self.skip_lines()
            else:
                return left
            self.skip_lines() if self.depth else self.skip_blanks()
            if self.at_end() or (self.depth and self.peek() == ")"):
                return left
            left = Chain("&", left, self.either())

    def either(self) -> Node:
        left = self.both()
        while self._take("||"):
            left = Chain("||", left, self.both())
        return left

    def both(self) -> Node:
        left = self.pipe()
        while self._take("&&"):
            left = Chain("&&", left, self.pipe())
        return left

    def pipe(self) -> Node:
        left = self.command()
        while True:
            self.skip_blanks()
            if self.peek() != "|" or self.peek(2) == "||":
                return left
            self.pos += 1
            left = Chain("|", left, self.command())

    def _take(self, operator: str) -> bool:
        self.skip_blanks()
        if self.peek(2) != operator:
            return False
        self.pos += 2
        return True

    # -- commands ------------------------------------------------------------------------------------------------------

    def command(self) -> Node:
        while not self.at_end() and self.peek() in BLANKS + "@":
            self.pos += 1
        redirects: list[Redirect] = []
        while self._leading_redirect(redirects):
            self.skip_blanks()
        if self.at_end() and not redirects:
            raise CmdSyntaxError("") if not self.depth else IncompleteError
        if self.peek() == "(":
            return self.block(redirects)
        if not redirects and self.peek() and self.peek() in "&|)":
            raise CmdSyntaxError(self.rest_token())
        word = self.word_ahead()
        if word == "if":
            return self.condition()
        if word == "for":
            return self.loop(redirects)
        if word == "rem":
            return self.remark()
        text = self.simple(redirects)
        return Command(text, tuple(redirects))

    def _leading_redirect(self, redirects: list[Redirect]) -> bool:
        match = _LEADING_REDIRECT.match(self.text, self.pos)
        if match is None:
            return False
        self.pos = match.end()
        redirects.append(self.redirect(match.group(1)))
        return True

    def block(self, redirects: list[Redirect]) -> Node:
        self.pos += 1
        self.depth += 1
        self.skip_lines()
        body: Node | None = None
        if self.peek() != ")":
            if self.at_end():
                raise IncompleteError
            body = self.sequence()
            self.skip_lines()
        if self.at_end():
            raise IncompleteError
        if self.peek() != ")":
            raise CmdSyntaxError(self.rest_token())
        self.pos += 1
        self.depth -= 1
        if body is None and not redirects:
            raise CmdSyntaxError(")")
        self.skip_blanks()
        while self._leading_redirect(redirects):
            self.skip_blanks()
        return Block(body, tuple(redirects))

    def remark(self) -> Node:
        match = re.match(r"rem\s*(?=&|\|)", self.text[self.pos :], re.I)
        start = self.pos
        end = self.text.find("\n", self.pos)
        end = len(self.text) if end < 0 else end
        self.pos = start + match.end() if match else end
        return Command(self.text[start : self.pos])

    def simple(self, redirects: list[Redirect]) -> str:
        """The text of a command up to an operator; redirections inside it are taken out."""
        kept: list[str] = []
        quoted = False
        while not self.at_end():
            self.run(kept, _QUOTED if quoted else _PLAIN)
            char = self.peek()
            if char in ("", "\n"):
                break
            if quoted:
                kept.append(char)
                quoted = char != '"'
                self.pos += 1
            elif char == "^":
                self._escape(kept)
            elif char in "&|" or (char == ")" and self.depth):
                break
            elif char in "<>":
                handle = ""
                if kept and kept[-1].isdigit() and (len(kept) == 1 or kept[-2] in BLANKS):
                    handle = kept.pop()
                redirects.append(self.redirect(handle))
            else:
                quoted = char == '"'
                kept.append(char)
                self.pos += 1
        return "".join(kept)

    def _escape(self, kept: list[str]) -> None:
        self.pos += 1
        if self.peek() == "\n":
            self.pos += 1
        if not self.at_end():
            kept.append(self.peek())
            self.pos += 1

    def redirect(self, handle: str) -> Redirect:
        """Read the operator and its target."""
        operator = ">>" if self.peek(2) == ">>" else self.peek()
        self.pos += len(operator)
        number = int(handle) if handle else (0 if operator == "<" else 1)
        if self.peek() == "&":
            self.pos += 1
            self.skip_blanks()
            digit = self.peek()
            if not digit.isdigit():
                raise CmdSyntaxError("&")
            self.pos += 1
            return Redirect(number, "&", digit)
        self.skip_blanks()
        target = self.token()
        if not target:
            raise CmdSyntaxError(self.rest_token())
        return Redirect(number, operator, target)

    def token(self) -> str:
        """One word, quotes kept, escapes resolved."""
        kept: list[str] = []
        quoted = False
        while not self.at_end():
            self.run(kept, _QUOTED if quoted else _PLAIN)
            char = self.peek()
            if char in ("", "\n") or (not quoted and (char in BLANKS + "&|<>" or (char == ")" and self.depth))):
                break
            if char == "^" and not quoted:
                self._escape(kept)
                continue
            quoted = quoted != (char == '"')
            kept.append(char)
            self.pos += 1
        return "".join(kept)

    # -- if and for ----------------------------------------------------------------------------------------------------

    def condition(self) -> Node:
        self.pos += 2
        ignore_case = negate = False
        while True:
            self.skip_blanks()
            if self.peek(2).lower() == "/i":
                self.pos += 2
                ignore_case = True
            elif self.word_ahead() == "not":
                self.pos += 3
                negate = not negate
            else:
                break
        test = self.word_ahead()
        if test in ("exist", "errorlevel", "defined", "cmdextversion"):
            self.pos += len(test)
            self.skip_blanks()
            words: tuple[str, ...] = (self.token(),)
        else:
            left = self.token() if self.peek() != "=" else ""
            self._skip_spaces()
            if self.peek(2) == "==":
                self.pos += 2
                self._skip_spaces()
                test, words = "==", (left, self.token())
            else:
                test = self.token().lower()
                if test not in COMPARISONS:
                    raise CmdSyntaxError(test or self.rest_token())
                self.skip_blanks()
                words = (left, self.token())
        if not words[-1]:
            raise CmdSyntaxError(self.rest_token())
        then = self.branch()
        otherwise = None
        self.skip_blanks()
        if self.word_ahead() == "else" and isinstance(last(then), Block):
            self.pos += 4
            otherwise = self.branch()
        return If(test, words, negate, ignore_case, then, otherwise)

    def _skip_spaces(self) -> None:
        while self.peek() and self.peek() in " \t":
            self.pos += 1

    def branch(self) -> Node:
        self.skip_blanks()
        if self.at_end():
            raise IncompleteError if self.depth else CmdSyntaxError("")
        return self.sequence()

    def loop(self, redirects: list[Redirect]) -> Node:
        match = re.match(
            r"for\s+(?:/(?P<kind>[a-z])\s+)?(?P<options>\"[^\"]*\"\s+|[^\s%\"]+\s+)?%(?P<variable>\S)\s+in\s*\(",
            self.text[self.pos :],
            re.I,
        )
        if match is None or (match.group("kind") or "").lower() not in ("", "l", "f"):
            raise UnsupportedSyntaxError(self.text[self.pos :][:60])
        self.pos += match.end()
        end = _closing(self.text, self.pos)
        items = self.text[self.pos : end].strip()
        self.pos = end + 1
        self.skip_blanks()
        if self.word_ahead() != "do":
            raise CmdSyntaxError(self.rest_token())
        self.pos += 2
        options = (match.group("options") or "").strip().strip('"')
        body = self.branch()
        return For((match.group("kind") or "").lower(), options, match.group("variable"), items, body, tuple(redirects))


def _closing(text: str, position: int) -> int:
    """The parenthesis that closes a FOR set: outside quotes of either kind."""
    quote = ""
    while position < len(text):
        char = text[position]
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'`":
            quote = char
        elif char == ")":
            return position
        position += 1
    raise IncompleteError
