# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Windows writes down about the GPOs of a refresh: registry lists, and the cache of the domain's files.

``History`` per extension, one sub-key per GPO in the order of application (KB201453); ``DataStore`` with the path of
the local cache (GhostPack/Seatbelt LocalGPOCommand, winPEAS and their published outputs); ``State`` with every GPO
that was considered, also those not applied (names and order of the values: Samba's libgpo/gpo_reg.c). The first two
hold the fields of GROUP_POLICY_OBJECT; its lParam is a REG_DWORD of eight bytes on 64 bit, which is why PowerShell
can't read the key (community.idera.com "Reading Registry Values"). Sub-keys of State are numbered in hexadecimal.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from ..files import Files
from ..registry import REG_DWORD, Registry, Value, dword, sz
from .objects import LOCAL_FOLDER, LOCAL_ID, REGISTRY_EXTENSION, Candidate, Gpo

GROUP_POLICY = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy"
_HISTORIES = rf"{GROUP_POLICY}\History"
HISTORY = rf"{_HISTORIES}\{REGISTRY_EXTENSION}"
DATA_STORE = rf"{GROUP_POLICY}\DataStore\Machine\0"
STATE = rf"{GROUP_POLICY}\State\Machine"
LAST_REFRESH = rf"{STATE}\Extension-List\{{00000000-0000-0000-0000-000000000000}}"
CACHE = r"C:\Windows\system32\GroupPolicy\DataStore\0\sysvol"
GPO_FLAG_FORCE = 2


def base_dn(domain: str) -> str:
    """corp.example -> DC=corp,DC=example."""
    return ",".join(f"DC={part}" for part in domain.split("."))


def stamp(version: int) -> int:
    """The version as the registry has it: the computer half of the directory above that of SYSVOL."""
    half = version & 0xFFFF
    return half << 16 | half


class PolicyLists:
    """Writes the lists and the cache."""

    def __init__(self, registry: Registry, files: Files, domain: str, local_name: str) -> None:
        self._registry = registry
        self._files = files
        self._domain = domain
        self._local_name = local_name

    # -- places --------------------------------------------------------------------------------------------------------

    def cached(self, gpo: Gpo) -> str:
        """The folder of a GPO's computer half on this computer."""
        return LOCAL_FOLDER + r"\Machine" if gpo.local else rf"{CACHE}\{self._domain}\Policies\{gpo.guid}\Machine"

    def shared(self, gpo: Gpo) -> str:
        """The folder of a GPO's computer half where the domain keeps it."""
        if gpo.local:
            return self.cached(gpo)
        return rf"\\{self._domain}\SysVol\{self._domain}\Policies\{gpo.guid}\Machine"

    def container(self, gpo: Gpo) -> str:
        """A GPO's distinguished name in the directory."""
        return f"cn={gpo.guid},cn=policies,cn=system,{base_dn(self._domain)}"

    # -- cache ---------------------------------------------------------------------------------------------------------

    def fetch(self, gpo: Gpo, *, always: bool) -> None:
        """Copy a GPO's files from SYSVOL, unless the cache has this version of it."""
        folder = self.cached(gpo)
        ini = folder.rpartition("\\")[0] + "\\gpt.ini"
        text = f"[General]\r\nVersion={gpo.version}\r\ndisplayName=New Group Policy Object\r\n".encode("ascii")
        complete = self._files.is_file(rf"{folder}\Registry.pol") or not gpo.records
        if not always and complete and self._files.is_file(ini) and self._files.read(ini) == text:
            return
        self._files.ensure(folder)
        self._files.write(ini, text)
        if gpo.records:
            self._files.write(rf"{folder}\Registry.pol", gpo.pol)
        if gpo.services:
            # Unseen: that this file is among the copies, and that its folders are written like this.
            self._files.ensure(rf"{folder}\Microsoft\Windows NT\SecEdit")
            self._files.write(rf"{folder}\Microsoft\Windows NT\SecEdit\GptTmpl.inf", gpo.template)
        if gpo.rights:
            self._files.ensure(rf"{folder}\Microsoft\Windows NT\SecEdit")
            self._files.write(rf"{folder}\Microsoft\Windows NT\SecEdit\GptTmpl.inf", _security_template(gpo))

    # -- lists ---------------------------------------------------------------------------------------------------------

    def applied_last_time(self) -> list[tuple[str, str, int, int]]:
        """History, as (GPO, link, version, options)."""
        key = self._registry.get(HISTORY)
        found = []
        for sub in sorted(key.subkeys() if key else [], key=lambda one: int(one.name)):
            path = rf"{HISTORY}\{sub.name}"
            found.append(
                (
                    self._registry.text(path, "GPOName") or "",
                    self._registry.text(path, "Link") or "",
                    self._registry.number(path, "Version") or 0,
                    self._registry.number(path, "Options") or 0,
                )
            )
        return found

    def now(self, found: Sequence[Candidate]) -> list[tuple[str, str, int, int]]:
        """The same of this refresh."""
        return [(self._name(one.gpo), one.link.text, stamp(one.gpo.version), _options(one)) for one in found]

    def write_history(self, found: Sequence[Candidate], extension: str) -> None:
        """The GPOs that an extension has applied."""
        key = rf"{_HISTORIES}\{extension}"
        self._registry.delete_key(key)
        self._registry.create(key)
        for number, one in enumerate(found):
            self._object(rf"{key}\{number}", one, self.shared(one.gpo))

    def write_data_store(self, found: Sequence[Candidate]) -> None:
        """The GPOs that are applied, whatever their extensions, with their cached folders."""
        self._registry.delete_key(DATA_STORE)
        self._registry.create(DATA_STORE)
        for number, one in enumerate(found):
            self._object(rf"{DATA_STORE}\{number}", one, self.cached(one.gpo))

    def write_state(self, found: Sequence[Candidate], computer: str, site: str) -> None:
        """Every GPO that was considered, and every link."""
        self._registry.set(STATE, "Distinguished-Name", sz(computer))
        self._registry.set(STATE, "Site-Name", sz(site))
        for name in ("GPO-List", "GPLink-List"):
            self._registry.delete_key(rf"{STATE}\{name}")
            self._registry.create(rf"{STATE}\{name}")
        for number, one in enumerate(found):
            gpo, values = one.gpo, self._registry.create(rf"{STATE}\GPO-List\{number:x}")
            values.put("Version", dword(stamp(gpo.version)))
            values.put("WQLFilterPass", dword(1))
            values.put("AccessDenied", dword(one.reason == "denied"))
            values.put("GPO-Disabled", dword(one.reason == "disabled_gpo"))
            values.put("Options", dword(_options(one)))
            values.put("GPOID", sz(gpo.guid))
            values.put("SOM", sz(one.link.text))
            values.put("DisplayName", sz(self._local_name if gpo.local else gpo.name))
            values.put("WQL-Id", sz(""))
            link = self._registry.create(rf"{STATE}\GPLink-List\{number:x}")
            link.put("Enabled", dword(one.link.enabled))
            link.put("NoOverride", dword(one.link.enforced))
            link.put("DsPath", sz(LOCAL_ID if gpo.local else self.container(gpo)))
            link.put("SOM", sz(one.link.text.removeprefix("LDAP://")))

    def write_time(self, ended: datetime.datetime) -> None:
        """When a refresh ended: a FILETIME in two halves, as many published scripts read it."""
        # Unseen: the time is new after every refresh, also where nothing changed, and stays after one that failed.
        ticks = (ended - datetime.datetime(1601, 1, 1, tzinfo=ended.tzinfo)) // datetime.timedelta(microseconds=1) * 10
        values = self._registry.create(LAST_REFRESH)
        for name, half in (("Hi", ticks >> 32), ("Lo", ticks & 0xFFFFFFFF)):
            values.put(f"startTime{name}", dword(half))
            values.put(f"endTime{name}", dword(half))

    def _object(self, path: str, one: Candidate, folder: str) -> None:
        gpo, values = one.gpo, self._registry.create(path)
        values.put("Options", dword(_options(one)))
        values.put("Version", dword(stamp(gpo.version)))
        values.put("DSPath", sz(LOCAL_ID if gpo.local else f"LDAP://CN=Machine,{self.container(gpo)}"))
        values.put("FileSysPath", sz(folder))
        values.put("DisplayName", sz(self._local_name if gpo.local else gpo.name))
        values.put("Extensions", sz(one.extensions))
        values.put("Link", sz(one.link.text))
        values.put("GPOName", sz(self._name(gpo)))
        values.put("GPOLink", dword(one.link.kind))
        values.put("lParam", Value(REG_DWORD, bytes(8)))

    def _name(self, gpo: Gpo) -> str:
        return self._local_name if gpo.local else gpo.guid


def _options(one: Candidate) -> int:
    return GPO_FLAG_FORCE if one.link.enforced else 0


def _security_template(gpo: Gpo) -> bytes:
    rights = [f"{right} = {','.join(f'*{sid}' for sid in sids)}" for right, sids in gpo.rights.items()]
    head = ["[Unicode]", "Unicode=yes", "[Version]", 'signature="$CHICAGO$"', "Revision=1", "[Privilege Rights]"]
    return b"\xff\xfe" + "".join(f"{line}\r\n" for line in [*head, *rights]).encode("utf-16-le")
