# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``net.exe``: the lines we send.

https://learn.microsoft.com/windows-server/administration/windows-commands/net-start

All that net.exe prints is translated, so it isn't read: ``sc`` tells whether a service runs.
"""

from __future__ import annotations

import re

from ..model import Command
from ..quoting import quoted

_BARE = re.compile(r"[A-Za-z0-9_.$-]+")


def start(name: str) -> Command:
    """Start a service and wait until it runs."""
    # Its exit code tells success from failure: https://github.com/winsw/winsw/issues/599.
    # Unseen: net start waits until the service runs, however long that takes.
    return Command(f"net start {_argument(name)}")


def stop(name: str) -> Command:
    """Stop a service and wait until it is stopped.

    Never with ``/y``: that stops the services which depend on it as well, and nobody starts them again.
    """
    return Command(f"net stop {_argument(name)}")


def starts(command: Command) -> bool:
    """Whether a command starts a service."""
    return command.line.startswith("net start ")


def _argument(name: str) -> str:
    return name if _BARE.fullmatch(name) else quoted(name)
