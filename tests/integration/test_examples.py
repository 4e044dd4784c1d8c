# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples in the documentation are playbooks that run."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.parsing.plugin_docs import read_docstring

from lab import HostSpec

from .conftest import exported_listener, with_build

ROOT = Path(__file__).resolve().parents[2]

# The hosts on which a module's examples mean something, and the tasks that are meant to fail on them.
HOSTS: dict[str, tuple[str, ...]] = {
    "rdp_info": ("service-stopped",),
    "rdp_port": ("port-taken",),
    "rdp_protocol": ("protocol-disabled",),
    "rdp_policy": ("gpo-local-blocks",),
    "rdp_service": ("service-disabled",),
    "rdp_listener": ("listener-key-missing",),
    "rdp_cert": ("certificate-expired",),
    "rdp_machine_keys": ("machinekeys-denied",),
    "rdp_firewall": ("firewall-rule-off",),
    "rdp_report": ("service-stopped",),
    "rdp_restore": ("protocol-disabled",),
}
MAY_FAIL = {"rdp_info": 1, "rdp_listener": 1, "rdp_port": 1, "rdp_restore": 2}


def _examples(module: str) -> list[dict[str, t.Any]]:
    text = read_docstring(str(ROOT / f"plugins/modules/{module}.py"), verbose=True)["plainexamples"]
    return t.cast("list[dict[str, t.Any]]", yaml.safe_load(text))


def _write_references(folder: Path) -> None:
    (folder / "rdp-tcp.reg").write_bytes(exported_listener())
    (folder / "baseline").mkdir()
    (folder / "baseline/20348.reg").write_bytes(with_build(exported_listener()))


@pytest.mark.parametrize("module", HOSTS)
def test_examples_run(fleet: t.Callable[..., t.Any], module: str) -> None:
    hosts = fleet(HostSpec("web01"), HostSpec("sick", HOSTS[module]))
    _write_references(hosts.folder)
    tasks = [{**task, "ignore_errors": True} for task in _examples(module)]
    if module == "rdp_restore":
        tasks.insert(0, {"name": "A repair to undo", "winops.rdp.rdp_protocol": {}})
    path = hosts.folder / "examples.yml"
    path.write_text(yaml.safe_dump([{"hosts": "windows", "gather_facts": False, "tasks": tasks}]), encoding="utf-8")
    played = hosts.playbook(str(path))
    failed = [
        task["result"].get("msg") for task in played.tasks if task["outcome"] == "failed" and task["host"] == "sick"
    ]
    assert len(failed) <= MAY_FAIL.get(module, 0), failed
    assert played.code == 0 and {task["host"] for task in played.tasks} >= {"sick"}, played.stdout
    hosts.assert_understood()
