# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's PowerShell modules: not interpreted, but answered from `machine.canned_modules` where that is asked for.

ansible-core 2.19 to 2.21 send bootstrap_wrapper.ps1 as the script and, on standard input, a JSON object of the exec
wrapper, a line of four NULs and a JSON manifest whose last action names the module
(ansible/executor/powershell/module_manifest.py: _get_bootstrap_input, _create_powershell_wrapper).
"""

from __future__ import annotations

import dataclasses
import json
import re
import typing as t

from ...machine import Machine
from ...process import LoggedCommand, ProcessResult

SEPARATOR = re.compile(rb"\r?\n\0\0\0\0\r?\n?")


@dataclasses.dataclass(frozen=True)
class ModuleCall:
    """A module that the controller wants to run; the name is empty when it could not be read."""

    name: str
    arguments: dict[str, t.Any]
    why: str = ""


def payload(script: str, stdin: bytes) -> ModuleCall | None:
    """The module in an exec wrapper's input, or None when script and input are not that of an exec wrapper."""
    if "FromJson" not in script.replace("-", "") or "$code.script" not in script:
        return None
    parts = SEPARATOR.split(stdin, maxsplit=1)
    if len(parts) != 2:
        return ModuleCall("", {}, "the input has no line of four NULs")
    try:
        actions = json.loads(parts[1])["actions"]
        parameters = actions[-1]["params"]
        if actions[-1]["name"] != "module_wrapper.ps1":
            return ModuleCall("", {}, f"it runs {actions[-1]['name']}, which is no module")
        arguments = {variable["Name"]: variable["Value"] for variable in parameters.get("Variables", [])}
        name = str(parameters["Script"]).removesuffix(".ps1").removeprefix("ansible_collections.")
        return ModuleCall(name.replace(".plugins.modules.", "."), arguments.get("complex_args", {}))
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        return ModuleCall("", {}, f"the manifest can't be read: {type(error).__name__}: {error}")


def answer(machine: Machine, call: ModuleCall) -> ProcessResult:
    """The module's result as JSON: the canned one (a dict, or a callable that gets the arguments), or a failure."""
    canned = getattr(machine, "canned_modules", {})
    for name in (call.name, call.name.rpartition(".")[2]):
        if name and name in canned:
            result = canned[name]
            found = result(call.arguments) if callable(result) else result
            return ProcessResult(json.dumps(found).encode() + b"\r\n", b"", int(bool(found.get("failed"))))
    what = call.name or f"a script by Ansible's exec wrapper ({call.why})"
    machine.log.append(LoggedCommand(f"ansible module: {what}", 1, False, reason="no canned result for it"))
    failure = {"failed": True, "changed": False, "msg": f"the lab runs no PowerShell modules: {what}"}
    return ProcessResult(json.dumps(failure).encode() + b"\r\n", b"", 1)
