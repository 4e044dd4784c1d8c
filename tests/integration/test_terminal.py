# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts that print escape sequences wherever they can: none reaches the terminal of whoever examines them."""

from __future__ import annotations

import typing as t

import pytest

from attack.lies import ESCAPES, TELLTALE, Lie, lie
from lab import ProcessResult

from .conftest import Fleet, Played

EVERYTHING = "."


def _clean(played: Played) -> None:
    for text in (played.stdout, played.stderr):
        # Not splitlines(): it takes some of them for line ends.
        assert not [line for line in text.split("\n") if TELLTALE.search(line)], text
    assert "OWNED" in played.stdout, "no lie came through: this proves nothing"
    # A line of its own could pass for one of Ansible's.
    assert not [line for line in played.stdout.splitlines() if line.startswith("ok: [web2]")]


@pytest.fixture
def liars(fleet: t.Callable[..., Fleet]) -> Fleet:
    """Hosts that lie from the start, in the middle of what is true, and when something is to be saved or changed."""
    lying = fleet(
        always=("protocol-disabled",),
        around=("protocol-disabled",),
        saving=("protocol-disabled", "service-stopped"),
        changing=("protocol-disabled", "firewall-rule-off"),
        unread=("protocol-disabled",),
    )
    lie(lying["always"], Lie(EVERYTHING))
    lie(lying["around"], Lie(EVERYTHING, around=True))
    lie(lying["saving"], Lie("mkdir|md ", code=1), Lie("undo|icacls|reg export", code=5))
    lie(lying["changing"], Lie("reg add|netsh .* set|net start|sc config", code=1))
    lie(lying["unread"], Lie(r"Terminal Server\"|qwinsta|sc q", code=0))
    return lying


@pytest.mark.parametrize(
    "arguments",
    [("winops.rdp.audit",), ("winops.rdp.repair",), ("winops.rdp.repair", "--check", "--diff")],
    ids=lambda arguments: " ".join(arguments).replace("winops.rdp.", ""),
)
def test_no_escape_sequence_reaches_the_terminal(liars: Fleet, arguments: tuple[str, ...]) -> None:
    _clean(liars.playbook(*arguments, "-vv"))


def test_rollback_of_hosts_that_lie_about_their_backups(fleet: t.Callable[..., Fleet]) -> None:
    repaired = fleet(names=("protocol-disabled",), script=("protocol-disabled",), undone=("protocol-disabled",))
    assert repaired.playbook("winops.rdp.repair").code == 0
    lie(repaired["names"], Lie(r"dir ", around=True))
    lie(repaired["script"], Lie(r"type .*undo\.cmd", around=True))
    lie(repaired["undone"], Lie(r"reg (?:add|delete)", code=1))
    _clean(repaired.playbook("winops.rdp.rollback", "-vv"))


def test_host_that_refuses_in_escape_sequences(fleet: t.Callable[..., Fleet]) -> None:
    owned = fleet(web1=())
    vars(owned["web1"])["create_process"] = _only_escapes
    _clean(owned.playbook("winops.rdp.audit", "-vv"))


def _only_escapes(_line: str, **_options: t.Any) -> ProcessResult:
    return ProcessResult(ESCAPES.encode(), ESCAPES.encode(), 1)
