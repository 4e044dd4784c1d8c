# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every fault of policy on a host of the lab, looked at by our commands and attributed by what they print."""

from __future__ import annotations

import dataclasses
import re
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import file_transfer, probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks.policy import POLICY
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.diagnosis import follow_ups
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats import registry_pol
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import CommandResult, Expectation, Probe
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.host import Host
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy import collect, gpo_list, mdm
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy.attribution import (
    Source,
    assigned,
    attribute,
)
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy.catalog import (
    ALLOW_CONNECTIONS,
    POLICIES,
    RIGHTS,
)
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy.decides import sources
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy.evidence import Evidence, File
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.registry import policy_key
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import gpresult, reg

from integration.wine.hosts import OEM, LabHost
from lab.faults import FAULTS
from lab.faults.policy import BLOCKING_GPO_GUID, rdp
from lab.machine import Machine
from lab.state.policy.objects import Gpo, Link
from lab.state.registry import dword

ROOT = r"C:\Windows"
OTHER_GUID = "{0A1B2C3D-0000-4000-8000-00000000000B}"
COPY, XML = r"%TEMP%\winops.rdp-1.b64", r"%TEMP%\winops.rdp-1.xml"


def host_with(*faults: str) -> LabHost:
    """A host of the lab in which policies were applied."""
    machine = Machine("srv1")
    for fault in faults:
        FAULTS[fault].apply(machine)
    return LabHost(machine)


def fetched(host: LabHost, file: str) -> bytes | None:
    """The bytes of a file, None if it isn't there."""
    probe = file_transfer.size(file)
    size = host.look(probe).of(probe)
    if size is None:
        return None
    fetch = file_transfer.Fetch(file, size, COPY)
    ran = host.run(*fetch.commands)
    return fetch.read(
        [CommandResult(one.data, one.exit_code, command, OEM) for command, one in zip(fetch.commands, ran, strict=True)]
    )


def _file(host: LabHost, path: str) -> File:
    try:
        data = fetched(host, path)
        return None if data is None else registry_pol.parse(data)
    except UnreadableError as exc:
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
        rsop=host.look(collect.RSOP).get(collect.RSOP),
    )
    host.run(gpresult.report(XML))
    try:
        xml = fetched(host, XML)
        report = gpresult.parse(xml) if xml is not None else None
    except UnreadableError:
        report = None
    return dataclasses.replace(
        evidence, files={path: _file(host, path) for path in evidence.files_that_decide}, report=report
    )


