# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Registry items of Group Policy Preferences: also those in the user half of a GPO may write machine values.

Seen in a published report: a user's GPO set fDenyTSConnections below HKLM. It is written when a user's policy is
applied, by no computer policy; a report with /scope computer doesn't show it. Windows keeps a copy of the item file
in %ProgramData%\\Microsoft\\Group Policy\\History, and lists the GPO under the user's SID. Items of the computer half
are written at every refresh of the computer, after what Registry.pol files say ("preferences are refreshed", see
https://learn.microsoft.com/previous-versions/windows/it-pro/windows-server-2012-r2-and-2012/dn581922(v=ws.11)).
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import quoteattr

from ..files import Files
from ..registry import REG_DWORD, TYPE_NAMES, Registry, dword, sz
from .objects import PREFERENCES_REGISTRY_EXTENSION, PREFERENCES_REGISTRY_TOOL, Gpo
from .pol import Record

USER = "S-1-5-21-1004336348-1177238915-682003330-500"
HISTORY_FOLDER = r"C:\ProgramData\Microsoft\Group Policy\History"
USER_STORE = rf"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy\DataStore\{USER}\0"


def apply_computer_half(registry: Registry, files: Files, gpos: Iterable[Gpo]) -> None:
    """What a computer's refresh does with the GPOs that have such items."""
    for gpo in gpos:
        _write(registry, files, rf"{gpo.guid}\Machine", gpo.machine_preferences)


def apply_user_half(registry: Registry, files: Files, gpos: Iterable[Gpo]) -> None:
    """What a user's refresh does with the GPOs that have such items."""
    registry.delete_key(USER_STORE)
    for number, gpo in enumerate(one for one in gpos if one.preferences):
        _write(registry, files, rf"{gpo.guid}\{USER}", gpo.preferences)
        key = rf"{USER_STORE}\{number}"
        extensions = f"[{PREFERENCES_REGISTRY_EXTENSION}{PREFERENCES_REGISTRY_TOOL}]"
        registry.set(key, "Options", dword(0))
        registry.set(key, "DisplayName", sz(gpo.name))
        registry.set(key, "Extensions", sz(extensions))
        registry.set(key, "GPOName", sz(gpo.guid))
        registry.set(key, "GPOLink", dword(gpo.links[0].kind))
        registry.set(key, "Link", sz(gpo.links[0].text))


def _write(registry: Registry, files: Files, owner: str, records: Iterable[Record]) -> None:
    """Write the items, and keep a copy of their file."""
    for record in records:
        registry.set(f"HKLM\\{record.key}", record.name, record.value)
    folder = rf"{HISTORY_FOLDER}\{owner}\Preferences\Registry"
    files.ensure(folder)
    files.write(rf"{folder}\Registry.xml", _items(records).encode("utf-8"))


def properties(record: Record) -> str:
    """The attributes of an item's Properties."""
    is_number = record.value.type == REG_DWORD
    shown = f"{record.value.number:08X}" if is_number else record.value.text
    listed = {
        "action": "U", "displayDecimal": "0", "default": "0", "hive": "HKEY_LOCAL_MACHINE", "key": record.key,
        "name": record.name, "type": TYPE_NAMES[record.value.type], "value": shown,
    }  # fmt: skip
    return " ".join(f"{name}={quoteattr(value)}" for name, value in listed.items())


def _items(records: Iterable[Record]) -> str:
    rows = [
        f"<Registry name={quoteattr(record.name)}><Properties {properties(record)}/></Registry>" for record in records
    ]
    return '<?xml version="1.0" encoding="utf-8"?>\r\n<RegistrySettings>' + "".join(rows) + "</RegistrySettings>\r\n"
