# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ends a call of a connection plugin that takes too long, and leaves the connection usable.

The plugins have no limit of their own: winrm and psrp ask again for ever while a command runs, ssh waits for ever.
They do so in the main thread of a worker process, where a task's ``timeout`` is an alarm too
(ansible-core 2.16 to 2.21).

Private to this collection.
"""

from __future__ import annotations

import contextlib
import math
import signal
import subprocess
import sys
import threading
import time
import types
import typing as t

# How long what was interrupted may clean up before it is interrupted again, in seconds. winrm tells the host to end the
# command there.
GRACE = 5.0

# How often the size of an answer is looked at, in seconds.
_BETWEEN = 1.0

# What the plugins keep of a session: winrm the first two, psrp the others. Without them they open a new one.
_SESSION = ("protocol", "shell_id", "runspace", "_last_pipeline")


class Late(BaseException):
    """The time was up, or the answer too large.

    No Exception, so that no plugin takes it for an error of the connection and tries again.
    """


@contextlib.contextmanager
def deadline(seconds: float, limit: float = math.inf) -> t.Iterator[None]:
    """Interrupt what is done in here when its time is up, or when it has become too large.

    An alarm that is set already, such as that of a task's ``timeout``, stays in force. Only the main thread can be
    interrupted; elsewhere there is no limit.

    Args:
        seconds: How long it may take, more than 0.
        limit: How much of an answer a plugin may hold in here, in bytes. Looked at once in a while.

    Raises:
        Late: It took longer, or held more. What it ended with then, if it was something else, is the cause.
    """
    remaining, interval = signal.getitimer(signal.ITIMER_REAL)
    if threading.current_thread() is not threading.main_thread() or 0 < remaining <= seconds:
        yield
        return
    fired = over = False
    start = time.monotonic()
    # Who called this. What those below hold is none of an answer.
    caller = sys._getframe(2)

    def interrupt(_signal: int, frame: types.FrameType | None) -> None:
        nonlocal fired
        left = start + seconds - time.monotonic()
        if over or (not fired and left > 0 and _held(frame, caller) <= limit):
            signal.setitimer(signal.ITIMER_REAL, 0 if over else min(left, _BETWEEN))
            return
        fired = True
        # Once more if it doesn't end: an exception can get lost in a library, and to clean up can take for ever.
        signal.setitimer(signal.ITIMER_REAL, GRACE)
        raise Late

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, min(seconds, _BETWEEN))
        yield
    except (Late, Exception) as exc:
        if fired and not isinstance(exc, Late):
            raise Late from exc
        raise
    finally:
        over = True
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before if before is not None else signal.SIG_DFL)
        if remaining:
            signal.setitimer(signal.ITIMER_REAL, max(remaining - (time.monotonic() - start), 0.001), interval)


def _held(frame: types.FrameType | None, caller: types.FrameType) -> int:
    """Return the size of the largest answer, or part of one, that the functions hold which a caller waits for."""
    largest = 0
    while frame is not None and frame is not caller:
        for value in frame.f_locals.values():
            parts = value if isinstance(value, list) else getattr(value, "__dict__", {}).get("output")
            parts = parts if isinstance(parts, list) else [value]
            largest = max(largest, sum(len(part) for part in parts if isinstance(part, bytes | bytearray | str)))
        frame = frame.f_back
    return largest


def arrived(late: Late, mark: bytes) -> bytes:
    """Return what had arrived of an answer when the call for it was interrupted.

    No plugin gives that out. It is looked for in the variables of the functions that were interrupted, whatever their
    names: an answer begins with a mark that nothing else has.

    Args:
        late: What ended the call.
        mark: What the answer begins with.

    Returns:
        The answer from wherever the plugin began to keep it. Nothing where none is found.
    """
    found = (data for value in _variables(late) for data in _as_answer(value) if mark in data)
    # The line that was sent holds the mark as well, with the name of a variable of cmd.exe behind it.
    return max((data for data in found if b"!errorlevel!" not in data), key=len, default=b"")


def abandon(connection: t.Any, late: Late) -> None:
    """Give up the session of a connection in which a call was interrupted. The next command opens a new one.

    Args:
        connection: The task's connection plugin.
        late: What ended the call.
    """
    # Unseen: Windows ends a program that hangs when its shell is deleted, its runspace or its ssh channel is closed.
    # Unseen: what a line has printed before one of its programs hangs arrives while that hangs.
    for process in _variables(late):
        if isinstance(process, subprocess.Popen):
            _end(process)
    with contextlib.suppress(Late, Exception), deadline(GRACE):
        _sign_in_anew(connection)
        connection.close()
    for name in _SESSION:
        if getattr(connection, name, None) is not None:
            setattr(connection, name, None)
    connection._connected = False


def _sign_in_anew(connection: t.Any) -> None:
    """Let the next request of winrm or psrp use a new HTTP connection, with new keys where messages are encrypted.

    What was interrupted has closed the old one, and the host understands nothing that is encrypted with its keys.
    """
    protocol = getattr(connection, "protocol", None)
    pool = getattr(getattr(connection, "runspace", None), "connection", None)
    transports: list[t.Any] = [getattr(one, "transport", None) for one in (protocol, pool)]
    for transport in transports:
        if getattr(transport, "session", None) is not None:
            transport.session.close()
            transport.session = transport.encryption = None


def _end(process: subprocess.Popen[t.Any]) -> None:
    """End a program of this computer that was waiting for the host, such as ssh."""
    process.terminate()
    try:
        process.wait(1)
    except subprocess.TimeoutExpired:
        process.kill()


def _variables(late: BaseException) -> t.Iterator[t.Any]:
    """Return what the interrupted functions held, with those that were interrupted again while they cleaned up."""
    seen: list[BaseException] = []
    one: BaseException | None = late
    while one is not None and one not in seen:
        seen.append(one)
        place = one.__traceback__
        while place is not None:
            yield from place.tb_frame.f_locals.values()
            place = place.tb_next
        one = one.__cause__ or one.__context__


def _as_answer(value: t.Any) -> t.Iterator[bytes]:
    """Return what a variable holds if it could be an answer: bytes, parts of them, or what a pipeline has put out."""
    if isinstance(value, bytes | bytearray):
        yield bytes(value)
    elif isinstance(value, list) and value:
        if all(isinstance(one, bytes) for one in value):
            yield b"".join(value)
        elif all(isinstance(one, str) for one in value):
            yield "\r\n".join(value).encode("utf-8", "surrogateescape")
    elif isinstance(output := getattr(value, "__dict__", {}).get("output"), list):
        yield from _as_answer(output)
