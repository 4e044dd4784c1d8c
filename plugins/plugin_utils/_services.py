# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The services that a repair restarts: which of them have to run when it is over, or was undone.

Private to this collection.
"""

from __future__ import annotations

import time
import typing as t

from ._host import WindowsHost
from ._rdp import probes
from ._rdp.model import Command
from ._rdp.readings import Readings
from ._rdp.state.services import runs
from ._rdp.tools import net
from ._steps import complaints, run_all

# Between two looks at a service that is on its way, in seconds.
_PAUSE = 2

_STATES = {
    "TermService": probes.TERM_SERVICE_STATE,
    "UmRdpService": probes.UM_RDP_SERVICE_STATE,
    "SessionEnv": probes.SESSION_ENV_STATE,
}

#: What to look at.
LOOK = tuple(_STATES.values())


def running(readings: Readings) -> list[str]:
    """Return the services that run, as far as they were looked at."""
    return [name for name, probe in _STATES.items() if runs(readings.get(probe))]


def stopped(wanted: t.Sequence[str], readings: Readings) -> list[str]:
    """Return those services that were looked at and can't be seen running.

    Args:
        wanted: Names of services.
        readings: What was seen.
    """
    looked_at = [name for name in wanted if readings.has(_STATES[name])]
    return [name for name in looked_at if name not in running(readings)]


def wanted_after(commands: t.Sequence[Command], before: Readings) -> list[str]:
    """Return the services that have to run after some commands.

    Args:
        commands: What is run.
        before: The host before them.
    """
    wanted = running(before)
    for command in commands:
        for name in _STATES:
            if command == net.start(name) and name not in wanted:
                wanted.append(name)
            if command == net.stop(name) and name in wanted:
                wanted.remove(name)
    return wanted


def bring_up(host: WindowsHost, wanted: t.Sequence[str], look: t.Callable[[], Readings], seconds: float) -> list[str]:
    """See that services run which have to: start what does not, once, and wait for it.

    Args:
        host: Where.
        wanted: Their names.
        look: Looks at LOOK.
        seconds: How long to wait.

    Returns:
        What does not run all the same, as sentences.
    """
    end = time.monotonic() + seconds
    missing = stopped(wanted, look())
    starting = [net.start(name) for name in missing]
    failed = complaints(starting, run_all(host, starting))
    while missing:
        missing = stopped(wanted, look())
        if not missing or time.monotonic() >= end:
            break
        time.sleep(_PAUSE)
    if not missing:
        return []
    return [f"{name} is not running, and has to: start it with 'net start {name}'." for name in missing] + failed
