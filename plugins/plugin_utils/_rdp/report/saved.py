# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report as JSON, and back. The format is in schema.json; docs/reports.md describes it.

Version 0 is what was saved before there was a format, and what a plain ``copy`` of the results saves: the results of
rdp_info by host, as the option ``results`` of rdp_report takes them.
"""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ..errors import UnreadableError
from .causes import causes
from .changes import Changes
from .fleet import STATES, CheckInfo, Duplicate, FleetReport, HostReport, Json, ReachMatrix, by_name
from .headline import counts, headline
from .json_value import JsonValue, is_deeper
from .results import findings_of, known_checks, reach_of, repair_of, report_of
from .safe_text import escaped_json
from .turned_on import turned_on, would_be_turned_on

FORMAT = "winops.rdp.report"
VERSION = 1

# The facts of a host are nested seven times at most, below the hosts of the report.
_DEEPEST = 50


def to_json(report: FleetReport, changes: Changes | None = None) -> str:
    """Return a report as JSON text. The same report is the same text."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "title": report.title,
        "time": report.time,
        "headline": headline(report),
        "counts": counts(report),
        "turned_on": {"done": list(turned_on(report)), "would_be": list(would_be_turned_on(report))},
        "causes": [
            {
                "state": cause.key.state,
                "check": cause.key.check or None,
                "summary": cause.key.summary,
                "fix": cause.fix,
                "section": cause.section,
                "hosts": list(cause.hosts),
            }
            for cause in causes(report)
        ],
        "checks": [dataclasses.asdict(check) for check in report.checks],
        "hosts": [_host_to_json(host) for host in report.hosts],
        "reach": [{"time": reach.time, "source": reach.source, **reach.matrix} for reach in report.reach],
        "duplicates": [
            {"host": one.host, "kept": _origin(one.kept), "dropped": [_origin(other) for other in one.dropped]}
            for one in report.duplicates
        ],
        "changes": changes.to_json() if changes else None,
    }
    return escaped_json(json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)) + "\n"


def from_json(data: bytes, source: str, checks: t.Sequence[CheckInfo] = ()) -> FleetReport:
    """Return a report that was saved.

    Args:
        data: The contents of the file.
        source: The name of the file, for people.
        checks: The known checks in the order of the article.

    Raises:
        UnreadableError: It isn't one. The reason names the file and the place.
    """
    try:
        document = json.loads(data.decode("utf-8-sig"))
        if is_deeper(document, _DEEPEST):
            raise UnreadableError("it is nested too deeply")
        return _read(JsonValue(document), source, checks)
    except UnicodeDecodeError as exc:
        raise UnreadableError(f"{source} is not UTF-8 text, so it is no saved result") from exc
    except json.JSONDecodeError as exc:
        raise UnreadableError(f"{source} is not JSON: {exc.msg} in line {exc.lineno}, column {exc.colno}") from exc
    except ValueError as exc:
        # Python reads no number of more than 4,300 digits.
        raise UnreadableError(f"{source} holds a number that is too long for a saved result") from exc
    except RecursionError as exc:
        raise UnreadableError(f"{source} is nested too deeply to be a saved result") from exc
    except UnreadableError as exc:
        raise UnreadableError(f"{source} is not a saved result: {exc.reason}") from exc


def _read(place: JsonValue, source: str, checks: t.Sequence[CheckInfo]) -> FleetReport:
    if not isinstance(place.value, dict):
        raise place.wrong("an object")
    if "format" not in place.value:
        return _version_0(place, source, checks)
    place.at("format").one_of((FORMAT,))
    version = place.at("version")
    if isinstance(version.value, bool) or not isinstance(version.value, int) or version.value < 1:
        raise version.wrong("a version such as 1")
    if version.value > VERSION:
        raise UnreadableError(
            f"it has version {version.value} of the format, and this winops.rdp knows {VERSION} at most"
        )
    hosts = tuple(_host(item, source) for item in place.at("hosts").items())
    names = [host.name for host in hosts]
    if twice := sorted({name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else ()):
        raise UnreadableError(f"the host {twice[0]!r} is there twice")
    saved = [
        CheckInfo(item.at("id").check(), item.at("title").text(), item.at("section").link())
        for item in place.at("checks").items()
    ]
    merged = [*checks, *(check for check in saved if check.id not in {known.id for known in checks})]
    return FleetReport(
        title=place.at("title").text(),
        time=place.at("time").time(),
        checks=known_checks(merged, hosts),
        hosts=tuple(sorted(hosts, key=lambda host: by_name(host.name))),
        reach=tuple(_reach(item, source) for item in place.at("reach").items()),
        duplicates=tuple(_duplicate(item) for item in place.at("duplicates").items()),
    )


def _version_0(place: JsonValue, source: str, checks: t.Sequence[CheckInfo]) -> FleetReport:
    """Read the results of rdp_info by host, and nothing that only looks like it."""
    for _name, member in place.members():
        known = isinstance(member.value, dict) and member.value.keys() & {"findings", "failed", "unreachable"}
        if member.value and not known:
            raise member.wrong("what rdp_info returned for a host")
    return report_of(place.value, checks=checks, source=source)


def _host_to_json(host: HostReport) -> Json:
    return {
        "name": host.name,
        "state": host.state,
        "time": host.time,
        "source": host.source,
        "error": host.error,
        "cause": host.cause,
        "next_step": host.next_step,
        "findings": [finding.to_json() for finding in host.findings],
        "facts": dict(host.facts),
        "outputs": dict(host.outputs),
        "before": None if host.before is None else {"findings": [finding.to_json() for finding in host.before]},
        "repairs": [
            {
                "check": one.check,
                "before": dict(one.before),
                "after": dict(one.after),
                "commands": list(one.commands),
                "backup": one.backup,
            }
            for one in host.repairs
        ],
        "refusals": list(host.refusals),
    }


def _host(place: JsonValue, source: str) -> HostReport:
    cause = place.at("cause")
    return HostReport(
        name=place.at("name").name(),
        state=t.cast("t.Any", place.at("state").one_of(STATES)),
        time=place.at("time").time(),
        # A merged file knows where it has a host from; that is what people look for.
        source=place.at("source").text() or source,
        error=place.at("error").text(),
        cause=None if cause.value is None else cause.check(),
        next_step=place.at("next_step").text(),
        findings=place.at("findings").findings(),
        facts=place.at("facts").mapping(),
        outputs={command: text.text() for command, text in place.at("outputs").members()},
        before=findings_of(place.at("before")),
        repairs=tuple(repair_of(item) for item in place.at("repairs").items()),
        refusals=place.at("refusals").texts(),
    )


def _reach(place: JsonValue, source: str) -> ReachMatrix:
    return reach_of(place, place.at("time").time(), place.at("source").text() or source)


def _duplicate(place: JsonValue) -> Duplicate:
    def origin(one: JsonValue) -> tuple[str | None, str | None]:
        return one.at("source").text() or None, one.at("time").time()

    dropped = tuple(origin(item) for item in place.at("dropped").items())
    return Duplicate(place.at("host").name(), origin(place.at("kept")), dropped)


def _origin(origin: tuple[str | None, str | None]) -> Json:
    return {"source": origin[0], "time": origin[1]}
