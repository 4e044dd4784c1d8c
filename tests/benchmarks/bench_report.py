# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long a report takes to write, and its page to load and to use in Chromium.

``./run bench report`` prints a table and asserts nothing. The hosts are
made up, in the shape of rdp_info's results. A figure of the browser is from the call until the next frame is painted.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
import typing as t
from importlib import import_module
from pathlib import Path

import programs
from dev.places import COLLECTIONS, link_collection
from integration.reports.browser import Browser

_REPORT = "ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report"
_TIMED = (
    "(act => {{ const began = performance.now(); act(); return new Promise(done => requestAnimationFrame(() => "
    "requestAnimationFrame(() => done(performance.now() - began)))); }})(() => {{ {} }})"
)
_ACTS = {
    "show one state": "const by = document.querySelector('#by-state'); by.value = 'problem';"
    "by.dispatchEvent(new Event('change'))",
    "show all again": "document.querySelector('#reset').click()",
    "sort by cause": "document.querySelector('[data-sort=\"2\"]').click()",
    "open a host": "document.querySelector('#grid tbody a').click()",
    "the next host": "document.querySelector('.buttons button:nth-child(2)').click()",
    "close it": "document.querySelector('dialog').close()",
    "to the end of the page": "scrollTo(0, 1e9)",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say what can be chosen."""
    parser.add_argument("--hosts", type=int, default=5000, help="how many (%(default)s)")
    parser.add_argument("--repeat", type=int, default=5, help="how often the page is used (%(default)s)")


def measure(options: argparse.Namespace) -> int:
    """Measure and print."""
    link_collection()
    sys.path.insert(0, str(COLLECTIONS))
    print(f"{options.hosts} hosts, medians of {options.repeat}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        page = _write(options.hosts, Path(folder))
        _browse(page, Path(folder), options.repeat)
    return 0


def _write(hosts: int, folder: Path) -> Path:
    results = import_module("made_results").fleet(hosts)
    report = _timed("results to report", lambda: import_module(f"{_REPORT}.results").report_of(results))
    for name, room, suffix in (
        ("html", ".page", "html"),
        ("csv", "", "csv"),
        ("junit", "", "xml"),
        ("markdown", "", "md"),
    ):
        module = import_module(f"{_REPORT}{room}.as_{name}")
        _save(folder / f"rdp.{suffix}", name, lambda module=module, name=name: getattr(module, f"to_{name}")(report))
    saved = import_module(f"{_REPORT}.saved")
    text = _save(folder / "rdp.json", "json", lambda: saved.to_json(report))
    _timed("read json", lambda: saved.from_json(text.encode(), "rdp.json"))
    return folder / "rdp.html"


def _save(path: Path, name: str, write: t.Callable[[], str]) -> str:
    text = _timed(f"write {name}", write)
    path.write_text(text, encoding="utf-8")
    print(f"{'':<24} {path.stat().st_size / 1e6:>8.2f} MB")
    return t.cast("str", text)


def _timed(name: str, act: t.Callable[[], t.Any]) -> t.Any:
    began = time.monotonic()
    result = act()
    print(f"{name:<24} {time.monotonic() - began:>8.2f} s")
    return result


def _browse(page: Path, folder: Path, repeat: int) -> None:
    program = programs.program("chromium").find()
    if not program:
        print("NOT MEASURED: the browser. It takes chromium.")
        return
    browser = Browser(program, folder)
    try:
        loads: list[float] = []
        took: dict[str, list[float]] = {name: [] for name in _ACTS}
        for _ in range(repeat):
            loads.append(browser.open(page))
            for name, act in _ACTS.items():
                took[name].append(browser.run(_TIMED.format(act)))
        print(f"{'load and paint':<24} {statistics.median(loads):>8.2f} s")
        print(f"{'elements':<24} {browser.run('document.querySelectorAll(`*`).length'):>8}")
        for name, times in took.items():
            print(f"{name:<24} {statistics.median(times):>8.0f} ms")
    finally:
        browser.close()
