# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages of made-up fleets, a browser to look at them, and axe-core."""

from __future__ import annotations

import base64
import hashlib
import io
import subprocess
import tarfile
import typing as t
from pathlib import Path

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.page.as_html import to_html

import programs
from dev.places import CACHE
from integration.reports.browser import Browser
from integration.reports.rich import rich_report

_AXE = "axe-core@4.14.1"
#: As the registry states it; npm itself checks only what it is told.
_AXE_SHA512 = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Browser]:
    """Chromium, with one tab for all tests."""
    program = programs.program("chromium").find()
    assert program, "a test without the marker needs_program('chromium')"
    one = Browser(program, tmp_path_factory.mktemp("browser"))
    yield one
    one.close()


@pytest.fixture(autouse=True)
def _as_usual(request: pytest.FixtureRequest) -> t.Iterator[None]:
    """Undo what a test changed about the browser."""
    yield
    if "browser" in request.fixturenames:
        one = request.getfixturevalue("browser")
        one.size(1280, 900)
        one.prefer()
        one.scripts(on=True)


@pytest.fixture(scope="session")
def rich_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of it."""
    path = tmp_path_factory.mktemp("page") / "rich.html"
    path.write_text(to_html(*rich_report()), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core, which npm brings once and .cache keeps."""
    archive = CACHE / "npm" / f"{_AXE.replace('@', '-')}.tgz"
    if not archive.is_file():
        archive.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "pack", "--silent", _AXE], cwd=archive.parent, check=True, timeout=120)
    data = archive.read_bytes()
    assert base64.b64encode(hashlib.sha512(data).digest()).decode() == _AXE_SHA512, f"{archive} is not {_AXE}"
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        member = tar.extractfile("package/axe.min.js")
        assert member
        return member.read().decode("utf-8")
