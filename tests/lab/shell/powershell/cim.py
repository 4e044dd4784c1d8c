# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts that go through the instances of WMI classes and print each as JSON, in exactly this form:

`$ErrorActionPreference='Stop'`, `foreach($v in Get-CimInstance -Namespace N -ClassName C [-Filter 'W']
[-OperationTimeoutSec S]){ConvertTo-Json -Compress -InputObject @(field,…)}` and texts in single quotes, joined by `;`.
A field is `$v.property`, or `($v.property -join 'x')`.

https://learn.microsoft.com/powershell/module/cimcmdlets/get-ciminstance: an error is not terminating, and the script
goes on, unless $ErrorActionPreference says Stop: then it ends at once with exit code 1. `foreach` over nothing does
nothing. ConvertTo-Json of 5.1 writes the bytes of an array as numbers, and some characters of ASCII as `\\u0027`.
"""

from __future__ import annotations

import dataclasses
import re

from ...languages import encode
from ...machine import Machine
from ...process import ProcessResult
from ...state.wmi.rsop import PROPERTIES, instances
from ...state.wmi.terminal import Instance, Property, WmiError
from ...state.wmi.wql import Condition, NotModelledError, condition
from .syntax import ParseError

_TEXT = r"'(?:[^']|'')*'"
_STOP = re.compile(r"\$ErrorActionPreference\s*=\s*'Stop'", re.IGNORECASE)
_LOOP = re.compile(
    rf"foreach\s*\(\s*\$(?P<variable>\w+)\s+in\s+Get-CimInstance(?P<options>(?:\s+-\w+\s+(?:{_TEXT}|[\w/\\.]+))*)\s*\)"
    r"\s*\{\s*ConvertTo-Json\s+-Compress\s+-InputObject\s+@\((?P<fields>[^{}]*)\)\s*\}",
    re.IGNORECASE,
)
_OPTION = re.compile(rf"\s+-(?P<name>\w+)\s+(?P<value>{_TEXT}|[\w/\\.]+)")
_FIELD = re.compile(
    rf"\s*(?:\$(?P<plain>\w+)\.(?P<property>\w+)|\(\s*\$(?P<joined>\w+)\.(?P<bytes>\w+)\s+-join\s+(?P<by>{_TEXT})\s*\))\s*"
)
_OPTIONS = ("namespace", "classname", "filter", "operationtimeoutsec")
# What the serializer of .NET's JavaScript escapes besides control characters, quotes and backslashes.
_ESCAPED = "'<>&"


@dataclasses.dataclass(frozen=True)
class Field:
    """One property; `separator`: its members joined by it."""

    name: str
    separator: str | None


@dataclasses.dataclass(frozen=True)
class Loop:
    """A walk over the instances of a class."""

    text: str
    namespace: str
    class_: str
    where: Condition | WmiError | None
    fields: tuple[Field, ...]


Step = Loop | str | None  # None: from here on, errors end the script


def read(script: str) -> list[Step] | None:
    """The steps of such a script, None for any other one; ParseError for one that is more than that."""
    if not _STOP.match(script) and not _LOOP.match(script):
        return None
    steps: list[Step] = []
    at = 0
    while at < len(script):
        for pattern in (_STOP, _LOOP, re.compile(_TEXT)):
            found = pattern.match(script, at)
            if found is None:
                continue
            steps.append(_loop(found) if pattern is _LOOP else None if pattern is _STOP else _unquoted(found[0]))
            at = found.end()
            break
        else:
            raise ParseError(f"this use of WMI is not modelled: {script[at : at + 80]}")
        rest = re.compile(r"\s*(?:;\s*|$)").match(script, at)
        if rest is None:
            raise ParseError(f"Unexpected token '{script[at : at + 20]}' in expression or statement.")
        at = rest.end()
    return steps


def _unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'") if text.startswith("'") else text


def _loop(found: re.Match[str]) -> Loop:
    options = {one["name"].lower(): _unquoted(one["value"]) for one in _OPTION.finditer(found["options"])}
    unknown = [name for name in options if name not in _OPTIONS]
    if unknown or not {"namespace", "classname"} <= options.keys():
        raise ParseError(f"these parameters of Get-CimInstance are not modelled: {', '.join(options)}")
    if not options.get("operationtimeoutsec", "1").isdecimal():
        raise ParseError("Cannot bind parameter 'OperationTimeoutSec'.")
    properties = next((PROPERTIES[name] for name in PROPERTIES if name.lower() == options["classname"].lower()), ())
    known = {name.lower(): name for name in properties}
    fields = tuple(_field(text, found["variable"], known) for text in _split(found["fields"]))
    where = _where(options["filter"], properties) if "filter" in options else None
    return Loop(found[0], options["namespace"], options["classname"], where, fields)


def _where(text: str, properties: tuple[str, ...]) -> Condition | WmiError:
    try:
        return condition(text, properties)
    except NotModelledError as error:
        raise ParseError(str(error)) from None
    except WmiError as error:
        return error


def _split(fields: str) -> list[str]:
    return re.findall(r"(?:\([^()]*\)|[^,()])+", fields)


def _field(text: str, variable: str, known: dict[str, str]) -> Field:
    found = _FIELD.fullmatch(text)
    if found is None or (found["plain"] or found["joined"]).lower() != variable.lower():
        raise ParseError(f"this expression is not modelled: {text}")
    name = (found["property"] or found["bytes"]).lower()
    if name not in known:
        # PowerShell would print null, and the slip would go unnoticed.
        raise ParseError(f"the class has no property '{name}'")
    return Field(known[name], _unquoted(found["by"]) if found["by"] else None)


def answer(machine: Machine, steps: list[Step], code_page: int) -> ProcessResult:
    """Run it."""
    out, err, stop = "", "", False
    with machine.lock:
        for step in steps:
            if step is None:
                stop = True
            elif isinstance(step, str):
                out += f"{step}\r\n"
            else:
                try:
                    out += "".join(f"{_json_row(one, step.fields)}\r\n" for one in _chosen(machine, step))
                except WmiError as error:
                    err += _error(step, *error.args)
                    if stop:
                        return ProcessResult(encode(out, code_page), encode(err, code_page), 1)
    return ProcessResult(encode(out, code_page), encode(err, code_page), 0)


def _chosen(machine: Machine, loop: Loop) -> list[Instance]:
    found = instances(machine, loop.namespace, loop.class_)
    if isinstance(loop.where, WmiError):
        raise loop.where
    return [one for one in found if loop.where is None or loop.where(one)]


def _json_row(instance: Instance, fields: tuple[Field, ...]) -> str:
    return "[" + ",".join(_json(_value(instance[field.name], field.separator)) for field in fields) + "]"


def _value(value: Property, separator: str | None) -> Property:
    if separator is None:
        return value
    members = value if isinstance(value, bytes) else () if value is None else (value,)
    return separator.join(str(member) for member in members)


def _json(value: Property) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return "[" + ",".join(map(str, value)) + "]"
    return '"' + "".join(_escaped(character) for character in value) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    return f"\\u{ord(character):04x}" if character in _ESCAPED or ord(character) < 32 else character


def _error(loop: Loop, message: str, category: str, code: int) -> str:
    return (
        f"Get-CimInstance : {message}\r\nAt line:1 char:1\r\n+ {loop.text[:60]}\r\n"
        f"    + CategoryInfo          : {category}: ({loop.namespace}:String) [Get-CimInstance], CimException\r\n"
        f"    + FullyQualifiedErrorId : HRESULT 0x{code:08x},"
        "Microsoft.Management.Infrastructure.CimCmdlets.GetCimInstanceCommand\r\n \r\n"
    )
