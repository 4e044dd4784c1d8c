# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Set the clone up: an environment with the pinned packages, once for each Python and each lock."""

from __future__ import annotations

import fcntl
import hashlib
import platform
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from dev.console import Failed, warn
from dev.installers import LOCK, installers
from dev.package_index import has_ca_store
from dev.places import CACHE, ROOT, VENV, link_collection

_STAMP = VENV / ".rdp-stamp"
_NO_INSTALLER = """\
The environment could not be set up. It needs a Python package index; what pip and uv are told about it
is honoured (PIP_INDEX_URL, pip.conf, UV_DEFAULT_INDEX, https_proxy, SSL_CERT_FILE). Tried:"""


def ensure() -> None:
    """Return at once if the environment is as the lock says, else build it; progress is shown.

    Raises:
        Failed: no installer could do it.
    """
    link_collection()
    if _is_fresh():
        return
    with _only_one():
        if not _is_fresh():  # another call may have built it while we waited
            _build()


def _build() -> None:
    started = time.monotonic()
    warn(f"Setting up {VENV.relative_to(ROOT)} with Python {platform.python_version()} ({sys.executable})")
    failures = []
    for installer in installers():
        shutil.rmtree(VENV, ignore_errors=True)
        warn(f"   using {installer.name}")
        try:
            installer.install(VENV)
        except Failed as failed:
            warn(str(failed))
            failures.append(f"{installer.name}: {str(failed).splitlines()[0]}")
            continue
        _STAMP.write_text(_fingerprint(), encoding="utf-8")
        warn(f"Set up in {time.monotonic() - started:.0f} s.\n")
        return
    if not has_ca_store():
        failures.append("This machine has no certificate authorities: apt-get install ca-certificates")
    raise Failed("\n  ".join([_NO_INSTALLER, *failures]))


def _is_fresh() -> bool:
    try:
        return _STAMP.read_text(encoding="utf-8") == _fingerprint()
    except OSError:
        return False


def _fingerprint() -> str:
    """What the environment depends on: the lock, the Python, and the place (scripts in it hold absolute paths)."""
    parts = (LOCK.read_text(encoding="utf-8"), sys.version, sys.base_prefix, platform.machine(), str(VENV))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@contextmanager
def _only_one() -> Iterator[None]:
    """Hold the set-up lock; the kernel gives it back when the process ends, however it ends."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            warn("Waiting for another ./run that is setting up this clone ...")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
