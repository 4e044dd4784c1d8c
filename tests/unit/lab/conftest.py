# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the lab share: machines, a way to run a command line, and the corpus of real Windows outputs."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.faults import FAULTS
from lab.machine import Machine
from lab.testing import Corpus, CorpusBytes, MakeShell, Shell


@pytest.fixture
def corpus_bytes(corpus: Path) -> CorpusBytes:
    """Read a file of the corpus by tool and number, for example ``netstat/01``."""

    def read(name: str) -> bytes:
        found = sorted(corpus.glob(f"{name}_*"))
        assert len(found) == 1, f"{name}: {found}"
        return found[0].read_bytes()

    return read


@pytest.fixture
def corpus_text(corpus_bytes: CorpusBytes) -> Corpus:
    """The same as text with plain line ends."""
    return lambda name: corpus_bytes(name).decode("utf-8").replace("\r\n", "\n")


@pytest.fixture
def machine() -> Machine:
    """A healthy English server."""
    return Machine("srv1")


@pytest.fixture
def shell(machine: Machine) -> Shell:
    """A shell on the healthy English server."""
    return Shell(machine)


@pytest.fixture
def on() -> MakeShell:
    """A shell on a machine made to order: `on(language="de-DE", faults=("port-taken",))`."""

    def make(*, faults: tuple[str, ...] = (), **options: str) -> Shell:
        made = Machine("srv1", **options)  # type: ignore[arg-type]
        for name in faults:
            FAULTS[name].apply(made)
        return Shell(made)

    return make
