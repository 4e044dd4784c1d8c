# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A world of namespaces, and a display, for the tests that need one."""

from __future__ import annotations

import contextlib
import os
import typing as t

import pytest

from integration.reach.networks import NoNamespaces, World, world
from integration.reach.real_servers import virtual_display
from programs import REQUIRE


@pytest.fixture(scope="package")
def networks() -> t.Iterator[World]:
    """Vantages, a router with a firewall, and hosts. Skipped, or failed where all has to run, if that can't be had."""
    with contextlib.ExitStack() as stack:
        try:
            made = stack.enter_context(world())
        except NoNamespaces as refused:
            reason = f"needs network namespaces, and this system refuses them: {refused}"
            if os.environ.get(REQUIRE) == "1":
                pytest.fail(reason, pytrace=False)
            pytest.skip(reason)
        yield made


@pytest.fixture(scope="package")
def display(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[str]:
    """A display for FreeRDP, which insists on one."""
    with virtual_display(tmp_path_factory.mktemp("display") / "Xvfb.log") as name:
        yield name
