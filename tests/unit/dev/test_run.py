# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""./run finds a Python, knows its verbs and says clearly what it cannot do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dev import installers, places, verbs
from dev.console import Failed, step

RUN = places.ROOT / "run"


def _run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "RDP_PYTHON": sys.executable, **environment}
    return subprocess.run([RUN, *arguments], env=env, capture_output=True, text=True, timeout=60, check=False)


def test_help_names_every_verb() -> None:
    ran = _run("help")
    assert ran.returncode == 0
    for verb in verbs.VERBS:
        assert f"\n  {verb.name} " in ran.stdout


def test_an_unknown_verb_gets_the_list() -> None:
    ran = _run("tset")
    assert ran.returncode == 2
    assert "no verb 'tset'" in ran.stderr
    assert all(name in ran.stderr for name in (*(verb.name for verb in verbs.VERBS), *verbs.PROGRAMS))


def test_a_wrong_python_is_refused_by_name() -> None:
    ran = _run("help", RDP_PYTHON="/bin/true-or-not")
    assert ran.returncode == 2
    assert "RDP_PYTHON=/bin/true-or-not is not a Python 3.11" in ran.stderr


def test_a_python_that_only_prints_an_error_is_passed_over(tmp_path: Path) -> None:
    """As a version manager's shim does for a version that is installed but not chosen."""
    shim = tmp_path / "python3.13"
    shim.write_text("#!/bin/sh\necho 'not active' >&2\nexit 127\n")
    shim.chmod(0o755)
    (tmp_path / "python3.12").symlink_to(sys.executable)
    for name in ("dirname", "cat"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    ran = _run("help", RDP_PYTHON="", PATH=str(tmp_path))
    assert ran.returncode == 0, ran.stderr


def test_no_python_at_all_says_what_to_install(tmp_path: Path) -> None:
    for name in ("dirname", "cat"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    ran = _run("help", RDP_PYTHON="", PATH=str(tmp_path))
    assert ran.returncode == 2
    assert "apt-get install python3" in ran.stderr


def test_the_collection_is_found_through_the_link() -> None:
    places.link_collection()
    assert places.COLLECTION_LINK.resolve() == places.ROOT
    assert not places.COLLECTION_LINK.readlink().is_absolute()


def test_our_collection_comes_first_and_the_callers_stay() -> None:
    ours = str(places.COLLECTIONS)
    assert places.collections_path({"ANSIBLE_COLLECTIONS_PATH": f"/a:{ours}:/b"}) == f"{ours}:/a:/b"
    assert places.collections_path({}).startswith(f"{ours}:")


@pytest.mark.parametrize("name", ["pip", "uv"])
def test_the_bootstrap_lock_has_version_and_hashes(name: str) -> None:
    lock = installers.locked(name)
    assert lock.version[0].isdigit()
    assert lock.hashes
    assert lock.text.startswith(f"{name}=={lock.version}")
    assert lock.text.count("sha256:") == len(lock.hashes)


def test_a_step_that_fails_shows_the_end_of_its_output(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Failed, match=r"(?s)exit code 3 .*the reason"):
        step("try", ["/bin/sh", "-c", "echo the reason; exit 3"])
    assert "-> try" in capsys.readouterr().err


def test_a_step_without_its_program_is_a_failure() -> None:
    with pytest.raises(Failed, match="no-such-program"):
        step("try", ["/no-such-program"])
