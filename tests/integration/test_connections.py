# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same diagnosis and repair over each connection that Ansible has for Windows."""

from __future__ import annotations

import typing as t

import pytest
import yaml

from lab import HostSpec

CONNECTIONS = [
    pytest.param([("winrm", "basic"), ("winrm", "ntlm"), ("psrp", "basic"), ("psrp", "ntlm")], id="winrm and psrp"),
    pytest.param([("ssh-cmd", "basic"), ("ssh-powershell", "basic")], id="ssh", marks=pytest.mark.needs_program("ssh")),
]


def _name(connection: str, auth: str) -> str:
    return f"{connection}_{auth}".replace("-", "_")


@pytest.mark.parametrize("connections", CONNECTIONS)
def test_diagnosis_and_repair(fleet: t.Callable[..., t.Any], connections: list[tuple[str, str]]) -> None:
    """In one run for all of them, as people have it: a group for each connection."""
    fleets = {
        _name(connection, auth): fleet(
            HostSpec(f"sick_{_name(connection, auth)}", ("protocol-disabled", "service-disabled"), "de-DE"),
            HostSpec(f"well_{_name(connection, auth)}", language="ja-JP", windows="win11"),
            connection=connection,
            auth=auth,
        )
        for connection, auth in connections
    }
    groups = {name: yaml.safe_load(hosts.inventory.read_text(encoding="utf-8")) for name, hosts in fleets.items()}
    together = {"windows": {"children": {name: inventory["windows"] for name, inventory in groups.items()}}}
    first = next(iter(fleets.values()))
    first.inventory.write_text(yaml.safe_dump(together), encoding="utf-8")

    audited = first.playbook("winops.rdp.audit")
    assert audited.code == 0, audited.stdout
    results = audited.results("rdp_info")
    repaired = first.playbook("winops.rdp.repair")
    assert repaired.code == 0, repaired.stdout
    for name, hosts in fleets.items():
        assert results[f"well_{name}"]["healthy"] is True, results[f"well_{name}"]["report"]
        statuses = {finding["check"]: finding["status"] for finding in results[f"sick_{name}"]["findings"]}
        assert (statuses["protocol"], statuses["service"]) == ("problem", "problem"), name
        assert repaired.results("rdp_info")[f"sick_{name}"]["healthy"] is True, name
        hosts.assert_understood()
