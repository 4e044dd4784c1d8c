# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report as Markdown for a ticket: what matters, short enough to be read there."""

from __future__ import annotations

import re
import typing as t

from ..phrases import number, shortened
from .causes import CauseGroup, causes
from .changes import KINDS, Changes
from .fleet import STATES, FleetReport, HostReport
from .headline import counts, headline
from .marks import CHANGE_TITLES, MARKS, MOST_COMMANDS, STATE_MARKS, STATE_WORDS
from .repairs import refused, repaired
from .safe_text import one_line
from .turned_on import turned_on_sentence

# A ticket takes some 65,000 characters (GitHub), and its reader far less.
_MOST_CAUSES = 25
_MOST_HOSTS = 20
_MOST_ROWS = 25

# What means something within a line of Markdown, or in a table; CommonMark takes a backslash before each of them:
# https://spec.commonmark.org/0.31.2/#backslash-escapes. No text of ours stands at the beginning of a line.
# An underscore within a word is none of them.
_PUNCTUATION = re.compile(r"([\\`*\[\]|~$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")
_BACKTICKS = re.compile("`+")


def to_markdown(report: FleetReport, changes: Changes | None = None) -> str:
    """Return the report as text in CommonMark, with the tables of GitHub and GitLab."""
    sections = [
        [f"## {prose(report.title)}", "", f"**{prose(headline(report))}**"],
        [f"**{prose(turned_on)}**"] if (turned_on := turned_on_sentence(report)) else [],
        [f"Looked at: {report.time}"] if report.time else [],
        _counts(report),
        _causes(report),
        _changes(changes),
        _repairs(report),
        _grid(report) if len(report.hosts) <= _MOST_ROWS else [],
        _duplicates(report),
    ]
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"


def prose(text: str) -> str:
    """Return a text that Markdown shows as it is."""
    shown = one_line(text).replace("&", "&amp;").replace("<", "&lt;")
    # No backslash keeps GitHub and GitLab from telling @everybody, or from linking #1.
    return re.sub(r"([@#!])(?=\w)", "\\1\N{WORD JOINER}", _PUNCTUATION.sub(r"\\\1", shown))


def code(text: str) -> str:
    """Return a text as code, also in a table."""
    shown = one_line(text)
    if not shown:
        return ""
    longest = max((len(run) for run in _BACKTICKS.findall(shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    # Only a table's own parser takes this backslash away, and it does so within code.
    return f"{fence}{pad}{shown}{pad}{fence}"


def _cell(text: str) -> str:
    return code(text).replace("|", "\\|")


def _counts(report: FleetReport) -> list[str]:
    count = counts(report)
    present = [state for state in STATES if count[state]]
    if not present:
        return []
    return [
        f"| {' | '.join(f'{STATE_MARKS[state]} {STATE_WORDS[state]}' for state in present)} |",
        f"|{' ---: |' * len(present)}",
        f"| {' | '.join(f'{count[state]:,}' for state in present)} |",
    ]


def _causes(report: FleetReport) -> list[str]:
    found = causes(report)
    if not found:
        return []
    lines = ["### What is wrong", ""]
    for cause in found[:_MOST_CAUSES]:
        lines += _cause(cause, report)
    if len(found) > _MOST_CAUSES:
        lines.append(f"- and {number(len(found) - _MOST_CAUSES, 'more cause')}")
    return lines


def _cause(cause: CauseGroup, report: FleetReport) -> list[str]:
    lines = [f"- {STATE_MARKS[cause.key.state]} **{number(len(cause.hosts), 'host')}** · {prose(cause.key.sentence)}"]
    if cause.example:
        same = len(cause.hosts) == 1
        for label, text in (("expected", cause.example.expected), ("found", cause.example.found)):
            if text:
                example = ", for example" if label == "found" and not same else ""
                lines.append(f"  - {label}{example}: {prose(text)}")
    if cause.fix:
        lines.append(f"  - fix: {prose(cause.fix)}")
    if cause.section:
        lines.append(f"  - see: <{cause.section}>")
    if cause.example and cause.example.commands:
        commands = shortened([*map(code, cause.example.commands)], MOST_COMMANDS)
        lines.append(f"  - look again: {commands}")
    errors = {host.name: host.error for host in report.hosts if host.error}
    shown = [code(name) + (f" ({prose(errors[name])})" if name in errors else "") for name in cause.hosts]
    return [*lines, f"  - hosts: {shortened(shown, _MOST_HOSTS)}"]


def _changes(changes: Changes | None) -> list[str]:
    if changes is None:
        return []
    lines = [f"### Since {changes.since or 'the last report'}", ""]
    for kind in KINDS:
        found = changes.of(kind)
        if found:
            lines.append(f"- **{len(found):,} {CHANGE_TITLES[kind]}**: {_hosts([change.host for change in found])}")
    return lines if changes.hosts else [*lines, "Nothing has changed."]


def _repairs(report: FleetReport) -> list[str]:
    lines = [
        f"- {'Repaired' if done else 'Not repaired'}: {prose(text)} ({number(len(names), 'host')}: {_hosts(names)})"
        for done, groups in ((True, repaired(report)), (False, refused(report)))
        for text, names in groups
    ]
    return ["### What was repaired", "", *lines] if lines else []


def _hosts(names: t.Sequence[str]) -> str:
    return shortened([*map(code, names)], _MOST_HOSTS)


def _grid(report: FleetReport) -> list[str]:
    if not report.checks:
        return []
    head = ["host", *(check.id for check in report.checks)]
    lines = ["### Hosts", "", f"| {' | '.join(map(prose, head))} |", f"|{' --- |' * len(head)}"]
    return [*lines, *(_row(host, [check.id for check in report.checks]) for host in report.hosts)]


def _row(host: HostReport, checks: t.Sequence[str]) -> str:
    status = {finding.check: finding.status for finding in host.findings}
    cells = [f"{MARKS[status[check]]} {status[check]}" if check in status else "" for check in checks]
    if not host.findings and cells:
        cells[0] = f"{STATE_MARKS[host.state]} {STATE_WORDS[host.state]}"
    return f"| {' | '.join([_cell(host.name), *cells])} |"


def _duplicates(report: FleetReport) -> list[str]:
    if not report.duplicates:
        return []
    names = _hosts([one.host for one in report.duplicates])
    return [f"More than one result, of which the youngest counts: {names}."]
