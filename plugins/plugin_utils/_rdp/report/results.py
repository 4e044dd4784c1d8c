# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what rdp_info returned for each host to the hosts of a report."""

from __future__ import annotations

import typing as t

from ..model import Finding
from .fleet import CheckInfo, FleetReport, HostReport, ReachMatrix, RepairRecord, State, TargetRow, by_name
from .json_value import JsonValue

Results = t.Mapping[str, t.Any]

#: From how many computers a target is blocked, the worst first.
BLOCKED = ("all", "some", "one", "unknown", "none")

NO_RESULT = "There is no result for this host: it was not looked at."


def report_of(
    results: Results,
    *,
    before: Results | None = None,
    repairs: Results | None = None,
    refusals: Results | None = None,
    reach: t.Any = None,
    time: str | None = None,
    checks: t.Sequence[CheckInfo] = (),
    title: str = "",
    source: str | None = None,
) -> FleetReport:
    """Return the report of one run.

    Args:
        results: What rdp_info returned, by host. An empty value is a host that was not looked at.
        before: What rdp_info returned before repairs, by host.
        repairs: A list of repairs, by host: check, before, after, commands, backup.
        refusals: A list of sentences, by host.
        reach: What reach_matrix returned, or None.
        time: When the hosts were looked at that don't say so themselves.
        checks: The known checks in the order of the article.
        title: What the report is called.
        source: The file that all this comes from.

    Raises:
        UnreadableError: Something else was given. The reason names the place.
    """
    when = JsonValue(time, "time").time()
    earlier, repaired, refused = (
        dict(JsonValue(value, name).members())
        for value, name in ((before, "before"), (repairs, "repairs"), (refusals, "refusals"))
    )
    hosts = []
    for name, place in JsonValue(results, "results").members():
        done = tuple(repair_of(item) for item in repaired.get(name, JsonValue(None)).items())
        hosts.append(
            _host(
                name,
                place,
                when,
                source,
                before=findings_of(earlier.get(name)) if done else None,
                repairs=done,
                refusals=refused.get(name, JsonValue(None)).texts(),
            )
        )
    matrix = reach_of(JsonValue(reach, "reach"), when, source)
    return FleetReport(
        title=title,
        time=max((host.time for host in hosts if host.time), default=when),
        checks=known_checks(checks, hosts),
        hosts=tuple(sorted(hosts, key=lambda host: by_name(host.name))),
        reach=(matrix,) if matrix.targets else (),
    )


def _host(name: str, place: JsonValue, when: str | None, source: str | None, **more: t.Any) -> HostReport:
    if not place.value:
        return HostReport(name, "failed", when, source, error=NO_RESULT, **more)
    message = place.at("msg")
    error = message.text() if isinstance(message.value, str) else ""
    if place.at("findings").value is None:
        unreachable = bool(place.at("unreachable").value)
        return HostReport(
            name, "unreachable" if unreachable else "failed", when, source, error=error or NO_RESULT, **more
        )
    findings = place.at("findings").findings()
    root = place.at("root_cause")
    cause = root.at("check").check() if root.value else None
    return HostReport(
        name=name,
        state=state_of(findings, cause, place.at("healthy").value),
        time=place.at("time").time() or when,
        source=source,
        cause=cause,
        next_step=place.at("next_step").text(),
        findings=findings,
        facts=place.at("facts").mapping(),
        outputs={command: text.text() for command, text in place.at("outputs").members()},
        **more,
    )


def state_of(findings: t.Sequence[Finding], cause: str | None = None, healthy: t.Any = None) -> State:
    """Return what the findings of a host come to.

    Args:
        findings: What was found.
        cause: The check that explains the others.
        healthy: What rdp_info said, which knows checks that may be skipped on a healthy host. Where it said nothing,
            a check that was not judged is no sign of health.
    """
    statuses = {finding.status for finding in findings}
    if cause or "problem" in statuses:
        return "problem"
    if healthy is False or not findings or (healthy is not True and statuses & {"unknown", "skipped"}):
        return "unknown"
    return "warning" if "warning" in statuses else "healthy"


def findings_of(place: JsonValue | None) -> tuple[Finding, ...] | None:
    """Return the findings of a result, None if it has none."""
    if place is None or not place.value or place.at("findings").value is None:
        return None
    return place.at("findings").findings()


def repair_of(place: JsonValue) -> RepairRecord:
    """Return one repair."""
    return RepairRecord(
        check=place.at("check").check(),
        before=place.at("before").mapping(),
        after=place.at("after").mapping(),
        commands=place.at("commands").texts(),
        backup=place.at("backup").text() or None,
    )


def known_checks(known: t.Sequence[CheckInfo], hosts: t.Sequence[HostReport]) -> tuple[CheckInfo, ...]:
    """Return the checks that a host was judged by: the known ones in their order, then the others by name."""
    judged = {finding.check: finding for host in hosts for finding in (*host.findings, *(host.before or ()))}
    strangers = sorted(judged.keys() - {check.id for check in known})
    return (
        *(check for check in known if check.id in judged),
        *(CheckInfo(check, section=judged[check].section) for check in strangers),
    )


def reach_of(place: JsonValue, time: str | None, source: str | None) -> ReachMatrix:
    """Return what reach_matrix returned, without the names that a saved report adds to it."""
    matrix = {} if place.value is None else place.mapping()
    targets = tuple(
        TargetRow(
            name=item.at("target").name(),
            blocked=item.at("blocked").one_of(BLOCKED),
            outcomes={vantage: seen.text() for vantage, seen in item.at("outcomes").members() if seen.value},
            where=item.at("where").text(),
            reason=item.at("reason").text(),
            next_step=item.at("next_step").text(),
            section=item.at("section").link(),
            notes=item.at("notes").texts(),
        )
        for item in (place.at("targets").items() if matrix else ())
    )
    return ReachMatrix(
        matrix={name: value for name, value in matrix.items() if name not in ("time", "source")},
        vantages=place.at("vantages").texts() if matrix else (),
        targets=targets,
        time=time,
        source=source,
    )
