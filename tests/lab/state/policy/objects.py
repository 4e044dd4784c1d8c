# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Group Policy objects, where they are linked, and the order in which a computer applies them.

Local, then site, domain, organizational units from the outside in; within one of them link order 1 comes last and so
wins. Enforced links come after all others, the outermost last
(https://learn.microsoft.com/previous-versions/windows/it-pro/windows-server-2003/cc778890(v=ws.10), MS-GPOL 3.2.5.1).
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Iterable
from functools import cached_property

from ..files import Files
from .pol import Record, write_pol

REGISTRY_EXTENSION = "{35378EAC-683F-11D2-A89A-00C04FBBCFA2}"
SECURITY_EXTENSION = "{827D319E-6EAC-11D2-A4EA-00C04F79F83A}"
PREFERENCES_REGISTRY_EXTENSION = "{B087BE9D-ED37-454F-AF9C-04291E351182}"
REGISTRY_TOOL = "{D02B1F72-3407-48AE-BA88-E8213C6761F1}"
SECURITY_TOOL = "{803E14A0-B4FB-11D0-A0D0-00A0C90F574B}"
PREFERENCES_REGISTRY_TOOL = "{BEE07A6A-EC9F-4659-B8C9-0B1937907C83}"

LOCAL_FOLDER = r"C:\Windows\System32\GroupPolicy"
LOCAL_POL = LOCAL_FOLDER + r"\Machine\Registry.pol"
LOCAL_INI = LOCAL_FOLDER + r"\gpt.ini"
LOCAL_ID = "LocalGPO"

# How far a link is from the computer, which is also the number that GPOLink has (GPO_LINK in gpedit.h).
LOCAL, SITE, DOMAIN, UNIT = 1, 2, 3, 4


@dataclasses.dataclass(frozen=True)
class Link:
    """A GPO's link to a site, a domain or an organizational unit, by distinguished name."""

    som: str
    order: int = 1
    enforced: bool = False
    enabled: bool = True

    @property
    def kind(self) -> int:
        """LOCAL, SITE, DOMAIN or UNIT."""
        head = self.som.upper()
        if not self.som or head == "LOCAL":
            return LOCAL
        return UNIT if head.startswith("OU=") else DOMAIN if head.startswith("DC=") else SITE

    @property
    def distance(self) -> tuple[int, int]:
        """Sorts from the outside in."""
        return self.kind, self.som.upper().count("OU=")

    @property
    def text(self) -> str:
        """As the registry holds it."""
        return "Local" if self.kind == LOCAL else f"LDAP://{self.som}"


@dataclasses.dataclass
class Gpo:
    """One GPO of the domain (or the local one): what it holds, and for whom it is."""

    name: str
    guid: str
    links: list[Link] = dataclasses.field(default_factory=list)
    records: list[Record] = dataclasses.field(default_factory=list)
    rights: dict[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)  # user right -> SIDs
    services: dict[str, int] = dataclasses.field(default_factory=dict)  # service -> start type, below System Services
    preferences: list[Record] = dataclasses.field(default_factory=list)  # what its user half writes through Preferences
    machine_preferences: list[Record] = dataclasses.field(default_factory=list)  # and its computer half
    version: int = 1  # the user half in the upper 16 bits, the computer half in the lower ones
    enabled: bool = True  # False: its computer half is switched off
    denied: bool = False  # security filtering: this computer may not apply it
    unreadable: bool = False  # Windows can't read it, as when its folder in SYSVOL is gone
    other_extensions: str = ""  # what it is for besides registry values and user rights

    @property
    def local(self) -> bool:
        """Whether it is the computer's own."""
        return self.guid == LOCAL_ID

    @cached_property
    def pol(self) -> bytes:
        """Its Registry.pol in the domain's SYSVOL; made once, so records must not change after the first use."""
        return write_pol(self.records)

    @property
    def template(self) -> bytes:
        """Its GptTmpl.inf, as far as services go: MS-GPSB 2.2.8, and the files in published backups of GPOs."""
        rows = "".join(f'"{name}",{start},""\r\n' for name, start in self.services.items())
        text = f'[Unicode]\r\nUnicode=yes\r\n[Version]\r\nsignature="$CHICAGO$"\r\n[Service General Setting]\r\n{rows}'
        return b"\xff\xfe" + text.encode("utf-16-le")

    @property
    def extensions(self) -> str:
        """gPCMachineExtensionNames: pairs of extension and tool, in the order of the extensions' numbers."""
        pairs = ""
        if self.records:
            pairs += f"[{REGISTRY_EXTENSION}{REGISTRY_TOOL}]"
        if self.rights or self.services:
            pairs += f"[{SECURITY_EXTENSION}{SECURITY_TOOL}]"
        if self.machine_preferences:
            pairs += f"[{PREFERENCES_REGISTRY_EXTENSION}{PREFERENCES_REGISTRY_TOOL}]"
        return pairs + self.other_extensions

    def plain(self) -> dict[str, object]:
        """As plain JSON types."""
        return {
            "name": self.name, "guid": self.guid, "version": self.version, "enabled": self.enabled,
            "denied": self.denied, "unreadable": self.unreadable,
            "links": sorted([x.som, x.order, x.enforced, x.enabled] for x in self.links),
            "pol": hashlib.sha256(self.pol).hexdigest(), "rights": {k: list(v) for k, v in self.rights.items()},
            "services": dict(self.services),
            "preferences": hashlib.sha256(write_pol(self.preferences)).hexdigest(),
            "machine_preferences": hashlib.sha256(write_pol(self.machine_preferences)).hexdigest(),
        }  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Candidate:
    """A GPO through one of its links, for one refresh; `reason` says why it is not applied, empty when it is."""

    gpo: Gpo
    link: Link
    extensions: str
    reason: str  # "", empty, denied, disabled_gpo, disabled_link, unreadable

    def runs(self, extension: str) -> bool:
        """Whether an extension has to process it."""
        return not self.reason and extension.upper() in self.extensions.upper()


@dataclasses.dataclass(frozen=True)
class LocalFolder:
    """What the computer's own GPO says of itself in gpt.ini."""

    version: int
    extensions: str


def read_local(files: Files) -> LocalFolder:
    """gpt.ini as GetPrivateProfileString reads it: a missing file, section or entry is 0 or empty."""
    if not files.is_file(LOCAL_INI):
        return LocalFolder(0, "")
    data = files.read(LOCAL_INI)
    text = data.decode("utf-16" if data[:2] == b"\xff\xfe" else "cp1252", "replace")
    section = ""
    entries: dict[str, str] = {}
    for line in (one.strip() for one in text.splitlines()):
        if line.startswith("["):
            section = line[1:].partition("]")[0].strip().lower()
        elif section == "general" and "=" in line and not line.startswith(";"):
            name, _, value = line.partition("=")
            entries.setdefault(name.strip().lower(), value.strip())
    number = re.match(r"\d+", entries.get("version", ""))
    return LocalFolder(int(number.group()) if number else 0, entries.get("gpcmachineextensionnames", ""))


def write_local(files: Files, records: Iterable[Record], *, version: int | None = None) -> None:
    """Edit the local GPO as Windows' editor does: the records, the extension list, the version raised by one."""
    number = read_local(files).version + 1 if version is None else version
    files.ensure(LOCAL_FOLDER + r"\Machine")
    files.write(LOCAL_POL, write_pol(records))
    extensions = f"gPCMachineExtensionNames=[{REGISTRY_EXTENSION}{REGISTRY_TOOL}]"
    files.write(LOCAL_INI, f"[General]\r\n{extensions}\r\nVersion={number}\r\n".encode("ascii"))


def in_order(found: Iterable[tuple[Gpo, Link]]) -> list[tuple[Gpo, Link]]:
    """Linked GPOs in the order of application, the local one left out; the last one wins."""
    pairs = list(found)
    plain = [pair for pair in pairs if not pair[1].enforced]
    forced = [pair for pair in pairs if pair[1].enforced]

    def outside_in(pair: tuple[Gpo, Link]) -> tuple[object, ...]:
        gpo, link = pair
        return (*link.distance, -link.order, gpo.guid)

    def inside_out(pair: tuple[Gpo, Link]) -> tuple[object, ...]:
        gpo, link = pair
        kind, depth = link.distance
        return (-kind, -depth, -link.order, gpo.guid)

    return [*sorted(plain, key=outside_in), *sorted(forced, key=inside_out)]
