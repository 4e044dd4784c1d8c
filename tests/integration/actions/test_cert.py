# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A certificate is called bad, and made anew, for a good reason only."""

from __future__ import annotations

import pytest

from lab import FAULTS, Machine
from lab.faults.certificate import BOUND_CONTAINER
from lab.state.certificates import REMOTE_DESKTOP
from lab.state.security import parse_sddl

from .conftest import Result, World, look, run, sick


def _finding(machine: Machine, check: str) -> Result:
    return next(one for one in look(machine)["findings"] if one["check"] == check)


def _thumbprints(machine: Machine) -> list[str]:
    return [one.thumbprint for one in machine.certificates.stored(REMOTE_DESKTOP)]


def _ran(machine: Machine, start: str) -> list[str]:
    return [entry.line for entry in machine.log if entry.line.startswith(start)]


@pytest.mark.parametrize("fault", ["clock-behind", "clock-ahead"])
@pytest.mark.parametrize("outcome", ["", "timeout"])
def test_two_clocks_that_are_apart_cost_no_certificate(fault: str, outcome: str, world: World) -> None:
    # S14: the certificate was deleted and TermService restarted twice, and the clock never named.
    machine = sick(fault)
    world.outcome = outcome
    before = _thumbprints(machine)
    finding = _finding(machine, "cert")
    assert finding["status"] == "unknown" and "clocks" in finding["fix"], finding
    assert "the host's clock: 20" in finding["found"] and "the controller's: 20" in finding["found"]
    for state in ("valid", "renewed"):
        result = run(machine, "rdp_cert", {"state": state})
        assert result["failed"] and "clock" in result["msg"], result
    assert _thumbprints(machine) == before and not _ran(machine, "net stop")


def test_a_clock_that_is_apart_is_named_though_no_date_decides() -> None:
    machine = sick()
    machine.travel(-10)
    finding = _finding(machine, "cert")
    assert finding["status"] == "warning" and "more than a day apart" in finding["summary"], finding
    assert "clocks" in run(machine, "rdp_cert", {"state": "renewed"})["msg"]


def test_an_expired_certificate_of_a_host_without_a_clock_is_not_judged(world: World) -> None:
    machine = sick("certificate-expired")
    world.outcome = "timeout"
    assert _finding(machine, "cert")["status"] == "problem"
    machine.files.delete(r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe")
    assert _finding(machine, "cert")["status"] == "unknown"


def test_what_the_first_connection_renewed_has_not_expired(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    # W12: SessionEnv is asked for a new one when somebody connects.
    machine = sick("certificate-expired")
    (old,) = machine.certificates.stored(REMOTE_DESKTOP)
    seen = world.scan_target

    def connect(host: str, port: int, tries: int = 1) -> Result:
        if _thumbprints(machine) == [old.thumbprint]:
            machine.sessionenv.signal()
            machine.sessionenv.finish()
        return seen(host, port, tries)

    monkeypatch.setattr("ansible_collections.winops.rdp.plugins.plugin_utils._verification.scan_target", connect)
    assert _finding(machine, "cert")["status"] == "ok"
    assert _thumbprints(machine) != [old.thumbprint]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("certificate-bound-no-key", "has no private key"),
        ("certificate-bound-key-denied", "NETWORK SERVICE may not read"),
        ("certificate-bound-signature", "KeySpec 2"),
        ("certificate-bound-client", "server authentication"),
        ("certificate-bound-missing", "no such certificate"),
    ],
)
def test_a_bound_certificate_that_can_not_be_used(fault: str, said: str, world: World) -> None:
    # W4, W5: all of them were valid, or kept people out though TermService shows its default one.
    machine = sick(fault)
    finding = _finding(machine, "cert")
    assert finding["status"] == "warning" and "is shown to clients instead" in finding["found"], finding
    assert said in f"{finding['summary']} {finding['expected']} {finding['found']}", finding
    world.outcome = "no_certificate"
    assert _finding(machine, "cert")["status"] == "problem"
    world.outcome = "timeout"
    assert _finding(machine, "cert")["status"] == "problem"
    result = run(machine, "rdp_cert")
    assert not result["changed"] and result["warnings"], result


