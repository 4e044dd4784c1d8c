# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README's first command does what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dev.demo import HOSTS

_RECAP = re.compile(r"^(\S+) +: ok=\d+ +changed=(\d+) +unreachable=0 +failed=0 ", re.MULTILINE)


def test_the_demo_ends_with_healthy_hosts(pytestconfig: pytest.Config) -> None:
    root = pytestconfig.rootpath
    programs = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(root / "tests"),
    }
    ran = subprocess.run(
        [sys.executable, "-P", root / "dev/demo.py"],
        cwd="/",
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    audit, repair, again = (dict(_RECAP.findall(part)) for part in ran.stdout.split("PLAY RECAP")[1:])
    assert len(audit) >= 6
    assert set(audit.values()) == set(again.values()) == {"0"}
    # One change for each fault.
    assert repair == {host.name: str(len(host.faults)) for host in HOSTS}
    assert f"Remote Desktop on {len(again)} hosts: {len(again)} healthy\n" in ran.stdout
    assert ran.stdout.rstrip().endswith("./run ansible-playbook winops.rdp.repair -i hosts.yml -k")
