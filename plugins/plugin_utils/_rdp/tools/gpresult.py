# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``gpresult.exe /X``: Windows' own report of which GPOs apply and what they set.

https://learn.microsoft.com/windows-server/administration/windows-commands/gpresult. Exit code 0 is no success: an
account without RSoP data gets a message and no file, one without elevation a report without the computer's half. So the
file is what counts, and a report without ComputerResults says nothing. Its namespaces are fixed, their prefixes vary. A
policy of an administrative template is listed with display texts in the host's language only: whether it is the one
that we look for can't be told, and no answer here means "not in the report", never "allowed".
"""

from __future__ import annotations

import codecs
import dataclasses
import re
import typing as t
from xml.etree import ElementTree

from ..errors import UnreadableError
from ..model import Command

# The largest seen has 280 KB, and what comes back from a host is limited before.
MAX_SIZE = 16 << 20

_RSOP = "http://www.microsoft.com/GroupPolicy/Rsop"
_TYPES = "http://www.microsoft.com/GroupPolicy/Types"
_SETTINGS = "http://www.microsoft.com/GroupPolicy/Settings"
_BASE = f"{_SETTINGS}/Base"
_REGISTRY = f"{_SETTINGS}/Registry"
_SECURITY = f"{_SETTINGS}/Security"
_PREFERENCES = f"{_SETTINGS}/Windows/Registry"

_TRUE = {"true": True, "1": True, "false": False, "0": False}
_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]{1,16}")


def report(file: str) -> Command:
    """Write the report of the computer's half, over a file that is there.

    Args:
        file: A path of our own, which may begin with an environment variable.
    """
    return Command(f'gpresult /SCOPE COMPUTER /X "{file}" /F')


@dataclasses.dataclass(frozen=True)
class Link:
    """Where a GPO is linked. ``applied_order`` is 0 where it was not applied; the highest one wins."""

    path: str
    applied_order: int
    enabled: bool
    enforced: bool


@dataclasses.dataclass(frozen=True)
class ReportedGpo:
    """A GPO of the report, applied or not.

    Attributes:
        name: Its display name.
        guid: In braces and upper case, ``LOCALGPO`` for the local one.
        domain: The domain in which it lies, empty for the local one.
        links: Its links.
        enabled: Whether its computer half is enabled. None if Windows could not read the GPO: it then leaves that out.
        valid: Whether Windows could read it. If not, what else is said of it was not looked at.
        passed_filter: Whether its WMI filter lets it through.
        denied: Whether its security filter keeps it away.
    """

    name: str
    guid: str
    domain: str
    links: tuple[Link, ...]
    enabled: bool | None
    valid: bool
    passed_filter: bool
    denied: bool

    @property
    def applied_order(self) -> int:
        """Its place in the order of application, 0 if it was not applied."""
        return max((link.applied_order for link in self.links), default=0)

    @property
    def not_applied(self) -> str:
        """Why it was not applied, in words; empty if it was."""
        if self.applied_order:
            return ""
        reasons = {
            "it can't be read": not self.valid,
            "its security filter denies it": self.denied,
            "its WMI filter keeps it away": not self.passed_filter,
            "it is disabled": not self.enabled,
            "its link is disabled": bool(self.links) and not any(link.enabled for link in self.links),
        }
        return next((reason for reason, holds in reasons.items() if holds), "it holds nothing for this computer")


@dataclasses.dataclass(frozen=True)
class ReportedSetting:
    """A value of the registry that a GPO sets, as far as the report names it.

    Attributes:
        gpo: The GPO's guid as in ReportedGpo.
        precedence: 1 is the one that won, 0 if the report doesn't tell.
        key: Empty for a policy of an administrative template.
        name: The value's name; for a policy of an administrative template, its display name in the host's language.
        data: A number or text, None where the report has none.
    """

    gpo: str
    precedence: int
    key: str
    name: str
    data: int | str | None


@dataclasses.dataclass(frozen=True)
class Preference:
    """A value that Group Policy Preferences write, or delete.

    https://learn.microsoft.com/openspecs/windows_protocols/ms-gppref, "Registry".

    Attributes:
        gpo: The GPO's guid as in ReportedGpo.
        key: With the hive's long name.
        name: The value's name.
        action: C, R, U or D: create, replace, update, delete.
        type: ``REG_…``
        data: As text: the number of a REG_DWORD in hexadecimal digits.
    """

    gpo: str
    key: str
    name: str
    action: str
    type: str
    data: str

    def writes(self, type_: str, data: object) -> bool:
        """Whether it writes this. Only numbers and texts can be compared."""
        if self.action.upper() == "D" or self.type != type_:
            return False
        if isinstance(data, int):
            return bool(_HEXADECIMAL.fullmatch(self.data)) and int(self.data, 16) == data
        return self.data == data


@dataclasses.dataclass(frozen=True)
class ReportedRight:
    """A user right that a GPO assigns.

    Attributes:
        gpo: The GPO's guid as in ReportedGpo.
        precedence: 1 is the one that won.
        name: ``Se…ReportedRight``
        members: Those who have it: a name, or a SID where the report has no name.
    """

    gpo: str
    precedence: int
    name: str
    members: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Report:
    """The computer's half of a report."""

    gpos: tuple[ReportedGpo, ...]
    settings: tuple[ReportedSetting, ...] = ()
    preferences: tuple[Preference, ...] = ()
    rights: tuple[ReportedRight, ...] = ()

    def gpo(self, guid: str) -> ReportedGpo | None:
        """Return the GPO with that guid."""
        return next((gpo for gpo in self.gpos if gpo.guid == guid.upper()), None)


