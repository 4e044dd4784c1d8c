# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of one host, and the summary of many, as text for a terminal."""

from __future__ import annotations

import collections
import dataclasses
import typing as t

from ..model import Finding, Status
from ..phrases import WIDTH, labelled, number, shortened, wrapped
from .causes import CauseGroup, causes
from .changes import KINDS, Changes
from .fleet import FleetReport, State
from .marks import CHANGE_TITLES, MOST_NAMES, REPAIRED, STATE_STATUSES, TELLING, TERMINAL_MARKS
from .repairs import refused, repaired
from .safe_text import one_line
from .turned_on import turned_on_sentence

# Whoever gets in by a host with a warning has no problem.
_COUNTED: tuple[tuple[str, tuple[State, ...]], ...] = (
    ("healthy", ("healthy", "warning")),
    ("with problems", ("problem",)),
    ("not judged", ("unknown",)),
    ("not reached", ("unreachable",)),
    ("not examined", ("failed",)),
)


def _unpainted(text: str, status: Status) -> str:
    return text


@dataclasses.dataclass(frozen=True)
class Style:
    """How a text is set.

    Attributes:
        width: The columns of a line.
        paint: Gives a text the colour of a status.
    """

    width: int = WIDTH
    paint: t.Callable[[str, Status], str] = _unpainted


PLAIN = Style()


def host_report(name: str, windows: str, findings: t.Sequence[Finding], style: Style = PLAIN) -> str:
    """Return the block about one host.

    Args:
        name: The host, as the inventory calls it.
        windows: What it runs, or nothing if that isn't known.
        findings: In the order of the article.
        style: Width and colours.
    """
    lines = [one_line(f"RDP on {name}" + (f" ({windows})" if windows else ""))]
    for finding in findings:
        lines += _finding(finding, style)
    return "\n".join([*lines, _count(findings)])


def fleet_summary(
    report: FleetReport, changes: Changes | None = None, style: Style = PLAIN, *, predicted: bool = False
) -> str:
    """Return the summary of many hosts: how many are healthy, and the causes with the hosts they hit.

    Args:
        report: The hosts.
        changes: What is different from an older report.
        style: Width and colours.
        predicted: Whether the repairs are what would be done.
    """
    count = collections.Counter(host.state for host in report.hosts)
    parts = [f"{total:,} {word}" for word, states in _COUNTED if (total := sum(count[state] for state in states))]
    head = f"Remote Desktop on {number(len(report.hosts), 'host')}: {', '.join(parts) or 'nothing examined'}"
    turned_on = turned_on_sentence(report, predicted=predicted)
    lines = [*(wrapped(turned_on, style.width) if turned_on else ()), *wrapped(head, style.width)]
    for cause in causes(report):
        lines += _cause(cause, style)
    for checks, names in repaired(report):
        lines += _group(
            REPAIRED, "warning", f"{'Would be repaired' if predicted else 'Repaired'}: {checks}", names, style
        )
    for reason, names in refused(report):
        lines += _group(TERMINAL_MARKS["problem"], "problem", f"Not repaired: {reason}", names, style)
    return "\n".join([*lines, *_changes(changes, style), *_duplicates(report, style)])


def _cause(cause: CauseGroup, style: Style) -> list[str]:
    status = STATE_STATUSES[cause.key.state]
    fix = cause.fix if cause.key.state == "problem" else ""
    return _group(TERMINAL_MARKS[status], status, cause.key.sentence, cause.hosts, style, fix)


def _group(mark: str, status: Status, text: str, hosts: t.Sequence[str], style: Style, fix: str = "") -> list[str]:
    """Return what is said of several hosts, with their number before it and their names below it."""
    begin = f"{len(hosts):>5}  {mark} "
    indent = " " * len(begin)
    lines = wrapped(f"{begin}{one_line(text)}", style.width, indent)
    lines[0] = lines[0].replace(mark, style.paint(mark, status), 1)
    if fix:
        lines += wrapped(f"{indent}fix  {one_line(fix)}", style.width, f"{indent}     ")
    return [*lines, *wrapped(indent + _names(hosts), style.width, indent)]


def _changes(changes: Changes | None, style: Style) -> list[str]:
    if changes is None:
        return []
    parts = [f"{len(found):,} {CHANGE_TITLES[kind]}" for kind in KINDS if (found := changes.of(kind))]
    since = changes.since or "the older report"
    lines = wrapped(f"Since {since}: {', '.join(parts) or 'nothing has changed'}", style.width, " " * 7)
    for kind in ("broken", "fixed"):
        if found := changes.of(t.cast("t.Any", kind)):
            names = _names([change.host for change in found])
            lines += wrapped(f"       {CHANGE_TITLES[t.cast('t.Any', kind)]}: {names}", style.width, " " * 7)
    return lines


def _duplicates(report: FleetReport, style: Style) -> list[str]:
    if not report.duplicates:
        return []
    names = _names([one.host for one in report.duplicates])
    return wrapped(f"More than one result, of which the youngest counts: {names}", style.width, " " * 7)


def _names(names: t.Sequence[str]) -> str:
    return shortened([*map(one_line, names)], MOST_NAMES)


def _finding(finding: Finding, style: Style) -> list[str]:
    mark = TERMINAL_MARKS[finding.status]
    lines = wrapped(f"{mark} {finding.check}: {one_line(finding.summary)}", style.width, " " * (len(mark) + 1))
    lines[0] = style.paint(mark, finding.status) + lines[0].removeprefix(mark)
    if finding.status in TELLING:
        for label, text in (("expected", finding.expected), ("found", finding.found), ("fix", finding.fix)):
            if text:
                lines += labelled(label, one_line(text), style.width)
        lines += labelled("see", one_line(finding.section), style.width)
    if finding.status == "unknown":
        for command in finding.commands:
            lines += labelled("command", one_line(command), style.width)
    return lines


def _count(findings: t.Sequence[Finding]) -> str:
    count = collections.Counter(finding.status for finding in findings)
    unjudged = count["unknown"] + count["skipped"]
    found = number(count["problem"], "problem") if count["problem"] else "No problem"
    warnings = f", {number(count['warning'], 'warning')}" if count["warning"] else ""
    checks = number(len(findings), "check")
    rest = f", {unjudged} of {checks} not judged" if unjudged else f" in {checks}"
    return f"{found} found{warnings}{rest}."
