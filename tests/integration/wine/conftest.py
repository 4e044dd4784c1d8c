# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wine as a host: made once for a run of the tests, cloned for each file of them."""

from __future__ import annotations

import shutil
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.probes import WINSTATIONS_KEY
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import reg

from integration.wine.hosts import Host, LabHost, WineHost
from integration.wine.prefix import Prefix
from lab.machine import Machine

Pair = tuple[Host, Host]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Prefix]:
    """A prefix that nobody changes."""
    folder = tmp_path_factory.mktemp("wine") / "template"
    yield Prefix.made(folder)
    # pytest keeps the folders of three runs, and this one is large.
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def prefix(template: Prefix, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Prefix]:
    """A prefix with a registry of its own. It takes a second to start, so each test seeds what it needs."""
    with template.clone(tmp_path_factory.mktemp("wine") / "clone") as clone:
        yield clone


@pytest.fixture(scope="module")
def machine() -> Machine:
    """A host of the lab."""
    return Machine("srv1")


@pytest.fixture(scope="module")
def hosts(prefix: Prefix, machine: Machine) -> Pair:
    """Wine and the lab, for lines that have to do the same on both."""
    wine = WineHost(prefix)
    # Every Windows has these, and Wine nothing: a key that lists nothing at all is one that could not be read.
    wine.must(
        reg.add(WINSTATIONS_KEY, "SelfSignedCertStore", "REG_SZ", "Remote Desktop"),
        reg.add(WINSTATIONS_KEY + r"\Console", "Shadow", "REG_DWORD", 1),
    )
    return wine, LabHost(machine)
