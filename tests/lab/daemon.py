# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run in the background: fork twice, start there, and report the outcome to the foreground process."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

OK = b"+"
FAILED = b"-"


class DaemonError(RuntimeError):
    """The background process did not start; the message says why."""


def detach(start: Callable[[], str], serve: Callable[[], None]) -> str:
    """Run `start` and then `serve` in a daemon; what `start` returned, once it has.

    Call it before any thread is started. It returns in the calling process only.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(readable)
        os.setsid()
        if os.fork() == 0:
            _daemon(writable, start, serve)
        os._exit(0)
    os.close(writable)
    os.waitpid(child, 0)
    with os.fdopen(readable, "rb") as pipe:
        report = pipe.read()
    if not report.startswith(OK):
        raise DaemonError(report[1:].decode() or "the process in the background ended without a word")
    return report[1:].decode()


def _daemon(writable: int, start: Callable[[], str], serve: Callable[[], None]) -> None:
    """The background process; it never returns."""
    code = 1
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        try:
            report = OK + start().encode()
        except BaseException as error:
            os.write(writable, FAILED + f"{type(error).__name__}: {error}".encode())
            raise
        _write(writable, report)
        os.close(writable)
        serve()
        code = 0
    finally:
        os._exit(code)


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
