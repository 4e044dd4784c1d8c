# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet is recorded by the playbook, and diagnosed by ansible-playbook when it is gone."""

from __future__ import annotations

import json
import typing as t

import pytest
import yaml

from lab import HostSpec

JUDGEMENT = ("healthy", "root_cause", "next_step", "findings", "facts")


@pytest.mark.parametrize("connection", ["winrm", "psrp", "ssh-cmd"])
def test_fleet_is_recorded_and_replayed_without_it(fleet: t.Callable[..., t.Any], connection: str) -> None:
    hosts = fleet(
        HostSpec("zqxweb"),
        HostSpec("zqxdb", ("service-stopped", "active-sessions"), "de-DE"),
        HostSpec("zqxgone", transport_faults=("refuse",)),
        connection=connection,
    )
    before = hosts.hashes()
    variables = json.dumps({"troubleshoot_record_redact": False, "troubleshoot_record_directory": "as it is"})
    recorded = hosts.playbook("winops.rdp.record", "-e", variables, PWD=str(hosts.folder))
    assert recorded.outcomes("rdp_info") == {"zqxweb": "ok", "zqxdb": "ok", "zqxgone": "unreachable"}
    hosts.playbook("winops.rdp.record", PWD=str(hosts.folder))
    assert hosts.hashes() == before
    live = recorded.results("rdp_info")
    assert sorted(path.name for path in (hosts.folder / "recordings").iterdir()) == ["zqxdb", "zqxweb"]
    left = b"".join(path.read_bytes() for path in (hosts.folder / "recordings").rglob("*.txt"))
    assert b"zqx" not in left.lower() and "zqx".encode("utf-16-le") not in left.lower()

    hosts.lab.stop()
    for folder in ("as it is", "recordings"):
        look = {"name": "Look at what was recorded", "winops.rdp.rdp_info": {"replay": folder, "quiet": True}}
        play = [{"hosts": "windows:!zqxgone", "gather_facts": False, "tasks": [look]}]
        path = hosts.folder / "replay.yml"
        path.write_text(yaml.safe_dump(play), encoding="utf-8")
        played = hosts.playbook(str(path))
        assert played.code == 0, played.stdout
        for name in ("zqxweb", "zqxdb"):
            again = played.results("rdp_info")[name]
            assert again["changed"] is False
            if folder == "as it is":
                assert {key: again[key] for key in JUDGEMENT} == {key: live[name][key] for key in JUDGEMENT}
            statuses = [(one["check"], one["status"], one["repair"]) for one in again["findings"]]
            assert statuses == [(one["check"], one["status"], one["repair"]) for one in live[name]["findings"]]


def test_bad_folder_is_a_clear_error_without_a_host(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(web=())
    played = hosts.task("rdp_info", {"replay": "nowhere"})
    result = played.results("rdp_info")["web"]
    assert played.code == 2 and "nowhere" in result["msg"] and "recording.txt" in result["msg"]
    assert hosts.lab.traffic["web"].requests == 0
