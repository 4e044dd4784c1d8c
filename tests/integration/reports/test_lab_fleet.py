# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two hundred hosts of the lab, audited by a real ansible-playbook, and the page that it wrote in a real browser."""

from __future__ import annotations

import dataclasses
import json
import re
import typing as t
from pathlib import Path

import pytest

import reports_schema
from integration.conftest import Fleet, Played
from integration.reports.browser import Browser
from integration.reports.lab_fleet import FAULTS, HOSTILE, HOSTS, LONG, specs
from lab import Lab

pytestmark = pytest.mark.needs_program("chromium")

ROWS = "[...document.querySelectorAll('#grid tbody tr:not([hidden])')]"
NAMES = f"{ROWS}.map(row => row.cells[0].textContent)"
WARNINGS = {("umrdp-stopped",), ("firewall-scope-limited",), ("machinekeys-denied",)}
BLOCKING = "GPO 'Block RDP'"


@dataclasses.dataclass(frozen=True)
class Audited:
    """What the audit left behind."""

    page: Path
    document: dict[str, t.Any]
    played: Played

    @property
    def states(self) -> dict[str, str]:
        """The state of each host."""
        return {host["name"]: host["state"] for host in self.document["hosts"]}


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Audited:
    """One audit of all of them, watched through the callback that is made for so many."""
    folder = tmp_path_factory.mktemp("fleet")
    with Lab(specs()) as lab:
        played = Fleet(lab, folder, "winrm", "basic").playbook(
            "winops.rdp.audit",
            *("-f", "8", "-e", "troubleshoot_report=rdp.html,rdp.json"),
            ANSIBLE_STDOUT_CALLBACK="winops.rdp.progress",
        )
        assert lab.errors() == {}
    document = json.loads((folder / "rdp.json").read_text(encoding="utf-8"))
    reports_schema.validate(document)
    return Audited(folder / "rdp.html", document, played)


def _expected(spec: t.Any) -> str:
    if spec.transport_faults:
        return {"refuse": "unreachable", "garbage": "failed"}[spec.transport_faults[0]]
    if not spec.faults:
        return "healthy"
    if spec.faults == ("service-dll-unreadable",):
        return "unknown"
    return "warning" if spec.faults in WARNINGS else "problem"


def test_report_holds_what_is_wrong_with_every_host(audited: Audited) -> None:
    expected = {spec.name: _expected(spec) for spec in specs()}
    assert audited.states == expected
    assert audited.document["counts"] == {"hosts": HOSTS} | {
        state: list(expected.values()).count(state) for state in list(audited.document["counts"])[1:]
    }
    first = audited.document["causes"][0]
    assert BLOCKING in first["summary"] and len(first["hosts"]) == FAULTS["gpo-domain-blocks",]
    assert {spec.language for spec in specs() if spec.name in first["hosts"]} >= {"en-US", "de-DE", "ja-JP", "ru-RU"}
    assert audited.played.code == 4


def test_each_host_had_its_line_while_it_went_on(audited: Audited) -> None:
    lines = re.findall(r"^\[ *(\d+)/200\] \[..\] .*$", audited.played.stdout, re.M)
    assert sorted(map(int, lines)) == list(range(1, HOSTS + 1))
    assert re.search(r"^200 hosts in [\d.]+ s \(", audited.played.stdout, re.M)
    assert f"Remote Desktop on {HOSTS} hosts: " in audited.played.stdout
    assert "RDP on" not in audited.played.stdout and "skipping" not in audited.played.stdout


def test_page_says_what_the_report_holds(browser: Browser, audited: Audited) -> None:
    assert browser.open(audited.page) < 2
    assert browser.run("document.querySelector('h1').textContent") == audited.document["headline"]
    assert browser.run(NAMES) == [host["name"] for host in audited.document["hosts"]]
    rows = browser.run(
        f"{ROWS}.map(row => [row.className, ...[...row.cells].slice(3).map(one => one.textContent.trim())])"
    )
    for row, host in zip(rows, audited.document["hosts"], strict=True):
        statuses = {finding["check"]: finding["status"] for finding in host["findings"]}
        assert row == [host["state"], *(statuses.get(check["id"], "") for check in audited.document["checks"])]
    assert browser.requests() == [audited.page.as_uri()] and browser.complaints() == []


def test_filters_search_and_sorting_find_the_hosts(browser: Browser, audited: Audited) -> None:
    browser.open(audited.page)
    browser.click("[data-show-cause='0']")
    assert browser.run(NAMES) == audited.document["causes"][0]["hosts"]
    browser.click("[data-show-state='unreachable']")
    assert browser.run(NAMES) == [name for name, state in audited.states.items() if state == "unreachable"]
    browser.click("#reset")
    browser.click("#search")
    browser.call("Input.insertText", text="expired")
    expired = [host["name"] for host in audited.document["hosts"] if host["cause"] == "cert"]
    browser.until(f"{ROWS}.length === {len(expired)}")
    assert browser.run(NAMES) == expired
    browser.click("#reset")
    browser.click("[data-sort='2']")
    order = browser.run(f"{ROWS}.map(row => row.className)")
    assert order == sorted(order, key=["problem", "unknown", "unreachable", "failed", "warning", "healthy"].index)


def test_hostile_name_that_ansible_took_is_text(browser: Browser, audited: Audited) -> None:
    browser.open(audited.page)
    browser.run(f"{ROWS}.find(row => row.cells[0].textContent === {json.dumps(HOSTILE)}).querySelector('a').focus()")
    browser.press("Enter")
    browser.until("document.querySelector('dialog').open")
    text = browser.run("document.querySelector('dialog').textContent")
    assert HOSTILE in text and "sc queryex UmRdpService" in text
    assert browser.run("typeof hacked") == "undefined" and browser.complaints() == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1920, 1280, 1024, 420])
def test_cause_can_be_read_at_every_width(browser: Browser, audited: Audited, width: int, theme: str) -> None:
    browser.size(width, 900)
    browser.prefer(prefers_color_scheme=theme)
    browser.open(audited.page)
    assert browser.run("document.documentElement.scrollWidth") <= width
    row = f"{ROWS}.find(row => row.cells[0].textContent === {json.dumps(LONG)})"
    browser.run(f"{row}.scrollIntoView()")
    seen = f"(one => one.getBoundingClientRect().width)({row}.cells[2])"
    assert browser.run(seen) >= 300
    # The mark of a check is all of it, or all of it with its word.
    marks = browser.run(f"[...{row}.cells].slice(3).filter(one => one.offsetWidth).map(one => one.offsetWidth)")
    assert marks and (set(marks) == {marks[0]} and marks[0] < 30 if width == 1280 else max(marks) > 40 or width == 1024)


@pytest.mark.needs_program("npm")
def test_axe_finds_no_fault_in_what_windows_said(browser: Browser, audited: Audited, axe: str) -> None:
    browser.open(audited.page)
    browser.run(f"{axe}; 0")
    found = browser.run("axe.run().then(result => result.violations)")
    assert [f"{one['impact']} {one['id']}: {one['nodes'][0]['html'][:200]}" for one in found] == []


@pytest.mark.needs_program("pdftotext")
def test_printed_it_has_few_pages(browser: Browser, audited: Audited, tmp_path: Path) -> None:
    browser.open(audited.page)
    paper = browser.pdf()
    # Where a list of commands may not be torn apart, half of the pages stay empty: that were 25.
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) <= 20
