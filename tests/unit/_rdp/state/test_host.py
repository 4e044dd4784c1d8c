# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One host: each part is derived once, and one that can't be read costs nothing else."""

from __future__ import annotations

import datetime
import functools
import inspect
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks import CHECKS
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Expectation, Probe
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.host import Host, known
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.listener import Listener
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.services import Service

from unit._rdp.hosts import host_of
from unit._rdp.state.outputs import listing, readings

PARTS = sorted(name for name, part in inspect.getmembers(Host) if isinstance(part, functools.cached_property))
CLOCK = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC)


class Counting(Readings):
    """Readings that count how often each probe is asked for."""

    def __init__(self, seen: Readings) -> None:
        super().__init__(seen._outputs)
        self.counts: dict[Probe[t.Any], int] = {}

    def of(self, probe: Probe[t.Any]) -> t.Any:
        """Return what a probe read."""
        self.counts[probe] = self.counts.get(probe, 0) + 1
        return super().of(probe)


@functools.cache
def _healthy() -> Readings:
    return host_of(CHECKS).readings


def _value(host: Host, part: str) -> object:
    value = getattr(host, part)
    # These are derived part by part.
    if isinstance(value, Service):
        return value.state, value.config
    return (value.key, value.tree, value.others) if isinstance(value, Listener) else value


@pytest.mark.parametrize("part", PARTS)
def test_each_part_is_derived_once(part: str) -> None:
    seen = Counting(_healthy())
    host = Host(seen)
    try:
        first = _value(host, part)
    except UnreadableError as error:
        # Nobody asks a healthy host for it.
        assert "was not run on the host" in str(error)
        return
    counts = dict(seen.counts)
    assert _value(host, part) == first and seen.counts == counts


def test_nothing_is_derived_before_it_is_asked_for() -> None:
    seen = Counting(_healthy())
    host = Host(seen)
    assert seen.counts == {} and host.version.build and set(seen.counts) == {probes.VERSION}


@pytest.mark.parametrize("part", PARTS)
def test_host_that_said_nothing_raises_or_tells_nothing_and_never_crashes(part: str) -> None:
    host = Host(readings({}))
    for _again in range(2):
        try:
            value = _value(host, part)
        except UnreadableError:
            continue
        assert not value or part in TELLS_THAT_NOTHING_WAS_READ, value


#: Their value itself says what was not read.
TELLS_THAT_NOTHING_WAS_READ: frozenset[str] = frozenset({"session_logons", "tls_failure"})


@pytest.mark.parametrize(
    ("probe", "lost", "kept"),
    [
        (probes.WINSTATIONS, ("listener", "certificate", "port"), ("sockets", "sessions", "terminal_server")),
        (probes.SOCKETS, ("sockets",), ("listener", "certificate", "processes")),
        (probes.SELF_SIGNED, ("certificate",), ("listener", "port", "sockets")),
        (probes.SESSIONS, ("sessions", "connected"), ("listener", "sockets", "term_service")),
        (probes.TERM_SERVICE_STATE, ("term_service",), ("um_rdp_service", "sockets", "policies")),
        (probes.POLICIES, ("policy_key", "policies", "allow_connections"), ("terminal_server", "listener")),
        (probes.EDITION, ("edition",), ("installation_type", "version")),
        (probes.FIREWALL, ("firewall",), ("policy_key", "listener")),
    ],
    ids=lambda value: value.command.line if isinstance(value, Probe) else None,
)
def test_one_part_that_can_not_be_read_raises_for_itself_alone(
    probe: Probe[t.Any], lost: tuple[str, ...], kept: tuple[str, ...]
) -> None:
    whole = Host(_healthy())
    host = Host(_healthy().with_more(dict([_unread(probe)])))
    for part in lost:
        for _again in range(2):
            with pytest.raises(UnreadableError):
                _value(host, part)
    for part in kept:
        assert _value(host, part) == _value(whole, part)


def _unread(probe: Probe[t.Any]) -> tuple[t.Any, t.Any]:
    ((command, output),) = readings({probe: ("", None)})._outputs.items()
    return command, output


def test_service_of_which_one_half_is_read() -> None:
    host = Host(_healthy().with_more(dict([_unread(probes.TERM_SERVICE_CONFIG)])))
    assert host.term_service.runs
    with pytest.raises(UnreadableError):
        _ = host.term_service.config


def test_owners_are_named_only_where_the_programs_are_known() -> None:
    host = Host(_healthy().with_more(dict([_unread(probes.PROCESSES)])))
    (owner,) = host.owners(3389)
    assert owner.term_service and not owner.image
    with pytest.raises(UnreadableError):
        host.named_owners(3389)
    (named,) = Host(_healthy()).named_owners(3389)
    assert (named.pid, named.tcp, named.image) == (owner.pid, owner.tcp, "svchost.exe")


WINSTATIONS = (
    listing(probes.WINSTATIONS_KEY, "a    REG_DWORD    0x1")
    + listing(rf"{probes.WINSTATIONS_KEY}\RDP-Tcp", "PortNumber    REG_DWORD    0xd3e").lstrip("\n")
    + listing(rf"{probes.WINSTATIONS_KEY}\Second", "PortNumber    REG_DWORD    0xd3f").lstrip("\n")
    + listing(rf"{probes.WINSTATIONS_KEY}\None", "a    REG_DWORD    0x1").lstrip("\n")
    + "end\n"
)


@pytest.mark.parametrize(
    ("listener", "expected", "port"),
    [
        # The default is no wish: clients look where the host says.
        ("RDP-Tcp", 3389, 3390),
        ("Second", 3389, 3391),
        ("RDP-Tcp", 4000, 4000),
        ("None", 3389, 3389),
        ("None", 4000, 4000),
    ],
)
def test_port_where_clients_look(listener: str, expected: int, port: int) -> None:
    host = Host(readings({probes.WINSTATIONS: WINSTATIONS}), listener)
    wish = Expectation(listener=listener, port=expected)
    assert host.client_port(wish) == port and host.port_probe(wish) == probes.outside(port)


def test_what_the_controller_saw_is_that_of_this_port() -> None:
    seen = readings(
        {probes.WINSTATIONS: WINSTATIONS, probes.outside(3390): '{"outcome": "rdp", "summary": "It answers."}'}
    )
    observation = Host(seen).observation(Expectation())
    assert observation is not None and observation["outcome"] == "rdp"
    assert known(lambda: Host(seen, "Second").observation(Expectation(listener="Second"))) is None


def test_clocks_matter_only_to_whoever_has_one() -> None:
    host = Host(readings({probes.WINSTATIONS: WINSTATIONS}))
    assert host.clocks(Expectation()) is None
    clocks = host.clocks(Expectation(now=CLOCK))
    assert clocks is not None and (clocks.controller, clocks.host) == (CLOCK, None)


def test_known_or_none() -> None:
    host = Host(readings({probes.VERSION: "\nMicrosoft Windows [Version 10.0.20348.2113]\n"}))
    version = known(lambda: host.version)
    assert version is not None and version.build == 20348 and known(lambda: host.edition) is None
    # A mistake is no unreadable host.
    with pytest.raises(ZeroDivisionError):
        known(lambda: 1 // 0)
