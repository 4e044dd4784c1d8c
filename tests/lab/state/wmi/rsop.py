# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
r"""root\rsop\computer: three of the classes in which WMI shows what Windows has logged of the last refresh.

Classes, properties, types and defaults:
https://learn.microsoft.com/previous-versions/windows/desktop/policy/rsop-gpo,
https://learn.microsoft.com/previous-versions/windows/desktop/policy/rsop-registrypolicysetting and
https://learn.microsoft.com/previous-versions/windows/desktop/policy/rsop-systemservice. GPOID is the GPO's
distinguished name without LDAP://CN=Machine. A standard user may not read the namespace. Without logged data the
classes are there and empty.
"""

from __future__ import annotations

import typing as t

from ..policy.lists import stamp
from ..policy.objects import LOCAL_ID, Candidate
from ..policy.rsop import Row, Rsop
from . import networks, terminal
from .terminal import Instance, WmiError

if t.TYPE_CHECKING:
    from ...machine import Machine

NAMESPACE = r"root\rsop\computer"
PROPERTIES = {
    **terminal.PROPERTIES,
    "RSOP_GPO": ("id", "name", "guidName", "version", "enabled", "fileSystemPath", "accessDenied", "filterAllowed"),
    "RSOP_RegistryPolicySetting": (
        *("id", "precedence", "GPOID", "SOMID", "registryKey", "valueName", "valueType", "value", "deleted", "command"),
    ),
    "RSOP_SystemService": ("id", "precedence", "GPOID", "SOMID", "Service", "StartupMode", "SDDLString"),
    **networks.PROPERTIES,
}


def instances(machine: Machine, namespace: str, class_: str) -> list[Instance]:
    """The instances of a class; WmiError where there is none, or for an account without rights."""
    place = namespace.replace("/", "\\").lower()
    if place == terminal.NAMESPACE.lower() and class_.lower() not in map(str.lower, networks.PROPERTIES):
        return terminal.instances(machine, class_)
    for other, home in networks.NAMESPACES.items():
        if (class_.lower(), place) == (other.lower(), home):
            # Whoever may sign in may read these.
            return networks.networks(machine) if other.startswith("MSFT") else networks.computer(machine)
    if place != NAMESPACE:
        raise WmiError("Invalid namespace ", "ObjectNotFound", 0x8004100E)
    if not machine.elevated:
        raise WmiError("Access denied ", "PermissionDenied", 0x80041003)
    known = {name.lower(): name for name in PROPERTIES}.get(class_.lower())
    if known is None:
        raise WmiError("Invalid class ", "MetadataError", 0x80041010)
    # Unseen: where nothing is logged the classes are there and empty.
    rsop = machine.policy.rsop
    if rsop is None:
        return []
    if known == "RSOP_GPO":
        return _gpos(machine, rsop)
    if known == "RSOP_SystemService":
        return [_start_type(machine, *row) for row in rsop.service_rows()]
    return [_setting(machine, row) for row in rsop.registry_rows()]


def _gpos(machine: Machine, rsop: Rsop) -> list[Instance]:
    return [_gpo(machine, one) for one in {one.gpo.guid: one for one in rsop.candidates}.values()]


def _gpo(machine: Machine, one: Candidate) -> Instance:
    gpo = one.gpo
    return {
        "id": machine.policy.container(gpo),
        "name": machine.policy.local_name if gpo.local else gpo.name,
        "guidName": LOCAL_ID if gpo.local else gpo.guid,
        "version": stamp(gpo.version),
        "enabled": gpo.enabled,
        "fileSystemPath": machine.policy.shared(gpo),
        "accessDenied": gpo.denied,
        "filterAllowed": True,
    }


def _start_type(machine: Machine, candidate: Candidate, service: str, start: int, precedence: int) -> Instance:
    return {
        "id": f"{service}-{precedence}",
        "precedence": precedence,
        "GPOID": machine.policy.container(candidate.gpo),
        "SOMID": candidate.link.som or "Local",
        "Service": service,
        "StartupMode": start,
        "SDDLString": "",
    }


def _setting(machine: Machine, row: Row) -> Instance:
    record = row.record
    return {
        "id": f"{record.key}\\{record.place[1]}",
        "precedence": row.precedence,
        "GPOID": machine.policy.container(row.candidate.gpo),
        "SOMID": row.candidate.link.som or "Local",
        "registryKey": record.key,
        "valueName": record.name.rpartition("**del.")[2] if record.deletes else record.name,
        "valueType": 0 if record.deletes else record.value.type,
        "value": None if record.deletes else record.value.raw,
        "deleted": record.deletes,
        "command": record.name if record.deletes else "",
    }