def test_a_bound_certificate_that_is_not_valid_yet() -> None:
    assert "not valid yet" in _finding(sick("certificate-bound-future"), "cert")["summary"]


def test_a_bound_certificate_is_not_renewed_for_what_only_shows_outside(world: World) -> None:
    machine = sick("certificate-bound")
    world.outcome = "no_certificate"
    finding = _finding(machine, "reach")
    assert finding["status"] == "problem" and "NETWORK SERVICE" in finding["fix"], finding


@pytest.mark.parametrize("fault", ["tls-alert", "tls-reset"])
def test_tls_that_fails_for_another_reason_costs_no_certificate(fault: str) -> None:
    # H4: alert 40 and a reset were "no usable certificate", and the good one was deleted for good.
    machine = sick(fault)
    before = _thumbprints(machine)
    finding = _finding(machine, "reach")
    assert finding["status"] == "problem" and finding["repair"] is None, finding
    result = run(machine, "rdp_cert", {"state": "renewed"})
    # Whoever asks for one gets it. It is no repair, and it can't be taken back: the old one's key is gone.
    assert result["failed"] and "does not help" in result["msg"], result
    assert _thumbprints(machine) != before


def test_a_key_that_can_not_be_read_is_worth_a_new_certificate() -> None:
    machine = sick("keyfile-denied")
    assert _finding(machine, "reach")["repair"] == "winops.rdp.rdp_cert"
    result = run(machine, "rdp_cert", {"state": "renewed"})
    assert result["changed"] and not result.get("failed"), result
    assert look(machine)["healthy"]


@pytest.mark.parametrize("also", ["certificate-expired", ""])
def test_a_session_env_that_can_not_start_is_named(also: str) -> None:
    # W26: TermService was restarted for nothing, and MachineKeys was blamed.
    machine = Machine("host")
    for fault in filter(None, (also,)):
        FAULTS[fault].apply(machine)
    service = machine.services.table["SESSIONENV"]
    service.fails_to_start, service.at_boot = 126, False
    machine.reboot(prepared=True)
    if not also:
        for one in machine.certificates.stored(REMOTE_DESKTOP):
            machine.certificates.remove(REMOTE_DESKTOP, one.thumbprint)
    before = _thumbprints(machine)
    machine.log.clear()
    result = run(machine, "rdp_cert")
    assert result["failed"] and "SessionEnv, which makes the certificate, does not run (exit code 126" in result["msg"]
    assert "MachineKeys" not in result["msg"], result["msg"]
    assert not _ran(machine, "net stop TermService") and _thumbprints(machine) == before


@pytest.mark.parametrize("state", ["disabled", "missing"])
def test_without_session_env_nothing_is_changed(state: str) -> None:
    machine = sick("certificate-expired")
    service = machine.services.table["SESSIONENV"]
    if state == "disabled":
        machine.services.set_start(service, 4)
    else:
        del machine.services.table["SESSIONENV"]
    before = _thumbprints(machine)
    result = run(machine, "rdp_cert")
    assert result["failed"] and "SessionEnv" in result["msg"], result
    assert _thumbprints(machine) == before and not _ran(machine, "net st")


@pytest.mark.parametrize(("outcome", "status"), [("", "ok"), ("timeout", "unknown"), ("not_tried", "unknown")])
def test_a_bound_key_that_nobody_can_look_at_is_proven_by_the_handshake_alone(
    outcome: str, status: str, world: World
) -> None:
    machine = sick("certificate-bound")
    path = machine.certificates.key_file(BOUND_CONTAINER)
    machine.files.set_security(path, parse_sddl("O:SYG:SYD:P(A;;FA;;;SY)(A;;FR;;;NS)"))
    world.outcome = outcome
    assert _finding(machine, "cert")["status"] == status


@pytest.mark.parametrize("fault", ["keyfile-missing", "keyfile-denied"])
def test_two_looks_say_the_same(fault: str) -> None:
    # Each look leaves an event of its own in the host's System log.
    machine = sick(fault)
    first = look(machine)["findings"]
    machine.clock += 90
    assert look(machine)["findings"] == first
