# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page in a real browser: what people see, click and press; with scripts, without them, and on paper."""

from __future__ import annotations

import json
import subprocess
import typing as t
from pathlib import Path

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.causes import causes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.fleet import CheckInfo
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.page.as_html import to_html
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.results import report_of

import made_results
from integration.reports.browser import Browser
from integration.reports.rich import CHECKS, HOSTILE, HOSTILE_GPO, PRINTED, REPAIRED, rich_report

pytestmark = pytest.mark.needs_program("chromium")

SHOWN = "[...document.querySelectorAll('#grid tbody tr:not([hidden]) th')].map(one => one.textContent)"
SEEN_GPO = HOSTILE_GPO.replace("\u202e", "\\u202e")
THEMES = ("light", "dark")


def _choose(browser: Browser, control: str, value: str) -> list[str]:
    """Choose from a list as a user does, and return the hosts that are shown then."""
    script = (
        f"(() => {{ const one = document.querySelector({json.dumps(control)}); one.value = {json.dumps(value)};"
        "if (one.value !== " + json.dumps(value) + ") throw Error('no such option');"
        "one.dispatchEvent(new Event('change', {bubbles: true})); })()"
    )
    browser.run(script)
    return t.cast("list[str]", browser.run(SHOWN))


def _search(browser: Browser, text: str) -> list[str]:
    browser.run("document.querySelector('#search').focus()")
    browser.run("document.querySelector('#search').select()")
    browser.call("Input.insertText", text=text)
    # It waits for the end of the typing.
    browser.run("new Promise(done => setTimeout(done, 150))")
    return t.cast("list[str]", browser.run(SHOWN))


def _open_host(browser: Browser, name: str) -> str:
    """Open the view of a host and return its text."""
    found = "[...document.querySelectorAll('#grid tbody a')].find(one => one.textContent === " + json.dumps(name) + ")"
    browser.run(f"{found}.click()")
    browser.until("document.querySelector('dialog').open")
    return str(browser.run("document.querySelector('dialog').innerText"))


def test_nothing_is_fetched_and_nothing_goes_wrong(browser: Browser, rich_page: Path) -> None:
    browser.open(rich_page)
    _open_host(browser, HOSTILE)
    assert browser.requests() == [rich_page.as_uri()]
    assert browser.complaints() == []
    assert browser.run("[...document.querySelectorAll('[src], link, iframe, object, embed')].length") == 0


def test_the_policy_of_the_page_lets_no_other_script_run(browser: Browser, rich_page: Path) -> None:
    browser.open(rich_page)
    browser.run("document.body.append(Object.assign(document.createElement('script'), {textContent: 'foreign = 1'}))")
    browser.run("document.body.insertAdjacentHTML('beforeend', '<b onclick=\"foreign = 1\" id=foreign>x</b>')")
    browser.run("document.querySelector('#foreign').click()")
    assert browser.run("typeof foreign") == "object"  # the element of that name, not what the script would have set
    assert len(browser.complaints()) == 2


def test_hostile_names_are_text(browser: Browser, rich_page: Path) -> None:
    browser.open(rich_page)
    text = _open_host(browser, HOSTILE)
    assert HOSTILE in text and SEEN_GPO in text and "</script><script>hacked=1</script>&lt;" in text
    assert "<!-- nothing" in text
    page = browser.run("document.body.innerText")
    assert SEEN_GPO in page and "\u202e" not in page
    assert browser.run("typeof hacked") == "undefined"
    assert browser.run("document.querySelectorAll('script, img').length") == 2


def test_headline_and_causes_come_first(browser: Browser, rich_page: Path) -> None:
    report, _ = rich_report()
    browser.open(rich_page)
    assert browser.run("document.querySelector('h1').textContent").startswith("Remote Desktop works on")
    first = causes(report)[0]
    card = browser.run("document.querySelector('#causes details').innerText")
    assert f"{len(first.hosts)} hosts" in card and first.key.summary in card and first.hosts[-1] in card
    assert first.example and first.example.found in card
    # Of many commands, only their number is in sight.
    listed = browser.run("document.querySelector('#causes details').textContent")
    assert first.example.commands[0] in listed
    assert browser.run("document.querySelector('#causes details').open") is True


