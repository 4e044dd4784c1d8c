# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The states of a service in the Service Control Manager's own numbers."""

from __future__ import annotations

import functools

from ..model import Probe
from ..readings import Readings
from ..tools import sc

# https://learn.microsoft.com/windows/win32/api/winsvc/ns-winsvc-service_status_process
STOPPED, START_PENDING, STOP_PENDING, RUNNING = 1, 2, 3, 4
_STATES = {
    STOPPED: "stopped",
    START_PENDING: "starting",
    STOP_PENDING: "stopping",
    RUNNING: "running",
    5: "continuing",
    6: "pausing",
    7: "paused",
}

_PENDING = frozenset({START_PENDING, STOP_PENDING, 5, 6})

# https://learn.microsoft.com/windows/win32/api/winsvc/ns-winsvc-query_service_configw
DISABLED = 4


class Service:
    """A service of a host: what it does, and how it is configured. Each is read for itself.

    Args:
        readings: What the probes read.
        name: The service's name.
        state: The probe of its state.
        config: The probe of its configuration.
    """

    def __init__(
        self,
        readings: Readings,
        name: str,
        state: Probe[sc.ServiceState | None],
        config: Probe[sc.ServiceConfig | None],
    ) -> None:
        self.name = name
        self._readings, self._state, self._config = readings, state, config

    @functools.cached_property
    def state(self) -> sc.ServiceState | None:
        """Its state, None if there is no such service."""
        return self._readings.of(self._state)

    @functools.cached_property
    def config(self) -> sc.ServiceConfig | None:
        """Its configuration, None if there is no such service."""
        return self._readings.of(self._config)

    @property
    def runs(self) -> bool:
        """Whether it is running."""
        return runs(self.state)


def runs(state: sc.ServiceState | None) -> bool:
    """Whether a service runs."""
    return state is not None and state.state == RUNNING


def on_its_way(state: sc.ServiceState | None) -> bool:
    """Whether a service is starting, stopping, continuing or pausing."""
    return state is not None and state.state in _PENDING


def startable(state: sc.ServiceState | None, config: sc.ServiceConfig | None) -> bool:
    """Whether a service is stopped and may be started."""
    return state is not None and state.state == STOPPED and config is not None and config.start_type != DISABLED


def word(state: sc.ServiceState) -> str:
    """Return the state of a service as a word."""
    return _STATES.get(state.state, f"in state {state.state}")
