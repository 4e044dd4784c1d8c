# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every fault of the lab from outside: a real client gets in exactly where our outcome says that people do."""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor

import pytest
from ansible_collections.winops.rdp.plugins.module_utils.rdp_scan import Target, scan_target, scan_targets

from integration.reach.real_servers import ClientRun, agree, client
from lab import FAULTS, HostSpec, Lab

pytestmark = pytest.mark.needs_program("xfreerdp", "Xvfb")

HEALTHY = "healthy"
PORTS = (3389, 3390)
#: A host by its name, and one of its ports.
Port = tuple[str, int]
_TIMEOUT = 3.0
_CLIENTS = 8

#: Faults with which nobody listens on port 3389. Stealth mode hides that: nothing comes back.
_CLOSED = (
    "protocol-disabled", "service-stopped", "service-disabled", "listener-key-missing", "listener-disabled",
    "listener-damaged", "listener-wrong-values", "port-changed", "policy-reverts",
    "listener-vendor-silent", "listener-vendor-left", "listener-demanding", "listener-one-adapter",
    "local-policy-blocks", "policy-stray", "home-edition", "setup-in-progress",
    "gpo-local-blocks", "gpo-domain-blocks", "gpo-domain-blocks-local-allows", "gpo-enforced-blocks",
    "gpo-two-links", "gpo-tattooed", "mdm-blocks", "mdm-wins", "policy-stray-write", "policy-preference",
    "policy-computer-preference",
    "registry-pol-missing", "registry-pol-truncated", "registry-pol-corrupt", "registry-pol-outdated",
    "registry-pol-large",
    "local-pol-truncated", "local-pol-corrupt", "port-excluded",
    "service-dependency-disabled", "service-account-changed", "service-account-system", "service-dll-gone",
    "service-hangs-starting", "gpo-disables-service",
)  # fmt: skip
#: What faults do to the view from outside on port 3389. With all others people get in.
_CHANGED = {
    "no_certificate": (
        "certificate-missing", "certificate-suppressed", "certificate-store-unnamed", "certificate-never",
        "sessionenv-fails",
    ),
    "tls_failed": ("keyfile-denied", "keyfile-missing", "keyfile-folder", "tls-alert", "tls-reset"),
    # The host's firewall lets nobody through to another service than Remote Desktop, unless a rule says so.
    "timeout": (
        *_CLOSED,
        "port-taken-service", "firewall-rule-off", "firewall-rule-missing", "firewall-blocks", "firewall-block-all",
        "firewall-local-merge-off", "firewall-gpo-blocks", "firewall-scope-limited", "firewall-profile-limited",
        "firewall-domain-lost", "firewall-ipsec-required",
    ),
    "not_rdp": ("port-taken", "port-taken-kernel"),
    "no_answer": ("port-taken-process",),
}  # fmt: skip
OUTCOMES = {fault: outcome for outcome, faults in _CHANGED.items() for fault in faults}


@pytest.fixture(scope="module")
def lab() -> t.Iterator[Lab]:
    """A host for each fault, and one without."""
    specs = [HostSpec(HEALTHY), *(HostSpec(fault, (fault,)) for fault in FAULTS)]
    with Lab(specs, transports=()) as running:
        yield running


@pytest.fixture(scope="module")
def seen(lab: Lab) -> dict[Port, dict[str, t.Any]]:
    """What we see of each host on both ports."""
    ports = [(spec.name, port) for spec in lab.specs for port in PORTS]
    looks = scan_targets([Target(lab[name].address, port) for name, port in ports], _TIMEOUT, 1, 200)
    return dict(zip(ports, looks, strict=True))


@pytest.fixture(scope="module")
def ran(
    lab: Lab, seen: dict[Port, dict[str, t.Any]], display: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[Port, ClientRun]:
    """How far the client gets there, at several hosts at once: it waits long for those that don't answer."""
    # A port that is closed is tried on one host, each of the two.
    ports = [port for port in seen if port[1] == 3389 or port[0] == HEALTHY or seen[port]["outcome"] != "refused"]
    ports = [port for port in ports if port not in [(fault, 3389) for fault in _CLOSED[1:]]]

    def run(port: Port) -> ClientRun:
        return client(port[1], display, tmp_path_factory.mktemp("client"), address=lab[port[0]].address)

    with ThreadPoolExecutor(_CLIENTS) as pool:
        return dict(zip(ports, pool.map(run, ports), strict=True))


def test_no_verdict_is_for_a_fault_that_is_gone() -> None:
    assert set(OUTCOMES) <= set(FAULTS)


@pytest.mark.parametrize("host", [HEALTHY, *FAULTS])
def test_a_real_client_agrees(host: str, seen: dict[Port, dict[str, t.Any]], ran: dict[Port, ClientRun]) -> None:
    assert seen[host, 3389]["outcome"] == OUTCOMES.get(host, "rdp"), seen[host, 3389]["summary"]
    for port in PORTS:
        if (host, port) in ran:
            agree(seen[host, port], ran[host, port])


@pytest.mark.parametrize("windows", ["server2012r2", "server2016", "server2019", "server2022", "server2025", "win11"])
def test_a_host_says_its_names_and_its_build_before_anybody_signs_in(windows: str) -> None:
    with Lab([HostSpec("web03", windows=windows)], transports=()) as running:
        machine = running["web03"]
        seen = scan_target(machine.address, timeout=_TIMEOUT)
    assert (seen["outcome"], seen["rdp"]["requires_nla"]) == ("rdp", True), seen["summary"]
    names = {name: seen["ntlm"][name] for name in ("netbios_host", "dns_host")}
    assert names["netbios_host"] == "WEB03" and names["dns_host"].startswith("web03.")
    assert seen["ntlm"]["dns_host"].endswith(seen["ntlm"]["dns_domain"])
    assert seen["ntlm"]["build"] == machine.edition.build
    assert seen["ntlm"]["version"] == ".".join(machine.edition.version.split(".")[:3])
    assert abs(seen["ntlm"]["ahead_seconds"]) <= 1
