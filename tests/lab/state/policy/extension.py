# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry extension: deletes what policy wrote last time, then writes what the GPOs say now.

What it wrote it keeps in %ProgramData%\\ntuser.pol, itself such a file. Only values below the Policies keys are
deleted again; elsewhere they stay for good ("tattooing"). A value that no GPO ever listed is not touched, because
neither list names it. Between deleting and writing the plain values count: https://support.microsoft.com/kb/2083411.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..files import Files
from ..registry import REG_NONE, Registry
from .mdm import owned_by_mdm
from .pol import DELETE_ONE, DamagedPolError, Record, read_pol, write_pol

ARCHIVE = r"C:\ProgramData\ntuser.pol"
TRUE_POLICIES = ("SOFTWARE\\POLICIES\\", "SOFTWARE\\MICROSOFT\\WINDOWS\\CURRENTVERSION\\POLICIES\\")

# Unseen: records before a damage are written, those of later GPOs are not, and the refresh is reported as failed.
# Event 1096 and MS-GPREG 3.2.5.1.2 say that the processing ends, not what becomes of the rest.


def is_true_policy(key: str) -> bool:
    """Whether a key below HKLM is one that policy cleans up behind itself."""
    return (key.upper() + "\\").startswith(TRUE_POLICIES)


class RegistryExtension:
    """Applies Registry.pol files to the registry."""

    def __init__(self, registry: Registry, files: Files) -> None:
        self._registry = registry
        self._files = files
        self._written: dict[tuple[str, str], Record] = {}

    def apply(self, held: Iterable[tuple[str, bytes]]) -> str:
        """Apply (who, a Registry.pol) in that order; who owns a damaged one, else an empty text."""
        mdm = owned_by_mdm(self._registry)
        self._forget_last_time(mdm)
        self._written = {}
        broken = ""
        for owner, data in held:
            try:
                for record in read_pol(data):
                    if record.place not in mdm:
                        self._act(record)
            except DamagedPolError:
                broken = owner
                break
        for place, record in mdm.items():
            if place not in self._written:
                self._registry.set(f"HKLM\\{record.key}", record.name, record.value)
        self._files.write(ARCHIVE, write_pol(self._written.values()))
        return broken

    def _forget_last_time(self, mdm: dict[tuple[str, str], Record]) -> None:
        if not self._files.is_file(ARCHIVE):
            return
        try:
            for record in read_pol(self._files.read(ARCHIVE)):
                if is_true_policy(record.key) and record.place not in mdm:
                    self._registry.delete_value(f"HKLM\\{record.key}", record.name)
        except DamagedPolError:
            return

    def _act(self, record: Record) -> None:
        """One record: a value, or one of the orders of MS-GPREG 2.2.1.1."""
        key, name = f"HKLM\\{record.key}", record.name
        order = name.lower()
        if record.deletes:
            self._delete(record, name[len(DELETE_ONE) :])
        elif order == "**delvals.":
            found = self._registry.get(key)
            for known in [one for one, _ in found.items()] if found is not None else []:
                self._delete(record, known)
        elif order == "**deletevalues":
            for known in filter(None, record.value.text.split(";")):
                self._delete(record, known)
        elif order == "**deletekeys":
            for known in filter(None, record.value.text.split(";")):
                self._registry.delete_key(f"{key}\\{known}")
        elif order.startswith("**soft."):
            self._registry.create(key)
            if self._registry.value(key, name[7:]) is None:
                self._set(Record(record.key, name[7:], record.value))
        elif order.startswith("**"):  # **SecureKey and **Comment set no value
            return
        elif not name and record.value.type == REG_NONE:
            self._registry.create(key)
        else:
            self._set(record)

    def _set(self, record: Record) -> None:
        self._registry.set(f"HKLM\\{record.key}", record.name, record.value)
        self._written[record.place] = record

    def _delete(self, record: Record, name: str) -> None:
        self._registry.delete_value(f"HKLM\\{record.key}", name)
        self._written.pop((record.key.upper(), name.upper()), None)
