# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table in a real spreadsheet, which is told to look for formulas as it does when a user opens the file."""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.as_csv import to_csv
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.results import report_of

import made_results
from unit._rdp.report.hostile import SNIPPETS

_CELL = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}table-cell"
_FORMULA = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}formula"
_ROW = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}table-row"
#: Comma, double quotes, UTF-8, from the first line, columns as they are, quoted cells are looked at like the others.
_AS_USERS_DO = "CSV:44,34,76,1,,0,false,true,false"


def _opened(folder: Path, text: str) -> ET.Element:
    (folder / "rdp.csv").write_bytes(text.encode("utf-8"))
    command = [
        *("soffice", "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}"),
        *(f"--infilter={_AS_USERS_DO}", "--convert-to", "fods", "--outdir", str(folder), str(folder / "rdp.csv")),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return ET.parse(folder / "rdp.fods").getroot()


@pytest.mark.needs_program("soffice")
def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    # That the question is put as it should: without our apostrophe the spreadsheet does calculate.
    assert [cell for cell in _opened(tmp_path, '"=1+1"\r\n').iter(_CELL) if cell.get(_FORMULA)]
    results = {
        f"{snippet} {number}": made_results.result(("service", "problem", snippet, snippet, snippet, snippet))
        for number, snippet in enumerate([*SNIPPETS, '=HYPERLINK("http://example.com")', "=cmd|' /C calc'!A0"])
    }
    root = _opened(tmp_path, to_csv(report_of(results)))
    assert [cell.get(_FORMULA) for cell in root.iter(_CELL) if cell.get(_FORMULA)] == []
    rows = [row for row in root.iter(_ROW) if "".join(row.itertext()).strip()]
    assert len(rows) == 1 + len(results) * len(made_results.HEALTHY)
