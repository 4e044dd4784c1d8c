# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every fault of policy on a host of the lab, looked at by our commands and attributed by what they print."""

from __future__ import annotations

import dataclasses
import re
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import encoded_file, probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Output, Unreadable
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.policy import gpo_list, mdm
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.policy.evidence import Evidence, File
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.policy.settings import ALLOW_CONNECTIONS, POLICIES, RIGHTS
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.policy.source import Source, assigned, attribute
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import gpresult, reg, registry_pol

from integration.wine.hosts import OEM, LabHost
from lab.faults import FAULTS
from lab.machine import Machine

ROOT = r"C:\Windows"
COPY, XML = r"%TEMP%\winops.rdp-1.b64", r"%TEMP%\winops.rdp-1.xml"


def host_with(*faults: str) -> LabHost:
    """A host of the lab in which policies were applied."""
    machine = Machine("srv1")
    for fault in faults:
        FAULTS[fault].apply(machine)
    return LabHost(machine)


def fetched(host: LabHost, file: str) -> bytes | None:
    """The bytes of a file, None if it isn't there."""
    probe = encoded_file.size(file)
    size = host.look(probe).of(probe)
    if size is None:
        return None
    fetch = encoded_file.Fetch(file, size, COPY)
    ran = host.run(*fetch.commands)
    return fetch.read(
        [Output(command, one.data, one.exit_code, OEM) for command, one in zip(fetch.commands, ran, strict=True)]
    )


def _file(host: LabHost, path: str) -> File:
    try:
        data = fetched(host, path)
        return None if data is None else registry_pol.parse(data)
    except Unreadable as exc:
        return exc


def seen(host: LabHost) -> Evidence:
    """Everything that tells who set a policy, by our own commands."""
    areas = [mdm.area("RemoteDesktopServices"), mdm.area("ControlPolicyConflict")]
    read = host.look(gpo_list.HISTORY, gpo_list.DATASTORE, gpo_list.STATE, *areas)
    listings = [read.of(area) for area in areas]
    pointers = [probe for listing in listings for probe in mdm.elsewhere(listing)]
    listings += [host.look(probe).of(probe) for probe in pointers]
    evidence = Evidence(
        history=gpo_list.history(read.of(gpo_list.HISTORY), ROOT),
        datastore=gpo_list.datastore(read.of(gpo_list.DATASTORE), ROOT),
        state=gpo_list.state(read.of(gpo_list.STATE), ROOT),
        mdm=mdm.values(listings),
    )
    host.run(gpresult.report(XML))
    try:
        xml = fetched(host, XML)
        report = gpresult.parse(xml) if xml is not None else None
    except Unreadable:
        report = None
    return dataclasses.replace(
        evidence, files={path: _file(host, path) for path in evidence.wanted_files}, report=report
    )


def attributed(host: LabHost, id: str = ALLOW_CONNECTIONS.id) -> Source:
    """Who set the value of a policy."""
    policy = next(policy for policy in POLICIES if policy.id == id)
    read = host.look(probes.POLICIES, probes.POLICIES_PARENT)
    key: reg.Key | None = probes.policy_key(read.of(probes.POLICIES), read.of(probes.POLICIES_PARENT))
    return attribute(policy, key and key.get(policy.name), seen(host))


# Kind, name of the GPO, words of the reason.
EXPECTED: dict[tuple[str, ...], tuple[str, str, str]] = {
    (): ("none", "", ""),
    ("gpo-local-blocks",): ("local", "Local Group Policy", ""),
    ("gpo-domain-blocks",): ("domain", "Block RDP", ""),
    ("gpo-domain-blocks-local-allows",): ("domain", "Block RDP", ""),
    ("gpo-local-blocks-domain-allows",): ("domain", "Allow RDP", ""),
    ("gpo-enforced-blocks",): ("domain", "Block RDP, no exceptions", ""),
    ("gpo-two-links",): ("domain", "Block RDP everywhere", ""),
    ("gpo-filtered",): ("none", "", ""),
    ("gpo-link-disabled",): ("none", "", ""),
    ("gpo-tattooed",): ("stray", "", ""),
    ("mdm-blocks",): ("mdm", "", ""),
    ("mdm-wins",): ("mdm", "", ""),
    ("policy-stray-write",): ("stray", "", ""),
    ("policy-preference",): ("stray", "", "those of a user"),
    ("gpo-domain-blocks", "rsop-logging-off"): ("domain", "Block RDP", ""),
    ("registry-pol-missing",): ("unknown", "", "is not there"),
    ("registry-pol-truncated",): ("unknown", "", "The file ends|bytes of data"),
    ("registry-pol-corrupt",): ("unknown", "", "Offset|no end"),
    ("registry-pol-large",): ("domain", "Trusted roots and RDP", ""),
    ("local-pol-truncated",): ("unknown", "", "Local GPO could set it"),
    ("local-pol-corrupt",): ("unknown", "", "Local GPO could set it"),
    ("gpo-not-cached", "gpo-domain-blocks"): ("unknown", "", "is not there"),
    ("gpo-domain-blocks", "gpo-no-controller"): ("domain", "Block RDP", ""),
    ("gpo-local-blocks", "gpo-enforced-blocks"): ("domain", "Block RDP, no exceptions", ""),
}


@pytest.mark.parametrize("faults", EXPECTED, ids=lambda faults: "+".join(faults) or "healthy")
def test_fault_is_attributed(faults: tuple[str, ...]) -> None:
    host = host_with(*faults)
    source = attributed(host)
    kind, name, words = EXPECTED[faults]
    assert (source.kind, source.gpo.name if source.gpo else "") == (kind, name), source
    assert re.search(words, source.reason), source
    assert not source.disagreements, source
    assert not [entry.reason for entry in host.machine.log if not entry.understood]


def test_faults_of_policy_that_are_not_attributed_here() -> None:
    covered = {fault for faults in EXPECTED for fault in faults} | OTHER
    assert {name for name in FAULTS if name.startswith(("gpo-", "mdm-", "registry-pol-", "local-pol-"))} <= covered


OTHER: t.Final = {
    *("gpo-nla-required-weak", "gpo-limits-connections", "gpo-denies-logon-right", "gpo-grants-logon-right"),
}


def test_other_policies_and_rights() -> None:
    host = host_with("gpo-nla-required-weak", "gpo-limits-connections", "gpo-denies-logon-right")
    for id, name, value in (
        ("network_level_authentication", "Legacy RDP clients", 0),
        ("security_layer", "Legacy RDP clients", 0),
        ("encryption_level", "Legacy RDP clients", 1),
        ("connection_limit", "Two connections at most", 2),
        ("single_session", "Two connections at most", 1),
    ):
        source = attributed(host, id)
        assert (source.kind, source.gpo and source.gpo.name, source.value) == ("domain", name, value)
    report = seen(host).report
    granted, denied = (assigned(each, report) for each in RIGHTS)
    assert denied.kind == "domain" and denied.gpo and denied.gpo.name == "No RDP for users" and denied.value
    assert granted.kind in ("none", "domain")
    granted, denied = (assigned(each, seen(host_with("gpo-grants-logon-right")).report) for each in RIGHTS)
    assert granted.gpo and granted.gpo.name == "RDP for administrators" and denied.kind == "none"
