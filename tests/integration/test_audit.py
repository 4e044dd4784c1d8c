# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit: it names every fault, changes nothing, and tells people what it found."""

from __future__ import annotations

import re
import typing as t

import pytest

from lab import HostSpec

# Each fault of the lab, with the check that names it, and how.
NAMED = {
    "protocol-disabled": ("protocol", "problem"),
    "users-denied": ("protocol", "problem"),
    "drain-mode": ("protocol", "problem"),
    "home-edition": ("protocol", "problem"),
    "policy-reverts": ("protocol", "problem"),
    "policy-allows-local-denies": ("protocol", "warning"),
    "service-stopped": ("service", "problem"),
    "service-disabled": ("service", "problem"),
    "umrdp-stopped": ("service", "warning"),
    "listener-key-missing": ("listener", "problem"),
    "listener-disabled": ("listener", "problem"),
    "listener-damaged": ("listener", "problem"),
    "setup-in-progress": ("listener", "problem"),
    "listener-thin": ("listener", "problem"),
    "listener-wrong-values": ("listener", "problem"),
    "logon-disabled": ("listener", "problem"),
    "service-dll-foreign": ("listener", "warning"),
    "sessions-hidden": ("listener", "unknown"),
    "certificate-missing": ("cert", "problem"),
    "certificate-never": ("cert", "problem"),
    "certificate-expired": ("cert", "problem"),
    "certificate-bound-missing": ("cert", "problem"),
    "certificate-store-unnamed": ("cert", "problem"),
    "certificate-suppressed": ("cert", "problem"),
    "keyfile-missing": ("cert", "problem"),
    "machinekeys-denied": ("machine_keys", "problem"),
    "keyfile-denied": ("reach", "problem"),
    # A port that was changed by hand, and nobody told the firewall.
    "port-changed": ("firewall", "problem"),
    "firewall-rule-off": ("firewall", "problem"),
    "firewall-rule-missing": ("firewall", "problem"),
    "firewall-blocks": ("firewall", "problem"),
    "firewall-block-all": ("firewall", "problem"),
    "firewall-local-merge-off": ("firewall", "problem"),
    "firewall-gpo-blocks": ("firewall", "problem"),
    "firewall-profile-limited": ("firewall", "problem"),
    "firewall-scope-limited": ("firewall", "warning"),
    "port-taken": ("port_conflict", "problem"),
}
HARMLESS = (
    *("extra-listeners", "active-sessions", "shared-svchost", "slow-services", "no-ipv6"),
    *("certificate-bound", "certificate-template", "machinekeys-extra", "slow-certificate"),
)


def _name(fault: str) -> str:
    return fault.replace("-", "_")


@pytest.mark.parametrize("language", ["en-US", "de-DE"])
def test_every_fault_is_named_and_nothing_is_changed(fleet: t.Callable[..., t.Any], language: str) -> None:
    hosts = fleet(
        HostSpec("healthy", language=language),
        *(HostSpec(_name(fault), (fault,), language) for fault in (*NAMED, *HARMLESS)),
    )
    before = hosts.hashes()
    first = hosts.playbook("winops.rdp.audit")
    second = hosts.playbook("winops.rdp.audit", "--check", "--diff")
    assert first.code == second.code == 0, first.stdout + first.stderr
    assert hosts.hashes() == before
    hosts.assert_understood()
    results = first.results("rdp_info")
    for fault, (check, status) in NAMED.items():
        findings = {finding["check"]: finding for finding in results[_name(fault)]["findings"]}
        assert findings[check]["status"] == status, (fault, findings[check])
        assert findings[check]["fix"] and findings[check]["found"]
        assert findings[check]["expected"] or status == "unknown"
        cause = results[_name(fault)]["root_cause"]
        assert (cause and cause["check"]) == (check if status == "problem" else None), fault
    for name in ("healthy", *map(_name, HARMLESS)):
        assert results[name]["healthy"] is True, results[name]["report"]
        assert {finding["status"] for finding in results[name]["findings"]} == {"ok"}, results[name]["report"]
    again = second.results("rdp_info")
    assert {name: result["findings"] for name, result in results.items()} == {
        name: result["findings"] for name, result in again.items()
    }
    assert all(counts["changed"] == 0 for counts in first.recap.values())


def test_people_get_one_block_for_each_host_and_a_summary(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(web01=("service-stopped",), web02=(), web03=("service-stopped",))
    played = hosts.playbook("winops.rdp.audit")
    assert "[XX] service: TermService is stopped." in played.stdout
    assert "RDP on web02 (Windows Server 10.0.20348" in played.stdout
    assert "Remote Desktop on 3 hosts: 1 healthy, 2 with problems" in played.stdout
    assert "web01, web03" in played.stdout
    blocks = re.findall(r"\n\n(RDP on .*?\.)(?=\n\n)", played.stdout, re.S)
    assert len(blocks) == 3 and all(block.endswith(("checks.", "not judged.")) for block in blocks)
    assert all(len(line) <= 100 or "https://" in line for block in blocks for line in block.splitlines())
    quiet = hosts.playbook("winops.rdp.audit", "-e", "troubleshoot_quiet=true")
    assert "RDP on" not in quiet.stdout and "Remote Desktop on" not in quiet.stdout


def test_one_look_is_two_lines_at_most(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(web=("service-stopped",))
    hosts.task("rdp_info")
    traffic = hosts.lab.traffic["web"]
    # NTLM needs two more requests than Basic to sign in.
    assert traffic.requests <= 8 and traffic.bytes_up <= 36_000


def test_fail_on_gates(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(sick=("service-stopped",), well=())
    played = hosts.task("rdp_info", {"fail_on": "problem", "checks": ["service"]})
    assert played.code == 2
    assert played.outcomes("rdp_info") == {"sick": "failed", "well": "ok"}
    assert "TermService is stopped" in played.results("rdp_info")["sick"]["msg"]
    assert [finding["check"] for finding in played.results("rdp_info")["sick"]["findings"]] == ["service"]
