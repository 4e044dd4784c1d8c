# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of gpresult /X: UTF-16 with a byte order mark, elements and order as a published report has them.

Names are translated, states and identifiers are not. Settings that an administrative template describes are shown by
its texts, without key and value; others by key, name and data. Every extension gets the next prefix q1, q2 …
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterator
from xml.sax.saxutils import escape, quoteattr

from ...state.policy.objects import (
    LOCAL,
    LOCAL_ID,
    PREFERENCES_REGISTRY_EXTENSION,
    REGISTRY_EXTENSION,
    SECURITY_EXTENSION,
    Candidate,
    Link,
)
from ...state.policy.preferences import properties
from .settings import policy_element, setting_element
from .text import display_name, groups, name_of, som_path

if t.TYPE_CHECKING:
    from ...machine import Machine
    from ...state.policy.rsop import Rsop

GROUP_POLICY = "http://www.microsoft.com/GroupPolicy"
INFRASTRUCTURE = "{00000000-0000-0000-0000-000000000000}"
SOM_TYPES = {1: "Local", 2: "Site", 3: "Domain", 4: "OU"}
REPORT_VERSION = 0x220004
Content = Callable[[str], Iterator[str]]  # a prefix -> the lines of an extension


def report(machine: Machine) -> bytes:
    """The whole file; without administrator's rights it has no ComputerResults."""
    schema = "http://www.w3.org/2001/XMLSchema"
    lines = [
        '<?xml version="1.0" encoding="utf-16"?>',
        f'<Rsop xmlns:xsd="{schema}" xmlns:xsi="{schema}-instance" xmlns="{GROUP_POLICY}/Rsop">',
        f"  <ReadTime>{machine.now:%Y-%m-%dT%H:%M:%S}.3944093Z</ReadTime>",
        "  <DataType>LoggedData</DataType>",
    ]
    if machine.elevated and machine.policy.rsop is not None:
        lines += ["  <ComputerResults>", *_indented(_computer(machine, machine.policy.rsop), 4), "  </ComputerResults>"]
    return b"\xff\xfe" + "\r\n".join([*lines, "</Rsop>"]).encode("utf-16-le")


def _indented(lines: Iterator[str], blanks: int) -> Iterator[str]:
    return (" " * blanks + line for line in lines)


def _element(name: str, text: object, kind: str = "") -> str:
    shown = str(text).lower() if isinstance(text, bool) else escape(str(text))
    opening = f'{name} xmlns="{GROUP_POLICY}/{kind}"' if kind else name
    return f"<{opening}>{shown}</{name}>"


def _computer(machine: Machine, rsop: Rsop) -> Iterator[str]:
    texts, policy = machine.language, machine.policy
    yield _element("Version", REPORT_VERSION)
    yield _element("Name", rf"{policy.domain.partition('.')[0].upper()}\{machine.name.upper()}$")
    yield _element("Domain", policy.domain)
    yield _element("SOM", som_path(machine, policy.unit))
    yield _element("Site", policy.site)
    for order, link in enumerate((Link("Local"), Link(f"CN={policy.site}"), Link("DC="), Link(policy.unit)), 1):
        som = policy.unit.partition(",")[2] if link.som == "DC=" else link.som
        yield "<SearchedSOM>"
        for name, text in (
            ("Path", som_path(machine, som)), ("Type", SOM_TYPES[link.kind]), ("Order", order),
            ("BlocksInheritance", False), ("Blocked", False), ("Reason", "Normal"),
        ):  # fmt: skip
            yield "  " + _element(name, text)
        yield "</SearchedSOM>"
    for sid, group in groups(machine):
        yield from ("<SecurityGroup>", "  " + _element("SID", sid, "Types"), "  " + _element("Name", group, "Types"))
        yield "</SecurityGroup>"
    yield _element("SlowLink", False)
    ran = [("gpresult.infrastructure", INFRASTRUCTURE)]
    ran += [("gpresult.registry", REGISTRY_EXTENSION)] * rsop.has_registry()
    ran += [("gpresult.security", SECURITY_EXTENSION)]
    ran += [("gpresult.preferences", PREFERENCES_REGISTRY_EXTENSION)] * bool(rsop.preferences())
    moment = f"{rsop.moment:%Y-%m-%dT%H:%M:%S}"
    for key, guid in ran:
        yield "<ExtensionStatus>"
        for name, text in (
            ("Name", texts[key]), ("Identifier", guid), ("BeginTime", moment), ("EndTime", moment),
            ("LoggingStatus", "Complete"), ("Error", "0"),
        ):  # fmt: skip
            yield "  " + _element(name, text)
        yield "</ExtensionStatus>"
    yield from _gpos(machine, rsop)
    prefixes = iter(("q1", "q2", "q3"))
    if rsop.rights_winners():
        yield from _extension(
            next(prefixes), "Security", texts["gpresult.security"], lambda q: _rights(machine, rsop, q)
        )
    if rsop.has_registry():
        yield from _extension(
            next(prefixes), "Registry", texts["gpresult.registry"], lambda q: _registry(machine, rsop, q)
        )
    if rsop.preferences():
        yield from _extension(
            next(prefixes), "Windows/Registry", texts["gpresult.preferences"], lambda q: _items(machine, rsop, q)
        )


