# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the locks again: one file for every Python and platform, with hashes."""

from __future__ import annotations

from dev.console import Failed, step
from dev.installers import find_pip, uv_environment, uv_through_pip
from dev.places import ROOT

_OLDEST_PYTHON = "3.11"


def lock(arguments: list[str]) -> int:
    """Resolve requirements/*.in with the pinned uv; what is already locked stays unless its pin changed."""
    if arguments:
        raise Failed("lock takes nothing; to upgrade a package, change its pin in requirements/dev.in.")
    uv = uv_through_pip(find_pip())
    for source in sorted((ROOT / "requirements").glob("*.in")):
        target = source.with_suffix(".txt")
        command = [uv, "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-annotate"]
        # The lock is to say nothing about the machine it was made on.
        command += ["--no-header", "--no-emit-index-url", "--no-emit-find-links"]
        command += ["--python-version", _OLDEST_PYTHON, str(source), "-o", str(target)]
        step(f"lock {source.name}", command, env=uv_environment())
    return 0
