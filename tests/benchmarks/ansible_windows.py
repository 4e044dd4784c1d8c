# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection ansible.windows, for comparison only: unpacked from the bundle `ansible` of the package index."""

from __future__ import annotations

import json
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from dev.console import Failed, run_quietly, say
from dev.installers import find_pip, pip_environment
from dev.places import CACHE

_COLLECTION = "ansible_collections/ansible/windows/"


@dataclass(frozen=True)
class Bundle:
    """A release of the bundle, and the SHA-256 of its wheel."""

    version: str
    sha256: str


#: The bundle that depends on each ansible-core which ./run installs (Requires-Dist in its metadata).
_BUNDLES = {
    "2.19": Bundle("12.3.0", "cd156f82fa87f7a899212b0efa9f7ca3a24d609212de9f78428a572eb01e5414"),
    "2.21": Bundle("14.5.0", "245623ccc2d31d0f6f4bdb63168d550cad305fb032cc43d96e8f61ce8ab0ba84"),
}


def fetch(core: str) -> Path:
    """The collection path that holds the ansible.windows of an ansible-core; downloaded once.

    Raises:
        Failed: no bundle is known for this ansible-core, or it could not be downloaded.
    """
    bundle = _BUNDLES.get(".".join(core.split(".")[:2]))
    if bundle is None:
        raise Failed(f"no release of the bundle ansible is known here for ansible-core {core}")
    folder = CACHE / "benchmarks" / f"ansible-{bundle.version}"
    if (folder / _COLLECTION / "MANIFEST.json").exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        say(f"Downloading ansible.windows, in the bundle ansible {bundle.version} (about 55 MB) ...")
        unpacked = _unpack(_download(bundle, Path(temporary)), Path(temporary) / "unpacked")
        unpacked.rename(folder)
    return folder


def version(folder: Path) -> str:
    """The version of ansible.windows in a collection path."""
    manifest = json.loads((folder / _COLLECTION / "MANIFEST.json").read_text(encoding="utf-8"))
    return str(manifest["collection_info"]["version"])


def _download(bundle: Bundle, folder: Path) -> Path:
    requirement = folder / "bundle.txt"
    requirement.write_text(f"ansible=={bundle.version} --hash=sha256:{bundle.sha256}\n", encoding="utf-8")
    options = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--progress-bar=off"]
    command = [*find_pip().command, "download", *options, "-d", str(folder), "-r", str(requirement)]
    ended = run_quietly(command, env=pip_environment())
    wheels = list(folder.glob("*.whl"))
    if ended.code or len(wheels) != 1:
        raise Failed(f"ansible {bundle.version} could not be downloaded:\n{ended.last_lines()}")
    return wheels[0]


def _unpack(wheel: Path, into: Path) -> Path:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(into, [name for name in archive.namelist() if name.startswith(_COLLECTION)])
    return into
