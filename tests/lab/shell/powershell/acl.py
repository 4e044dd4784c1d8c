# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`(Get-Acl -LiteralPath 'PATH'[, 'PATH' …]).Sddl`, the one cmdlet the lab models, in exactly this form.

https://learn.microsoft.com/powershell/module/microsoft.powershell.security/get-acl. A path that is missing or may not
be read is an error on standard error, and the others are still shown. Windows PowerShell sets `$?` to true after a
statement in parentheses (about_Automatic_Variables says so up to 7.0), so that the exit code stays 0.
"""

from __future__ import annotations

import re

from ...languages import encode
from ...machine import Machine
from ...process import ProcessResult
from ...state.files import FileError, absolute
from ...state.registry import RegistryError
from ...state.security import READ_CONTROL, Descriptor

_FORM = re.compile(
    r"\s*\(Get-Acl -LiteralPath (?P<paths>'(?:[^']|'')*'(?:\s*,\s*'(?:[^']|'')*')*)\)\.Sddl\s*", re.IGNORECASE
)
_REGISTRY = re.compile(r"(?:Microsoft\.PowerShell\.Core\\)?Registry::(?P<key>.+)", re.IGNORECASE)


class _PathError(Exception):
    """Get-Acl's own error: message and error id."""


def paths(script: str) -> list[str] | None:
    """The paths of a script of that form, None for any other script."""
    found = _FORM.fullmatch(script)
    if found is None:
        return None
    return [path.replace("''", "'") for path in re.findall(r"'((?:[^']|'')*)'", found["paths"])]


def answer(machine: Machine, wanted: list[str], code_page: int) -> ProcessResult:
    """Run it."""
    out, err = "", ""
    with machine.lock, machine.files.acting(machine.token):
        for path in wanted:
            try:
                descriptor = _descriptor(machine, path)
            except _PathError as problem:
                err += _error(*problem.args)
                continue
            out += descriptor.sddl() + "\r\n"
    return ProcessResult(encode(out, code_page), encode(err, code_page), 0)


def _descriptor(machine: Machine, path: str) -> Descriptor:
    registry = _REGISTRY.fullmatch(path)
    missing = (f"Cannot find path '{path}' because it does not exist.", "ObjectNotFound", "GetAcl_PathNotFound")
    try:
        if registry is None:
            found = machine.files.security(absolute(path))
        elif machine.registry.exists(registry["key"]):
            found = machine.registry.security(registry["key"])
        else:
            raise _PathError(*missing)
    except (FileError, RegistryError):
        raise _PathError(*missing) from None
    if not found.allows(machine.token, READ_CONTROL):
        raise _PathError(
            "Attempted to perform an unauthorized operation.", "NotSpecified", "System.UnauthorizedAccessException"
        )
    return found


def _error(message: str, category: str, identifier: str) -> str:
    return (
        f"Get-Acl : {message}\r\nAt line:1 char:2\r\n"
        f"    + CategoryInfo          : {category}: (:) [Get-Acl], Exception\r\n"
        f"    + FullyQualifiedErrorId : {identifier},Microsoft.PowerShell.Commands.GetAclCommand\r\n"
    )
