# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine just big enough for the transports: it runs `&`-joined lines of a few made-up commands.

echo TEXT, fail N (exit code N), big N (N letters), stdin (gives its input back), ERR TEXT (to standard error), exit N,
and anything else is answered with itself and the code page, so that a test sees what arrived.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import typing as t
from collections.abc import Callable

from lab.languages import encode, language
from lab.network import NullNetwork
from lab.process import LoggedCommand, ProcessResult

_CMD = re.compile(r'(?:"[^"]*cmd\.exe"|cmd\.exe|cmd)\s(?:/d |/v:on |/s )*/c\s"?(?P<line>.*?)"?', re.I | re.S)


class FakeFiles:
    """Says of every .exe in System32 that it exists, except of what looks missing."""

    def is_file(self, path: str) -> bool:
        lower = path.lower()
        return lower.startswith("c:\\windows\\system32\\") and lower.endswith(".exe") and "missing" not in lower


class FakeMachine:
    """Stands in for lab.Machine."""

    def __init__(
        self, name: str, *, language: str = "en-US", windows: str = "server2022", seed: int = 0, network: t.Any = None
    ) -> None:
        self.name = name
        self.address = ""
        self.language = _language(language)
        self.network = network or NullNetwork()
        self.files = FakeFiles()
        self.emulated = False
        self.before_command: Callable[[t.Any, str], None] | None = None
        self.log: list[LoggedCommand] = []
        self.lines: list[str] = []
        self.canned_modules: dict[str, t.Any] = {}
        self.state: dict[str, t.Any] = {"name": name}
        self._lock = threading.RLock()

    def errors(self) -> list[str]:
        return [f"{entry.line}: {entry.reason}" for entry in self.log if not entry.understood]

    def snapshot(self) -> dict[str, object]:
        return dict(self.state)

    def state_hash(self) -> str:
        return hashlib.sha256(json.dumps(self.state, sort_keys=True).encode()).hexdigest()

    def create_process(self, command_line: str, *, code_page: int, stdin: bytes = b"") -> ProcessResult:
        with self._lock:
            self.lines.append(command_line)
            found = _CMD.fullmatch(command_line)
            while found and (inner := _CMD.fullmatch(found["line"])):
                found = inner
            out, err, code = "", "", 0
            for part in found["line"].split("&") if found else [command_line]:
                command, _, rest = part.strip().partition(" ")
                if self.before_command is not None:
                    self.before_command(self, part.strip())
                self.log.append(LoggedCommand(part.strip()))
                match command:
                    case "echo":
                        out += rest + "\r\n"
                    case "big":
                        out += "x" * int(rest)
                    case "stdin":
                        out += stdin.decode()
                    case "ERR":
                        err += rest + "\r\n"
                    case "fail":
                        code = int(rest)
                    case "exit":
                        code = int(rest)
                        break
                    case _:
                        out += f"<{part.strip()}|{code_page}>\r\n"
            return ProcessResult(encode(out, code_page), encode(err, code_page), code)


_language = language
