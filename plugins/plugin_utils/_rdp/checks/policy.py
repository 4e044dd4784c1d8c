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
from ..check import Check
from ..model import Expectation, Probe, Verdict, ok, problem, warning
from ..state.host import Host, known
from ..state.policy import collect
from ..state.policy.attribution import Source
from ..state.policy.catalog import CONNECTION_LIMIT, LOWERING, Policy
from ..state.policy.decides import advice, repair_of, subject
from ..tools import reg

# A GPO that has not changed is applied again only by force.
_FORCED = "Run on the host: gpupdate /target:computer /force, and look again."


def judge(expected: Expectation, host: Host) -> Verdict:
    """Judge the policies that are set, and what the next refresh brings."""
    found = host.policies
    for policy, value, source in found:
        if collect.keeps_out(policy, value):
            return _blocked(policy, value, source)
    for policy, value, source in found:
        if policy is CONNECTION_LIMIT and value.data == 0:
            return warning(
                f"{subject(source)} limits connections to 0, which no template writes.",
                expected=f"{policy.name} of 1 or more, or not set",
                found=f"{_shown(policy, value)} in {policy.key}; what that does is not documented. {source.reason}",
                fix=advice(policy, source),
            )
        if policy is CONNECTION_LIMIT and isinstance(value.data, int) and _connected(host) >= value.data:
            return warning(
                f"{subject(source)} limits connections, and all are taken: the next one is turned away.",
                expected=f"fewer than {value.data} people connected",
                found=f"{_shown(policy, value)}, {_connected(host)} connected. {source.reason}",
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


def follow_up(expected: Expectation, host: Host) -> tuple[Probe[t.Any], ...]:
    """Probe for who set what is set, and where connections are limited, for how many there are."""
    limited = any(policy is CONNECTION_LIMIT for policy, _value in host.policy_values)
    return (*host.policy_probes(expected), *((probes.SESSIONS,) if limited else ()))


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
        repair=repair_of(policy, source),
    )


def _connected(host: Host) -> int:
    return len(known(lambda: host.connected) or ())


def _shown(policy: Policy, value: reg.Value) -> str:
    data = value.data.hex() if isinstance(value.data, bytes) else value.data
    # Only text policies have no meanings.
    meaning = value.type if policy.meanings and value.type != "REG_DWORD" else policy.meaning(data)
    return f"{policy.name} = {data}" + (f" ({meaning})" if meaning != str(data) else "")


def _count(number: int) -> str:
    return "One policy decides" if number == 1 else f"{number} policies decide"


POLICY = Check(
    id="policy",
    title="No policy keeps people out.",
    judge=judge,
    section="check-whether-a-gpo-is-blocking-rdp-on-a-remote-computer",
    needs=collect.NEEDS,
    follow_up=follow_up,
)
