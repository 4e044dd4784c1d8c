# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""rdp_reach_info from Windows hosts, and the playbook with them and the controller as vantages."""

from __future__ import annotations

import typing as t

import pytest
import yaml

from lab import HostSpec

Json = dict[str, t.Any]

#: The targets, with what is wrong with them and what a connection alone shows of that.
TARGETS: dict[str, tuple[tuple[str, ...], str]] = {
    "healthy": ((), "open"),
    "stopped": (("service-stopped",), "timeout"),
    "no-certificate": (("certificate-missing",), "open"),
    "httpd": (("port-taken",), "open"),
    "mute": (("port-taken-process",), "open"),
    "firewall": (("firewall-rule-off",), "timeout"),
    "scope": (("firewall-scope-limited",), "timeout"),
}


def _fleet(fleet: t.Callable[..., t.Any], connection: str, **vantages: str) -> t.Any:
    specs = [HostSpec(name, faults) for name, (faults, _) in TARGETS.items()]
    specs += [HostSpec(name.replace("_", "-"), windows=windows) for name, windows in vantages.items()]
    return fleet(*specs, connection=connection)


def _look(hosts: t.Any, vantage: str, options: Json, *arguments: str, **keywords: t.Any) -> Json:
    """What one host returns for one task."""
    task = {"name": "Look", "winops.rdp.rdp_reach_info": options, "ignore_errors": True, **keywords}
    path = hosts.folder / "look.yml"
    path.write_text(yaml.safe_dump([{"hosts": vantage, "gather_facts": False, "tasks": [task]}]), encoding="utf-8")
    played = hosts.playbook(str(path), *arguments)
    assert vantage in played.results("rdp_reach_info"), played.stdout + played.stderr
    return t.cast("Json", played.results("rdp_reach_info")[vantage])


@pytest.mark.parametrize("connection", ["winrm", "psrp", "ssh-cmd", "ssh-powershell"])
def test_what_a_windows_host_sees(fleet: t.Callable[..., t.Any], connection: str) -> None:
    hosts = _fleet(fleet, connection, new="server2022")
    before = hosts.hashes()
    targets = [hosts[name].address for name in TARGETS] + [f"{hosts['healthy'].address}:3390", "nobody.invalid", "::1"]
    seen = _look(hosts, "new", {"targets": targets, "timeout": 3, "tries": 2})
    assert not seen["failed"] and not seen["changed"] and not seen["reachable"], seen
    outcomes = [each["outcome"] for each in seen["targets"]]
    assert outcomes == [*(outcome for _, outcome in TARGETS.values()), "refused", "name", "refused"]
    assert [each["host"] for each in seen["targets"]] == [target.partition(":33")[0] for target in targets]
    assert seen["outcomes"] == {"open": 4, "refused": 2, "name": 1, "timeout": 3}
    assert all(len(each["tries"]) == 2 for each in seen["targets"])
    assert seen["targets"][0]["tries"][0]["connect_ms"] is not None and seen["targets"][0]["rdp"] is None
    assert seen["client"]["services"] == {"TermService": "running", "UmRdpService": "running"}
    hosts.assert_understood()
    assert hosts.hashes() == before


def test_without_curl_it_takes_what_there_is_and_says_so(fleet: t.Callable[..., t.Any]) -> None:
    hosts = _fleet(fleet, "winrm", old="server2016")
    targets = [hosts[name].address for name in TARGETS] + ["nobody.invalid"]
    seen = _look(hosts, "old", {"targets": targets})
    outcomes = [each["outcome"] for each in seen["targets"]]
    assert outcomes == ["open", "no_connection", "open", "open", "open", "no_connection", "no_connection", "name"]
    assert "Test-NetConnection" in " ".join(seen["warnings"])
    assert [error for error in hosts["old"].errors() if "no program 'curl.exe'" not in error] == []


def test_check_mode_and_async(fleet: t.Callable[..., t.Any]) -> None:
    hosts = _fleet(fleet, "winrm", new="server2022")
    target = {"targets": [hosts["healthy"].address]}
    assert _look(hosts, "new", target, "--check")["outcomes"] == {"open": 1}
    refused = _look(hosts, "new", target, **{"async": 10, "poll": 1})
    assert refused["failed"] and "does not support 'async' on a Windows host" in refused["msg"]
    become = _look(hosts, "new", target, become=True, become_method="ansible.builtin.runas", become_user="x")
    assert become["failed"] and "become" in become["msg"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"targets": []}, "targets is empty"),
        ({"targets": ["web01 & calc"]}, "targets[0] is 'web01 & calc'"),
        ({"targets": ["web01", "fe80::1%PATH"]}, "targets[1] is 'fe80::1%PATH': it holds '%'"),
        ({"targets": ["web01"], "port": 0}, "port"),
        ({"targets": ["web01"], "timeout": 601}, "timeout is 601.0: allowed is 0.001 to 600"),
        ({"targets": ["web01"], "tries": 0}, "tries is 0: allowed is 1 to 100"),
        ({"targets": ["web01"], "prot": 1}, "Supported parameters include"),
    ],
)
def test_bad_input_is_refused_before_anything_is_sent(fleet: t.Callable[..., t.Any], options: Json, said: str) -> None:
    hosts = fleet(HostSpec("new"))
    result = _look(hosts, "new", options)
    assert result["failed"] and said in result["msg"], result["msg"]
    assert hosts["new"].log == []


def test_the_playbook_from_the_controller_and_from_windows(fleet: t.Callable[..., t.Any]) -> None:
    hosts = _fleet(fleet, "winrm", new="win11")
    before = hosts.hashes()
    played = hosts.playbook(
        "winops.rdp.reach", "-e", "troubleshoot_vantage=localhost,new", "-e", "troubleshoot_reach_timeout=2"
    )
    assert played.code == 0, played.stdout + played.stderr
    summary = played.results("rdp_report")["localhost"]["summary"]
    shown = {words[0]: words[1:] for line in summary.splitlines() if (words := line.split())}
    assert shown["localhost"] == ["new"]
    assert {name: shown[f"{name}:3389"] for name in TARGETS} == {
        "healthy": ["rdp", "open"],
        "stopped": ["timeout", "timeout"],
        "no-certificate": ["no_certificate", "open"],
        "httpd": ["not_rdp", "open"],
        "mute": ["no_answer", "open"],
        "firewall": ["timeout", "timeout"],
        "scope": ["timeout", "timeout"],
    }
    assert shown["new:3389"] == ["rdp", "open"], "a vantage is looked at like every other host"
    text = " ".join(summary.split())
    assert "8 targets, seen from 2 computers: 2 reached from everywhere, 6 from nowhere" in text
    assert "no-certificate:3389 blocks all 2 computers that tried: from localhost, Remote Desktop answers" in text
    assert "httpd:3389 blocks all 2 computers that tried: from localhost, another program answers." in text
    assert "mute:3389 blocks all 2 computers that tried: from localhost and new, the port takes connections" in text
    assert "firewall:3389 blocks all 2 computers that tried: the host's own firewall does not let Remote" in text
    # Nobody of those who looked has an address for which it is open.
    assert "scope:3389 blocks all 2 computers that tried: the host's own firewall lets" in text
    assert max(len(line) for line in summary.splitlines() if "https://" not in line) <= 100
    assert hosts.hashes() == before
