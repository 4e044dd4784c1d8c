# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where ``./run`` arrives: makes ``dev`` importable from any working directory and hands over to the verbs."""

from __future__ import annotations

import sys
from pathlib import Path

# Python put this file's own folder first; the modules here are to be found as `dev.<name>`,
# never as top-level names that could hide the standard library's.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from dev.verbs import main  # noqa: E402  (the path has to be right first)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
