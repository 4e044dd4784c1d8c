# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the collection's archive, see that it is clean and installs, and clean up."""

from __future__ import annotations

import shutil
import tarfile
import tempfile
from pathlib import Path

from dev.console import Failed, run_quietly, say
from dev.places import CACHE, ROOT, tool, tool_environment

BUILD = CACHE / "build"
#: What an installed collection consists of; anything else in the archive slipped past galaxy.yml's build_ignore.
SHIPPED = {
    *("CHANGELOG.md", "CONTRIBUTING.md", "FILES.json", "LICENSE", "MANIFEST.json", "README.md", "bindep.txt"),
    *("changelogs", "docs", "meta", "playbooks", "plugins", "requirements", "roles", "tests"),
}
#: What tools leave in the clone outside .cache.
_LEFTOVERS = (".ansible", ".coverage", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache")


def build(arguments: list[str]) -> int:
    """Build into .cache/build, install the archive offline into an empty folder and read the documentation there."""
    if arguments:
        raise Failed("build takes nothing.")
    archive = build_archive()
    names = archive_members(archive)
    say(f"built      {archive.relative_to(ROOT)} ({archive.stat().st_size // 1024} KiB, {len(names)} files)")
    say(f"installed  {check_install(archive)} modules documented by the installed archive")
    return 0


def build_archive() -> Path:
    """The archive's path.

    Raises:
        Failed: it could not be built, or holds something that does not belong to a collection.
    """
    BUILD.mkdir(parents=True, exist_ok=True)
    for old in BUILD.glob("*.tar.gz"):
        old.unlink()
    command = [tool("ansible-galaxy"), "collection", "build", "--force", "--output-path", str(BUILD), str(ROOT)]
    ended = run_quietly(command, env=tool_environment())
    archives = list(BUILD.glob("*.tar.gz"))
    if ended.code or len(archives) != 1:
        raise Failed(f"ansible-galaxy collection build failed:\n{ended.last_lines()}")
    names = archive_members(archives[0])
    hidden = {name for name in names if "/." in name and not name.endswith("/.keep")}
    tests = {name for name in names if name.startswith("tests/") and not name.startswith("tests/sanity/")}
    strangers = sorted(hidden | tests | ({name.partition("/")[0] for name in names} - SHIPPED))
    if strangers:
        raise Failed(f"The archive holds what no user needs: {', '.join(strangers)} (see build_ignore in galaxy.yml).")
    return archives[0]


def archive_members(archive: Path) -> list[str]:
    """The names of the files in the archive."""
    with tarfile.open(archive) as tar:
        return [member.name for member in tar.getmembers() if not member.isdir()]


def check_install(archive: Path) -> int:
    """Install the archive where nothing else is, without a network, and count the modules ansible-doc knows there."""
    with tempfile.TemporaryDirectory(prefix="rdp-build-") as folder:
        env = tool_environment(ANSIBLE_COLLECTIONS_PATH=folder)
        install = [tool("ansible-galaxy"), "collection", "install", "--offline", "-p", folder, str(archive)]
        documented = [tool("ansible-doc"), "-t", "module", "--list", "--json", "winops.rdp"]
        output = ""
        for command in (install, documented):
            ended = run_quietly(command, env=env, cwd=Path(folder))
            output = ended.output
            if ended.code:
                raise Failed(f"{' '.join(command)}:\n{ended.last_lines()}")
        modules = {line.split('"')[1] for line in output.splitlines() if '"winops.rdp.' in line}
        sources = (ROOT / "plugins/modules").glob("*.py")
        present = {f"winops.rdp.{path.stem}" for path in sources if path.stem != "__init__"}
        if modules != present:
            raise Failed(f"ansible-doc of the installed archive does not list {sorted(present ^ modules)}:\n{output}")
        return len(modules)


def clean(arguments: list[str]) -> int:
    """Remove what was made here; the next call of ./run installs again."""
    if arguments:
        raise Failed("clean takes nothing.")
    for path in (CACHE, *(ROOT / name for name in _LEFTOVERS), *ROOT.rglob("__pycache__")):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    say("Removed .cache and what tools left behind.")
    return 0
