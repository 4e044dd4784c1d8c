# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""Windows' resultant set of policy (RSoP): what it logged of the last refresh, by the names of keys and values.

https://learn.microsoft.com/previous-versions/windows/desktop/policy/rsop-registrypolicysetting has one row for each
value that a GPO sets, those that did not win included, and
https://learn.microsoft.com/previous-versions/windows/desktop/policy/rsop-gpo the GPOs with their versions. Nothing in
them is translated, unlike the same data in gpresult's report. They are read by cmdlets of Microsoft's own and
properties only, which also works in Constrained Language Mode.

Each row comes as an array of JSON in a line of its own, and ``end`` after the last one tells that nothing went wrong
before: a missing namespace, missing rights and a missing class are errors in the host's language. There is no pipe in
the line, because a login shell that is cmd.exe, as over ssh, would see it outside of quotes. Windows PowerShell makes
an object of an array within an array at times (https://github.com/PowerShell/PowerShell/issues/5579), so the bytes of a
value come as a text.
"""

from __future__ import annotations

import dataclasses
import json
import re
import typing as t

from ..errors import UnreadableError
from ..model import Command, CommandResult
from ..quoting import unsafe_characters
from ..text import lines

# Salt reads it like this (salt/modules/win_lgpo_reg.py), and published scripts do.
# Unseen: an administrator may do so over each connection, and in Constrained Language Mode.
_NAMESPACE = "root/rsop/computer"
_END = "end"
_NOTHING_LOGGED = "Windows keeps no resultant set of policy: its logging is off, or nothing was applied yet."
# WMI answers in a second, or not at all.
_SECONDS = 30

_GPO_FIELDS = ("$r.id", "$r.version")
_NAME_FIELDS = ("$r.id", "$r.name")
_SERVICE_FIELDS = ("$r.precedence", "$r.StartupMode", "$r.GPOID", "$r.Service")
_SETTING_FIELDS = (
    *("$r.precedence", "$r.deleted", "$r.valueType", "$r.GPOID", "$r.registryKey", "$r.valueName"),
    "($r.value -join ' ')",
)

_GUID = re.compile(r"\{[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}")
_LOCAL = "LOCALGPO"
_BYTES = re.compile(r"(?:[0-9]{1,3}(?: [0-9]{1,3})*)?")


@dataclasses.dataclass(frozen=True)
class RsopSetting:
    """A value that a GPO sets or removes.

    Attributes:
        gpo: The GPO's guid in braces and upper case, ``LOCALGPO`` for the local one.
        precedence: 1 is the one that won.
        key: The path below HKEY_LOCAL_MACHINE.
        name: The value's name.
        deleted: Whether the GPO removes it.
        type: The number of the type, 4 for a REG_DWORD.
        data: The bytes, as in Registry.pol.
    """

    gpo: str
    precedence: int
    key: str
    name: str
    deleted: bool
    type: int
    data: bytes


@dataclasses.dataclass(frozen=True)
class Rsop:
    """What was logged.

    Attributes:
        versions: The version of each GPO, by its guid as in RsopSetting.
        settings: The rows of the keys that were asked for.
    """

    versions: t.Mapping[str, int]
    settings: tuple[RsopSetting, ...] = ()


@dataclasses.dataclass(frozen=True)
class StartType:
    """A start type that a GPO sets for a service, below System Services of the security settings.

    Attributes:
        service: The service's name.
        start_type: 2 automatic, 3 manual, 4 disabled.
        guid: The GPO's guid in braces and upper case, ``LOCALGPO`` for the local one.
        gpo: The GPO's name, empty where it was not logged.
    """

    service: str
    start_type: int
    guid: str
    gpo: str

    def __str__(self) -> str:
        return f'the GPO "{self.gpo}" {self.guid}' if self.gpo else f"the GPO {self.guid}"


def start_types(services: t.Sequence[str]) -> Command:
    """Print which start types the GPOs of the last refresh set for some services.

    https://learn.microsoft.com/previous-versions/windows/desktop/policy/rsop-systemservice

    Args:
        services: Their names, our own.
    """
    matching = " or ".join(f"Service=''{name}''" for name in services)
    return _script(
        _each("RSOP_GPO", "", *_NAME_FIELDS), _each("RSOP_SystemService", f" -Filter '{matching}'", *_SERVICE_FIELDS)
    )


def read_start_types(output: CommandResult) -> tuple[StartType, ...]:
    """Return the start types that won, one for a service at most.

    Raises:
        UnreadableError: There is nothing, or it is not understood.
    """
    rows = _rows(output, (len(_NAME_FIELDS), len(_SERVICE_FIELDS)))
    names = {_guid(row[0]): _text(row[1]) for row in rows if len(row) == len(_NAME_FIELDS)}
    if not names:
        raise UnreadableError(_NOTHING_LOGGED)
    won: dict[str, StartType] = {}
    for row in rows:
        if len(row) == len(_SERVICE_FIELDS) and _number(row[0]) == 1:
            found = StartType(_text(row[3]), _number(row[1]), _guid(row[2]), names.get(_guid(row[2]), ""))
            won[found.service.casefold()] = found
    return tuple(won.values())


def logged(keys: t.Sequence[str]) -> Command:
    r"""Print the GPOs of the last refresh, and what they say about the values of some keys.

    Args:
        keys: Paths of our own below HKEY_LOCAL_MACHINE.

    Raises:
        ValueError: One of them has a character that means something to a shell or to WMI.
    """
    if not keys or any(unsafe_characters(key) or "'" in key for key in keys):
        raise ValueError(f"no keys to ask for: {', '.join(keys)}")
    # https://learn.microsoft.com/windows/win32/wmisdk/wql-operators: a backslash is escaped by another one.
    matching = " or ".join(f"registryKey=''{key}''" for key in keys).replace("\\", "\\\\")
    return _script(
        _each("RSOP_GPO", "", *_GPO_FIELDS),
        _each("RSOP_RegistryPolicySetting", f" -Filter '{matching}'", *_SETTING_FIELDS),
    )


def _script(*steps: str) -> Command:
    script = ("$ErrorActionPreference='Stop'", *steps, f"'{_END}'")
    return Command(f'powershell.exe -NoProfile -NonInteractive -Command "{";".join(script)}"')


def _each(class_: str, options: str, *fields: str) -> str:
    instances = f"Get-CimInstance -Namespace {_NAMESPACE} -ClassName {class_} -OperationTimeoutSec {_SECONDS}{options}"
    return f"foreach($r in {instances}){{ConvertTo-Json -Compress -InputObject @({','.join(fields)})}}"


def read_logged(output: CommandResult) -> Rsop:
    """Return what was logged.

    Raises:
        UnreadableError: There is nothing, which says nothing about policies: Windows does not log, or the account has
            no rights to it.
    """
    rows = _rows(output, (len(_GPO_FIELDS), len(_SETTING_FIELDS)))
    versions = {_guid(row[0]): _number(row[1]) for row in rows if len(row) == len(_GPO_FIELDS)}
    if not versions:
        raise UnreadableError(_NOTHING_LOGGED)
    return Rsop(versions, tuple(_setting(row) for row in rows if len(row) == len(_SETTING_FIELDS)))


def _rows(output: CommandResult, lengths: tuple[int, int]) -> list[list[t.Any]]:
    text = [line.strip() for line in lines(output.data, output.code_page) if line.strip()]
    if output.exit_code != 0 or not text or text[-1] != _END:
        raise UnreadableError("Windows' resultant set of policy could not be read.", text[0] if text else "")
    return [_row(line, lengths) for line in text[:-1]]


def _row(line: str, lengths: tuple[int, int]) -> list[t.Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, list) or len(row) not in lengths:
        raise UnreadableError("A row of the resultant set of policy is not understood.", line)
    return row


def _setting(row: list[t.Any]) -> RsopSetting:
    precedence, deleted, type_, gpo, key, name, data = row
    if not isinstance(deleted, bool):
        raise UnreadableError("A row of the resultant set of policy does not tell whether it deletes.", str(deleted))
    return RsopSetting(
        _guid(gpo), _number(precedence), _text(key), _text(name), deleted, _number(type_), _bytes(_text(data))
    )


def _guid(text: object) -> str:
    """The GPO of ``CN={…},CN=Policies,CN=System,DC=…``, or the local one."""
    found = _GUID.search(text) if isinstance(text, str) else None
    if found:
        return found.group().upper()
    if isinstance(text, str) and text.upper() == _LOCAL:
        return _LOCAL
    raise UnreadableError("A row of the resultant set of policy names no GPO.", str(text))


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 32:
        raise UnreadableError("A row of the resultant set of policy has no number where one belongs.", str(value))
    return value


def _text(value: object) -> str:
    if value is not None and not isinstance(value, str):
        raise UnreadableError("A row of the resultant set of policy has no text where one belongs.", str(value))
    return value or ""


def _bytes(text: str) -> bytes:
    if not _BYTES.fullmatch(text) or any(int(number) > 0xFF for number in text.split()):
        raise UnreadableError("The data of a value in the resultant set of policy are no bytes.", text)
    return bytes(map(int, text.split()))
