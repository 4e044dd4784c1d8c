# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two clocks: the controller's and the host's. Nobody knows which is wrong, so neither decides alone."""

from __future__ import annotations

import dataclasses
import datetime

from ..model import Expectation
from ..probes import CLOCKS
from ..readings import Readings
from ..tools import port_probe

#: The host's own clock, where the handshake does not tell it.
CLOCK = CLOCKS[-1]

# Kerberos allows five minutes, so clocks that are a day apart are set wrongly. Anything less may be a time zone that
# somebody forgot, and doesn't change whether a certificate is valid.
_APART = datetime.timedelta(days=1)


@dataclasses.dataclass(frozen=True)
class Clocks:
    """The time on both, at the same moment.

    Attributes:
        controller: With its time zone.
        host: Likewise. None if the host didn't say.
    """

    controller: datetime.datetime
    host: datetime.datetime | None

    @property
    def apart(self) -> bool:
        """Whether they differ by more than a day."""
        return self.host is not None and abs(self.host - self.controller) > _APART

    def described(self) -> str:
        """Return both times."""
        host = f"{self.host:%Y-%m-%d %H:%M}" if self.host else "not known"
        return f"the host's clock: {host} UTC, the controller's: {self.controller:%Y-%m-%d %H:%M} UTC"


def read(expected: Expectation, seen: port_probe.Observation | None, readings: Readings) -> Clocks | None:
    """Return both clocks, None if the time doesn't matter.

    Args:
        expected: Its ``now`` is the controller's clock.
        seen: What the controller saw: in Network Level Authentication a host tells its time.
        readings: What the probes read.
    """
    if expected.now is None:
        return None
    now = expected.now.astimezone(datetime.UTC)
    ahead = port_probe.ahead(seen)
    said = readings.get(CLOCK)
    try:
        host = now + ahead if ahead is not None else said.astimezone(datetime.UTC) if said is not None else None
    except OverflowError:
        host = None
    return Clocks(now, host)
