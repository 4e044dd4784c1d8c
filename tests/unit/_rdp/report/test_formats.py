# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""CSV, JUnit, Markdown and HTML: what they say, read by programs that know the format, and that nothing gets out."""

from __future__ import annotations

import csv
import html.parser
import io
import re
import typing as t
import xml.etree.ElementTree as ET

import junitparser
import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.as_csv import COLUMNS, to_csv
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.as_junit import to_junit
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.as_markdown import code, prose, to_markdown
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.changes import compare
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.fleet import CheckInfo, FleetReport
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.page.as_html import to_html
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.results import report_of
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.safe_text import one_line, visible
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

import made_results
from unit._rdp.report.hostile import reports, texts

HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
CHECKS = tuple(CheckInfo(check) for check in made_results.HEALTHY)


def _fleet(count: int = 120) -> FleetReport:
    return report_of(made_results.fleet(count), checks=CHECKS, time=made_results.TIME, title="Remote Desktop")


# --- CSV -----------------------------------------------------------------------------------------------------------


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))


def test_csv_has_a_row_for_each_host_and_check() -> None:
    report = _fleet()
    rows = _rows(to_csv(report))
    assert [(row["host"], row["check"]) for row in rows] == [
        (host.name, check)
        for host in report.hosts
        for check in ([one.check for one in host.findings] if host.findings else [""])
    ]
    assert all(row["summary"] for row in rows)
    causes = {(row["host"], row["check"]) for row in rows if row["is_cause"] == "yes"}
    assert causes == {(host.name, host.cause) for host in report.hosts if host.cause}


_BEGINS_FORMULA = tuple("=+-@＝＋－＠")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@settings(deadline=None)
@given(reports)
def test_csv_has_no_formula_whichever_separator_the_reader_takes(separator: str, report: FleetReport) -> None:
    text = to_csv(report).removeprefix("\ufeff")
    # Not strict: Excel reads on, whatever it finds behind a quote.
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    assert not [cell for row in rows for cell in row if cell.lstrip(' \u3000"').startswith(_BEGINS_FORMULA)]


def test_csv_cell_that_holds_another_one_where_semicolons_separate() -> None:
    said = ("a;=1+1", 'b; "@SUM(A1)', "c\n=2", "d\t-3", "no; formula, at all")
    results = {"web1": made_results.result(*(("service", "problem", one, "", one, "") for one in said[:1]))}
    for one in said:
        results[one] = made_results.result(("service", "problem", one, one, one, one))
    text = to_csv(report_of(results)).removeprefix("\ufeff")
    for separator in ",;\t":
        cells = [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) for cell in row]
        assert not [cell for cell in cells if cell.lstrip(' "').startswith(_BEGINS_FORMULA)], separator
    assert "no; formula, at all" in text


@settings(deadline=None)
@given(reports)
def test_csv_holds_what_it_should_whatever_that_is(report: FleetReport) -> None:
    text = to_csv(report)
    assert text.startswith("\ufeff") and text.endswith("\r\n") and not HIDDEN.search(text.replace("\r\n", ""))
    rows = _rows(text)
    assert len(rows) == sum(len(host.findings) or 1 for host in report.hosts)
    assert all(set(row) == set(COLUMNS) for row in rows)
    cells = [cell for row in rows for cell in row.values()]
    assert not [
        cell for cell in cells if cell.lstrip(" \u3000")[:1] in tuple("=+-@\t\r\n＝＋－＠") and cell.strip(" \u3000")
    ]
    assert [row["host"].replace("'", "") for row in rows if row["check"] == ""] == [
        visible(host.name).replace("'", "") for host in report.hosts if not host.findings
    ]


# --- JUnit ---------------------------------------------------------------------------------------------------------


