# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report as a table: one row for each host and check (RFC 4180)."""

from __future__ import annotations

import csv
import io
import re
import typing as t

from .fleet import FleetReport, HostReport
from .safe_text import visible

COLUMNS = (
    *("host", "state", "windows", "time", "check", "status", "is_cause", "summary", "expected", "found", "fix"),
    *("section", "commands", "source"),
)

# A spreadsheet takes a cell that begins with one of these as a formula, and runs it:
# https://owasp.org/www-community/attacks/CSV_Injection. The wide forms are what Excel takes for them in Japanese.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Excel separates by the list separator of the user's region, a semicolon in half of Europe, and takes the quotes around
# a cell that it doesn't cut for text. So a cell of its own can begin within one of ours.
_WITHIN = re.compile("(?P<before>[,;\t\n|][ \u3000\"']*)(?P<formula>[=+\\-@＝＋－＠])")
# Excel and Windows PowerShell 5.1 take a file without it for one in the code page of the system.
_BYTE_ORDER_MARK = "\ufeff"


def to_csv(report: FleetReport) -> str:
    """Return the table with a heading, lines that end with CR LF, and every cell in quotes.

    What a spreadsheet would take for a formula, whichever character it separates by, has an apostrophe before it.
    A host that could not be examined has one row, without a check and with the error as its summary.
    """
    text = io.StringIO(newline="")
    # In quotes, also where nothing in the cell asks for them.
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for host in report.hosts:
        for row in _rows(host):
            writer.writerow([_safe(row.get(column, "")) for column in COLUMNS])
    return _BYTE_ORDER_MARK + text.getvalue()


def _rows(host: HostReport) -> t.Iterator[dict[str, str]]:
    about = {
        "host": host.name,
        "state": host.state,
        "windows": host.windows,
        "time": host.time or "",
        "source": host.source or "",
    }
    if not host.findings:
        yield {**about, "summary": host.error}
    for finding in host.findings:
        yield {
            **about,
            "check": finding.check,
            "status": finding.status,
            "is_cause": "yes" if finding.check == host.cause else "no",
            "summary": finding.summary,
            "expected": finding.expected,
            "found": finding.found,
            "fix": finding.fix,
            "section": finding.section,
            "commands": "\n".join(finding.commands),
        }


def _safe(cell: str) -> str:
    # LibreOffice looks behind blanks, too.
    shown = _WITHIN.sub(r"\g<before>'\g<formula>", visible(cell))
    return f"'{shown}" if shown.lstrip(" \u3000").startswith(_FORMULA) else shown
