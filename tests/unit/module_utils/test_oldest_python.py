# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The handshake runs on old vantage hosts: its grammar and its imports are those of Python 3.6."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.rdp.tls import TlsCertificates

FOLDER = Path(__file__).resolve().parents[3] / "plugins/module_utils"
FILES = sorted(FOLDER.glob("rdp_*.py"))
#: All of it is in Python 3.6.
STANDARD_LIBRARY = {
    "asyncio", "collections", "contextlib", "datetime", "errno", "hashlib", "ipaddress", "os", "re", "resource",
    "selectors", "socket", "ssl", "struct", "threading", "time", "typing",
}  # fmt: skip
CONFIRM = bytes.fromhex("03000013 0ed00000 123400 02000800 01000000")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_grammar_and_imports(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 6))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert {alias.name.split(".")[0] for alias in node.names} <= STANDARD_LIBRARY
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            assert node.module in STANDARD_LIBRARY
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 1, "module_utils imports only its neighbours"


def _old_pythons() -> Iterator[Path]:
    """Pythons that are older than the controller's, as pyenv installs them or a system has them."""
    places = [Path("/usr/bin"), Path("/usr/local/bin")]
    places += sorted((Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions").glob("3.*/bin"))
    for minor in (6, 7, 8, 9, 10):
        found = [place / f"python3.{minor}" for place in places if (place / f"python3.{minor}").exists()]
        yield from found[:1]


OLD_PYTHONS = list(_old_pythons())


@pytest.mark.skipif(not OLD_PYTHONS, reason="there is no Python between 3.6 and 3.10 here")
@pytest.mark.parametrize("python", OLD_PYTHONS, ids=lambda path: path.name)
def test_it_looks_with_an_old_python(python: Path) -> None:
    certificates = TlsCertificates()
    with socket.create_server(("127.0.0.1", 0)) as server:
        context = certificates.context(certificates.self_signed("web03"))
        threading.Thread(target=_answer_once, args=(server, context), daemon=True).start()
        script = (
            "import sys, json; sys.path.insert(0, sys.argv[1])\n"
            "from module_utils import rdp_scan\n"
            "print(json.dumps(rdp_scan.scan_target('127.0.0.1', int(sys.argv[2]), 5)))"
        )
        port = str(server.getsockname()[1])
        ran = subprocess.run(
            [str(python), "-B", "-W", "error", "-c", script, str(FOLDER.parent), port],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    seen = json.loads(ran.stdout)
    assert (seen["outcome"], seen["certificate"]["subject"]) == ("rdp", "CN=web03"), seen["summary"]


def _answer_once(server: socket.socket, context: ssl.SSLContext) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(19)
        connection.sendall(CONFIRM)
        # The probe has seen enough and hangs up.
        with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)
