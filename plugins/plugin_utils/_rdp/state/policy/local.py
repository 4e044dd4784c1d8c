# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The local policy: the only one that belongs to the host itself, in two files below its Windows directory."""

from __future__ import annotations

import dataclasses
import typing as t

from ... import probes
from ...formats import gpt_ini, registry_pol
from ...model import Probe
from ...readings import Readings
from . import collect
from .catalog import ALLOW_CONNECTIONS

State = t.Literal["not_configured", "enabled"]

#: What the policy holds where it allows Remote Desktop.
ALLOWED = 0


@dataclasses.dataclass(frozen=True)
class LocalPolicy:
    """The files of the local policy.

    Attributes:
        folder: Where they are.
        settings: Registry.pol, None if there is none.
        ini: gpt.ini, None if there is none.
    """

    folder: str
    settings: registry_pol.RegistryPol | None
    ini: gpt_ini.GptIni | None

    @property
    def says(self) -> registry_pol.Decision | None:
        """What it says about Remote Desktop."""
        return self.settings.decides(ALLOW_CONNECTIONS.key, ALLOW_CONNECTIONS.name) if self.settings else None

    @property
    def machine_version(self) -> int:
        """How often it was changed, 0 if never.

        Raises:
            UnreadableError: gpt.ini does not tell.
        """
        return self.ini.machine_version if self.ini else 0

    def is_in(self, state: State) -> bool:
        """Whether it says about Remote Desktop what it says in this state."""
        if state == "not_configured":
            return self.says is None
        return self.says is not None and self.says.does == "set" and self.says.data == ALLOWED


def settings_file(folder: str) -> str:
    """Return the path of Registry.pol in the folder of the local policy."""
    return rf"{folder}\Machine\Registry.pol"


def ini_file(folder: str) -> str:
    """Return the path of gpt.ini in the folder of the local policy."""
    return rf"{folder}\gpt.ini"


def read(readings: Readings) -> LocalPolicy:
    """Return the local policy, whose files were fetched.

    Raises:
        UnreadableError: They were not, or are not as they should be.
    """
    folder = _folder(readings.of(probes.SYSTEM_ROOT))
    return LocalPolicy(
        folder,
        collect.fetched(readings, settings_file(folder), registry_pol.parse),
        collect.fetched(readings, ini_file(folder), gpt_ini.parse),
    )


def fetching(readings: Readings) -> tuple[Probe[t.Any], ...]:
    """Return the probes that fetch its files, as far as what was read so far tells."""
    root = readings.get(probes.SYSTEM_ROOT)
    if root is None:
        # Whoever reads it meets the same, and says so.
        return ()
    folder = _folder(root)
    return (*collect.fetching(readings, settings_file(folder)), *collect.fetching(readings, ini_file(folder)))


def _folder(system_root: str) -> str:
    return rf"{system_root}\System32\GroupPolicy"
