# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""pytest's way into the collection: ``ansible_collections.winops.rdp`` is this clone, wherever it lies."""

from __future__ import annotations

import os

# Read when hypothesis is imported, which is later.
from dev.places import CACHE, collections_path, link_collection

os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(CACHE / "hypothesis"))
# Before ansible is imported: it reads its collection path once.
os.environ["ANSIBLE_COLLECTIONS_PATH"] = collections_path(dict(os.environ))
link_collection()

from ansible.plugins.loader import init_plugin_loader  # noqa: E402  (see above)

init_plugin_loader()

pytest_plugins = ["programs_plugin", "sampling_plugin", "pytester"]

# Imported after the folder above was named.
from hypothesis import settings  # noqa: E402

# The same examples on every run of CI, so that a change is not red for what it did not touch; new ones everywhere else,
# and on request with --hypothesis-profile=fresh. A slow machine is no failure.
_usual = settings.get_profile("default")
settings.register_profile("fresh", _usual, deadline=None, print_blob=True)
settings.register_profile("fixed", _usual, deadline=None, print_blob=True, derandomize=True, database=None)
settings.load_profile("fixed" if os.environ.get("CI") else "fresh")
