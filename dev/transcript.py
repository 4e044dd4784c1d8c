# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes off a pasted text what is not the tool's: prompts, comment leaders, Markdown, remarks, indentation.

People send outputs as they find them: copied out of a console, out of a script's comment, out of a chat. This is for
them only. What a host prints is read as it comes, because there every line means something.

Nothing is guessed about a line's meaning: what is left goes to the parser, which says what it doesn't understand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE = re.compile(r"^\s*(?:```|~~~)")
_PROMPTS = tuple(
    re.compile(pattern)
    for pattern in (
        r"^\s*\*Evil-WinRM\*[^>]*>",
        r"^\s*(?:\[[^\]]+\]:\s*)?(?:[\w.-]+ )?PS(?: [^<>|]*)?>",  # PowerShell's, also with a remote host's name
        r"^\s*[A-Za-z]:\\[^<>|]*>",
        r"^\s*>\s*(?:reg|sc|net|qwinsta|query|netstat|tasklist)(?:\.exe)?\s",
    )
)
# A command on a line of its own, as chats and scripts show it: the tool's name and nothing but switches.
_ECHOES = re.compile(r"^\s*(?:qwinsta|query (?:session|user)|netstat|tasklist)(?:\.exe)?(?:\s+[/-][^\s,]+)*\s*$", re.I)

_LEADER = re.compile(r"^(?P<indent>\s*)(?P<mark>//+|#+|;+|::|--(?!-)|\*(?=\s)|rem(?=\s|$)|REM(?=\s|$))(?P<rest>.*)$")
_LONE_MARKS = frozenset({"--", "*"})  # these begin ordinary lines, too ("-- More --")
_REMARK = re.compile(r"\s+<-{2,}.*$")
# In a comment: words, then the tool's line in quotes to the end of the line.
_QUOTED = re.compile(r'^(?P<before>\s*[^"]{0,40})"(?P<line>.*)"\s*$')
# Select-String marks the lines that match with "> " and those around them with two blanks.
_MARKED = re.compile(r"^(?:> |  |\s*$|>\s*$)")

# What these tools print at the left edge: where a block with one of them begins further right, all of it was moved.
_AT_LEFT_EDGE = re.compile(r"^(?:HKEY_[A-Z_]+\\|\[SC\]|={5,}|! REG\.EXE)")
# A label with a value, over lines that are indented further: the head of a block.
_HEAD = re.compile(r"^[^\s:\uff1a]+\s?[:\uff1a]\s*\S")
_ESCAPED_KEY = re.compile(r"^HKEY_[A-Z_]+(?:\\\\[^\\]+)+$")


@dataclass(frozen=True)
class Transcript:
    """The lines for the parser, as many as there were, and what was taken off them in the order of the lines."""

    lines: tuple[str, ...]
    removed: tuple[str, ...]


def clean(text: list[str]) -> Transcript:
    """Return the tool's part of every line; a line that has none is blank."""
    paste = _Paste(text)
    paste.drop_fences()
    paste.drop_match_marks()
    paste.drop_leaders()
    paste.drop_commands()
    paste.drop_remarks()
    paste.drop_indentation()
    return Transcript(
        tuple(line for lines in paste.lines for line in lines),
        tuple(f"{number + 1}: {what}" for number in sorted(paste.removed) for what in paste.removed[number]),
    )


