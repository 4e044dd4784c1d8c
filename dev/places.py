# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things are in the clone, and the environment in which its tools run."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Everything that is made here and can be made again: ``./run clean`` removes it.
CACHE = ROOT / ".cache"
#: One environment for each Python, so that changing RDP_PYTHON does not rebuild the other one.
VENV = CACHE / f"venv-{sys.version_info.major}.{sys.version_info.minor}"
COLLECTIONS = CACHE / "collections"
COLLECTION_LINK = COLLECTIONS / "ansible_collections" / "winops" / "rdp"
LAB_PATH = ROOT / "tests"

#: Where ansible-core looks when nobody says anything (its COLLECTIONS_PATHS default).
_ANSIBLE_DEFAULT_COLLECTIONS = "~/.ansible/collections:/usr/share/ansible/collections"


def link_collection() -> None:
    """Make ``ansible_collections/winops/rdp`` point to the clone.

    The link is relative, so a moved clone stays right, and is put in place by a rename,
    so two calls at once do not disturb each other.
    """
    target = os.path.relpath(ROOT, COLLECTION_LINK.parent)
    if COLLECTION_LINK.is_symlink() and COLLECTION_LINK.readlink() == Path(target):
        return
    COLLECTION_LINK.parent.mkdir(parents=True, exist_ok=True)
    fresh = COLLECTION_LINK.with_name(f".rdp-{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target, target_is_directory=True)
    fresh.replace(COLLECTION_LINK)


def collections_path(environment: dict[str, str]) -> str:
    """The collection path with this clone first and whatever the caller had behind it."""
    ours = str(COLLECTIONS)
    others = environment.get("ANSIBLE_COLLECTIONS_PATH") or _ANSIBLE_DEFAULT_COLLECTIONS
    return ":".join([ours, *(path for path in others.split(":") if path and path != ours)])


def home_is_writable() -> bool:
    """Whether there is a home to keep caches in; a service account's often is not."""
    home = Path("~").expanduser()
    return home.is_dir() and os.access(home, os.W_OK)


def tool_environment(**more: str) -> dict[str, str]:
    """The environment variables for any program of the installed environment, with ``more`` on top."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}
    environment.update(
        # First in PATH: molecule and ansible-lint call ansible-config and ansible-playbook by name.
        PATH=f"{VENV / 'bin'}{os.pathsep}{environment.get('PATH', os.defpath)}",
        VIRTUAL_ENV=str(VENV),
        ANSIBLE_COLLECTIONS_PATH=collections_path(environment),
        # Ansible refuses to start in a locale that is not UTF-8 or not generated; this one always is there.
        LC_ALL="C.UTF-8",
    )
    if not home_is_writable():  # Ansible refuses to start without
        home = CACHE / "home"
        home.mkdir(parents=True, exist_ok=True)
        environment["HOME"] = str(home)
        # For modules on this machine itself, Ansible asks the user database where the home is.
        environment.setdefault("ANSIBLE_REMOTE_TMP", str(home / ".ansible/tmp"))
    environment.update(more)
    return environment


def tool(name: str) -> str:
    """The path of a program in the installed environment."""
    return str(VENV / "bin" / name)
