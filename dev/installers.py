# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways to fill an environment, the fastest first: uv from PATH, uv through pip, pip alone.

pip itself is this Python's own, or the wheel that the distribution or ensurepip has lying about, or pip's pinned
wheel from the package index, run without installing it.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from typing import Protocol

from dev.console import Failed, run_quietly, step, warn
from dev.package_index import fetch_wheel, has_ca_store, read_settings
from dev.places import CACHE, ROOT, home_is_writable

LOCK = ROOT / "requirements" / "dev.txt"
BOOTSTRAP_LOCK = ROOT / "requirements" / "bootstrap.txt"
_BOOTSTRAP = CACHE / "bootstrap"
#: python3-pip-whl of Debian and Ubuntu.
_DISTRIBUTION_WHEELS = Path("/usr/share/python-wheels")
_INSTALLED_PIP = ("-m", "pip")


class Installer(Protocol):
    """Fills a new environment with what the lock file names."""

    @property
    def name(self) -> str:
        """What it is and where it is from."""

    def install(self, venv: Path) -> None:
        """Make the environment ``venv`` (which must not exist) and install LOCK into it."""


@dataclass(frozen=True)
class Uv:
    """uv, 5 to 10 times faster than pip."""

    program: str
    name: str

    def install(self, venv: Path) -> None:
        env = uv_environment()
        quiet = ("--no-progress", "--no-python-downloads")
        step("make the environment", [self.program, "venv", *quiet, "--python", sys.executable, str(venv)], env=env)
        into = ["--python", str(venv / "bin/python")]
        install = [self.program, "pip", "install", *quiet, *into, "--require-hashes", "-r", str(LOCK)]
        step("install the pinned packages", install, env=env)


@dataclass(frozen=True)
class Pip:
    """pip, from wherever ``find_pip`` found it."""

    launcher: tuple[str, ...]
    name: str

    @property
    def command(self) -> list[str]:
        """How to run it with this Python."""
        return [sys.executable, *self.launcher]

    def install(self, venv: Path) -> None:
        # Without pip: a Debian without python3-venv has no ensurepip to put one in.
        step("make the environment", [sys.executable, "-m", "venv", "--without-pip", str(venv)])
        python = str(venv / "bin/python")
        # An installed pip is told which Python to serve; a wheel is simply run by that Python.
        pip = [*self.command, "--python", python] if self.launcher == _INSTALLED_PIP else [python, *self.launcher]
        step(
            "install the pinned packages (with pip: about a minute)",
            [*pip, "install", "--progress-bar=off", "--require-hashes", "-r", str(LOCK)],
            env=pip_environment(),
        )


def installers() -> Iterator[Installer]:
    """Every way that this machine has, to be tried in this order."""
    uv = shutil.which("uv")
    if uv:
        yield Uv(uv, f"uv from {uv}")
    pip = find_pip()
    try:
        program = uv_through_pip(pip)
    except Failed as failed:
        warn(f"   no uv for this machine, so pip does it all ({str(failed).splitlines()[-1]})")
    else:
        yield Uv(program, f"uv, brought by {pip.name}")
    yield pip


def find_pip() -> Pip:
    """The best pip there is.

    Raises:
        Failed: there is none and none could be downloaded.
    """
    on_this_machine = [
        Pip(_INSTALLED_PIP, "the pip of this Python"),
        *(Pip((f"{wheel}/pip",), f"{wheel.name} of this machine") for wheel in _wheels_on_this_machine()),
    ]
    for pip in on_this_machine:
        if run_quietly([*pip.command, "--version"], env=pip_environment()).code == 0:
            return pip
    lock = locked("pip")
    filename = f"pip-{lock.version}-py3-none-any.whl"
    wheel = _BOOTSTRAP / filename
    if not wheel.exists():
        warn(f"-> download {filename} (this machine has neither uv nor pip)")
        fetch_wheel(filename, lock.hashes, read_settings(os.environ), _BOOTSTRAP)
    return Pip((f"{wheel}/pip",), filename)


def _wheels_on_this_machine() -> Iterator[Path]:
    ensurepip = util.find_spec("ensurepip")
    bundled = Path(ensurepip.origin).parent / "_bundled" if ensurepip and ensurepip.origin else None
    for folder in (bundled, _DISTRIBUTION_WHEELS):
        if folder and folder.is_dir():
            yield from sorted(folder.glob("pip-*.whl"), reverse=True)


def uv_through_pip(pip: Pip) -> str:
    """Install the pinned uv into a folder of its own and return its path."""
    lock = locked("uv")
    folder = _BOOTSTRAP / f"uv-{lock.version}"
    program = folder / "bin" / "uv"
    if program.exists():
        return str(program)
    shutil.rmtree(folder, ignore_errors=True)
    _BOOTSTRAP.mkdir(parents=True, exist_ok=True)
    requirement = _BOOTSTRAP / "uv.txt"
    requirement.write_text(lock.text, encoding="utf-8")
    # --target: neither PEP 668 (Debian's "externally managed") nor a user-wide setting gets in the way.
    install = [
        *pip.command,
        "install",
        "--target",
        str(folder),
        "--no-deps",
        "--require-hashes",
        "-r",
        str(requirement),
    ]
    step(f"install uv {lock.version}", [*install, "--only-binary=:all:", "--progress-bar=off"], env=pip_environment())
    return str(program)


def uv_environment() -> dict[str, str]:
    """uv's variables: this Python and no other, the system's certificate authorities, pip's index unless uv has one."""
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    environment.pop("VIRTUAL_ENV", None)
    if not home_is_writable():
        environment.setdefault("UV_CACHE_DIR", str(CACHE / "uv"))
    if has_ca_store():  # else uv's own, built in
        environment["UV_SYSTEM_CERTS"] = "true"
    settings = read_settings(os.environ)
    if settings.index and not {"UV_DEFAULT_INDEX", "UV_INDEX_URL"} & environment.keys():
        environment["UV_DEFAULT_INDEX"] = settings.index
    if settings.ca_file:
        environment["SSL_CERT_FILE"] = settings.ca_file
    return environment


def pip_environment() -> dict[str, str]:
    """pip's variables: its index and certificates stay as configured, what would disturb an installation is off."""
    return {
        **os.environ,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
        "PIP_NO_INPUT": "1",
        "PIP_USER": "0",
        "PIP_REQUIRE_VIRTUALENV": "0",
    }


@dataclass(frozen=True)
class Locked:
    """One pinned requirement: its version, its SHA-256 values, its lines in the lock."""

    version: str
    hashes: frozenset[str]
    text: str


def locked(name: str) -> Locked:
    """The pin of ``name`` in requirements/bootstrap.txt."""
    text = BOOTSTRAP_LOCK.read_text(encoding="utf-8")
    found = re.search(rf"^{re.escape(name)}==(\S+).*\n(?:    .*\n)*", text, re.MULTILINE)
    if not found:
        raise Failed(f"{BOOTSTRAP_LOCK} has no pin for {name}; make it again with `./run lock`")
    return Locked(found[1], frozenset(re.findall(r"sha256:([0-9a-f]{64})", found[0])), found[0])
