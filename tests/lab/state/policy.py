# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Group Policy in its smallest useful form: GPOs that set registry values, and a refresh that applies them again.

A refresh deletes every value that policy manages and sets it again; in between the plain value counts. That gap is
what disconnects sessions in KB2083411 (https://support.microsoft.com/kb/2083411). A value written by hand under
Policies is overwritten or, when no GPO sets it any more but one did before, removed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .registry import Registry, Value, dword, sz

LOCAL_GPO_NAME = "Local Group Policy"
REGISTRY_EXTENSION = "{35378EAC-683F-11D2-A89A-00C04FBBCFA2}"
GROUP_POLICY = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy"
RDP_POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services"


@dataclass
class Gpo:
    """One Group Policy object: who it is and which registry values it sets, as (key path, value name) -> value."""

    name: str
    guid: str
    link: str
    values: dict[tuple[str, str], Value] = field(default_factory=dict)
    local: bool = False
    enabled: bool = True
    enforced: bool = False

    def file_sys_path(self, domain: str) -> str:
        """Where its files are: the local folder, or the domain's SYSVOL."""
        if self.local:
            return r"C:\Windows\System32\GroupPolicy\Machine"
        return rf"\\{domain}\SysVol\{domain}\Policies\{self.guid}\Machine"


def local_gpo() -> Gpo:
    """The local GPO, empty."""
    return Gpo(LOCAL_GPO_NAME, "LocalGPO", "Local", local=True)


class Policy:
    """The GPOs that reach this computer, in the order they are applied (the last one wins)."""

    def __init__(self, registry: Registry, domain: str = "corp.example") -> None:
        self._registry = registry
        self.domain = domain
        self.local = local_gpo()
        self.domain_gpos: list[Gpo] = []
        self.applied: dict[tuple[str, str], Value] = {}
        self.refreshes = 0

    def gpos(self) -> list[Gpo]:
        """Local first, then the domain's, enforced ones last."""
        return [self.local, *sorted(self.domain_gpos, key=lambda gpo: gpo.enforced)]

    def effective(self) -> dict[tuple[str, str], Value]:
        """What the GPOs together set."""
        merged: dict[tuple[str, str], Value] = {}
        for gpo in self.gpos():
            if gpo.enabled:
                merged.update(gpo.values)
        return merged

    def refresh(self) -> None:
        """Apply everything again: delete the managed values, then set them."""
        wanted = self.effective()
        for key, name in {**self.applied, **wanted}:
            self._registry.delete_value(key, name)
        for (key, name), value in wanted.items():
            self._registry.set(key, name, value)
        self.applied = wanted
        self._write_history()
        self.refreshes += 1

    def _write_history(self) -> None:
        """The list of applied GPOs that Windows keeps (KB201453; GhostPack/Seatbelt reads the same keys)."""
        history = rf"{GROUP_POLICY}\History\{REGISTRY_EXTENSION}"
        gpo_list = rf"{GROUP_POLICY}\State\Machine\GPO-List"
        self._registry.delete_key(history)
        self._registry.delete_key(gpo_list)
        with_settings = [gpo for gpo in self.gpos() if gpo.enabled and gpo.values]
        for number, gpo in enumerate(with_settings):
            entry = rf"{history}\{number}"
            self._registry.set(entry, "Options", dword(2 if gpo.enforced else 0))
            self._registry.set(entry, "Version", dword(0x10001))
            self._registry.set(entry, "DSPath", sz("" if gpo.local else self._ds_path(gpo)))
            self._registry.set(entry, "FileSysPath", sz(gpo.file_sys_path(self.domain)))
            self._registry.set(entry, "DisplayName", sz(gpo.name))
            self._registry.set(entry, "GPOName", sz("Local Group Policy" if gpo.local else gpo.guid))
            self._registry.set(entry, "Link", sz(gpo.link))
        for number, gpo in enumerate(self.gpos()):
            entry = rf"{gpo_list}\{number}"
            self._registry.set(entry, "DisplayName", sz(gpo.name))
            self._registry.set(entry, "GPOID", sz(gpo.guid))
            self._registry.set(entry, "FileSysPath", sz(gpo.file_sys_path(self.domain)))

    def _ds_path(self, gpo: Gpo) -> str:
        base = ",".join(f"DC={part}" for part in self.domain.split("."))
        return f"LDAP://CN=Machine,CN={gpo.guid},CN=Policies,CN=System,{base}"

    def plain(self) -> list[dict[str, object]]:
        """As plain JSON types."""
        return [
            {
                "name": gpo.name,
                "guid": gpo.guid,
                "enabled": gpo.enabled,
                "values": [[key, name, *value.plain()] for (key, name), value in gpo.values.items()],
            }
            for gpo in self.gpos()
        ]
