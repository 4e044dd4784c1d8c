# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""pytest's way into the collection: ``ansible_collections.winops.rdp`` is this clone, wherever it lies."""

from __future__ import annotations

import os

# Read when hypothesis is imported, which is later.
from tools.places import CACHE, collections_path, link_collection

os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(CACHE / "hypothesis"))
# Before ansible is imported: it reads its collection path once.
os.environ["ANSIBLE_COLLECTIONS_PATH"] = collections_path(dict(os.environ))
link_collection()

from ansible.plugins.loader import init_plugin_loader  # noqa: E402  (see above)

init_plugin_loader()

pytest_plugins = ["programs_plugin", "pytester"]