def test_filters_show_exactly_what_fits(browser: Browser, rich_page: Path) -> None:
    report, _ = rich_report()
    browser.open(rich_page)
    names = [host.name for host in report.hosts]
    assert browser.run(SHOWN) == names
    for state in ("problem", "unreachable", "warning"):
        assert _choose(browser, "#by-state", state) == [host.name for host in report.hosts if host.state == state]
    assert browser.run("document.querySelector('[data-show-state=warning]').getAttribute('aria-pressed')") == "true"
    browser.click("#reset")
    assert browser.run(SHOWN) == names
    for index, cause in enumerate(causes(report)):
        assert _choose(browser, "#by-cause", str(index)) == list(cause.hosts)
    browser.click("#reset")
    options = browser.run("[...document.querySelectorAll('#by-windows option')].map(one => [one.value, one.text])")[1:]
    for value, text in options:
        windows = text.rpartition(" (")[0]
        fitting = [host.name for host in report.hosts if (host.windows or "Windows not known") == windows]
        assert fitting and _choose(browser, "#by-windows", value) == fitting
    browser.click("#reset")
    service = [check.id for check in report.checks].index("service")
    fitting = [
        host.name for host in report.hosts for one in host.findings if (one.check, one.status) == ("service", "problem")
    ]
    assert fitting and _choose(browser, "#by-finding", f"{service}p") == fitting


def test_search_takes_words_in_any_order_and_says_how_many(browser: Browser, rich_page: Path) -> None:
    report, _ = rich_report()
    browser.open(rich_page)
    fitting = [host.name for host in report.hosts if host.windows.startswith("Server 2019") and "web" in host.name]
    assert fitting and _search(browser, "2019 WEB") == fitting
    assert browser.run("document.querySelector('#shown').textContent") == f"{len(fitting)} of {len(report.hosts)} hosts"
    assert _search(browser, "no such host") == []
    assert browser.run("document.querySelector('#none').hidden") is False
    assert _search(browser, "<script>") == [HOSTILE]


def test_sorting_by_every_column_both_ways(browser: Browser, rich_page: Path) -> None:
    report, _ = rich_report()
    browser.open(rich_page)
    names = browser.run(SHOWN)
    browser.click("[data-sort='0']")
    assert browser.run(SHOWN) == names[::-1]
    assert browser.run("document.querySelector('#grid th').getAttribute('aria-sort')") == "descending"
    browser.click("[data-sort='2']")
    states = browser.run("[...document.querySelectorAll('#grid tbody tr')].map(one => one.className)")
    order = [cause.key.state for cause in causes(report)]
    assert states == sorted(states, key=lambda state: order.index(state) if state in order else len(order))
    assert browser.run("document.querySelectorAll('#grid [aria-sort]').length") == 1
    browser.click("[data-sort='5']")
    service = "[...document.querySelectorAll('#grid tbody tr')].map(one => one.cells[5].className)"
    assert browser.run(service) == sorted(browser.run(service), key="puwson".index)
    browser.click("[data-sort='5']")
    assert browser.run(service) == sorted(browser.run(service), key="noswup".index)


def test_everything_works_from_the_keyboard(browser: Browser, rich_page: Path) -> None:
    browser.open(rich_page)
    browser.press("Tab")
    assert browser.run("document.activeElement.textContent") == "Go to the hosts"
    browser.press("/")
    assert browser.run("document.activeElement.id") == "search"
    for _ in range(60):
        browser.press("Tab")
        if browser.run("document.activeElement.matches('#grid tbody a')"):
            break
    names = browser.run(SHOWN)
    assert browser.run("document.activeElement.textContent") == names[0]
    browser.press("ArrowDown", "ArrowDown", "ArrowUp")
    assert browser.run("document.activeElement.textContent") == names[1]
    browser.press("Enter")
    browser.until("document.querySelector('dialog').open")
    assert browser.run("document.activeElement.textContent") == names[1]
    browser.press("Tab", "Tab", "Enter")  # previous, next
    assert browser.run("document.querySelector('#host-name').textContent") == names[2]
    browser.press("Escape")
    browser.until("!document.querySelector('dialog').open")
    assert browser.run("document.activeElement.textContent") == names[2]
    browser.run("document.querySelector('[data-sort]').focus()")
    browser.press("Enter")
    assert browser.run(SHOWN) == names[::-1]


