# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report as one HTML page: no other file, no network; only filters and single hosts need a script."""

from __future__ import annotations

import base64
import datetime
import functools
import hashlib
import importlib.resources
import typing as t

import jinja2
import markupsafe

from ...model import ARTICLE
from ...phrases import number, shortened
from .. import marks
from ..causes import cause_of, causes
from ..changes import KINDS, Changes
from ..fleet import STATES, Duplicate, FleetReport, HostReport
from ..headline import counts, headline
from ..marks import LETTERS, MARKS, MEANINGS
from ..results import state_of
from ..safe_text import visible
from ..turned_on import turned_on_sentence
from . import page_data
from .page_data import Indexes
from .reach_picture import picture

_MOST_CAUSES = 12
_MOST_DUPLICATES = 10
_MOST_NAMES = 60
_BAR = 1000
# Pixels of the grid: the column of a check with its mark alone and with the word behind it, the space between two
# columns, and everything else with its margins; with words, a cause needs more room beside them.
_MARK_WIDTH, _WORD_WIDTH, _GAP, _OTHER_WIDTHS, _WORDY_WIDTHS = 56, 68, 5, 490, 740
# strftime() would write them in the language of the controller.
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def to_html(report: FleetReport, changes: Changes | None = None) -> str:
    """Return the page. The same report is the same page."""
    found = causes(report)
    indexes = Indexes.of(report, found)
    style = markupsafe.Markup(_file("page.css") + _signs() + _columns(report))
    script = markupsafe.Markup(_file("page.js"))
    repaired = [host for host in report.hosts if host.repairs or host.refusals]
    return _template().render(
        report=report,
        headline=headline(report),
        turned_on=turned_on_sentence(report),
        count=counts(report),
        states=STATES,
        marks=marks,
        bar=_bar(report),
        causes=found,
        most_causes=_MOST_CAUSES,
        duplicates=shortened([*map(_duplicate, report.duplicates)], _MOST_DUPLICATES),
        most_names=_MOST_NAMES,
        changes=changes,
        kinds=KINDS,
        repaired=repaired,
        repaired_sentence=_repaired(repaired),
        state_before=lambda host: state_of(host.before),
        pictures=[(reach, picture(reach)) for reach in report.reach],
        windows=indexes.windows_counts(report),
        finding_options=page_data.finding_options(report),
        rows=markupsafe.Markup(page_data.rows(report, indexes)),
        legend=page_data.legend(),
        meanings=" · ".join(f"{MARKS[status]} {meaning}" for status, meaning in MEANINGS.items()),
        data=markupsafe.Markup(page_data.data(report, indexes, changes)),
        article=ARTICLE,
        number=number,
        day=_day,
        section_name=page_data.section_name,
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
    )


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
        keep_trailing_newline=True,
    )
    return environment.from_string(_file("page.html.j2"))


def _shown(value: t.Any) -> t.Any:
    """Make every text that gets into the page visible, before it is escaped. What is markup already was made here."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _file(name: str) -> str:
    return importlib.resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """Return what the page's own policy allows: https://www.w3.org/TR/CSP3/#grammardef-hash-source."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _duplicate(one: Duplicate) -> str:
    return f"{one.host} ({one.kept[0]})" if one.kept[0] else one.host


def _signs() -> str:
    """Return the styles with the sign of each status. The word behind it is in the table."""
    return "".join(f'#grid td.{letter} {{ --mark: "{MARKS[status]}"; }}\n' for status, letter in LETTERS.items())


def _columns(report: FleetReport) -> str:
    """Return the styles that depend on the checks. Their names were checked when they were read."""
    checks = len(report.checks)
    labels = "".join(
        f'#grid tbody td:nth-child({index})::before {{ content: "{check.id}: " var(--mark); }}\n'
        for index, check in enumerate(report.checks, 4)
    )

    def columns(width: int) -> str:
        every = f"repeat({checks}, {width}px)" if checks else ""
        return f":root {{ --columns: minmax(8.5rem, 1.4fr) 6.8rem minmax(10rem, 3fr) {every}; }}\n"

    def needed(width: int, others: int) -> int:
        return others + checks * (width + _GAP)

    return (
        f"{columns(_WORD_WIDTH)}"
        f"@media screen and (max-width: {needed(_WORD_WIDTH, _WORDY_WIDTHS)}px) {{\n"
        f"{columns(_MARK_WIDTH)}{_file('marks.css')}}}\n"
        f"@media screen and (max-width: {max(900, needed(_MARK_WIDTH, _OTHER_WIDTHS))}px) {{\n"
        f"{_file('narrow.css')}{labels}}}\n"
    )


def _bar(report: FleetReport) -> list[dict[str, t.Any]]:
    """Return the parts of the bar. A state with one host in thousands is still seen."""
    count = counts(report)
    present = [state for state in STATES if count[state]]
    widths = {state: max(4.0, _BAR * count[state] / max(1, count["hosts"])) for state in present}
    scale, x, parts = _BAR / (sum(widths.values()) or 1), 0.0, []
    for state in present:
        parts.append({"state": state, "x": f"{x:.1f}", "width": f"{widths[state] * scale:.1f}"})
        x += widths[state] * scale
    return parts


def _repaired(hosts: t.Sequence[HostReport]) -> str:
    good = sum(cause_of(host) is None or host.state == "warning" for host in hosts)
    return (
        f"of which {good:,} {'works' if good == 1 else 'work'} now"
        if len(hosts) > 1 or good
        else "and does not work yet"
    )


def _day(time: str | None) -> str:
    """Return a time as people write it: '28 February 2026, 09:30 UTC'."""
    if not time:
        return ""
    moment = datetime.datetime.fromisoformat(time)
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}, {moment:%H:%M} UTC"
