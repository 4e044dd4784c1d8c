# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit: it names every fault, changes nothing, and tells people what it found."""

from __future__ import annotations

import re
import typing as t

import sampling
from lab import HostSpec
from lab.faults import policy as faults_policy

# Each fault of the lab, with the check that names it, and how.
NAMED = {
    "protocol-disabled": ("protocol", "problem"),
    "users-denied": ("protocol", "problem"),
    "drain-mode": ("protocol", "warning"),
    "home-edition": ("protocol", "problem"),
    "policy-allows-local-denies": ("protocol", "warning"),
    "gpo-nla-required-weak": ("policy", "warning"),
    "logons-disabled": ("protocol", "problem"),
    "service-dependency-disabled": ("service", "problem"),
    "service-account-changed": ("service", "problem"),
    "service-account-system": ("service", "problem"),
    "service-dll-gone": ("service", "problem"),
    "service-hangs-starting": ("service", "problem"),
    "gpo-disables-service": ("service", "problem"),
    "lesser-services-disabled": ("service", "warning"),
    "umrdp-cant-start": ("service", "warning"),
    "umrdp-missing": ("service", "warning"),
    "service-stopped": ("service", "problem"),
    "service-disabled": ("service", "problem"),
    "umrdp-stopped": ("service", "warning"),
    "listener-key-missing": ("listener", "problem"),
    "listener-disabled": ("listener", "problem"),
    "listener-damaged": ("listener", "problem"),
    "setup-in-progress": ("listener", "problem"),
    "listener-wrong-values": ("listener", "problem"),
    "listener-old-names": ("listener", "warning"),
    "listener-vendor-class": ("listener", "warning"),
    "listener-vendor-silent": ("listener", "problem"),
    "listener-vendor-left": ("listener", "problem"),
    "listener-planted": ("listener", "warning"),
    "listener-demanding": ("listener", "problem"),
    "listener-one-adapter": ("listener", "problem"),
    "service-dll-unreadable": ("listener", "unknown"),
    "sessions-denied": ("listener", "warning"),
    "sessions-no-binding": ("listener", "warning"),
    "sessions-no-rpc": ("listener", "warning"),
    "logon-disabled": ("listener", "problem"),
    "service-dll-foreign": ("listener", "warning"),
    "sessions-hidden": ("listener", "warning"),
    "certificate-missing": ("cert", "problem"),
    "certificate-never": ("cert", "problem"),
    "certificate-expired": ("cert", "problem"),
    "certificate-bound-missing": ("cert", "warning"),
    "certificate-store-unnamed": ("cert", "problem"),
    "certificate-suppressed": ("cert", "problem"),
    "keyfile-missing": ("cert", "problem"),
    "machinekeys-denied": ("machine_keys", "warning"),
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
    "firewall-second-network-public": ("firewall", "warning"),
    "firewall-domain-lost": ("firewall", "problem"),
    "firewall-long-rule": ("firewall", "warning"),
    "firewall-ipsec-required": ("firewall", "warning"),
    "port-taken": ("port_conflict", "problem"),
}
# The faults in which a policy keeps people out: who sets it, the GPO's name and GUID where one is named, and its link.
BLOCKED: dict[str, tuple[str, str, str, str]] = {
    "policy-reverts": ("domain", "Block RDP", faults_policy.BLOCKING_GPO_GUID, "corp.example/Servers"),
    "local-policy-blocks": ("local", "", "LOCALGPO", "Local"),
    "policy-stray": ("stray", "", "", ""),
    "gpo-local-blocks": ("local", "", "LOCALGPO", "Local"),
    "gpo-domain-blocks": ("domain", "Block RDP", faults_policy.BLOCKING_GPO_GUID, "corp.example/Servers"),
    "gpo-domain-blocks-local-allows": (
        "domain",
        "Block RDP",
        faults_policy.BLOCKING_GPO_GUID,
        "corp.example/Servers",
    ),
    "gpo-enforced-blocks": ("domain", "Block RDP, no exceptions", faults_policy.ENFORCED_GUID, "corp.example"),
    "gpo-two-links": ("domain", "Block RDP everywhere", faults_policy.TWO_LINKS_GUID, "corp.example/Servers"),
    "gpo-tattooed": ("stray", "", "", ""),
    "mdm-blocks": ("mdm", "", "", ""),
    "mdm-wins": ("mdm", "", "", ""),
    "policy-stray-write": ("stray", "", "", ""),
    "policy-preference": ("stray", "", "", ""),
    "policy-computer-preference": ("preference", "Kiosk settings", faults_policy.COMPUTER_PREFERENCE_GUID, ""),
    # The file is gone or broken, and Windows logged what it said.
    "registry-pol-missing": ("domain", "Block RDP", faults_policy.BLOCKING_GPO_GUID, "corp.example/Servers"),
    "registry-pol-truncated": ("domain", "Block RDP", faults_policy.BLOCKING_GPO_GUID, "corp.example/Servers"),
    "registry-pol-corrupt": ("domain", "Block RDP", faults_policy.BLOCKING_GPO_GUID, "corp.example/Servers"),
    "registry-pol-outdated": (
        "domain",
        "Block RDP since today",
        faults_policy.CHANGED_GUID,
        "corp.example/Servers",
    ),
    "registry-pol-large": ("domain", "Trusted roots and RDP", faults_policy.LARGE_GUID, "corp.example/Servers"),
    "local-pol-truncated": ("local", "", "LOCALGPO", "Local"),
    "local-pol-corrupt": ("local", "", "LOCALGPO", "Local"),
}
NAMED |= dict.fromkeys(BLOCKED, ("policy", "problem"))
# Policies of others, and what only shows at the next refresh.
UNHARMED = (
    *("gpo-local-blocks-domain-allows", "gpo-filtered", "gpo-link-disabled", "rsop-logging-off", "gpo-not-cached"),
    *("gpo-limits-connections", "gpo-denies-logon-right", "gpo-grants-logon-right"),
    *("gpo-no-controller", "gpupdate-slow", "gpo-unreadable"),
)
HARMLESS = (
    *UNHARMED,
    *("session-host", "extra-listeners", "active-sessions", "shared-svchost", "slow-services", "no-ipv6"),
    *("certificate-bound", "certificate-template", "machinekeys-extra", "slow-certificate"),
    *("listener-thin", "sessions-cut-names", "session-broken", "console-session"),
    *("termservice-dependent", "termservice-many-dependents"),
)


