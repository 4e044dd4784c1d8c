# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A service: what it does, how it is configured, and what keeps it from running."""

from __future__ import annotations

import functools
import typing as t

from ..model import Probe
from ..readings import Readings
from ..tools import rsop, sc
from . import service_start

_STATES = {
    sc.STOPPED: "stopped",
    sc.START_PENDING: "starting",
    sc.STOP_PENDING: "stopping",
    sc.RUNNING: "running",
    5: "continuing",
    6: "pausing",
    7: "paused",
}

_PENDING = frozenset({sc.START_PENDING, sc.STOP_PENDING, 5, 6})


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

    # What is only asked further for, so that an unreadable service is none of these.

    @property
    def is_disabled(self) -> bool:
        """Whether its start type is known to be Disabled."""
        config = self._readings.get(self._config)
        return config is not None and config.start_type == sc.DISABLED

    @property
    def is_startable(self) -> bool:
        """Whether it is known to be stopped, and may be started."""
        return startable(self._readings.get(self._state), self._readings.get(self._config))

    @property
    def is_on_its_way(self) -> bool:
        """Whether it is known to be on its way to another state."""
        return on_its_way(self._readings.get(self._state))

    @property
    def went_wrong(self) -> bool:
        """Whether its last start or run is known to have failed."""
        return service_start.went_wrong(self._readings.get(self._state))

    # Why it does not run.

    @property
    def disabled_by(self) -> rsop.StartType | None:
        """What disables it by Group Policy, None if nothing does or nobody asked."""
        return service_start.disabled_by_gpo(self.name, self._readings)

    @property
    def broken_dependencies(self) -> tuple[str, ...]:
        """Which of the services that it depends on can't be started, as phrases."""
        return service_start.broken_dependencies(self.config, self._readings)

    @property
    def dependency_probes(self) -> tuple[Probe[t.Any], ...]:
        """The probes of what it depends on, and of what that depends on where it is down."""
        return service_start.dependency_probes(self._readings.get(self._config), self._readings)


def runs(state: sc.ServiceState | None) -> bool:
    """Whether a service runs."""
    return state is not None and state.state == sc.RUNNING


def on_its_way(state: sc.ServiceState | None) -> bool:
    """Whether a service is starting, stopping, continuing or pausing."""
    return state is not None and state.state in _PENDING


def startable(state: sc.ServiceState | None, config: sc.ServiceConfig | None) -> bool:
    """Whether a service is stopped and may be started."""
    return state is not None and state.state == sc.STOPPED and config is not None and config.start_type != sc.DISABLED


def word(state: sc.ServiceState) -> str:
    """Return the state of a service as a word."""
    return _STATES.get(state.state, f"in state {state.state}")