def attributed(host: LabHost, id: str = ALLOW_CONNECTIONS.id) -> Source:
    """Who set the value of a policy."""
    policy = next(policy for policy in POLICIES if policy.id == id)
    read = host.look(probes.POLICIES, probes.POLICIES_PARENT)
    key: reg.Key | None = policy_key(read.of(probes.POLICIES), read.of(probes.POLICIES_PARENT))
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
    ("gpo-unreadable",): ("none", "", ""),
    ("gpo-unreadable", "gpo-domain-blocks"): ("domain", "Block RDP", ""),
    ("gpo-tattooed",): ("stray", "", ""),
    ("mdm-blocks",): ("mdm", "", ""),
    ("mdm-wins",): ("mdm", "", ""),
    ("policy-stray-write",): ("stray", "", ""),
    ("policy-preference",): ("stray", "", "those of a user"),
    ("policy-computer-preference",): ("preference", "Kiosk settings", "which is no policy"),
    ("policy-computer-preference", "rsop-logging-off"): ("stray", "", "a preference of Group Policy"),
    ("policy-computer-preference", "gpo-local-blocks"): ("local", "Local Group Policy", ""),
    ("gpo-domain-blocks", "rsop-logging-off"): ("domain", "Block RDP", ""),
    ("registry-pol-missing",): ("domain", "Block RDP", "RSoP.* is not there"),
    ("registry-pol-truncated",): ("domain", "Block RDP", "RSoP.*(The file ends|bytes of data)"),
    ("registry-pol-corrupt",): ("domain", "Block RDP", "RSoP.*(Offset|no end)"),
    ("registry-pol-large",): ("domain", "Trusted roots and RDP", ""),
    ("local-pol-truncated",): ("local", "Local Group Policy", "RSoP"),
    ("local-pol-corrupt",): ("local", "Local Group Policy", "RSoP"),
    ("registry-pol-missing", "rsop-logging-off"): ("unknown", "", "is not there"),
    ("registry-pol-truncated", "rsop-logging-off"): ("unknown", "", "The file ends|bytes of data"),
    ("registry-pol-corrupt", "rsop-logging-off"): ("unknown", "", "Offset|no end"),
    ("local-pol-truncated", "rsop-logging-off"): ("unknown", "", "Local GPO could set it"),
    ("local-pol-corrupt", "rsop-logging-off"): ("unknown", "", "Local GPO could set it"),
    # A server: without copies of the domain's files only the resultant set of policy tells.
    ("gpo-not-cached", "gpo-domain-blocks"): ("domain", "Block RDP", "RSoP.* is not there"),
    ("gpo-not-cached", "gpo-local-blocks-domain-allows"): ("domain", "Allow RDP", "RSoP"),
    ("gpo-not-cached", "gpo-domain-blocks-local-allows"): ("domain", "Block RDP", "RSoP"),
    ("gpo-not-cached", "gpo-enforced-blocks"): ("domain", "Block RDP, no exceptions", "RSoP"),
    ("gpo-not-cached", "gpo-two-links"): ("domain", "Block RDP everywhere", "RSoP"),
    ("gpo-not-cached", "gpo-domain-blocks", "gpo-limits-connections"): ("domain", "Block RDP", "RSoP"),
    ("gpo-not-cached", "gpo-local-blocks", "gpo-limits-connections"): ("local", "Local Group Policy", "RSoP"),
    ("gpo-not-cached", "gpo-domain-blocks", "rsop-logging-off"): ("unknown", "", "is not there"),
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


def asked(host: LabHost) -> tuple[list[list[Probe[t.Any]]], Readings]:
    """What the check looks at, look by look."""
    looks: list[list[Probe[t.Any]]] = []
    readings = Readings({})
    wanted = list(POLICY.needs)
    while wanted:
        looks.append(wanted)
        ran = host.run(*(probe.command for probe in wanted))
        outputs = [
            CommandResult(one.data, one.exit_code, probe.command, OEM) for probe, one in zip(wanted, ran, strict=True)
        ]
        readings = readings.with_more({output.command: output for output in outputs})
        wanted = list(follow_ups([POLICY], Host(readings), Expectation()))
        assert len(looks) < 6
    return looks, readings


@pytest.mark.parametrize(
    ("faults", "look_", "name"),
    [
        ((), None, ""),
        # Who sets it is told by the copies.
        (("gpo-nla-required-weak",), None, "Legacy RDP clients"),
        (("gpo-not-cached", "gpo-nla-required-weak"), 2, "Legacy RDP clients"),
        (("gpo-not-cached", "gpo-nla-required-weak", "rsop-logging-off"), 2, ""),
        # Somebody is kept out: at once, together with the files.
        (("gpo-nla-required-weak", "gpo-domain-blocks"), 1, "Legacy RDP clients"),
    ],
)
def test_resultant_set_is_asked_for_only_where_it_may_matter(
    faults: tuple[str, ...], look_: int | None, name: str
) -> None:
    host = host_with(*faults)
    looks, readings = asked(host)
    assert [number for number, probes_ in enumerate(looks) if collect.RSOP in probes_] == ([look_] if look_ else [])
    for policy, _, source in sources(readings):
        if policy.name in ("UserAuthentication", "SecurityLayer", "MinEncryptionLevel"):
            assert (source.gpo.name if source.gpo else "") == name, source
    assert not host.machine.errors()


