# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every fault of the lab from outside: a real client gets in exactly where our verdict says that people do."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.winops.rdp.plugins.module_utils.rdp_handshake import Target, look_at_all

from integration.reach.real_servers import agree, client
from lab import FAULTS, HostSpec, Lab

pytestmark = pytest.mark.needs_program("xfreerdp", "Xvfb")

HEALTHY = "healthy"
PORTS = (3389, 3390)
_TIMEOUT = 3.0

#: What faults do to the view from outside on port 3389. With all others people get in.
_CHANGED = {
    "refused": (
        "protocol-disabled", "service-stopped", "service-disabled", "listener-key-missing", "listener-disabled",
        "listener-damaged", "listener-thin", "listener-wrong-values", "port-changed", "policy-reverts",
        "local-policy-blocks", "policy-stray", "home-edition", "setup-in-progress", "logon-disabled",
        "gpo-local-blocks", "gpo-domain-blocks", "gpo-domain-blocks-local-allows", "gpo-enforced-blocks",
        "gpo-two-links", "gpo-tattooed", "mdm-blocks", "mdm-wins", "policy-stray-write", "policy-preference",
        "registry-pol-missing", "registry-pol-truncated", "registry-pol-corrupt", "registry-pol-large",
        "local-pol-truncated", "local-pol-corrupt",
    ),
    "no_certificate": (
        "certificate-missing", "certificate-bound-missing", "certificate-suppressed", "certificate-store-unnamed",
        "certificate-never", "keyfile-denied",
    ),
    # The host's firewall lets nobody through to another program than Remote Desktop.
    "timeout": ("port-taken",),
}  # fmt: skip
VERDICTS = {fault: verdict for verdict, faults in _CHANGED.items() for fault in faults}


@pytest.fixture(scope="module")
def lab() -> t.Iterator[Lab]:
    """A host for each fault, and one without."""
    specs = [HostSpec(HEALTHY), *(HostSpec(fault, (fault,)) for fault in FAULTS)]
    with Lab(specs, transports=()) as running:
        yield running


@pytest.fixture(scope="module")
def seen(lab: Lab) -> dict[tuple[str, int], dict[str, t.Any]]:
    """What we see of each host on both ports, by its name and the port."""
    pairs = [(spec.name, port) for spec in lab.specs for port in PORTS]
    looks = look_at_all([Target(lab[name].address, port) for name, port in pairs], _TIMEOUT, 1, 200)
    return dict(zip(pairs, looks, strict=True))


def test_no_verdict_is_for_a_fault_that_is_gone() -> None:
    assert set(VERDICTS) <= set(FAULTS)


@pytest.mark.parametrize("host", [HEALTHY, *FAULTS])
def test_a_real_client_agrees(
    host: str, lab: Lab, seen: dict[tuple[str, int], dict[str, t.Any]], display: str, tmp_path: Path
) -> None:
    look = seen[host, 3389]
    assert look["verdict"] == VERDICTS.get(host, "rdp"), look["summary"]
    agree(look, client(3389, display, tmp_path, address=lab[host].address))
    if seen[host, 3390]["verdict"] != "refused":
        agree(seen[host, 3390], client(3390, display, tmp_path, address=lab[host].address))
