# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""pytest: tests that need a real program or the corpus are skipped where it is missing, and never silently.

The marker ``needs_program(name, ...)`` names programs of tests/programs.py, the fixture ``corpus`` gives the folder of
recorded Windows outputs. The run ends with a table: what was missing, which tests did not run, what installs it.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path

import pytest

import programs

#: The key under which a skipped test's report says what it lacked; reports travel from xdist's workers, globals do not.
_LACKS = "lacks"
_CORPUS = "the corpus"
#: More tests than this are counted, not named.
_NAMED = 8


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs_program(name, ...): a real program from tests/programs.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a name that is not in the table here, where it is an error of the whole run and no single test's skip."""
    for item in items:
        for name in _needed(item):
            try:
                programs.program(name)
            except LookupError as error:
                raise pytest.UsageError(f"{item.nodeid}: {error}") from error


def _needed(item: pytest.Item) -> list[str]:
    return [name for marker in item.iter_markers("needs_program") for name in marker.args]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before any fixture starts a server for a test that cannot run."""
    missing = [name for name in _needed(item) if programs.program(name).find() is None]
    if not missing:
        return
    reason = f"needs {' and '.join(missing)}: {programs.install_command(missing)}"
    if os.environ.get(programs.REQUIRE) == "1":
        pytest.fail(f"{programs.REQUIRE}=1, but this test {reason}", pytrace=False)
    item.user_properties.extend((_LACKS, name) for name in missing)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def corpus_or_none(pytestconfig: pytest.Config) -> Path | None:
    """The corpus, None where there is none."""
    return programs.corpus_folder(pytestconfig.rootpath)


@pytest.fixture
def corpus(request: pytest.FixtureRequest, corpus_or_none: Path | None) -> Path:
    """The folder of recorded Windows outputs; a test that asks for it is skipped, loudly, where there is none."""
    if corpus_or_none is None:
        request.node.user_properties.append((_LACKS, _CORPUS))
        pytest.skip(f"needs the corpus: {programs.CORPUS} or ../shared/corpus")
    return corpus_or_none


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None]:
    """Say after everything else what did not run, for want of what, and how to get it."""
    yield
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:  # xdist's workers have none
        _report(reporter)


def _report(terminalreporter: pytest.TerminalReporter) -> None:
    lacking: dict[str, list[str]] = defaultdict(list)
    for report in terminalreporter.stats.get("skipped", []):
        for key, value in getattr(report, "user_properties", ()):
            if key == _LACKS:
                lacking[value].append(report.nodeid)
    if not lacking:
        return
    terminalreporter.section("NOT RUN on this machine", sep="!", red=True, bold=True)
    for name, tests in sorted(lacking.items()):
        terminalreporter.write_line(f"{name} is missing, so {len(tests)} test(s) did not run:", red=True)
        for nodeid in sorted(tests)[:_NAMED]:
            terminalreporter.write_line(f"    {nodeid}")
        if len(tests) > _NAMED:
            terminalreporter.write_line(f"    ... and {len(tests) - _NAMED} more")
    missing_programs = [name for name in lacking if name != _CORPUS]
    if missing_programs:
        terminalreporter.write_line(f"To run them:  {programs.install_command(missing_programs)}", bold=True)
    if _CORPUS in lacking:
        terminalreporter.write_line(f"The corpus: set {programs.CORPUS} to a folder of recorded outputs.", bold=True)
