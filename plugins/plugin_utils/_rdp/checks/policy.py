# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No policy keeps people out.

A policy wins over every setting of the host itself, and comes back when somebody changes its value by hand. So
what matters is who set it: the local GPO can be changed with ``winops.rdp.rdp_policy``, one of the domain, or MDM,
only where it lives.

The source is found without a translated word and without asking the domain: Windows keeps the list of the GPOs
that it applied, and a copy of each one's ``Registry.pol``. The last one that says something about the value is the
one that decides. Where that can't be told for certain, nobody is named.
"""

from __future__ import annotations

import typing as t

from .. import probes
from ..model import Check, Expectation, Probe, Reader, Unreadable, Verdict, ok, problem, warning
from ..policy import look
from ..policy.settings import ALLOW_CONNECTIONS, CONNECTION_LIMIT, LOWERING, Policy
from ..policy.source import Source, attribute
from ..tools import qwinsta, reg

_REPAIR = "winops.rdp.rdp_policy"
_REFRESH = "then run on the host: gpupdate /target:computer"
# A GPO that has not changed is applied again only by force.
_FORCED = "Run on the host: gpupdate /target:computer /force, and look again."

Set = tuple[Policy, reg.Value, Source]


def judge(wanted: Expectation, *readings: t.Any) -> Verdict:
    """Judge the policies that are set, and what the next refresh brings."""
    reader: Reader = readings[-1]
    found = sources(reader)
    for policy, value, source in found:
        if look.keeps_out(policy, value):
            return _blocked(policy, value, source)
    for policy, value, source in found:
        if policy is CONNECTION_LIMIT and value.data == 0:
            return warning(
                f"{subject(source)} limits connections to 0, which no template writes.",
                expected=f"{policy.name} of 1 or more, or not set",
                found=f"{_shown(policy, value)} in {policy.key}; what that does is not documented. {source.reason}",
                fix=advice(policy, source),
            )
        if policy is CONNECTION_LIMIT and isinstance(value.data, int) and _taken(reader) >= value.data:
            return warning(
                f"{subject(source)} limits connections, and all are taken: the next one is turned away.",
                expected=f"fewer than {value.data} people connected",
                found=f"{_shown(policy, value)}, {_taken(reader)} connected. {source.reason}",
                fix=f"Wait until somebody leaves, or: {advice(policy, source)}",
            )
    for policy, value, source in found:
        if policy in LOWERING and value.data == 0:
            return warning(
                f"{subject(source)} lowers the security of Remote Desktop: {policy.meaning(0)}.",
                expected=f'"{policy.title}" is not set, or asks for more',
                found=f"{_shown(policy, value)} in {policy.key}. {source.reason}",
                fix=advice(policy, source),
            )
    for policy, value, source in found:
        if source.pending:
            return warning(
                "The value of a policy is not what its GPO says.",
                expected="what the GPO says",
                found=f"{_shown(policy, value)}. {source.reason} {source.pending}",
                fix=_FORCED,
            )
        if source.disagreements:
            return warning(
                "Two sources disagree about who sets a policy.",
                expected="one answer",
                found=f"{_shown(policy, value)}. {' '.join(source.disagreements)}",
                fix=_FORCED,
            )
    if not found:
        return ok("No policy decides over Remote Desktop.")
    return ok(
        f"{_count(len(found))} over Remote Desktop, and none keeps people out.",
        found="; ".join(_shown(policy, value) for policy, value, _source in found),
    )


def sources(reader: Reader) -> tuple[Set, ...]:
    """Return the policies that are set, each with its value and where it comes from.

    Raises:
        Unreadable: Whether there are any could not be read.
    """
    return tuple((policy, value, _source(policy, value, reader)) for policy, value in look.set_values(reader))


def allow_connections(reader: Reader) -> Source:
    """Return who decides by policy whether Remote Desktop is on.

    Raises:
        Unreadable: Whether the policy is set could not be read.
    """
    values = {policy.id: value for policy, value in look.set_values(reader)}
    return _source(ALLOW_CONNECTIONS, values.get(ALLOW_CONNECTIONS.id), reader)


def known_source(reader: Reader) -> Source:
    """Return who decides by policy whether Remote Desktop is on, as far as it could be read."""
    try:
        return allow_connections(reader)
    except Unreadable as exc:
        return Source("unknown", f"Whether the policy is set is not known: {exc.reason}")


def _source(policy: Policy, value: reg.Value | None, reader: Reader) -> Source:
    try:
        return attribute(policy, value, look.evidence(reader))
    except Unreadable as exc:
        if value is None:
            return Source("none", "No policy sets it.")
        return Source("unknown", f"Nobody is named: {exc.reason}", value.data)


def advice(policy: Policy, source: Source) -> str:
    """Say what to change, and where, so that a policy no longer keeps people out."""
    good = "Enabled or Not configured" if policy.states and 0 in policy.states else "Not configured"
    setting = f'the policy "{policy.title}"'
    if source.kind == "local" and policy is ALLOW_CONNECTIONS:
        return _REPAIR
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


def follow_up(wanted: Expectation, reader: Reader) -> tuple[Probe[t.Any], ...]:
    """Look for the source of what is set, and where connections are limited, how many there are."""
    limited = any(policy is CONNECTION_LIMIT for policy, _value in look.set_values(reader))
    return (*look.follow_up(reader, rights=wanted.rights), *((probes.SESSIONS,) if limited else ()))


def _blocked(policy: Policy, value: reg.Value, source: Source) -> Verdict:
    said = [f"{_shown(policy, value)} in {policy.key}.", source.reason, source.pending]
    if source.gpo and source.gpo.link and not source.gpo.local:
        said.append(f"Linked to {source.gpo.link}.")
    if source.overruled:
        said.append(f"Overruled: {'; '.join(source.overruled)}.")
    said += source.disagreements
    return problem(
        f"{subject(source)} turns Remote Desktop off.",
        expected=f'"{policy.title}" is not set, or lets people in',
        found=" ".join(filter(None, said)),
        fix=advice(policy, source),
    )


def _taken(reader: Reader) -> int:
    """How many people are connected."""
    return len(qwinsta.connected(reader.get(probes.SESSIONS) or ()))


def _shown(policy: Policy, value: reg.Value) -> str:
    data = value.data.hex() if isinstance(value.data, bytes) else value.data
    # Only text policies have no meanings.
    meaning = value.type if policy.meanings and value.type != "REG_DWORD" else policy.meaning(data)
    return f"{policy.name} = {data}" + (f" ({meaning})" if meaning != str(data) else "")


def _count(number: int) -> str:
    return "One policy decides" if number == 1 else f"{number} policies decide"


POLICY = Check(
    judge,
    section="check-whether-a-gpo-is-blocking-rdp-on-a-remote-computer",
    needs=look.NEEDS,
    follow_up=follow_up,
)
