# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person sees: headings, steps with their time, and programs whose output is shown only when they fail."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_HEARTBEAT_SECONDS = 5.0
_LAST_LINES = 60


class Failed(Exception):
    """Something a person has to read: the message is printed as it is, without a traceback."""


def say(text: str) -> None:
    """One line, at once (a pipe would otherwise hold it back)."""
    print(text, flush=True)


def warn(text: str) -> None:
    """A line beside the output: progress and errors, so that what is piped on holds only what was asked for."""
    sys.stdout.flush()
    print(text, file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Ended:
    """A program that has run: its exit code, all it printed (both streams, in order) and its seconds."""

    code: int
    output: str
    seconds: float

    def last_lines(self) -> str:
        """The end of what it printed, enough to see why it failed."""
        return "\n".join(self.output.splitlines()[-_LAST_LINES:])


def run_quietly(command: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Ended:
    """Run a program to its end, keeping its output back."""
    started = time.monotonic()
    try:
        done = subprocess.run(
            command,
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        return Ended(127, f"{command[0]}: {error}\n", time.monotonic() - started)
    return Ended(done.returncode, done.stdout, time.monotonic() - started)


def step(label: str, command: Sequence[str], *, env: Mapping[str, str] | None = None) -> None:
    """Run one visible step: a line when it begins, a sign of life every few seconds, the time when it ends.

    Raises:
        Failed: the program did not end with 0; the message holds the end of what it printed.
    """
    warn(f"-> {label}")
    lines: list[str] = []
    started = time.monotonic()
    try:
        process = subprocess.Popen(
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise Failed(f"{label}: {command[0]}: {error}") from error
    reader = threading.Thread(target=_read_lines, args=(process, lines), daemon=True)
    reader.start()
    while True:
        try:
            code = process.wait(timeout=_HEARTBEAT_SECONDS)
            break
        except subprocess.TimeoutExpired:
            last = lines[-1][:90] if lines else ""
            warn(f"   ... {time.monotonic() - started:.0f} s  {last}")
        except BaseException:
            process.terminate()
            process.wait()
            raise
    reader.join(timeout=2)
    seconds = time.monotonic() - started
    if code:
        shown = "\n".join(lines[-_LAST_LINES:])
        raise Failed(f"{label}: failed with exit code {code} after {seconds:.1f} s\n{shown}")
    warn(f"   done in {seconds:.1f} s")


def _read_lines(process: subprocess.Popen[str], lines: list[str]) -> None:
    assert process.stdout is not None
    lines.extend(line.rstrip() for line in process.stdout if line.strip())