LANGUAGES = ("en-US", "de-DE")


def _hosts(what: str, faults: t.Mapping[str, tuple[str, ...]]) -> dict[str, HostSpec]:
    """Hosts with these faults, by the host's name: each in one of the languages, in a run of everything in all."""
    pairs = sampling.dealt(what, faults, LANGUAGES)
    specs = (HostSpec(f"{name.replace('-', '_')}_{language[:2]}", faults[name], language) for name, language in pairs)
    return {spec.name: spec for spec in specs}


def _single(faults: t.Iterable[str]) -> dict[str, tuple[str, ...]]:
    return {fault: (fault,) for fault in faults}


def test_every_fault_is_named_and_nothing_is_changed(fleet: t.Callable[..., t.Any]) -> None:
    sick = _hosts("faults audited, each in two languages", _single(NAMED))
    harmless = _hosts("harmless ones audited, each in two languages", _single(HARMLESS))
    healthy = [HostSpec(f"healthy_{language[:2]}", language=language) for language in LANGUAGES]
    hosts = fleet(*healthy, *sick.values(), *harmless.values())
    before = hosts.hashes()
    first = hosts.playbook("winops.rdp.audit")
    second = hosts.playbook("winops.rdp.audit", "--check", "--diff")
    assert first.code == second.code == 0, first.stdout + first.stderr
    assert hosts.hashes() == before
    hosts.assert_understood()
    results = first.results("rdp_info")
    for name, spec in sick.items():
        check, status = NAMED[spec.faults[0]]
        findings = {finding["check"]: finding for finding in results[name]["findings"]}
        assert findings[check]["status"] == status, (name, findings[check])
        assert findings[check]["fix"] and findings[check]["found"]
        assert findings[check]["expected"] or status == "unknown"
        cause = results[name]["root_cause"]
        assert (cause and cause["check"]) == (check if status == "problem" else None), name
    for name in (*(spec.name for spec in healthy), *harmless):
        assert results[name]["healthy"] is True, results[name]["report"]
        assert {finding["status"] for finding in results[name]["findings"]} == {"ok"}, results[name]["report"]
    again = second.results("rdp_info")
    assert {name: result["findings"] for name, result in results.items()} == {
        name: result["findings"] for name, result in again.items()
    }
    assert all(counts["changed"] == 0 for counts in first.recap.values())