def test_junit_has_a_case_for_each_host_and_check() -> None:
    report = _fleet()
    suites = junitparser.JUnitXml.fromstring(to_junit(report).encode())
    assert [suite.name for suite in suites] == [host.name for host in report.hosts]
    count = {"failure": 0, "error": 0, "skipped": 0, "output": 0}
    for suite, host in zip(suites, report.hosts, strict=True):
        cases = list(suite)
        assert [case.classname for case in cases] == ["rdp.host", *(f"rdp.{check.id}" for check in report.checks)]
        assert len({(case.classname, case.name) for case in cases}) == len(cases)
        assert suite.tests == len(cases) and suite.hostname == host.name
        for case in cases:
            for one in case.result:
                count[{"Failure": "failure", "Error": "error", "Skipped": "skipped"}[type(one).__name__]] += 1
            count["output"] += bool(case.system_out)
    statuses = [finding.status for host in report.hosts for finding in host.findings]
    unseen = [host for host in report.hosts if not host.findings]
    assert unseen
    assert count == {
        "failure": statuses.count("problem"),
        "error": statuses.count("unknown") + len(unseen),
        "skipped": statuses.count("skipped") + len(unseen) * len(report.checks),
        "output": statuses.count("warning"),
    }
    assert (suites.failures, suites.errors, suites.skipped) == (count["failure"], count["error"], count["skipped"])


@settings(deadline=None)
@given(reports)
def test_junit_is_xml_whatever_is_in_it(report: FleetReport) -> None:
    text = to_junit(report)
    root = ET.fromstring(text.encode("utf-8"))
    assert {element.tag for element in root.iter()} <= {
        *("testsuites", "testsuite", "testcase", "failure", "error", "skipped", "system-out"),
    }
    assert [suite.get("name") for suite in root] == [one_line(host.name) for host in report.hosts]
    assert not HIDDEN.search(text)


# --- Markdown ------------------------------------------------------------------------------------------------------


def _shown(markdown: str) -> tuple[str, set[str]]:
    """The text that CommonMark shows, and the kinds of elements that it makes."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(markdown)
    inline = [child for token in tokens for child in token.children or ()]
    return "".join(child.content for child in inline), {token.type for token in (*tokens, *inline)}


def test_markdown_says_what_matters() -> None:
    sick = made_results.result(made_results.FAULTS["service"])
    report = report_of({**made_results.fleet(24), "sick01": sick}, checks=CHECKS, time=made_results.TIME)
    older = report_of({host.name: made_results.result() for host in report.hosts}, time="2026-01-01T00:00:00Z")
    text, kinds = _shown(to_markdown(report, compare(report, older)))
    for host in report.hosts:
        assert host.name in text
    assert "winops.rdp.rdp_service" in text and "Remote Desktop works on" in text and "newly broken" in text
    assert "table_open" in kinds


def test_markdown_of_a_large_fleet_still_fits_a_ticket() -> None:
    assert len(to_markdown(_fleet(5000))) < 20_000


@given(texts)
def test_prose_shows_the_text_and_makes_nothing_else(text: str) -> None:
    shown, kinds = _shown(f"- x {prose(text)}")
    assert shown.replace("\N{WORD JOINER}", "") == f"x {one_line(text)}".strip()
    assert kinds <= {"bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close", "paragraph_open",
                     "paragraph_close", "inline", "text", "text_special"}  # fmt: skip


@given(texts)
def test_code_shows_the_text(text: str) -> None:
    shown, kinds = _shown(f"x {code(text)}")
    assert shown.removeprefix("x").strip() == one_line(text).strip()
    assert "html_inline" not in kinds and "link_open" not in kinds


@settings(deadline=None)
@given(reports)
def test_markdown_has_no_element_of_a_stranger_s(report: FleetReport) -> None:
    _, kinds = _shown(to_markdown(report))
    # A link is only that to the article, written by us.
    assert not kinds & {"html_inline", "html_block", "image", "em_open", "heading_open_2", "fence", "code_block", "hr"}


# --- HTML ----------------------------------------------------------------------------------------------------------


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
    report = _fleet()
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


@given(st.text(max_size=40))
def test_visible_text_hides_nothing_and_keeps_what_can_be_seen(text: str) -> None:
    shown = visible(text)
    assert not HIDDEN.search(shown)
    if not HIDDEN.search(text) and text.isascii():
        assert shown == text
    t.cast("str", shown).encode("utf-8")