def _gpos(machine: Machine, rsop: Rsop) -> Iterator[str]:
    """Each GPO once, with all its links; AppliedOrder counts only what was applied."""
    texts = machine.language
    order = {id(one): number for number, one in enumerate(rsop.applied(), 1)}
    seen: dict[str, list[Candidate]] = {}
    for one in rsop.candidates:
        seen.setdefault(one.gpo.guid, []).append(one)
    position = 0
    for found in seen.values():
        one = found[0]
        read = not one.gpo.unreadable
        half = one.gpo.version & 0xFFFF if read else 0
        yield "<GPO>"
        # One that can't be read has no name, and no Enabled (a published report of a Server 2019).
        yield "  " + _element("Name", display_name(machine, one) if read else one.gpo.guid)
        yield from _indented(_path(machine, one, "Path"), 2)
        for name, shown in (
            ("VersionDirectory", half), ("VersionSysvol", half), *((("Enabled", one.gpo.enabled),) if read else ()),
            ("IsValid", read), ("FilterAllowed", read), ("AccessDenied", one.gpo.denied),
        ):  # fmt: skip
            yield "  " + _element(name, shown)
        for candidate in found:
            link, position = candidate.link, position + 1
            yield "  <Link>"
            for name, value in (
                ("SOMPath", som_path(machine, link.som)), ("SOMOrder", link.order),
                ("AppliedOrder", order.get(id(candidate), 0)), ("LinkOrder", position), ("Enabled", link.enabled),
                ("NoOverride", link.enforced),
            ):  # fmt: skip
                yield "    " + _element(name, value)
            yield "  </Link>"
        if not one.gpo.local:
            yield "  " + _element("SecurityFilter", name_of(texts, "S-1-5-11"))
        for key, guid in (
            ("gpresult.security", SECURITY_EXTENSION), ("gpresult.registry", REGISTRY_EXTENSION),
            ("gpresult.preferences", PREFERENCES_REGISTRY_EXTENSION),
        ):  # fmt: skip
            if one.runs(guid):
                yield "  " + _element("ExtensionName", texts[key])
        yield "</GPO>"


def _path(machine: Machine, one: Candidate, name: str, kind: str = "") -> Iterator[str]:
    yield f'<{name} xmlns="{GROUP_POLICY}/{kind}">' if kind else f"<{name}>"
    local = one.link.kind == LOCAL
    yield "  " + _element("Identifier", LOCAL_ID if local else one.gpo.guid, "Types")
    if not local:
        yield "  " + _element("Domain", machine.policy.domain, "Types")
    yield f"</{name}>"


def _extension(prefix: str, kind: str, name: str, content: Content) -> Iterator[str]:
    settings = f"{GROUP_POLICY}/Settings"
    type_ = f"{prefix}:{kind.rpartition('/')[2]}Settings"
    head = f'Extension xmlns:{prefix}="{settings}/{kind}" xsi:type="{type_}" xmlns="{settings}"'
    inside = list(content(prefix))
    yield "<ExtensionData>"
    if inside:
        yield from (f"  <{head}>", *(f"    {line}" for line in inside), "  </Extension>")
    else:
        yield f"  <{head} />"
    yield "  " + _element("Name", name, "Settings")
    yield "</ExtensionData>"


def _source(machine: Machine, one: Candidate) -> Iterator[str]:
    yield from _path(machine, one, "GPO", "Settings/Base")
    yield _element("Precedence", 1, "Settings/Base")


def _rights(machine: Machine, rsop: Rsop, q: str) -> Iterator[str]:
    for one, right, sids in rsop.rights_winners():
        yield f"<{q}:UserRightsAssignment>"
        yield from _indented(_source(machine, one), 2)
        yield f"  <{q}:Name>{right}</{q}:Name>"
        for sid in sids:
            member = name_of(machine.language, sid).rpartition("\\")[2]
            yield from (f"  <{q}:Member>", "    " + _element("Name", member, "Types"), f"  </{q}:Member>")
        yield f"</{q}:UserRightsAssignment>"


def _registry(machine: Machine, rsop: Rsop, q: str) -> Iterator[str]:
    for one, record in rsop.registry_winners():
        source = list(_indented(_source(machine, one), 2))
        described = policy_element(machine.language, record, q)
        name = "RegistrySetting" if described is None else "Policy"
        content = setting_element(record, q) if described is None else described
        yield f"<{q}:{name}>"
        yield from source
        yield from (f"  {line}" for line in content)
        yield f"</{q}:{name}>"


def _items(machine: Machine, rsop: Rsop, q: str) -> Iterator[str]:
    """Registry items of Preferences: the class ids are those of MS-GPPREF."""
    yield f'<{q}:RegistrySettings clsid="{{A3CCFC41-DFDB-43a5-8D26-0FE8B954DA51}}">'
    for one, record in rsop.preferences():
        yield f'  <{q}:Registry clsid="{{9CD4B2F4-923D-47f5-A062-E897DD1DAD50}}" name={quoteattr(record.name)}>'
        yield from _indented(_source(machine, one), 4)
        yield f"    <{q}:Properties {properties(record)} />"
        yield f"  </{q}:Registry>"
    yield f"</{q}:RegistrySettings>"
