# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetch one pinned wheel from the configured Python package index, with the standard library alone.

A bare Debian has neither pip nor ensurepip, so pip's own wheel has to come from somewhere. It is looked up as pip
would: in the index that the environment or pip's configuration files name, else in the public default, through the
simple repository API (https://packaging.python.org/specifications/simple-repository-api/). What arrives is accepted
only with a SHA-256 from requirements/bootstrap.txt.
"""

from __future__ import annotations

import base64
import configparser
import hashlib
import json
import os
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from dev.console import Failed

#: pip's own default (pip._internal.models.index.PyPI), used only where nothing else is configured.
_PUBLIC_INDEX = "https://pypi.org/simple"
_TIMEOUT_SECONDS = 60
_ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"


@dataclass(frozen=True)
class IndexSettings:
    """Where packages come from on this machine: the index (None: nobody configured one), further ones, a CA file."""

    index: str | None
    extra: tuple[str, ...] = ()
    ca_file: str | None = None


def pip_configuration_files(environment: Mapping[str, str]) -> list[Path]:
    """pip's configuration files, the weightier ones last (https://pip.pypa.io/en/stable/topics/configuration/)."""
    named = environment.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return []
    home = Path(environment["HOME"]) if environment.get("HOME") else Path("~").expanduser()
    system = [Path(folder) / "pip/pip.conf" for folder in environment.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":")]
    user = Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "pip/pip.conf"
    return [*system, Path("/etc/pip.conf"), home / ".pip/pip.conf", user, *([Path(named)] if named else [])]


def read_settings(environment: Mapping[str, str]) -> IndexSettings:
    """What uv's and pip's variables and pip's files say about the index; variables win, as they do for pip."""
    configured: dict[str, str] = {}
    for path in pip_configuration_files(environment):
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError, OSError) as error:
            raise Failed(f"pip's configuration file {path} cannot be read: {error}") from error
        for section in ("global", "install"):
            if parser.has_section(section):
                configured.update({name.replace("_", "-"): value for name, value in parser.items(section)})
    for name in ("index-url", "extra-index-url", "cert"):
        value = environment.get("PIP_" + name.upper().replace("-", "_"))
        if value:
            configured[name] = value
    uv_index = environment.get("UV_DEFAULT_INDEX") or environment.get("UV_INDEX_URL")
    return IndexSettings(
        # uv accepts NAME=URL.
        index=configured.get("index-url") or (uv_index and _without_name(uv_index)) or None,
        extra=tuple(
            _without_name(url)
            for url in (*configured.get("extra-index-url", "").split(), *environment.get("UV_INDEX", "").split())
        ),
        ca_file=configured.get("cert") or environment.get("SSL_CERT_FILE") or environment.get("REQUESTS_CA_BUNDLE"),
    )


def _without_name(index: str) -> str:
    name, separator, url = index.partition("=")
    return url if separator and "://" not in name else index


def has_ca_store() -> bool:
    """Whether this machine has any certificate authorities; a minimal Debian has none."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile:
        return True
    folder = Path(paths.capath) if paths.capath else None
    return bool(folder and folder.is_dir() and any(folder.iterdir()))


def fetch_wheel(filename: str, hashes: frozenset[str], settings: IndexSettings, target: Path) -> Path:
    """Download the wheel ``filename`` into the folder ``target``.

    Args:
        filename: the wheel's full name; its first part is the project asked for.
        hashes: the accepted SHA-256 values.
        settings: where to ask.
        target: an existing or new folder.

    Raises:
        Failed: no index gave it; the message says what each one answered.
    """
    project = filename.partition("-")[0].lower().replace("_", "-")
    answers = []
    for index in (settings.index or _PUBLIC_INDEX, *settings.extra):
        page = f"{index.rstrip('/')}/{project}/"
        try:
            url = _find_link(page, filename, settings)
            content = _get(url, settings)[0] if url else b""
        except (OSError, ValueError) as error:
            answers.append(f"{_without_password(page)}: {error}")
            continue
        if not url:
            answers.append(f"{_without_password(page)}: does not have it")
            continue
        if hashlib.sha256(content).hexdigest() not in hashes:
            answers.append(f"{_without_password(url)}: wrong SHA-256")
            continue
        target.mkdir(parents=True, exist_ok=True)
        wheel = target / filename
        part = wheel.with_suffix(".part")
        part.write_bytes(content)
        part.replace(wheel)
        return wheel
    raise Failed(f"could not download {filename}:\n  " + "\n  ".join(answers))


def _find_link(page: str, filename: str, settings: IndexSettings) -> str | None:
    content, content_type, final = _get_page(page, settings)
    if content_type.endswith("+json"):
        links = [(entry["filename"], entry["url"]) for entry in json.loads(content)["files"]]
    else:
        links = _Links.of(content.decode("utf-8", "replace"))
    for name, link in links:
        if name == filename:
            return _with_credentials(urllib.parse.urldefrag(urllib.parse.urljoin(final, link)).url, page)
    return None


def _get_page(page: str, settings: IndexSettings) -> tuple[bytes, str, str]:
    if page.startswith("file:"):  # a local index is a tree of index.html files; urllib would list the folder
        page += "index.html"
    content, content_type, final = _get(page, settings)
    return content, content_type, _with_credentials(final, page)


def _get(url: str, settings: IndexSettings) -> tuple[bytes, str, str]:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("https", "http", "file"):
        raise ValueError(f"scheme {parts.scheme!r} is not supported")
    host = parts.netloc.rpartition("@")[2]
    request = urllib.request.Request(urllib.parse.urlunsplit(parts._replace(netloc=host)), headers={"Accept": _ACCEPT})
    if parts.username is not None:
        pair = f"{urllib.parse.unquote(parts.username)}:{urllib.parse.unquote(parts.password or '')}"
        request.add_unredirected_header("Authorization", "Basic " + base64.b64encode(pair.encode()).decode())
    context = _tls(settings, secret=parts.username is not None) if parts.scheme == "https" else None
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS, context=context) as answer:
        return answer.read(), answer.headers.get_content_type(), answer.geturl()


def _tls(settings: IndexSettings, *, secret: bool) -> ssl.SSLContext:
    """The TLS context: the configured authorities, else the system's.

    On a machine without a single authority nothing can be verified. There the download still may happen, unless a
    password would travel with it, because the file is accepted by its pinned SHA-256 alone; pip then brings its own.
    """
    if settings.ca_file:
        return ssl.create_default_context(cafile=settings.ca_file)
    context = ssl.create_default_context()
    if not has_ca_store() and not secret:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _with_credentials(url: str, source: str) -> str:
    """``url`` with the user and password of ``source``, if both are on the same host."""
    origin, parts = urllib.parse.urlsplit(source), urllib.parse.urlsplit(url)
    if "@" not in origin.netloc or "@" in parts.netloc or origin.netloc.rpartition("@")[2] != parts.netloc:
        return url
    return urllib.parse.urlunsplit(parts._replace(netloc=origin.netloc))


def _without_password(url: str) -> str:
    parts = urllib.parse.urlsplit(url)
    return urllib.parse.urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


class _Links(HTMLParser):
    """The anchors of a simple index page: (text, href)."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._href: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._href = dict(attrs).get("href")

    def handle_data(self, data: str) -> None:
        if self._href and data.strip():
            self.found.append((data.strip(), self._href))
            self._href = None

    @classmethod
    def of(cls, page: str) -> list[tuple[str, str]]:
        links = cls()
        links.feed(page)
        return links.found
