# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment is built once for each lock and Python, by the first way that works."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dev import environment
from dev.console import Failed


@dataclass
class Way:
    """An installer that only writes down that it ran."""

    name: str
    works: bool = True
    seconds: float = 0.0
    installed: list[Path] = field(default_factory=list)

    def install(self, venv: Path) -> None:
        assert not venv.exists(), "built on top of what was left behind"
        venv.mkdir(parents=True)
        time.sleep(self.seconds)
        self.installed.append(venv)
        if not self.works:
            raise Failed(f"{self.name} broke\nwith many lines")


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set an empty clone up with the given ways; more calls see what the first one left."""
    (tmp_path / "dev.txt").write_text("lock 1")
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "CACHE", tmp_path / ".cache")
    monkeypatch.setattr(environment, "VENV", tmp_path / ".cache/venv")
    monkeypatch.setattr(environment, "_STAMP", tmp_path / ".cache/venv/stamp")
    monkeypatch.setattr(environment, "LOCK", tmp_path / "dev.txt")
    monkeypatch.setattr(environment, "link_collection", lambda: None)

    def ensure(*ways: Way) -> None:
        def installers() -> Iterator[Way]:
            return iter(ways)

        monkeypatch.setattr(environment, "installers", installers)
        environment.ensure()

    return ensure


def test_a_second_call_installs_nothing(build: Callable[..., None]) -> None:
    way = Way("uv")
    build(way)
    build(way)
    assert len(way.installed) == 1


def test_another_lock_builds_anew(build: Callable[..., None], tmp_path: Path) -> None:
    way = Way("uv")
    build(way)
    (tmp_path / "dev.txt").write_text("lock 2")
    build(way)
    assert len(way.installed) == 2


def test_a_way_that_fails_gives_way_to_the_next(build: Callable[..., None]) -> None:
    uv, pip = Way("uv", works=False), Way("pip")
    build(uv, pip)
    assert pip.installed


def test_nothing_is_taken_as_done_that_failed(build: Callable[..., None]) -> None:
    with pytest.raises(Failed, match=r"(?s)PIP_INDEX_URL.*uv: uv broke\n  pip: pip broke"):
        build(Way("uv", works=False), Way("pip", works=False))
    way = Way("uv")
    build(way)
    assert way.installed


def test_two_calls_at_once_build_once(build: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    way = Way("uv", seconds=0.3)
    threads = [threading.Thread(target=build, args=(way,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(way.installed) == 1
    assert "Waiting for another ./run" in capsys.readouterr().err
