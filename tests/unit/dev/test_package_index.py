# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""pip's wheel comes from the index that pip would use, and only with the pinned SHA-256."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dev.console import Failed
from dev.package_index import IndexSettings, fetch_wheel, read_settings

WHEEL = "pip-99.0-py3-none-any.whl"
CONTENT = b"not really a wheel"
HASHES = frozenset([hashlib.sha256(CONTENT).hexdigest()])
BASIC = "Basic " + base64.b64encode(b"me:se cret").decode()

_HTML = (
    "<html><body><a href='../../files/pip-98.whl#sha256=0'>pip-98.whl</a>"
    f"<a href='../../files/{WHEEL}'>\n{WHEEL}</a></body></html>"
)
_JSON = json.dumps(
    {"meta": {"api-version": "1.0"}, "files": [{"filename": WHEEL, "url": f"/files/{WHEEL}", "hashes": {}}]}
)
_ANSWERS = {
    "/html/pip/": ("text/html", _HTML.encode()),
    "/json/pip/": ("application/vnd.pypi.simple.v1+json", _JSON.encode()),
    "/empty/pip/": ("text/html", b"<html></html>"),
    "/private/pip/": ("application/vnd.pypi.simple.v1+json", _JSON.replace("/files/", "/private-files/").encode()),
    f"/files/{WHEEL}": ("application/octet-stream", CONTENT),
    f"/private-files/{WHEEL}": ("application/octet-stream", CONTENT),
}


class _Index(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path not in _ANSWERS:
            self.send_error(404)
            return
        if self.path.startswith("/private") and self.headers["Authorization"] != BASIC:
            self.send_error(401)
            return
        content_type, content = _ANSWERS[self.path]
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing between the test names."""


@pytest.fixture(scope="module")
def index() -> Iterator[str]:
    """The host and port of a package index that has one wheel."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Index) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("page", ["html", "html/", "json"])
def test_a_wheel_is_found_on_either_kind_of_page(index: str, page: str, tmp_path: Path) -> None:
    wheel = fetch_wheel(WHEEL, HASHES, IndexSettings(f"http://{index}/{page}"), tmp_path / "new")
    assert wheel == tmp_path / "new" / WHEEL
    assert wheel.read_bytes() == CONTENT
    assert list(wheel.parent.iterdir()) == [wheel]


def test_a_private_index_gets_its_password_for_page_and_file(index: str, tmp_path: Path) -> None:
    assert fetch_wheel(WHEEL, HASHES, IndexSettings(f"http://me:se%20cret@{index}/private"), tmp_path).exists()


def test_a_further_index_is_asked_when_the_first_has_nothing(index: str, tmp_path: Path) -> None:
    settings = IndexSettings(f"http://{index}/empty", extra=(f"http://{index}/missing", f"http://{index}/json"))
    assert fetch_wheel(WHEEL, HASHES, settings, tmp_path).exists()


def test_a_local_folder_is_an_index_too(tmp_path: Path) -> None:
    (tmp_path / "simple/pip").mkdir(parents=True)
    (tmp_path / "simple/pip/index.html").write_text(_HTML)
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / WHEEL).write_bytes(CONTENT)
    assert fetch_wheel(WHEEL, HASHES, IndexSettings(f"file://{tmp_path}/simple"), tmp_path / "new").exists()


def test_another_content_is_refused_and_not_kept(index: str, tmp_path: Path) -> None:
    with pytest.raises(Failed, match="wrong SHA-256"):
        fetch_wheel(WHEEL, frozenset(["0" * 64]), IndexSettings(f"http://{index}/json"), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_failure_names_every_index_and_no_password(index: str, tmp_path: Path) -> None:
    settings = IndexSettings(f"http://me:wrong@{index}/private", extra=(f"http://{index}/empty",))
    with pytest.raises(Failed) as failed:
        fetch_wheel(WHEEL, HASHES, settings, tmp_path)
    text = str(failed.value)
    assert f"{index}/private/pip/: HTTP Error 401" in text
    assert f"{index}/empty/pip/: does not have it" in text
    assert "wrong" not in text


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with pip's settings, and nothing of this machine's."""
    (tmp_path / ".config/pip").mkdir(parents=True)
    (tmp_path / ".config/pip/pip.conf").write_text(
        "[global]\nindex-url = https://global/simple\nextra-index-url =\n    https://one/simple\n    https://two/simple\n"
        "[install]\nindex_url = https://install/simple\n"
    )
    return tmp_path


def test_pip_files_are_read_as_pip_reads_them(home: Path) -> None:
    settings = read_settings({"HOME": str(home), "XDG_CONFIG_DIRS": str(home / "none")})
    assert settings.index == "https://install/simple"
    assert settings.extra == ("https://one/simple", "https://two/simple")


def test_a_variable_wins_over_the_file(home: Path) -> None:
    settings = read_settings({"HOME": str(home), "PIP_INDEX_URL": "https://variable/simple", "PIP_CERT": "/ca.pem"})
    assert settings.index == "https://variable/simple"
    assert settings.ca_file == "/ca.pem"


def test_uv_indexes_serve_when_pip_has_none(tmp_path: Path) -> None:
    environment = {
        "PIP_CONFIG_FILE": "/dev/null",
        "UV_DEFAULT_INDEX": "ours=https://uv/simple",
        "UV_INDEX": "b=https://b/s https://c/s?x=y",
    }
    settings = read_settings(environment)
    assert settings.index == "https://uv/simple"
    assert settings.extra == ("https://b/s", "https://c/s?x=y")


def test_nothing_configured_is_no_index() -> None:
    assert read_settings({"PIP_CONFIG_FILE": "/dev/null"}) == IndexSettings(None)


def test_a_broken_file_is_named(home: Path) -> None:
    (home / ".config/pip/pip.conf").write_text("index-url = before any section\n")
    with pytest.raises(Failed, match=r"pip\.conf cannot be read"):
        read_settings({"HOME": str(home)})
