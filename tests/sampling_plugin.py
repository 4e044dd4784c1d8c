# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""pytest: a run that takes only a part of something (sampling.py) says so before it begins, and at the end how much.

The option ``--exhaustive`` takes everything, as ``RDP_EXHAUSTIVE=1`` does.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Any

import pytest

import sampling

#: Under which name an xdist worker hands over what it left out, and where the run keeps what all of them did.
_OUTPUT = "sampled"
_RECORD = pytest.StashKey[sampling.Record]()
_ALL = "./run test --exhaustive (or RDP_EXHAUSTIVE=1) takes everything."


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--exhaustive", action="store_true", help="take every case of what a usual run takes a sample of")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("exhaustive"):
        os.environ[sampling.EXHAUSTIVE] = "1"
    config.stash[_RECORD] = {}


def pytest_report_header() -> str:
    if sampling.is_exhaustive():
        return "sampling: none, everything is taken"
    return f"sampling: seed {sampling.seed()} ({sampling.SEED}); {_ALL}"


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """An xdist worker has ended; one that crashed hands nothing over."""
    _add(node.config, getattr(node, "workeroutput", {}).get(_OUTPUT, {}))


def _add(config: pytest.Config, more: sampling.Record) -> None:
    for what, groups in more.items():
        config.stash[_RECORD].setdefault(what, {}).update(groups)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None]:
    """Say after the tests' own summary what was left out; a worker hands it over instead."""
    config = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput[_OUTPUT] = sampling.record()
        yield
        return
    yield
    _add(config, sampling.record())
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and config.stash[_RECORD]:
        _report(reporter, config.stash[_RECORD])


def _report(terminalreporter: pytest.TerminalReporter, record: sampling.Record) -> None:
    terminalreporter.section(f"SAMPLED with seed {sampling.seed()}: not everything was run", yellow=True, bold=True)
    for what, groups in sorted(record.items()):
        cases, of = (sum(taken[part] for taken in groups.values()) for part in (0, 1))
        terminalreporter.write_line(f"{cases} of {of} {what}")
    terminalreporter.write_line(_ALL, bold=True)
