# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that can go wrong and is expected to: each of these is told to people in its own words."""

from __future__ import annotations


class RdpError(Exception):
    """The base of all errors of this collection. The text of each is a sentence for an administrator."""


class OptionError(RdpError):
    """The task is written wrongly. The text names the option, the value and what is allowed."""


class HostError(RdpError):
    """The host answered, and can't be worked with. The text says why and what to do."""


class UnreadableError(RdpError):
    """An output says something that its parser doesn't understand, or nothing at all.

    The check that needed it becomes ``unknown``, never ``ok``.

    Args:
        reason: What is wrong, as a sentence for an administrator.
        line: The line of the output that wasn't understood, if it was one line.
    """

    def __init__(self, reason: str, line: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


class RegFileError(RdpError):
    """A .reg file that isn't understood, or that says more than it may.

    Args:
        line: The number of the line, from 1.
        reason: What is wrong with it.
    """

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


class RefusedError(RdpError):
    """A repair that would not be safe or can't succeed. Its text says why, and what to do instead."""


class LeftAloneError(RdpError):
    """Something differs from what is expected, and stays so because it is deliberate. Its text says why."""


class UnfinishedBackupError(RdpError):
    """A script is not there, or not whole: whoever wrote it was interrupted, before anything was changed."""


class RecordingError(RdpError):
    """A recording can't be read. The text says what is wrong with it, and what to do."""