def test_one_host_with_all_there_is_to_know(browser: Browser, rich_page: Path) -> None:
    report, changes = rich_report()
    browser.open(rich_page)
    host = next(one for one in report.hosts if one.state == "problem" and one.name != HOSTILE)
    text = _open_host(browser, host.name)
    finding = host.telling
    assert finding
    for said in (finding.summary, finding.expected, finding.found, finding.fix, host.next_step):
        assert said in text
    listed = browser.run("document.querySelector('dialog').textContent")
    assert all(command in listed for command in finding.commands)
    assert finding.section in browser.run("[...document.querySelectorAll('dialog a')].map(one => one.href)")
    fixed = changes.of("fixed")[0]
    browser.run("document.querySelector('dialog').close()")
    assert "Fixed since the older report" in _open_host(browser, fixed.host)


def test_a_repaired_host_shows_before_and_after_and_what_ran(browser: Browser, rich_page: Path) -> None:
    browser.open(rich_page)
    text = _open_host(browser, REPAIRED)
    assert "Before and after the repair" in text and "net start TermService" in text and "0003-service" in text
    rows = browser.run("[...document.querySelectorAll('dialog table:first-of-type tr')].map(one => one.innerText)")
    assert any("service" in row and "problem" in row and "ok" in row for row in rows)
    browser.run("document.querySelector('dialog').close()")
    _open_host(browser, PRINTED)
    output = "[...document.querySelectorAll('dialog .commands details pre')].map(one => one.textContent)"
    assert " rdp-tcp   65536  Listen <b>\n" in browser.run(output)


def test_an_address_leads_to_a_host(browser: Browser, rich_page: Path) -> None:
    browser.open(rich_page, "#host=%3Cscript%3Ehacked%3D1%3C%2Fscript%3E")
    assert browser.run("document.querySelector('#host-name').textContent") == HOSTILE
    browser.open(rich_page, "#host=nobody")
    assert browser.run("document.querySelector('dialog').open") is False


def test_without_scripts_the_essentials_are_there(browser: Browser, rich_page: Path) -> None:
    report, _ = rich_report()
    browser.scripts(on=False)
    browser.open(rich_page)
    grid = browser.run("document.querySelector('#grid').textContent")
    assert all(host.name in grid for host in report.hosts)
    text = browser.run("document.body.innerText")
    assert "Scripts are off" in text and "Show in the grid" not in text
    assert browser.run("document.querySelector('.tools').offsetHeight") == 0
    assert browser.run("document.querySelector('#causes details:nth-of-type(2) summary').innerText")
    browser.click("#causes details:nth-of-type(2) summary")
    assert browser.run("document.querySelector('#causes details:nth-of-type(2)').open") is True


def test_the_picture_has_a_box_for_every_look_and_a_table_that_says_the_same(browser: Browser, rich_page: Path) -> None:
    browser.open(rich_page)
    matrix = made_results.matrix(4, 9)
    assert browser.run("document.querySelectorAll('.picture rect').length") == 4 * 9
    assert browser.run("document.querySelectorAll('.picture rect.shut').length") == 4 + 2 + 1
    browser.click(".picture summary")
    table = browser.run("document.querySelector('.picture table').innerText")
    assert all(row["target"] in table and row["reason"] in table for row in matrix["targets"])


@pytest.mark.parametrize("theme", THEMES)
def test_the_page_follows_the_theme(browser: Browser, rich_page: Path, theme: str) -> None:
    browser.open(rich_page)
    browser.prefer(prefers_color_scheme=theme)
    colours = browser.run(
        "['background-color', 'color'].map(name => getComputedStyle(document.body).getPropertyValue(name))"
    )
    ground, text = (sum(map(int, colour.removeprefix("rgb(").rstrip(")").split(", "))) for colour in colours)
    assert (ground < 150 < 600 < text) if theme == "dark" else (text < 150 < 600 < ground)


