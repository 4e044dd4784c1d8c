# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts with policies, as reg.exe shows them."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats.registry_pol import (
    Record,
    RegistryPol,
    dword,
    parse,
    render,
)
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy import gpo_list
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import reg

from unit._rdp.tools.samples import printed

ROOT = r"C:\Windows"
TS = r"SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services"
DENY = "fDenyTSConnections"
LOCAL_FILE = rf"{ROOT}\System32\GroupPolicy\Machine\Registry.pol"
EXTENSIONS = "[{35378EAC-683F-11D2-A89A-00C04FBBCFA2}{D02B1F72-3407-48AE-BA88-E8213C6761F1}]"
SCRIPTS = "[{42B5FAAE-6536-11D2-AE5A-0000F87571E3}{40B6664F-4972-11D1-A7CA-0000F87571E3}]"


@dataclasses.dataclass(frozen=True)
class Linked:
    """A GPO as the lists of a host show it. Without a guid it is the local one. ``folder`` is another than usual."""

    name: str
    guid: str = ""
    link: str = "LDAP://DC=corp,DC=example"
    options: int = 0
    version: int = 0x00030003
    extensions: str = EXTENSIONS
    denied: int = 0
    folder: str = ""

    @property
    def file(self) -> str:
        """Where its Registry.pol is on the host."""
        if not self.guid:
            return LOCAL_FILE
        return rf"{ROOT}\System32\GroupPolicy\DataStore\0\sysvol\corp.example\Policies\{self.guid}\Machine\Registry.pol"

    def values(self, place: str) -> list[str]:
        """The values of its key in one of the lists."""
        local = not self.guid
        share = rf"\\corp.example\SysVol\corp.example\Policies\{self.guid}\Machine"
        folder = self.folder or (self.file.rpartition("\\")[0] if local or place == "datastore" else share)
        identity = "LocalGPO" if local else f"LDAP://CN=Machine,CN={self.guid},CN=Policies,CN=System,DC=corp,DC=example"
        if place == "state":
            return [
                f"    Version    REG_DWORD    {self.version:#x}",
                "    WQLFilterPass    REG_DWORD    0x1",
                f"    AccessDenied    REG_DWORD    {self.denied:#x}",
                "    GPO-Disabled    REG_DWORD    0x0",
                f"    Options    REG_DWORD    {self.options:#x}",
                f"    GPOID    REG_SZ    {self.guid or 'LocalGPO'}",
                f"    SOM    REG_SZ    {'Local' if local else self.link}",
                f"    DisplayName    REG_SZ    {self.name}",
            ]
        return [
            f"    Options    REG_DWORD    {self.options:#x}",
            f"    Version    REG_DWORD    {self.version:#x}",
            f"    DSPath    REG_SZ    {identity}",
            f"    FileSysPath    REG_SZ    {folder}",
            f"    DisplayName    REG_SZ    {self.name}",
            f"    Extensions    REG_SZ    {self.extensions}",
            f"    Link    REG_SZ    {'Local' if local else self.link}",
            f"    GPOName    REG_SZ    {self.guid or self.name}",
            f"    GPOLink    REG_DWORD    {1 if local else 3:#x}",
            "    lParam    REG_DWORD    0x0000000000000000",
        ]


_KEYS = {"history": gpo_list.HISTORY_KEY, "datastore": gpo_list.DATASTORE_KEY, "state": gpo_list.STATE_KEY}


def listing(place: str, gpos: t.Sequence[Linked] | None, *more: str) -> reg.Query:
    """What ``reg query … /s`` shows of a list; of one that isn't there, a sentence in the host's language."""
    probe = {"history": gpo_list.HISTORY, "datastore": gpo_list.DATASTORE, "state": gpo_list.STATE}[place]
    if gpos is None:
        text = "FEHLER: Der angegebene Registrierungsschlüssel bzw. Wert wurde nicht gefunden.\n"
        return probe.read(printed(text, 1, probe.command.line))
    key = _KEYS[place].replace("HKLM", "HKEY_LOCAL_MACHINE")
    rows: list[str] = []
    for number, gpo in enumerate(gpos):
        rows += ["", rf"{key}\{number:x}" if place == "state" else rf"{key}\{number}", *gpo.values(place)]
    return probe.read(printed("\n".join([*rows, *more, ""]), 0, probe.command.line))


def pol(*records: Record) -> RegistryPol:
    """A file that was written and read."""
    return parse(render(records))


def deny(number: int) -> RegistryPol:
    """A file that allows or denies connections."""
    return pol(dword(r"SOFTWARE\Policies\Vendor", "Other", 5), dword(TS, DENY, number))


def removes(name: str = DENY) -> RegistryPol:
    """A file that says that nobody sets the value."""
    return pol(Record(TS, f"**del.{name}", 1, " \0".encode("utf-16-le")))


NOTHING = pol(dword(r"SOFTWARE\Policies\Vendor", "Other", 5))
