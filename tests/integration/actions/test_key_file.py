# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of the certificate's private key is called missing only where that is certain."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import CommandResult
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.machine_keys import KEY_FILE
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import icacls

from lab import FAULTS, Machine
from lab.state.certificates import REMOTE_DESKTOP
from lab.state.registry import binary
from lab.state.termservice import WINSTATIONS

from .conftest import Result, World, look, run, sick


def _cert(machine: Machine) -> Result:
    return next(finding for finding in look(machine)["findings"] if finding["check"] == "cert")


def _with_container(container: str) -> Machine:
    """A host whose certificate has its key in some container, beside a program with a key of its own."""
    machine = sick()
    certificates = machine.certificates
    (old,) = certificates.stored(REMOTE_DESKTOP)
    certificates.remove(REMOTE_DESKTOP, old.thumbprint)
    thumbprint = certificates.put(REMOTE_DESKTOP, certificates.issue(), container)
    machine.registry.set(WINSTATIONS, "SelfSignedCertificate", binary(thumbprint))
    certificates.make_key("iisWasKey")
    return machine


# One look is three programs: reg within FOR, icacls, and echo.
@pytest.mark.parametrize(("container", "looks"), [("TSSecKeySet1", 0), ("TSSecKeySet3", 3)])
def test_key_of_each_container_is_looked_for(container: str, looks: int) -> None:
    machine = _with_container(container)
    machine.certificates.make_key(container)
    before = len(machine.log)
    assert _cert(machine)["status"] == "ok"
    usual = Machine("usual")
    usual_before = len(usual.log)
    look(usual)
    assert len(machine.log) - before == len(usual.log) - usual_before + looks
    assert look(machine)["facts"]["certificate"]["container"] == container
    machine.files.delete(machine.certificates.key_file(container))
    finding = _cert(machine)
    assert (finding["status"], finding["repair"]) == ("problem", "winops.rdp.rdp_cert") and "key" in finding["summary"]
    assert any("find /c" in command for command in finding["commands"])
    assert run(machine, "rdp_cert")["changed"] and _cert(machine)["status"] == "ok"
    assert machine.errors() == []


def test_nothing_is_claimed_about_other_containers() -> None:
    machine = _with_container("tp-0000")
    machine.certificates.make_key("tp-0000")
    assert _cert(machine)["status"] == "ok" and look(machine)["facts"]["certificate"]["container"] == "tp-0000"


@pytest.mark.parametrize(("outcome", "status"), [("", "unknown"), ("timeout", "unknown"), ("rdp", "unknown")])
def test_nothing_is_claimed_where_no_key_is_seen(outcome: str, status: str, world: World) -> None:
    # S9: what can't be looked at is not valid.
    machine = sick()
    machine.files.delete(machine.certificates.key_file("TSSecKeySet1"))
    world.outcome = outcome
    assert _cert(machine)["status"] == status


def test_a_handshake_shows_that_there_is_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = sick()
    machine.files.delete(machine.certificates.key_file("TSSecKeySet1"))
    monkeypatch.setattr(machine.certificates, "key_is_readable", lambda container: True)
    assert _cert(machine)["status"] == "ok"


@pytest.mark.parametrize(
    "answer", [b"", b"\x00\xff garbage\r\n", b"0b1d4f1e-8f4e-4d0c-9c55-6f7f3b1f2a90 --a--s---\r\nx\r\n"]
)
def test_an_answer_about_the_key_that_is_cut_or_another_is_not_valid(answer: bytes) -> None:
    # S9: `dir` that printed an error with exit code 0, or an answer that ended early, were "valid".
    with pytest.raises(UnreadableError):
        icacls.read_named(CommandResult(answer, 0, KEY_FILE.command), "f686aace6942fb7f7ceb231212eef4a4")
    with pytest.raises(UnreadableError):
        icacls.read_named(CommandResult(answer, None, KEY_FILE.command), "f686aace6942fb7f7ceb231212eef4a4")


@pytest.mark.parametrize("fault", ["certificate-bound", "certificate-template"])
def test_nothing_is_claimed_about_a_certificate_that_is_not_self_signed(fault: str) -> None:
    machine = sick("keyfile-missing")
    FAULTS[fault].apply(machine)
    assert _cert(machine)["status"] == "ok"