def test_table_holds_every_fault_of_policy() -> None:
    judged = {*BLOCKED, *UNHARMED, "policy-allows-local-denies", "gpo-nla-required-weak"}
    assert judged == {name for name, _, _ in faults_policy.POLICY_FAULTS}


def test_policy_that_keeps_people_out_is_named(fleet: t.Callable[..., t.Any]) -> None:
    # Where another fault takes a source of Windows away, the name stays the same or nobody is named.
    unsure = {
        "two_broken": ("gpo-enforced-blocks", "local-pol-corrupt"),
        "two_missing": ("gpo-domain-blocks-local-allows", "registry-pol-missing"),
        "two_large": ("registry-pol-large", "gpo-domain-blocks-local-allows"),
        "two_unlogged": ("gpo-two-links", "rsop-logging-off"),
        "two_uncached": ("gpo-not-cached", "gpo-enforced-blocks"),
        "two_orders": ("gpo-enforced-blocks", "gpo-two-links"),
        "unlogged_missing": ("registry-pol-missing", "rsop-logging-off"),
        "unlogged_corrupt": ("local-pol-corrupt", "rsop-logging-off"),
        "unlogged_uncached": ("gpo-not-cached", "gpo-enforced-blocks", "rsop-logging-off"),
    }
    blocked = _hosts("policies that block, each in two languages", _single(BLOCKED))
    both = _hosts("policies that block together, each in two languages", unsure)
    hosts = fleet(*blocked.values(), *both.values())
    results = hosts.task("rdp_info", {"quiet": True, "checks": ["policy"]}).results("rdp_info")
    for host, spec in blocked.items():
        (fault,) = spec.faults
        kind, name, guid, link = BLOCKED[fault]
        (finding,) = results[host]["findings"]
        source = _source(results[host])
        assert (source["kind"], source["guid"], source["link"], source["value"]) == (kind, guid, link, 1), fault
        assert source["name"] == name or kind == "local", fault
        assert not source["disagreements"] and not source["pending"], fault
        if kind == "domain":
            assert finding["summary"] == f"GPO '{name}' {guid} turns Remote Desktop off."
            assert f"Linked to {link}." in finding["found"] and f"(linked to {link})" in finding["fix"]
            assert "gpupdate /target:computer" in finding["fix"]
        else:
            named = f"A preference of GPO '{name}' {guid} " if kind == "preference" else ""
            assert finding["summary"].startswith(named), fault
            assert ("GPO '" in finding["summary"] + finding["fix"]) == bool(named), fault
            assert (finding["repair"] == "winops.rdp.rdp_policy") == (kind == "local"), fault
    expected = {
        "two_broken": ("domain", "Block RDP, no exceptions"),
        "two_missing": ("domain", "Block RDP"),
        # Both are linked with the same number; what tells is that Windows applied this one last.
        "two_large": ("domain", "Block RDP"),
        "two_unlogged": ("domain", "Block RDP everywhere"),
        "two_uncached": ("domain", "Block RDP, no exceptions"),
        "two_orders": ("domain", "Block RDP, no exceptions"),
        "unlogged_missing": ("unknown", ""),
        "unlogged_corrupt": ("unknown", ""),
        "unlogged_uncached": ("unknown", ""),
    }
    assert expected.keys() == unsure.keys()
    for host in both:
        source = _source(results[host])
        assert (source["kind"], source["name"]) == expected[host.rpartition("_")[0]], host
    hosts.assert_understood()


