# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The repair playbook goes through molecule's stages: check, converge, idempotence, verify."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

#: What has to have run, in this order; a stage that molecule left out is a failure as well.
STAGES = (
    *("destroy", "syntax", "create", "prepare", "check", "verify"),
    *("converge", "idempotence", "verify", "destroy"),
)


def test_the_default_scenario_passes(pytestconfig: pytest.Config, tmp_path: Path) -> None:
    programs = Path(sys.executable).parent
    environment = {
        **os.environ,
        # molecule calls ansible-config and ansible-playbook by name.
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        # A state of its own: what an interrupted run left behind would make molecule skip `create`.
        "MOLECULE_EPHEMERAL_DIRECTORY": str(tmp_path),
        "NO_COLOR": "1",
    }
    ran = subprocess.run(
        [programs / "molecule", "test", "--destroy=always"],
        cwd=pytestconfig.rootpath,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    executed = re.findall(r"^default > (\w+): Executed: Successful$", ran.stdout, re.MULTILINE)
    assert tuple(executed) == STAGES, ran.stdout
