# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-test's sanity tests on what users install: the archive, unpacked where ansible-test wants a collection."""

from __future__ import annotations

import sys
import tarfile
import tempfile
from pathlib import Path

from dev import building
from dev.console import Ended, run_quietly
from dev.places import tool, tool_environment


def check() -> Ended:
    """Build the archive and test it with the Python that runs this.

    Raises:
        Failed: it could not be built.
    """
    archive = building.build_archive()
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    with tempfile.TemporaryDirectory(prefix="rdp-sanity-") as folder:
        place = Path(folder) / "ansible_collections/winops/rdp"
        place.mkdir(parents=True)
        with tarfile.open(archive) as tar:
            tar.extractall(place, filter="data")
        # Without --python it would try every interpreter in PATH, those of version managers that lead nowhere as well.
        command = [tool("ansible-test"), "sanity", "--local", "--python", python, "--color", "no"]
        return run_quietly(command, env=tool_environment(ANSIBLE_COLLECTIONS_PATH=folder), cwd=place)
