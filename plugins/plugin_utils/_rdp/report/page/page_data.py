# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the page's grid and its view of one host are made of, as compact as 5,000 hosts need it.

Hosts of a fleet say the same things, so each distinct finding, Windows and command stands in the page once, and the
hosts point to it.
"""

from __future__ import annotations

import collections
import dataclasses
import html
import json
import typing as t
import urllib.parse

from ...model import Finding
from ...phrases import number
from ..causes import CauseGroup, CauseKey, cause_of
from ..changes import Changes
from ..fleet import FleetReport, HostReport, by_name
from ..marks import (
    CHANGE_TITLES,
    LETTERS,
    MARKS,
    MOST_COMMANDS,
    NO_FINDING,
    STATE_MARKS,
    STATE_WORDS,
    TELLING,
    WORST_FIRST,
)
from ..safe_text import one_line, visible, visible_in

# Facts that nobody reads in a report: the whole key of the listener, and each single try to reach it.
_LEFT_OUT = {"key", "tries"}
_NONE = -1
# The article's headings as they are written, not as their anchors are.
_SPELLED = {"rdp": "RDP", "gpo": "GPO", "machinekeys": "MachineKeys", "isnt": "isn't"}


@dataclasses.dataclass(frozen=True)
class Indexes:
    """The numbers by which a row names its cause and its Windows."""

    cause: t.Mapping[CauseKey, int]
    windows: t.Mapping[str, int]

    @classmethod
    def of(cls, report: FleetReport, causes: t.Sequence[CauseGroup]) -> Indexes:
        """Number the causes in the order of the report, and Windows by name."""
        names = sorted({host.windows for host in report.hosts}, key=lambda name: (not name, by_name(name)))
        return cls(
            {cause.key: index for index, cause in enumerate(causes)},
            {name: index for index, name in enumerate(names)},
        )

    def cause_index(self, host: HostReport) -> int:
        """Return the number of a host's cause."""
        key = cause_of(host)
        return _NONE if key is None else self.cause[key]

    def windows_counts(self, report: FleetReport) -> list[tuple[str, int]]:
        """Return each Windows with the number of its hosts, in the order of the numbers."""
        count = collections.Counter(host.windows for host in report.hosts)
        return [(name, count[name]) for name in self.windows]


def rows(report: FleetReport, indexes: Indexes) -> str:
    """Return the rows of the grid as HTML. Closing tags that HTML doesn't need are left out."""
    checks = [check.id for check in report.checks]
    return "".join(_row(host, checks, indexes) for host in report.hosts)


def _row(host: HostReport, checks: t.Sequence[str], indexes: Indexes) -> str:
    statuses = {finding.check: finding.status for finding in host.findings}
    address = urllib.parse.quote(visible(host.name), safe="")
    cause = cause_of(host)
    says = "" if cause is None else cause.sentence if cause.check else host.error or cause.summary
    cells = [
        f'<td role="cell" class={LETTERS[statuses[check]]}>{statuses[check]}'
        if check in statuses
        else f'<td role="cell" class={NO_FINDING}>'
        for check in checks
    ]
    return (
        f'<tr role="row" class={host.state} data-c={indexes.cause_index(host)} data-w={indexes.windows[host.windows]}>'
        f'<th role="rowheader" scope="row"><a href="#host={address}">{_text(host.name).replace(".", ".<wbr>")}</a>'
        f'<td role="cell" class=dim>{_text(host.windows_name)}'
        f'<td role="cell"><span class=pill>{STATE_MARKS[host.state]} {STATE_WORDS[host.state]}</span>'
        f"{_text(says)}{''.join(cells)}\n"
    )


def finding_options(report: FleetReport) -> list[dict[str, str]]:
    """Return what the findings can be filtered by: each check with each status that needs a look."""
    count = collections.Counter((finding.check, finding.status) for host in report.hosts for finding in host.findings)
    return [
        {
            "value": f"{column}{LETTERS[status]}",
            "text": f"{check.id}: {status} ({number(count[check.id, status], 'host')})",
        }
        for column, check in enumerate(report.checks)
        for status in TELLING
        if count[check.id, status]
    ]


