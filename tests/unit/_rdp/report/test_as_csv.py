# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""CSV: a row for each host and check, which no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.as_csv import COLUMNS, to_csv
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.fleet import FleetReport
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.results import report_of
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.safe_text import visible
from hypothesis import given, settings

import made_results
from unit._rdp.report.hostile import HIDDEN, fleet_report, reports


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))


def test_csv_has_a_row_for_each_host_and_check() -> None:
    report = fleet_report()
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