class _Paste:
    """The lines under work. One pasted line may turn out to be several, so each is a list."""

    def __init__(self, text: list[str]) -> None:
        self.lines = [[line] for line in text]
        self.removed: dict[int, list[str]] = {}
        self._commented: set[int] = set()

    def _note(self, number: int, what: str) -> None:
        self.removed.setdefault(number, []).append(what.strip())

    def _first(self, number: int) -> str:
        return self.lines[number][0]

    def _filled(self, number: int) -> bool:
        return bool(self._first(number).strip())

    def drop_fences(self) -> None:
        for number in range(len(self.lines)):
            if _FENCE.match(self._first(number)):
                self._note(number, self._first(number))
                self.lines[number] = [""]

    def drop_match_marks(self) -> None:
        """Take off "> " and "  " where every line has one of them and both occur, or a quotation's ">" everywhere."""
        filled = [self._first(number) for number in range(len(self.lines)) if self._filled(number)]
        marked = [line for line in filled if line.startswith("> ")]
        if len(marked) < 2 or not all(_MARKED.match(line) for line in filled):
            return
        for number in range(len(self.lines)):
            line = self._first(number)
            if line.startswith(">"):
                self._note(number, "> (mark of a match or a quotation)")
            self.lines[number] = [line[2:]]

    def drop_leaders(self) -> None:
        """Take comment leaders off runs of lines that share one, with the blanks that all lines of a run share."""
        number = 0
        while number < len(self.lines):
            leader = _LEADER.match(self._first(number))
            end = number + 1
            if leader:
                while end < len(self.lines) and self._mark(end) == leader["mark"]:
                    end += 1
                if self._is_run(number, end, leader["mark"]):
                    self._uncomment(range(number, end))
            number = end

    def _mark(self, number: int) -> str:
        leader = _LEADER.match(self._first(number))
        return leader["mark"] if leader else ""

    def _is_run(self, start: int, end: int, mark: str) -> bool:
        if mark not in _LONE_MARKS or end - start > 1:
            return True
        line = self._first(start).strip()
        return not line.endswith(mark) and _is_command(line[len(mark) :])

    def _uncomment(self, run: range) -> None:
        leaders = {number: leader for number in run if (leader := _LEADER.match(self._first(number)))}
        rests = [leader["rest"] for leader in leaders.values() if leader["rest"].strip()]
        margin = min((_indent(rest) for rest in rests), default=0)
        for number, leader in leaders.items():
            mark = leader["mark"]
            self._note(number, f"{mark} (comment leader)")
            body = leader["rest"][margin:].rstrip()
            body = re.sub(rf"\s+{re.escape(mark)}$", "", body)
            # Two comment lines whose line end got lost between them.
            pieces = re.split(rf"\s{{2,}}{re.escape(mark)}(?=\s)", body) if len(mark) > 1 else [body]
            self.lines[number] = [self._unquote(number, piece) for piece in pieces]

    def _unquote(self, number: int, line: str) -> str:
        quoted = _QUOTED.match(line)
        # Columns in front of the quote: the quotes are the data's.
        if not quoted or re.search(r"\s{2}", quoted["before"].strip()) or (line.startswith('"') and '","' in line):
            return line
        if quoted["before"].strip():
            self._note(number, quoted["before"])
        # A CSV row has its quotes itself.
        return f'"{quoted["line"]}"' if '","' in quoted["line"] else quoted["line"]

    def drop_commands(self) -> None:
        for number in range(len(self.lines)):
            line = self._first(number)
            if _is_command(line) or _ECHOES.match(line):
                self._note(number, line)
                self.lines[number] = [""]

    def drop_remarks(self) -> None:
        """Take off arrows that point at a part of a line: "<---- look here"."""
        for number in range(len(self.lines)):
            line = self._first(number)
            remark = _REMARK.search(line)
            if remark and line[: remark.start()].strip():
                self._note(number, remark.group())
                self.lines[number] = [line[: remark.start()]]

    def drop_indentation(self) -> None:
        """Move a paragraph back to the left edge where the tool put it."""
        number = 0
        while number < len(self.lines):
            end = number
            while end < len(self.lines) and self._filled(end):
                end += 1
            if end > number:
                self._outdent(range(number, end))
            number = end + 1

    def _outdent(self, paragraph: range) -> None:
        indents = [_indent(self._first(number)) for number in paragraph]
        margin = min(indents)
        begins_left = any(_AT_LEFT_EDGE.match(self._first(number).lstrip()) for number in paragraph)
        is_block = _HEAD.match(self._first(paragraph[0]).lstrip()) and indents[0] == margin < max(indents)
        if margin >= 2 and (begins_left or is_block):
            self._note(paragraph[0], f"{margin} blanks of indentation")
            for number in paragraph:
                self.lines[number][0] = self._first(number)[margin:]
        for number in paragraph:
            line = self._first(number)
            if _ESCAPED_KEY.match(line):
                self._note(number, "doubled backslashes")
                self.lines[number][0] = line.replace("\\\\", "\\")


def _is_command(line: str) -> bool:
    """Whether a line is a prompt, with or without a command behind it."""
    return any(prompt.match(line) for prompt in _PROMPTS)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
