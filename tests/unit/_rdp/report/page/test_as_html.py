# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page: every host and cause, and no element of a stranger's."""

from __future__ import annotations

import html.parser
import re

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.changes import compare
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.fleet import FleetReport
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.page.as_html import to_html
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.results import report_of
from hypothesis import given, settings

import made_results
from unit._rdp.report.hostile import HIDDEN, fleet_report, reports


class _Elements(html.parser.HTMLParser):
    """Counts elements, and collects attributes and the contents of scripts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: dict[str, int] = {}
        self.attributes: set[str] = set()
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags[tag] = self.tags.get(tag, 0) + 1
        self.attributes |= {name for name, _ in attributes}
        self.links |= {value or "" for name, value in attributes if name in ("href", "src")}


def _elements(page: str) -> _Elements:
    parser = _Elements()
    parser.feed(page)
    return parser


@settings(deadline=None, max_examples=60)
@given(reports)
def test_html_has_no_element_of_a_stranger_s(report: FleetReport) -> None:
    page = to_html(report, compare(report, report_of({"x": made_results.result()})))
    assert page == to_html(report, compare(report, report_of({"x": made_results.result()})))
    found = _elements(page)
    assert found.tags["script"] == 2 and found.tags["style"] == 1 and "img" not in found.tags
    assert not [name for name in found.attributes if name.startswith("on") or name == "style"]
    assert all(
        link.startswith(("#", "https://learn.microsoft.com/", "https://github.com/winops/")) for link in found.links
    )
    # One row for the headings, one for each host.
    grid = _elements(page[page.index('<table id="grid"') : page.index('<p id="none"')])
    assert grid.tags["tr"] == 1 + len(report.hosts)
    assert not HIDDEN.search(page)


def test_html_names_every_host_and_every_cause() -> None:
    report = fleet_report()
    page = to_html(report)
    for host in report.hosts:
        assert host.name.replace(".", ".<wbr>") in page
    assert page.count('data-show-cause="') == page.count("<option") - page.count('<option value=""') - _other_options(
        page
    )


def _other_options(page: str) -> int:
    return sum(
        len(re.findall("<option", part)) - 1
        for name in ("by-state", "by-windows", "by-finding")
        for part in [page[page.index(f'id="{name}"') :].partition("</select>")[0]]
    )