def parse(data: bytes) -> Report:
    """Read a report.

    Raises:
        UnreadableError: It is no report of this kind, or has no results for the computer: then it says nothing about
            it.
    """
    root = _root(data)
    if root.tag != f"{{{_RSOP}}}Rsop":
        raise UnreadableError("The file is XML, but no report of gpresult.", root.tag)
    computer = root.find(f"{{{_RSOP}}}ComputerResults")
    if computer is None:
        raise UnreadableError(
            "gpresult reports nothing about the computer: the account has no rights to it (not elevated), or Windows "
            "keeps no RSoP data."
        )
    within = list(_within_extensions(computer))
    return Report(
        gpos=tuple(_gpo(element) for element in computer.findall(f"{{{_RSOP}}}GPO")),
        settings=tuple(setting for element in within for setting in _settings(element)),
        preferences=tuple(_preference(e) for e in within if e.tag == f"{{{_PREFERENCES}}}Registry"),
        rights=tuple(_right(e) for e in within if e.tag == f"{{{_SECURITY}}}UserRightsAssignment"),
    )


def _within_extensions(computer: ElementTree.Element) -> t.Iterator[ElementTree.Element]:
    """Every element of an extension once, also where one extension lies within another."""
    seen: set[ElementTree.Element] = set()
    for extension in computer.iter(f"{{{_SETTINGS}}}Extension"):
        if extension not in seen:
            for element in extension.iter():
                seen.add(element)
                yield element


def _root(data: bytes) -> ElementTree.Element:
    if len(data) > MAX_SIZE:
        raise UnreadableError(f"The report has {len(data)} bytes, more than {MAX_SIZE}.")
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    codec = "utf-16" if wide else "utf-16-le" if data[1:2] == b"\0" else "utf-8-sig"
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        raise UnreadableError(f"The report is no {codec} text: it may be cut off.") from None
    if re.match(r"\s*(?:<!DOCTYPE html|<html)", text, re.IGNORECASE):
        raise UnreadableError("This is a report for people (gpresult /H). The one to be read is made with /X.")
    # Without a document type there are no entities that could grow. No report has one.
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise UnreadableError("The report declares a document type, which no report of gpresult does.")
    declaration = _DECLARATION.match(text)
    try:
        return ElementTree.fromstring(text[declaration.end() :] if declaration else text)
    except (ElementTree.ParseError, ValueError) as error:
        raise UnreadableError(f"The report is no well-formed XML: {error}.") from None