@pytest.mark.needs_program("npm")
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [1280, 420])
def test_axe_finds_no_fault(browser: Browser, rich_page: Path, axe: str, theme: str, width: int) -> None:
    browser.size(width, 900)
    browser.prefer(prefers_color_scheme=theme)
    browser.open(rich_page)
    browser.run(f"{axe}; 0")

    def faults() -> list[str]:
        found = browser.run("axe.run().then(result => result.violations)")
        return [f"{one['impact']} {one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]

    browser.run("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert faults() == []
    assert browser.run("axe.run().then(result => result.passes.length)") > 20
    _open_host(browser, HOSTILE)
    browser.run("document.querySelectorAll('dialog details').forEach(one => { one.open = true })")
    assert faults() == []


@pytest.mark.needs_program("pdftotext")
def test_printed_it_is_complete(browser: Browser, rich_page: Path, tmp_path: Path) -> None:
    report, _ = rich_report()
    browser.open(rich_page)
    paper = tmp_path / "page.pdf"

    def printed() -> str:
        paper.write_bytes(browser.pdf())
        command = ["pdftotext", "-raw", str(paper), "-"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.replace("\n", " ")

    text = printed()
    assert "Remote Desktop works on" in text and "Reset" not in text and "Show in the grid" not in text
    squeezed = text.replace(" ", "")
    assert [host.name for host in report.hosts if host.name.replace(" ", "") not in squeezed] == []
    # The heading of the grid stands on each of its pages.
    assert text.count("State and cause") >= 4
    assert browser.run("document.querySelectorAll('details[open]').length") == 1
    _open_host(browser, HOSTILE)
    alone = printed()
    assert SEEN_GPO.replace(" ", "") in alone.replace(" ", "") and REPAIRED not in alone


def test_every_width_has_room_for_every_check(browser: Browser, tmp_path: Path) -> None:
    checks = [*CHECKS, CheckInfo("reach"), CheckInfo("another_one")]
    results = made_results.fleet(30)
    for result in results.values():
        result.get("findings", []).extend(made_results.finding(check.id, "unknown") for check in checks[-2:])
    page = tmp_path / "wide.html"
    page.write_text(to_html(report_of(results, checks=checks)), encoding="utf-8")
    for width in (1560, 1280, 1240, 1220, 1000, 900, 420, 320):
        browser.size(width, 800)
        browser.open(page)
        assert browser.run("document.documentElement.scrollWidth") <= width
        cells = "[...document.querySelectorAll('#grid tbody td')].filter(one => one.offsetWidth)"
        assert browser.run(f"Math.max(...{cells}.map(one => one.getBoundingClientRect().right))") <= width


def test_nobody_was_looked_at(browser: Browser, tmp_path: Path) -> None:
    page = tmp_path / "empty.html"
    page.write_text(to_html(report_of({}, title="Nothing")), encoding="utf-8")
    browser.open(page)
    assert browser.run("document.querySelector('h1').textContent") == "No host was looked at."
    assert browser.complaints() == []


def test_five_thousand_hosts(browser: Browser, tmp_path: Path) -> None:
    """How long it takes, tests/benchmarks/bench_report.py measures; here it has to be small, complete and alive."""
    report = report_of(made_results.fleet(5000), checks=CHECKS, time=made_results.TIME, title="Large")
    text = to_html(report)
    assert len(text.encode()) < 10_000_000
    page = tmp_path / "large.html"
    page.write_text(text, encoding="utf-8")
    browser.open(page)
    # Row, link and each cell with its text, and little else.
    assert browser.run("document.querySelectorAll('*').length") < 5000 * (len(CHECKS) + 10)
    assert browser.run("document.querySelectorAll('#grid tbody tr').length") == 5000
    # What can't be seen has not been laid out: that is what keeps the page fast.
    last = "document.querySelector('#grid tbody tr:last-child td:last-child')"
    assert browser.run(f"{last}.checkVisibility({{contentVisibilityAuto: true}})") is False
    assert len(_choose(browser, "#by-state", "problem")) == sum(host.state == "problem" for host in report.hosts)
    browser.click("#reset")
    text = _open_host(browser, report.hosts[-1].name)
    assert report.hosts[-1].name in text and browser.complaints() == []
