# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Markdown: what it says, and that no text of a host's becomes markup."""

from __future__ import annotations

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.as_markdown import code, prose, to_markdown
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.changes import compare
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.fleet import FleetReport
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.results import report_of
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.safe_text import one_line
from hypothesis import given, settings
from markdown_it import MarkdownIt

import made_results
from unit._rdp.report.hostile import CHECKS, fleet_report, reports, texts


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
    assert len(to_markdown(fleet_report(5000))) < 20_000


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
