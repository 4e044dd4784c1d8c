# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who can reach which target, and where the others are blocked.

The article has psping run on several computers and asks whether the affected computer "blocks connections from all
other computers, some other computers, or only one other computer". Here these computers are vantage points, each with
what rdp_reach_info returned there. What the targets say about themselves is added, and the answer has its reason.
"""

from __future__ import annotations

import collections
import dataclasses
import typing as t

from ..errors import UnreadableError
from ..model import ARTICLE
from ..phrases import names
from .causes import explain
from .model import PROVEN, Blocked, Case, HostFacts, View

Json = dict[str, t.Any]


def matrix(observations: t.Any, hosts: t.Any, called: t.Any = None) -> Json:
    """Return who can reach whom, and why the others can't.

    Args:
        observations: A list with ``vantage`` and ``targets`` as rdp_reach_info returns them, for each vantage point.
            One without targets could not scan.
        hosts: What the targets say about themselves, by host or by host:port: either what rdp_info returned for
            them, or a dictionary with names of HostFacts. May be empty.
        called: What people call the hosts, such as the names of addresses. Where it is missing, the host as given.

    Raises:
        UnreadableError: Something else was given.
    """
    if not isinstance(observations, t.Sequence) or isinstance(observations, str):
        raise UnreadableError("what the vantage points saw is not a list")
    facts = _facts_by_host(hosts)
    if not isinstance(called or {}, t.Mapping):
        raise UnreadableError("what the hosts are called is not a dictionary by host")
    name_of = {str(host): str(name) for host, name in (called or {}).items() if name}
    vantages: list[str] = []
    views: dict[tuple[str, int], dict[str, View]] = collections.defaultdict(dict)
    for observed in observations:
        vantage = _text(observed, "vantage")
        if vantage in vantages:
            raise UnreadableError(f"the vantage point {vantage} is there twice")
        vantages.append(vantage)
        for target in observed.get("targets") or ():
            of_target = views[_text(target, "host"), _port(target)]
            view = _view(vantage, target)
            # A target that is named twice is one. As of several tries, the one that gets in counts.
            if vantage not in of_target or view.outcome == PROVEN:
                of_target[vantage] = view
    cases = [
        Case(
            host,
            port,
            tuple(of_target.values()),
            facts.get(f"{host}:{port}") or facts.get(host) or HostFacts(),
            name_of.get(host, ""),
        )
        for (host, port), of_target in views.items()
    ]
    rows = [_row(case, vantages) for case in cases]
    count = collections.Counter(row["blocked"] for row in rows)
    return {
        "vantages": vantages,
        "targets": rows,
        "blocked": {answer: count[answer] for answer in t.get_args(Blocked)},
        "reachable": bool(rows) and all(row["blocked"] == "none" for row in rows),
    }


def _row(case: Case, vantages: t.Sequence[str]) -> Json:
    explanation = explain(case)
    outcomes = {view.vantage: view.outcome for view in case.views}
    return {
        "host": case.host,
        "port": case.port,
        "target": case.name,
        "blocked": case.blocked,
        "proven": case.proven,
        "outcomes": {vantage: outcomes.get(vantage) for vantage in vantages},
        "open_from": [view.vantage for view in case.open],
        "blocked_from": [view.vantage for view in case.shut],
        "where": explanation.where,
        "reason": explanation.reason,
        "next_step": explanation.next_step,
        "section": f"{ARTICLE}#{explanation.section}",
        "notes": _notes(case, vantages),
    }


def _notes(case: Case, vantages: t.Sequence[str]) -> list[str]:
    """Return what a person should know in addition to the explanation."""
    notes = []
    telling = {view.vantage for view in case.telling}
    missing = [vantage for vantage in vantages if vantage not in telling]
    if missing:
        notes.append(f"Not tested from {names(missing)}.")
    if len(telling) == 1:
        notes.append("Tested from one computer only. Others would show whether it is the host or the way to it.")
    lossy = [f"{view.loss_percent:g} % from {view.vantage}" for view in case.open if view.loss_percent]
    if lossy:
        notes.append(f"Some tries failed: {', '.join(lossy)}.")
    slow = [view.vantage for view in case.open if view.retransmits]
    if slow:
        notes.append(f"Packets were lost while connecting from {names(slow)}.")
    if len({view.sha256 for view in case.views if view.sha256}) > 1:
        notes.append("Not all computers see the same certificate: they talk to different machines, or through one.")
    return notes


def _view(vantage: str, target: t.Mapping[str, t.Any]) -> View:
    certificate = target.get("certificate")
    tries = target.get("tries")
    loss = target.get("loss_percent")
    return View(
        vantage,
        _text(target, "outcome"),
        _optional_text(target.get("address")),
        _optional_text(target.get("reported_by")),
        loss if isinstance(loss, (int, float)) else 0.0,
        max((_count(each) for each in tries), default=0) if isinstance(tries, (list, tuple)) else 0,
        _optional_text(certificate.get("sha256")) if isinstance(certificate, t.Mapping) else None,
    )


def _count(attempt: t.Any) -> int:
    count = attempt.get("retransmits") if isinstance(attempt, t.Mapping) else None
    return count if isinstance(count, int) else 0


def _facts_by_host(hosts: t.Any) -> dict[str, HostFacts]:
    if hosts is None:
        return {}
    if not isinstance(hosts, t.Mapping):
        raise UnreadableError("what the hosts say about themselves is not a dictionary by host")
    return {str(host): _facts(host, said) for host, said in hosts.items() if said}


def _facts(host: t.Any, said: t.Any) -> HostFacts:
    known = {field.name for field in dataclasses.fields(HostFacts)}
    if isinstance(said, t.Mapping) and isinstance(said.get("findings"), t.Sequence):
        return _diagnosed(said)
    if isinstance(said, t.Mapping) and set(said) <= known:
        return HostFacts(**said)
    if isinstance(said, t.Mapping) and said.keys() & {"failed", "unreachable", "skipped"}:
        # What Ansible registers for a host that could not be examined.
        return HostFacts()
    raise UnreadableError(
        f"what {host} says about itself is neither a result of rdp_info nor one of {', '.join(sorted(known))}"
    )


def _diagnosed(diagnosis: t.Mapping[str, t.Any]) -> HostFacts:
    """Return the facts in what rdp_info returned."""
    status = {
        finding.get("check"): finding.get("status")
        for finding in diagnosis["findings"]
        if isinstance(finding, t.Mapping)
    }
    before = [status.get(check) for check in ("protocol", "policy", "service", "listener")]
    port = _at(diagnosis, "facts", "listener", "port")
    return HostFacts(
        listening=False if "problem" in before else {"ok": True, "warning": True}.get(str(status.get("listener"))),
        port=port if isinstance(port, int) else None,
        firewall_allows={"ok": True, "warning": True, "problem": False}.get(str(status.get("firewall"))),
        firewall_scoped=_scoped(_at(diagnosis, "facts", "firewall", "tcp")),
        next_step=_said(diagnosis.get("root_cause")),
    )


def _said(cause: t.Any) -> str | None:
    """Return the root cause that a host names, None if that is only how it looks from outside."""
    check, summary, fix = (_at(cause, name) for name in ("check", "summary", "fix"))
    return f"On the host: {summary} {fix}" if check and summary and fix and check != "reach" else None


def _scoped(profiles: t.Any) -> bool | None:
    """Return whether the firewall lets only some addresses in, by what rdp_info says of each active profile."""
    if not isinstance(profiles, t.Mapping) or not profiles:
        return None
    return any(_at(profile, "answer") == "limited" for profile in profiles.values())


def _at(value: t.Any, *path: str) -> t.Any:
    """Return what is at a place in nested dictionaries, None if there is nothing."""
    for name in path:
        value = value.get(name) if isinstance(value, t.Mapping) else None
    return value


def _text(mapping: t.Any, key: str) -> str:
    text = mapping.get(key) if isinstance(mapping, t.Mapping) else None
    if not isinstance(text, str) or not text:
        raise UnreadableError(f"an entry without {key}")
    return text


def _optional_text(value: t.Any) -> str | None:
    return value if isinstance(value, str) else None


def _port(target: t.Mapping[str, t.Any]) -> int:
    port = target.get("port")
    if isinstance(port, bool) or not isinstance(port, int):
        raise UnreadableError("a target without port")
    return port
