# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many targets in one look: their order, how many at once, and that one of them can't harm the others."""

from __future__ import annotations

import asyncio
import resource
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.module_utils import rdp_scan
from ansible_collections.winops.rdp.plugins.module_utils.rdp_errors import NetworkError
from ansible_collections.winops.rdp.plugins.module_utils.rdp_observation import Observation
from ansible_collections.winops.rdp.plugins.module_utils.rdp_scan import Target, files_for, scan_target, scan_targets
from ansible_collections.winops.rdp.plugins.module_utils.rdp_x224 import SSL, Confirm

Probe = t.Callable[..., t.Coroutine[t.Any, t.Any, Observation]]


@pytest.fixture
def probing(monkeypatch: pytest.MonkeyPatch) -> t.Callable[[Probe], None]:
    """Replace the handshake with a single target."""
    return lambda probe: monkeypatch.setattr(rdp_scan, "probe_target", probe)


def _rdp() -> Observation:
    seen = Observation()
    seen.outcome, seen.confirm, seen.connect = "rdp", Confirm(SSL), 0.001
    return seen


def test_results_come_in_the_order_of_the_targets(probing: t.Callable[[Probe], None]) -> None:
    async def probe(loop: asyncio.AbstractEventLoop, name: str | None, addresses: t.Any, *_: t.Any) -> Observation:
        await asyncio.sleep(0.001 * (20 - addresses[0].sockaddr[1]))
        return _rdp()

    probing(probe)
    targets = [Target("127.0.0.1", port) for port in range(1, 20)]
    seen = scan_targets(targets, timeout=5, tries=1, max_parallel=7)
    assert [entry["port"] for entry in seen] == [target.port for target in targets]


@pytest.mark.parametrize("most", [1, 4, 100])
def test_no_more_are_scanned_at_the_same_time_than_allowed(probing: t.Callable[[Probe], None], most: int) -> None:
    running = highest = 0

    async def probe(*_: t.Any) -> Observation:
        nonlocal running, highest
        running += 1
        highest = max(highest, running)
        await asyncio.sleep(0.005)
        running -= 1
        return _rdp()

    probing(probe)
    scan_targets([Target("127.0.0.1")] * 20, timeout=5, tries=1, max_parallel=most)
    assert highest == min(most, 20)


def test_a_bug_with_one_target_does_not_hide_the_others(probing: t.Callable[[Probe], None]) -> None:
    async def probe(loop: asyncio.AbstractEventLoop, name: str | None, addresses: t.Any, *_: t.Any) -> Observation:
        if addresses[0].text == "127.0.0.2":
            raise ZeroDivisionError("oops")
        if addresses[0].text == "127.0.0.3":
            raise NetworkError("prohibited", "Operation not permitted")
        return _rdp()

    probing(probe)
    seen = scan_targets([Target(f"127.0.0.{last}") for last in (1, 2, 3)], timeout=5, tries=2, max_parallel=3)
    assert [entry["outcome"] for entry in seen] == ["rdp", "unknown", "prohibited"]
    assert "ZeroDivisionError: oops" in seen[1]["summary"]
    assert len(seen[1]["tries"]) == 2


def test_details_are_asked_until_remote_desktop_has_answered_once(probing: t.Callable[[Probe], None]) -> None:
    asked: list[bool] = []

    async def probe(*arguments: t.Any) -> Observation:
        asked.append(arguments[-1])
        return _rdp() if len(asked) >= 2 else Observation()

    probing(probe)
    scan_target("127.0.0.1", tries=4)
    assert asked == [True, True, False, False]


@pytest.mark.parametrize(
    ("host", "name"),
    [("web03.example.com.", "web03.example.com"), ("127.0.0.1", None), ("::1", None), ("fe80::1%lo", None)],
)
def test_only_names_are_told_to_tls(host: str, name: str | None) -> None:
    # RFC 6066, 3: "Literal IPv4 and IPv6 addresses are not permitted", and no trailing dot.
    assert rdp_scan._server_name(host) == name


def test_a_process_with_few_files_scans_fewer_targets(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = [256, 256]
    monkeypatch.setattr(resource, "getrlimit", lambda _: tuple(limits))
    monkeypatch.setattr(resource, "setrlimit", lambda _, wanted: limits.__setitem__(slice(None), wanted))
    assert files_for(10) == 10 and limits == [256, 256], "nothing is raised without need"
    assert files_for(1000) == 78 and limits == [256, 256]
    limits[1] = 5000
    assert files_for(1000) == 1000 and limits[0] == 2100
    limits[:] = [256, resource.RLIM_INFINITY]
    assert files_for(1000) == 1000 and limits[0] == 2100
    limits[:] = [resource.RLIM_INFINITY, resource.RLIM_INFINITY]
    assert files_for(1000) == 1000


def test_a_system_that_allows_less_than_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: t.Any) -> None:
        raise ValueError("current limit exceeds maximum limit")

    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    assert files_for(1000) == 78
    monkeypatch.setattr(resource, "getrlimit", lambda _: (20, 20))
    assert files_for(1000) == 1