class _Table:
    """Distinct values with their numbers."""

    def __init__(self) -> None:
        self.numbers: dict[t.Any, int] = {}

    def __call__(self, value: t.Any) -> int:
        return self.numbers.setdefault(value, len(self.numbers))


def legend() -> str:
    """Return what the page's script knows of statuses, as JSON."""
    words = {
        "marks": MARKS,
        "letters": LETTERS,
        "telling": TELLING,
        "order": [*(LETTERS[status] for status in WORST_FIRST), NO_FINDING],
        "mostCommands": MOST_COMMANDS,
    }
    return json.dumps(words, ensure_ascii=False, separators=(",", ":"))


def data(report: FleetReport, indexes: Indexes, changes: Changes | None) -> str:
    """Return what the view of a single host needs, as JSON that can stand in a script element."""
    findings, sections, commands, facts, texts = _Table(), _Table(), _Table(), _Table(), _Table()
    changed = {change.host: change for change in changes.hosts} if changes else {}
    hosts = []
    for host in report.hosts:
        change = changed.get(host.name)
        one: dict[str, t.Any] = {
            "name": host.name,
            "findings": [findings(finding) for finding in host.findings],
            "cause": host.cause,
            "next": host.next_step,
            "error": host.error,
            "time": host.time,
            "source": host.source,
            "facts": [facts(pair) for pair in _facts(host.facts)],
            "outputs": {command: texts(text) for command, text in host.outputs.items()},
            "before": None if host.before is None else [findings(finding) for finding in host.before],
            "repairs": [
                [one.check, _pairs(one.before, one.after), list(one.commands), one.backup] for one in host.repairs
            ],
            "refusals": list(host.refusals),
            "change": [CHANGE_TITLES[change.kind], change.before, change.cause_before] if change else None,
        }
        # What is empty is left out: it is, for most hosts.
        hosts.append({name: value for name, value in one.items() if value})
    document = {
        "checks": [[check.id, check.title] for check in report.checks],
        "findings": [_finding(finding, sections, commands) for finding in findings.numbers],
        "sections": [[url, section_name(url)] for url in sections.numbers],
        "commands": list(commands.numbers),
        "facts": list(facts.numbers),
        "texts": list(texts.numbers),
        "hosts": hosts,
    }
    return _script_json(document)


def _finding(finding: Finding, sections: _Table, commands: _Table) -> dict[str, t.Any]:
    return {**finding.to_json(), "section": sections(finding.section), "commands": commands(finding.commands)}


def _pairs(before: t.Mapping[str, t.Any], after: t.Mapping[str, t.Any]) -> list[list[str]]:
    names = [*before, *(name for name in after if name not in before)]
    return [[name, _value(before.get(name)), _value(after.get(name))] for name in names]


def _facts(facts: t.Mapping[str, t.Any], above: str = "") -> t.Iterator[tuple[str, str]]:
    """Return facts as label and value, one level of dictionaries after the other."""
    for name, value in facts.items():
        label = f"{above}{name}".replace("_", " ")
        if isinstance(value, dict) and name not in _LEFT_OUT:
            yield from _facts(value, f"{label} · ")
        elif name not in _LEFT_OUT and value not in (None, "", [], {}):
            yield label, _value(value)


def _value(value: t.Any) -> str:
    if value is None:
        return "not there"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_value, value))
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_value(member)}" for name, member in value.items() if member is not None)
    return str(value)


def _script_json(document: t.Any) -> str:
    """Return JSON that no HTML parser takes for anything else, with all texts visible."""
    text = json.dumps(visible_in(document), ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _text(text: str) -> str:
    return html.escape(one_line(text))


def section_name(url: str) -> str:
    """Name a section of the article by its anchor, which is its heading in lower case."""
    words = [_SPELLED.get(word, word) for word in url.rpartition("#")[2].split("-")]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]]) if "#" in url else url