def _text(element: ElementTree.Element, *path: tuple[str, str]) -> str:
    found = element.find("/".join(f"{{{namespace}}}{name}" for namespace, name in path))
    return (found.text or "").strip() if found is not None else ""


def _flag(element: ElementTree.Element, name: str) -> bool:
    text = _text(element, (_RSOP, name))
    if text not in _TRUE:
        raise UnreadableError(f"{name} of a GPO in the report is neither true nor false.", text)
    return _TRUE[text]


def _number(text: str, what: str) -> int:
    if not re.fullmatch(r"[0-9]{1,20}", text):
        raise UnreadableError(f"{what} in the report is no number.", text)
    return int(text)


def _gpo(element: ElementTree.Element) -> ReportedGpo:
    guid = _text(element, (_RSOP, "Path"), (_TYPES, "Identifier"))
    if not guid:
        raise UnreadableError("A GPO in the report has no identifier.", _text(element, (_RSOP, "Name")))
    valid = _flag(element, "IsValid")
    # Seen on Windows Server 2016 and 11: IsValid is false, and Enabled is missing.
    named = element.find(f"{{{_RSOP}}}Enabled") is not None
    return ReportedGpo(
        name=_text(element, (_RSOP, "Name")),
        guid=guid.upper(),
        domain=_text(element, (_RSOP, "Path"), (_TYPES, "Domain")),
        links=tuple(
            Link(
                path=_text(link, (_RSOP, "SOMPath")),
                applied_order=_number(_text(link, (_RSOP, "AppliedOrder")), "An AppliedOrder"),
                enabled=_flag(link, "Enabled"),
                enforced=_flag(link, "NoOverride"),
            )
            for link in element.findall(f"{{{_RSOP}}}Link")
        ),
        enabled=_flag(element, "Enabled") if named or valid else None,
        valid=valid,
        passed_filter=_flag(element, "FilterAllowed"),
        denied=_flag(element, "AccessDenied"),
    )


def _owner(element: ElementTree.Element) -> tuple[str, int]:
    """The GPO of a setting, and the setting's precedence."""
    guid = _text(element, (_BASE, "GPO"), (_TYPES, "Identifier"))
    precedence = _text(element, (_BASE, "Precedence"))
    if not guid:
        raise UnreadableError("A setting in the report belongs to no GPO.", element.tag.rpartition("}")[2])
    return guid.upper(), _number(precedence, "A Precedence") if precedence else 0


def _settings(element: ElementTree.Element) -> t.Iterator[ReportedSetting]:
    if element.tag == f"{{{_REGISTRY}}}Policy":
        yield ReportedSetting(*_owner(element), key="", name=_text(element, (_REGISTRY, "Name")), data=None)
    elif element.tag == f"{{{_REGISTRY}}}RegistrySetting":
        key = _text(element, (_REGISTRY, "KeyPath"))
        for value in element.findall(f"{{{_REGISTRY}}}Value"):
            name = _text(value, (_REGISTRY, "Name"))
            number, text = value.find(f"{{{_REGISTRY}}}Number"), value.find(f"{{{_REGISTRY}}}String")
            data: int | str | None = None
            if number is not None:
                data = _number((number.text or "").strip(), "A Number")
            elif text is not None:
                data = text.text or ""
            yield ReportedSetting(*_owner(element), key=key, name=name, data=data)


def _preference(element: ElementTree.Element) -> Preference:
    properties = element.find(f"{{{_PREFERENCES}}}Properties")
    said = properties.attrib if properties is not None else {}
    return Preference(
        gpo=_text(element, (_BASE, "GPO"), (_TYPES, "Identifier")).upper(),
        key=f"{said.get('hive', '')}\\{said.get('key', '')}",
        name=said.get("name", ""),
        action=said.get("action", ""),
        type=said.get("type", ""),
        data=said.get("value", ""),
    )