def _source(result: dict[str, t.Any]) -> dict[str, t.Any]:
    (policy,) = [one for one in result["facts"]["policies"] if one["id"] == "allow_connections"]
    assert policy["keeps_out"] is True and policy["name"] == "fDenyTSConnections"
    return t.cast("dict[str, t.Any]", policy["source"])


def test_fleet_sees_which_policy_blocks_how_many_hosts(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(
        *(HostSpec(f"web{number:02}", ("gpo-domain-blocks",), ("en-US", "de-DE")[number % 2]) for number in range(4)),
        HostSpec("db01", ("gpo-enforced-blocks",)),
        HostSpec("db02", ("gpo-local-blocks",)),
        HostSpec("app01"),
    )
    played = hosts.playbook("winops.rdp.audit", "-e", "troubleshoot_quiet=false")
    summary = " ".join(played.stdout.partition("Remote Desktop on 7 hosts: 1 healthy, 6 with problems")[2].split())
    guid = faults_policy.BLOCKING_GPO_GUID
    assert f"4 [XX] policy: GPO 'Block RDP' {guid} turns Remote Desktop off. fix Set the policy" in summary
    assert "web00, web01, web02, web03" in summary
    assert "1 [XX] policy: GPO 'Block RDP, no exceptions'" in summary and "1 [XX] policy: The local policy" in summary


def test_people_get_one_block_for_each_host_and_a_summary(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(web01=("service-stopped",), web02=(), web03=("service-stopped",))
    played = hosts.playbook("winops.rdp.audit")
    assert "[XX] service: TermService is stopped." in played.stdout
    assert "RDP on web02 (Server 2022, build 20348)" in played.stdout
    assert "Remote Desktop on 3 hosts: 1 healthy, 2 with problems" in played.stdout
    assert "web01, web03" in played.stdout
    blocks = re.findall(r"\n\n(RDP on .*?\.)(?=\n\n)", played.stdout, re.S)
    assert len(blocks) == 3 and all(block.endswith(("checks.", "not judged.")) for block in blocks)
    assert all(len(line) <= 100 or "https://" in line for block in blocks for line in block.splitlines())
    before = hosts.hashes()
    quiet = hosts.playbook("winops.rdp.audit", "-e", "troubleshoot_quiet=true troubleshoot_repair=true")
    assert hosts.hashes() == before, "whatever the variables of the role say, an audit repairs nothing"
    assert "RDP on" not in quiet.stdout and "Remote Desktop on" not in quiet.stdout


def test_one_look_is_two_lines_and_why_a_service_is_stopped_a_third(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(healthy=(), stopped=("service-stopped",))
    hosts.task("rdp_info")
    healthy, stopped = (hosts.lab.traffic[name] for name in ("healthy", "stopped"))
    # One shell with two lines, and NTLM's three requests to sign in.
    assert healthy.requests <= 11 and healthy.bytes_up <= 40_000
    # What keeps a service from starting is asked where one does not run, in one line of three requests.
    assert stopped.requests <= healthy.requests + 3 and stopped.bytes_up <= 45_000


def test_fail_on_gates(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(sick=("service-stopped",), well=())
    played = hosts.task("rdp_info", {"fail_on": "problem", "checks": ["service"]})
    assert played.code == 2
    assert played.outcomes("rdp_info") == {"sick": "failed", "well": "ok"}
    assert "TermService is stopped" in played.results("rdp_info")["sick"]["msg"]
    assert [finding["check"] for finding in played.results("rdp_info")["sick"]["findings"]] == ["service"]
