# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Windows logs of a refresh for reports: which GPOs were considered, and which of them set which value (RSoP).

It shows the last refresh, not the registry of today. Logging can be switched off:
https://learn.microsoft.com/previous-versions/windows/desktop/policy/developing-an-rsop-management-tool.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator

from ..registry import Registry
from .objects import PREFERENCES_REGISTRY_EXTENSION, REGISTRY_EXTENSION, SECURITY_EXTENSION, Candidate
from .pol import DamagedPolError, Record, read_pol

LOGGING = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\System"


def is_logged(registry: Registry) -> bool:
    """Whether Windows logs at all."""
    return registry.number(LOGGING, "RSoPLogging") != 0


@dataclasses.dataclass(frozen=True)
class Row:
    """What one GPO says about one registry value; the one with precedence 1 has won."""

    candidate: Candidate
    record: Record
    precedence: int


@dataclasses.dataclass(frozen=True)
class Rsop:
    """One refresh: its date, every GPO it considered, and the Registry.pol of those that were applied, in order."""

    moment: datetime.datetime
    candidates: tuple[Candidate, ...]
    files: tuple[tuple[Candidate, bytes], ...]

    def registry_winners(self) -> list[tuple[Candidate, Record]]:
        """Each registry value with the GPO that wins; values that a GPO has deleted are left out."""
        found: dict[tuple[str, str], tuple[Candidate, Record]] = {}
        for candidate, data in self.files:
            for record in _readable(data):
                if record.deletes:
                    found.pop(record.place, None)
                elif record.name and not record.name.startswith("**"):
                    found[record.place] = (candidate, record)
        return list(found.values())

    def registry_rows(self) -> list[Row]:
        """Each registry value that a GPO sets or deletes, once for each GPO, with its place among those that do."""
        found: dict[tuple[str, str], dict[str, tuple[Candidate, Record]]] = {}
        for candidate, data in self.files:
            for record in _readable(data):
                if record.deletes or (record.name and not record.name.startswith("**")):
                    sayings = found.setdefault(record.place, {})
                    sayings.pop(candidate.gpo.guid, None)
                    sayings[candidate.gpo.guid] = (candidate, record)
        return [
            Row(*said, precedence)
            for sayings in found.values()
            for precedence, said in enumerate(reversed(sayings.values()), 1)
        ]

    def rights_winners(self) -> list[tuple[Candidate, str, tuple[str, ...]]]:
        """Each user right with the GPO that wins and who has it."""
        found = {}
        for candidate in self.candidates:
            if candidate.runs(SECURITY_EXTENSION):
                for right, sids in candidate.gpo.rights.items():
                    found[right] = (candidate, right, sids)
        return list(found.values())

    def service_rows(self) -> list[tuple[Candidate, str, int, int]]:
        """Each start type that a GPO sets: the GPO, the service, the type, its place among those that do."""
        rows: list[tuple[Candidate, str, int, int]] = []
        places: dict[str, int] = {}
        for candidate in reversed([one for one in self.candidates if one.runs(SECURITY_EXTENSION)]):
            for name, start in candidate.gpo.services.items():
                places[name] = places.get(name, 0) + 1
                rows.append((candidate, name, start, places[name]))
        return rows

    def preferences(self) -> list[tuple[Candidate, Record]]:
        """What Preferences of the computer write, the one that prevails first."""
        found = [one for one in self.candidates if one.runs(PREFERENCES_REGISTRY_EXTENSION)]
        return [(one, record) for one in reversed(found) for record in one.gpo.machine_preferences]

    def applied(self) -> list[Candidate]:
        """Those that were applied, in order."""
        return [one for one in self.candidates if not one.reason]

    def has_registry(self) -> bool:
        """Whether the registry extension ran for anybody."""
        return any(one.runs(REGISTRY_EXTENSION) for one in self.candidates)


def _readable(data: bytes) -> Iterator[Record]:
    records = read_pol(data)
    while True:
        try:
            record = next(records, None)
        except DamagedPolError:
            return
        if record is None:
            return
        yield record
