# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""The GPOs that Windows applied to the computer, in their order, as its registry lists them.

Three places below ``HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy`` list them, one key for each:

* ``History\{35378EAC-…}``: those that the registry extension applied, 0 first. The order is documented:
  https://support.microsoft.com/kb/201453, and what the values mean:
  https://learn.microsoft.com/windows/win32/api/userenv/ns-userenv-group_policy_objectw.
* ``DataStore\Machine\0``: those of which Windows keeps a copy, with the path of that copy.
* ``State\Machine\GPO-List``: all that were considered, denied ones included, with the names of values that Samba's
  libgpo/gpo_reg.c has. Its order is not documented.

When that was done last is in ``State\Machine\Extension-List\{00000000-…}``, where many published scripts read it:
``endTimeHi`` and ``endTimeLo``, the two halves of a FILETIME.
"""

from __future__ import annotations

import dataclasses
import re

from ...errors import UnreadableError
from ...formats.gpt_ini import REGISTRY_EXTENSION
from ...model import CommandResult, Probe
from ...tools import reg

_KEY = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy"
HISTORY_KEY = rf"{_KEY}\History\{REGISTRY_EXTENSION}"
DATASTORE_KEY = rf"{_KEY}\DataStore\Machine\0"
STATE_KEY = rf"{_KEY}\State\Machine\GPO-List"
_CORE_KEY = rf"{_KEY}\State\Machine\Extension-List\{{00000000-0000-0000-0000-000000000000}}"

# userenv.h: GPO_FLAG_DISABLE, GPO_FLAG_FORCE, GPLinkMachine
_DISABLED, _ENFORCED, _LINKED_TO_THE_COMPUTER = 1, 2, 1
_LOCAL = "LocalGPO"
LOCAL_GUID = _LOCAL.upper()

_GUID = re.compile(r"\{[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}")
_SYSVOL = re.compile(
    r"\\\\[^\\]+\\sysvol\\(?P<domain>[^\\]+)\\Policies\\(?P<guid>\{[^\\}]+\})\\Machine\\?", re.IGNORECASE
)
_RDN = re.compile(r"(?<![A-Za-z])(?P<type>[A-Za-z]+)=(?P<name>(?:\\.|[^,\\])+)")
# Windows writes this pointer as a REG_DWORD of a pointer's size, which no tool reads:
# https://community.idera.com, PowerTips, "Reading Registry Values Fails"
# Unseen: reg query prints lParam in one line that begins with its name.
_NEVER_READ = re.compile(r"\s*lParam2?\s")


@dataclasses.dataclass(frozen=True)
class Gpo:
    """One GPO of a list.

    Attributes:
        name: Its display name. The local one's is in the host's language.
        guid: In braces and upper case, LOCAL_GUID for the local one.
        local: Whether it is the local one.
        domain: The domain in which it lies.
        link: Where it is linked, as ``corp.example/Servers``; ``Local`` for the local one.
        version: How often its computer half was changed, None where the list doesn't tell.
        files_version: The same by its files, which replicate on a way of their own.
        enforced: Whether no later GPO may overrule it. The order of application takes care of that.
        applied: Whether it was applied at all.
        registry: Whether it has settings for the registry.
        file: The path of its Registry.pol on this host, empty where the list doesn't tell.
        share: The path of the original in the domain, empty where the list doesn't tell. Servers keep no copies unless
            a policy says so (EnableLogonOptimizationOnServerSKU); reading the share needs a connection that hands on
            the credentials, such as winrm with Basic or CredSSP, or ssh with a password.
    """

    name: str
    guid: str
    local: bool = False
    domain: str = ""
    link: str = ""
    version: int | None = None
    files_version: int | None = None
    enforced: bool = False
    applied: bool = True
    registry: bool = True
    file: str = ""
    share: str = ""

    def is_of(self, version: int) -> bool:
        """Whether files of this version are those that were applied."""
        # MS-GPOL 3.2.1.4: the directory's version is the lower half, that of the files the upper one.
        # Unseen: that a copy's gpt.ini has the number that the list has; public readers take either half, so either is
        # enough.
        return self.version is None or version in (self.version, self.files_version)

    def __str__(self) -> str:
        return "Local GPO" if self.local else f"GPO '{self.name}' {self.guid}"


def history(query: reg.Query, system_root: str) -> tuple[Gpo, ...] | None:
    """Return what HISTORY lists, None if there is no such list to be seen.

    Args:
        query: What HISTORY read.
        system_root: The folder of Windows, under which it keeps copies of the domain's GPOs.

    Raises:
        UnreadableError: The list is not complete.
    """
    return _listed(query, HISTORY_KEY, system_root)


def datastore(query: reg.Query, system_root: str) -> tuple[Gpo, ...] | None:
    """Return what DATASTORE lists; otherwise as ``history``."""
    return _listed(query, DATASTORE_KEY, system_root)


def state(query: reg.Query, system_root: str) -> tuple[Gpo, ...] | None:
    """Return what STATE lists, in an order that means nothing; otherwise as ``history``."""
    # Its keys are numbered in hexadecimal, and its values are named as Samba writes them: libgpo/gpo_reg.c.
    return _listed(query, STATE_KEY, system_root, numbered=False)


def read_finished(output: CommandResult) -> int:
    """Return when policies were applied last, as a number that grows.

    Raises:
        UnreadableError: Windows tells no such time.
    """
    query = reg.read_query(output)
    key = query.key(_CORE_KEY)
    # Unseen: every refresh ends with a new time before gpupdate does, and one that failed for want of a domain
    # controller leaves it.
    high, low = (key and key.get(name) for name in ("endTimeHi", "endTimeLo"))
    if not (high and low and isinstance(high.data, int) and isinstance(low.data, int)):
        raise UnreadableError("When policies were applied last could not be read.", " ".join(query.not_understood))
    return high.data << 32 | low.data


HISTORY = Probe(reg.query(HISTORY_KEY, recursive=True), reg.read_query)
DATASTORE = Probe(reg.query(DATASTORE_KEY, recursive=True), reg.read_query)
STATE = Probe(reg.query(STATE_KEY, recursive=True), reg.read_query)
FINISHED = Probe(reg.query(_CORE_KEY), read_finished)


def _listed(query: reg.Query, key: str, system_root: str, *, numbered: bool = True) -> tuple[Gpo, ...] | None:
    top = query.key(key)
    if top is None:
        return None
    if strange := next((line for line in query.not_understood if not _NEVER_READ.match(line)), ""):
        raise UnreadableError(f"{key} could not be read completely.", strange)
    names = list(top.subkeys)
    if numbered:
        names.sort(key=lambda name: (not name.isdecimal(), len(name), name))
        if names != [str(number) for number in range(len(names))]:
            raise UnreadableError(f"{key} does not number its GPOs from 0 on.", ", ".join(top.subkeys))
    entries = [query.key(f"{key}\\{name}") for name in names]
    return tuple(_gpo(entry, system_root) for entry in entries if entry is not None)


def _gpo(entry: reg.Key, system_root: str) -> Gpo:
    name, link, folder = _text(entry, "DisplayName"), _text(entry, "Link", "SOM"), _text(entry, "FileSysPath")
    identity = _text(entry, "GPOID", "GPO-ID", "GPOName")
    local = (
        _LOCAL in (_text(entry, "DSPath"), _text(entry, "GPOID", "GPO-ID"))
        or _number(entry, "GPOLink") == _LINKED_TO_THE_COMPUTER
    )
    found = _GUID.search(identity) or _GUID.search(folder)
    if not local and not found:
        raise UnreadableError(f"{entry.path} names no GPO.", identity)
    guid = LOCAL_GUID if local or not found else found.group().upper()
    sysvol = _SYSVOL.fullmatch(folder)
    domain = "" if local else sysvol["domain"] if sysvol else _domain(_text(entry, "DSPath") or link)
    extensions, version = _text(entry, "Extensions"), _number(entry, "Version")
    options = _number(entry, "Options") or 0
    return Gpo(
        name=name or guid,
        guid=guid,
        local=local,
        domain=domain,
        link=_place(link),
        # The directory's version is in the lower half, the one of SYSVOL in the upper:
        # https://learn.microsoft.com/openspecs/windows_protocols/ms-gpol/78591ad0-0aac-40fe-befd-5249191f9b66
        version=None if version is None else version & 0xFFFF,
        files_version=None if version is None else version >> 16,
        enforced=bool(options & _ENFORCED),
        applied=not (
            options & _DISABLED
            or _number(entry, "AccessDenied")
            or _number(entry, "GPO-Disabled")
            or _number(entry, "WQLFilterPass") == 0
        ),
        registry=not extensions or REGISTRY_EXTENSION in extensions.upper(),
        file=_file(folder, domain, guid, system_root),
        share=f"{folder.rstrip(chr(92))}\\Registry.pol" if sysvol else "",
    )


def _file(folder: str, domain: str, guid: str, system_root: str) -> str:
    """The Registry.pol on this host. Most connections have no credentials for the share of the domain."""
    if not folder and guid == LOCAL_GUID:
        folder = rf"{system_root}\System32\GroupPolicy\Machine"
    elif not folder or folder.startswith("\\\\"):
        folder = rf"{cache_of(system_root)}\{domain}\Policies\{guid}\Machine" if domain else ""
    return f"{folder.rstrip(chr(92))}\\Registry.pol" if folder else ""


def cache_of(system_root: str) -> str:
    """The folder with Windows' copies: [OBS] of the paths that DataStore lists on real hosts."""
    # GhostPack/Seatbelt (LocalGPOs) and published outputs of winPEAS have it.
    # Unseen: domain controllers have it as well, for copies of GPOs.
    return rf"{system_root}\System32\GroupPolicy\DataStore\0\sysvol"


def _domain(path: str) -> str:
    """The domain of a distinguished name."""
    return ".".join(match["name"] for match in _RDN.finditer(path) if match["type"].upper() == "DC")


def _place(link: str) -> str:
    """The canonical form of a distinguished name, as the tools for GPOs show it."""
    names = [
        re.sub(r"\\(.)", r"\1", match["name"]) for match in _RDN.finditer(link) if match["type"].upper() in ("OU", "CN")
    ]
    domain = _domain(link)
    return "/".join([domain, *reversed(names)]) if domain else link


def _text(entry: reg.Key, *names: str) -> str:
    for name in names:
        value = entry.get(name)
        if value and isinstance(value.data, str):
            return value.data.strip()
    return ""


def _number(entry: reg.Key, name: str) -> int | None:
    value = entry.get(name)
    return value.data if value and isinstance(value.data, int) else None
