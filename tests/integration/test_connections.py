# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same diagnosis and repair over each connection that Ansible has for Windows."""

from __future__ import annotations

import typing as t

import pytest

from lab import HostSpec

CONNECTIONS = [
    ("winrm", "basic"),
    ("winrm", "ntlm"),
    ("psrp", "basic"),
    ("psrp", "ntlm"),
    pytest.param("ssh-cmd", "basic", marks=pytest.mark.needs_program("ssh")),
    pytest.param("ssh-powershell", "basic", marks=pytest.mark.needs_program("ssh")),
]


@pytest.mark.parametrize(("connection", "auth"), CONNECTIONS)
def test_diagnosis_and_repair(fleet: t.Callable[..., t.Any], connection: str, auth: str) -> None:
    hosts = fleet(
        HostSpec("sick", ("protocol-disabled", "service-disabled"), "de-DE"),
        HostSpec("well", language="ja-JP", windows="win11"),
        connection=connection,
        auth=auth,
    )
    audited = hosts.playbook("winops.rdp.audit")
    assert audited.code == 0, audited.stdout
    results = audited.results("rdp_info")
    assert results["well"]["healthy"] is True, results["well"]["report"]
    statuses = {finding["check"]: finding["status"] for finding in results["sick"]["findings"]}
    assert (statuses["protocol"], statuses["service"]) == ("problem", "problem")
    repaired = hosts.playbook("winops.rdp.repair")
    assert repaired.code == 0, repaired.stdout
    assert repaired.results("rdp_info")["sick"]["healthy"] is True
    hosts.assert_understood()
