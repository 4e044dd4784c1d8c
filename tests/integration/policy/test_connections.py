# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server without copies of its domain's GPOs, over each connection: the question to WMI arrives, and its answer."""

from __future__ import annotations

import typing as t

import pytest

from lab import HostSpec

SERVER = ("gpo-not-cached", "gpo-domain-blocks")


@pytest.mark.parametrize(
    "connection",
    [
        "winrm",
        "psrp",
        pytest.param("ssh-cmd", marks=pytest.mark.needs_program("ssh")),
        pytest.param("ssh-powershell", marks=pytest.mark.needs_program("ssh")),
    ],
)
def test_gpo_of_a_server_is_named(fleet: t.Callable[..., t.Any], connection: str) -> None:
    hosts = fleet(
        HostSpec("logs", SERVER),
        HostSpec("deutsch", SERVER, "de-DE"),
        HostSpec("silent", (*SERVER, "rsop-logging-off"), "de-DE"),
        connection=connection,
    )
    audited = hosts.playbook("winops.rdp.audit")
    assert audited.code == 0, audited.stdout
    found = {name: _policy(result) for name, result in audited.results("rdp_info").items()}
    for name in ("logs", "deutsch"):
        assert found[name]["summary"].startswith("GPO 'Block RDP'"), found[name]
        assert "RSoP" in found[name]["found"]
    assert found["silent"]["summary"] == "A policy of unknown origin turns Remote Desktop off."
    hosts.assert_understood()


def _policy(result: dict[str, t.Any]) -> dict[str, t.Any]:
    return next(finding for finding in result["findings"] if finding["check"] == "policy")