def _right(element: ElementTree.Element) -> ReportedRight:
    members = (
        _text(member, (_TYPES, "Name")) or _text(member, (_TYPES, "SID"))
        for member in element.findall(f"{{{_SECURITY}}}Member")
    )
    gpo, precedence = _owner(element)
    return ReportedRight(gpo, precedence, _text(element, (_SECURITY, "Name")), tuple(members))


def render(report: Report) -> bytes:
    """Write a report that is read as this one, with nothing else in it: the reverse of :func:`parse`."""
    root = ElementTree.Element(f"{{{_RSOP}}}Rsop")
    computer = _add(root, (_RSOP, "ComputerResults"))
    for gpo in report.gpos:
        _add_gpo(computer, gpo)
    extension = _add(computer, (_RSOP, "ExtensionData"), (_SETTINGS, "Extension"))
    for setting in report.settings:
        _add_setting(extension, setting)
    for preference in report.preferences:
        element = _add(extension, (_PREFERENCES, "Registry"))
        _add_owner(element, preference.gpo, 0)
        hive, _separator, key = preference.key.partition("\\")
        said = {"hive": hive, "key": key, "name": preference.name, "action": preference.action}
        _add(element, (_PREFERENCES, "Properties")).attrib.update(said, type=preference.type, value=preference.data)
    for right in report.rights:
        element = _add(extension, (_SECURITY, "UserRightsAssignment"))
        _add_owner(element, right.gpo, right.precedence)
        _add(element, (_SECURITY, "Name")).text = right.name
        for member in right.members:
            _add(element, (_SECURITY, "Member"), (_TYPES, "Name")).text = member
    text: str = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-16"?>\r\n{text}'.encode("utf-16")


def _add(element: ElementTree.Element, *path: tuple[str, str]) -> ElementTree.Element:
    for namespace, name in path:
        element = ElementTree.SubElement(element, f"{{{namespace}}}{name}")
    return element


def _add_gpo(computer: ElementTree.Element, gpo: ReportedGpo) -> None:
    element = _add(computer, (_RSOP, "GPO"))
    _add(element, (_RSOP, "Name")).text = gpo.name
    path = _add(element, (_RSOP, "Path"))
    _add(path, (_TYPES, "Identifier")).text = gpo.guid
    _add(path, (_TYPES, "Domain")).text = gpo.domain
    flags = {
        "Enabled": gpo.enabled,
        "IsValid": gpo.valid,
        "FilterAllowed": gpo.passed_filter,
        "AccessDenied": gpo.denied,
    }
    for name, flag in flags.items():
        if flag is not None:
            _add(element, (_RSOP, name)).text = str(flag).lower()
    for link in gpo.links:
        added = _add(element, (_RSOP, "Link"))
        _add(added, (_RSOP, "SOMPath")).text = link.path
        _add(added, (_RSOP, "AppliedOrder")).text = str(link.applied_order)
        _add(added, (_RSOP, "Enabled")).text = str(link.enabled).lower()
        _add(added, (_RSOP, "NoOverride")).text = str(link.enforced).lower()


def _add_owner(element: ElementTree.Element, gpo: str, precedence: int) -> None:
    _add(element, (_BASE, "GPO"), (_TYPES, "Identifier")).text = gpo
    if precedence:
        _add(element, (_BASE, "Precedence")).text = str(precedence)


def _add_setting(extension: ElementTree.Element, setting: ReportedSetting) -> None:
    """A setting without a key is a policy of an administrative template, of which only the name is known."""
    element = _add(extension, (_REGISTRY, "RegistrySetting" if setting.key else "Policy"))
    _add_owner(element, setting.gpo, setting.precedence)
    if not setting.key:
        _add(element, (_REGISTRY, "Name")).text = setting.name
        return
    _add(element, (_REGISTRY, "KeyPath")).text = setting.key
    value = _add(element, (_REGISTRY, "Value"))
    _add(value, (_REGISTRY, "Name")).text = setting.name
    if setting.data is not None:
        kind = "Number" if isinstance(setting.data, int) else "String"
        _add(value, (_REGISTRY, kind)).text = str(setting.data)