@pytest.mark.parametrize(
    ("more", "kind", "words"),
    [((), "domain", "RSoP.* copy on the host is of version 1, and 2"), (("rsop-logging-off",), "unknown", "version 1")],
)
def test_copy_that_is_not_what_was_applied_tells_nothing(more: tuple[str, ...], kind: str, words: str) -> None:
    host = host_with("registry-pol-outdated", *more)
    looks, readings = asked(host)
    ((_, _, source),) = sources(readings)
    assert source.kind == kind and re.search(words, source.reason), source
    assert (source.gpo.name if source.gpo else "") == ("Block RDP since today" if kind == "domain" else "")
    # Asked together with the sizes of the files.
    asked_in = [number for number, probes_ in enumerate(looks) for one in probes_ if "findstr /s" in one.command.line]
    assert asked_in == [1]
    assert not host.machine.errors()


NAMES = (
    'He said "no" & 100% <script>alert(1)</script> ^! | %PATH% !x!',
    "O'Neil's",
    "\u202egnp.tixe\u202c",
    "\x1b[31mred\x07",
    "Блок 阻止 Größe",
    "LocalGPO",
    "{0A1B2C3D-0000-4000-8000-00000000000B}",
    "    fDenyTSConnections    REG_DWORD    0x0",
    "two\r\nlines",
    # What looks like another value of its key, or would point to the file of another GPO.
    "two\r\n    GPOName    REG_SZ    {0A1B2C3D-0000-4000-8000-00000000000B}",
    "two\r\n    FileSysPath    REG_SZ    C:\\Windows\\System32\\GroupPolicy\\Machine",
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("cached", [True, False])
def test_name_of_a_gpo_is_never_taken_for_something_else(name: str, cached: bool) -> None:
    host = host_with()
    policy = host.machine.policy
    policy.cached = cached
    policy.add(Gpo("Other", OTHER_GUID, [Link(policy.unit, 9)], [rdp("UserAuthentication", dword(1))]))
    policy.add(Gpo(name, BLOCKING_GPO_GUID, [Link(policy.unit)], [rdp("fDenyTSConnections", dword(1))]))
    policy.refresh(force=True)
    _, readings = asked(host)
    source = next(source for policy_, _, source in sources(readings) if policy_ is ALLOW_CONNECTIONS)
    if "REG_SZ" in name:
        assert source.kind == "unknown" and "could not be read completely" in source.reason, source
    else:
        assert source.gpo and source.gpo.guid == BLOCKING_GPO_GUID, source
        # Letters that the code page lacks come as question marks; the guid is what counts.
        shown = name.encode(f"cp{OEM}", "replace").decode(f"cp{OEM}")
        assert source.gpo.name == shown.replace("\r", "").strip()
    assert not host.machine.errors()


def test_account_without_rights_to_wmi_names_nobody() -> None:
    host = host_with("gpo-not-cached", "gpo-domain-blocks")
    host.machine.elevated = False
    assert attributed(host).kind == "unknown"
    assert not host.machine.errors()


def test_old_resultant_set_names_nobody() -> None:
    host = host_with("gpo-not-cached", "gpo-domain-blocks")
    policy = host.machine.policy
    assert attributed(host).gpo
    old, gpo = policy.rsop, policy.gpos[BLOCKING_GPO_GUID]
    policy.add(dataclasses.replace(gpo, version=gpo.version + 1))
    policy.refresh(force=False)
    source = attributed(host)
    assert source.gpo and source.gpo.version == gpo.version + 1
    policy.rsop = old
    assert attributed(host).kind == "unknown"


def test_faults_of_policy_that_are_not_attributed_here() -> None:
    covered = {fault for faults in EXPECTED for fault in faults} | OTHER
    assert {name for name in FAULTS if name.startswith(("gpo-", "mdm-", "registry-pol-", "local-pol-"))} <= covered


OTHER: t.Final = {
    *("gpo-nla-required-weak", "gpo-limits-connections", "gpo-denies-logon-right", "gpo-grants-logon-right"),
    "registry-pol-outdated",
    # A service's start type, which is no value of the registry's policies: actions/test_service.py.
    "gpo-disables-service",
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
