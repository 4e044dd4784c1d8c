# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of one host, and the summary of many, as text for a terminal."""

from __future__ import annotations

import collections
import textwrap
import typing as t

MARKS = {"ok": "[ok]", "warning": "[ !]", "problem": "[XX]", "unknown": "[ ?]", "skipped": "[ -]"}
_WIDTH = 100
_INDENT = " " * 5
_LABEL = 10
_MAXIMUM_NAMES = 8

Finding = t.Mapping[str, t.Any]


def host_report(name: str, windows: str, findings: t.Sequence[Finding]) -> str:
    """Return the block about one host.

    Args:
        name: The host, as the inventory calls it.
        windows: What it runs, or nothing if that isn't known.
        findings: As Finding.to_json() gives them.
    """
    lines = [f"RDP on {name}" + (f" ({windows})" if windows else "")]
    for finding in findings:
        lines += _finding(finding)
    return "\n".join([*lines, _count(findings)])


def fleet_summary(hosts: t.Mapping[str, t.Mapping[str, t.Any] | None]) -> str:
    """Return the summary of many hosts: how many are healthy, and the causes with the hosts they hit.

    Args:
        hosts: What rdp_info returned for each host, None or a result without findings for a host that
            could not be examined.
    """
    hosts = {name: result if result and "findings" in result else None for name, result in hosts.items()}
    states = {name: _state(result) for name, result in hosts.items()}
    count = collections.Counter(states.values())
    parts = [
        f"{count[state]} {state}" for state in ("healthy", "with problems", "not judged", "not reached") if count[state]
    ]
    lines = [f"Remote Desktop on {_number(len(hosts), 'host')}: {', '.join(parts) or 'nothing examined'}"]
    causes: dict[tuple[str, str], list[str]] = collections.defaultdict(list)
    for name, result in hosts.items():
        cause = _cause(result)
        if cause:
            causes[cause].append(name)
    for (status, text), names in sorted(
        causes.items(), key=lambda item: (item[0][0] != "problem", -len(item[1]), item[0])
    ):
        head = f"{len(names):>5}  {MARKS[status]} "
        lines += textwrap.wrap(text, _WIDTH, initial_indent=head, subsequent_indent=" " * len(head))
        shown = ", ".join(names[:_MAXIMUM_NAMES])
        rest = f" and {len(names) - _MAXIMUM_NAMES} more" if len(names) > _MAXIMUM_NAMES else ""
        lines += textwrap.wrap(shown + rest, _WIDTH, initial_indent=" " * len(head), subsequent_indent=" " * len(head))
    return "\n".join(lines)


def _finding(finding: Finding) -> list[str]:
    mark = MARKS[finding["status"]]
    lines = _wrap(f"{mark} {finding['check']}: {finding['summary']}", " " * (len(mark) + 1))
    if finding["status"] in ("problem", "warning", "unknown"):
        for label in ("expected", "found", "fix"):
            if finding[label]:
                lines += _labelled(label, finding[label])
        lines += [f"{_INDENT}{'see':<{_LABEL}}{finding['section']}"]
    if finding["status"] == "unknown":
        for command in finding["commands"]:
            lines += _labelled("command", command)
    return lines


def _labelled(label: str, text: str) -> list[str]:
    return _wrap(f"{_INDENT}{label:<{_LABEL}}{text}", _INDENT + " " * _LABEL)


def _wrap(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False, drop_whitespace=True
    )


def _count(findings: t.Sequence[Finding]) -> str:
    count = collections.Counter(finding["status"] for finding in findings)
    unjudged = count["unknown"] + count["skipped"]
    found = _number(count["problem"], "problem") if count["problem"] else "No problem"
    warnings = f", {_number(count['warning'], 'warning')}" if count["warning"] else ""
    checks = _number(len(findings), "check")
    rest = f", {unjudged} of {checks} not judged" if unjudged else f" in {checks}"
    return f"{found} found{warnings}{rest}."


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _state(result: t.Mapping[str, t.Any] | None) -> str:
    if result is None:
        return "not reached"
    if result["healthy"]:
        return "healthy"
    return "with problems" if result["root_cause"] else "not judged"


def _cause(result: t.Mapping[str, t.Any] | None) -> tuple[str, str] | None:
    if result is None:
        return ("unknown", "Could not be reached or examined.")
    if result["root_cause"]:
        return ("problem", f"{result['root_cause']['check']}: {result['root_cause']['summary']}")
    for status in ("unknown", "warning"):
        for finding in result["findings"]:
            if finding["status"] == status:
                return (status, f"{finding['check']}: {finding['summary']}")
    return None
