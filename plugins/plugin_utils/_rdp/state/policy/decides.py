# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which policies decide over Remote Desktop on this host, who set each, and what to change there."""

from __future__ import annotations

from ...errors import UnreadableError
from ...model import use
from ...readings import Readings
from ...tools import reg
from . import collect
from .attribution import Source, attribute
from .catalog import ALLOW_CONNECTIONS, Policy
from .evidence import Evidence

_REPAIR = "winops.rdp.rdp_policy"
_REFRESH = "then run on the host: gpupdate /target:computer"

Set = tuple[Policy, reg.Value, Source]


def sources(readings: Readings) -> tuple[Set, ...]:
    """Return the policies that are set, each with its value and where it comes from.

    Raises:
        UnreadableError: Whether there are any could not be read.
    """
    found = collect.set_values(readings)
    evidence = _evidence(readings) if found else Evidence()
    return tuple((policy, value, _source(policy, value, evidence)) for policy, value in found)


def allow_connections(readings: Readings) -> Source:
    """Return who decides by policy whether Remote Desktop is on.

    Raises:
        UnreadableError: Whether the policy is set could not be read.
    """
    values = {policy.id: value for policy, value in collect.set_values(readings)}
    return _source(ALLOW_CONNECTIONS, values.get(ALLOW_CONNECTIONS.id), _evidence(readings))


def known_source(readings: Readings) -> Source:
    """Return who decides by policy whether Remote Desktop is on, as far as it could be read."""
    try:
        return allow_connections(readings)
    except UnreadableError as exc:
        return Source("unknown", f"Whether the policy is set is not known: {exc.reason}")


def _evidence(readings: Readings) -> Evidence | UnreadableError:
    try:
        return collect.evidence(readings)
    except UnreadableError as exc:
        return exc


def _source(policy: Policy, value: reg.Value | None, evidence: Evidence | UnreadableError) -> Source:
    if not isinstance(evidence, UnreadableError):
        return attribute(policy, value, evidence)
    if value is None:
        return Source("none", "No policy sets it.")
    return Source("unknown", f"Nobody is named: {evidence.reason}", value.data)


def repair_of(policy: Policy, source: Source) -> str:
    """Return the module that makes a policy let people in again, nothing where none does."""
    return _REPAIR if source.kind == "local" and policy is ALLOW_CONNECTIONS else ""


def advice(policy: Policy, source: Source) -> str:
    """Say what to change, and where, so that a policy no longer keeps people out."""
    if repair := repair_of(policy, source):
        return use(repair)
    good = "Enabled or Not configured" if policy.states and 0 in policy.states else "Not configured"
    setting = f'the policy "{policy.title}"'
    if source.kind == "local":
        return f"Set {setting} to {good} in the local policy (gpedit.msc on the host), {_REFRESH}"
    if source.kind == "domain" and source.gpo:
        linked = f" (linked to {source.gpo.link})" if source.gpo.link else ""
        return f"Set {setting} to {good} in {source.gpo}{linked}, {_REFRESH}"
    if source.kind == "mdm":
        where = "/".join(policy.mdm) if policy.mdm else policy.title
        return f"Change the policy {where} in your MDM, and synchronise the device."
    if source.kind == "preference":
        return f"Remove the preference that writes {policy.name} in {source.gpo or 'Group Policy'}, {_REFRESH}"
    if source.kind == "stray":
        delete = f'reg delete "{policy.key}" /v {policy.name} /f'
        return f"Find out what writes it and stop that, then run on the host: {delete}"
    where = "Find out where it is set: gpresult /SCOPE COMPUTER /H report.html"
    return f"{where}. Set {setting} to {good} there, {_REFRESH}"


def subject(source: Source) -> str:
    """Name who set a policy, to begin a sentence."""
    if source.gpo and source.kind in ("local", "domain"):
        return str(source.gpo) if not source.gpo.local else "The local policy"
    if source.kind == "preference":
        return f"A preference of {source.gpo or 'Group Policy'}"
    return {
        "mdm": "A policy from MDM",
        "stray": "A policy value that no policy wrote",
    }.get(source.kind, "A policy of unknown origin")
